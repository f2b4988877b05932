package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.Columns;
import java.util.HashMap;
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
 * Numbers the categories of a column from 0, the most frequent first; what train does not know gets the number behind the
 * last, or stops the run.
 */
record Index(List<String> columns, long minCount, boolean refusesUnknown, String suffix) implements Feature {

    @Override
    public StructType output(StructType input) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (String name : columns) {
            Cells.categories("index", input, name);
            types.put(name + suffix, DataTypes.IntegerType);
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return columns;
    }

    @Override
    public State fit(Dataset<Row> train) {
        return State.of(categories(train, columns, minCount, Cells.MOST_CATEGORIES));
    }

    static ObjectNode categories(Dataset<Row> train, List<String> columns, long minCount, int most) {
        ObjectNode state = State.object();
        for (String name : columns) {
            Cells.counts(train, name, minCount, most).keySet().forEach(state.withArray(name)::add);
        }
        return state;
    }

    /** The number of each row's category, that of the bucket behind them for one that train does not know. */
    static Column number(String kind, String name, JsonNode categories, boolean refusesUnknown) {
        Map<String, Integer> numbers = new HashMap<>();
        categories.forEach(category -> numbers.put(category.asText(), numbers.size()));
        Column unknown = refusesUnknown
                ? Columns.bad(
                        DataTypes.IntegerType,
                        kind + ": train has no '",
                        coalesce(Cells.category(name), lit("NULL")),
                        "' in column '" + name + "'; write unknown: bucket, or turn such rows away by a rule")
                : lit(numbers.size());
        return coalesce(Cells.lookup(numbers, Cells.category(name), DataTypes.IntegerType), unknown);
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Column> indexed = new LinkedHashMap<>();
        columns.forEach(name ->
                indexed.put(name + suffix, number("index", name, state.values().get(name), refusesUnknown)));
        return Cells.put(rows, indexed);
    }
}
