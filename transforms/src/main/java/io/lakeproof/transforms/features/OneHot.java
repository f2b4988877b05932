package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Turns a category into an array with a 1 at its number and 0 elsewhere; the last element is the bucket for what train does
 * not know.
 */
record OneHot(List<String> columns, long minCount, boolean refusesUnknown, String suffix) implements Feature {

    /** An array is as long as there are categories, in every row. */
    private static final int MOST = 1_000;

    @Override
    public StructType output(StructType input) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (String name : columns) {
            Cells.categories("one-hot", input, name);
            types.put(name + suffix, DataTypes.createArrayType(DataTypes.DoubleType));
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return columns;
    }

    @Override
    public State fit(Dataset<Row> train) {
        return State.of(Index.categories(train, columns, minCount, MOST));
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Column> encoded = new LinkedHashMap<>();
        for (String name : columns) {
            JsonNode categories = state.values().get(name);
            Column number = Index.number("one-hot", name, categories, refusesUnknown);
            encoded.put(name + suffix, transform(sequence(lit(0), lit(categories.size())), place -> when(
                            place.equalTo(number), 1.0)
                    .otherwise(0.0)));
        }
        return Cells.put(rows, encoded);
    }
}
