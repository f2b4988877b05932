package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.transforms.Columns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Numbers the buckets between declared bounds from 0: a value's bucket is the number of bounds that it reaches. */
record Bucketize(List<String> columns, List<Double> at, String suffix) implements Feature {

    @Override
    public StructType output(StructType input) {
        return output("bucketize", input, columns, suffix);
    }

    static StructType output(String kind, StructType input, List<String> columns, String suffix) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (String name : columns) {
            Cells.number(kind, input, name);
            types.put(name + suffix, DataTypes.IntegerType);
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return List.of();
    }

    @Override
    public State fit(Dataset<Row> train) {
        return State.nothing();
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Column> buckets = new LinkedHashMap<>();
        columns.forEach(name -> buckets.put(name + suffix, bucket(rows.schema(), name, at)));
        return Cells.put(rows, buckets);
    }

    /** NULL for NULL and NaN. */
    static Column bucket(StructType schema, String name, List<Double> at) {
        Column value = Columns.named(name).cast("double");
        Column reached = lit(0);
        for (double bound : at) {
            reached = reached.plus(when(value.geq(bound), 1).otherwise(0));
        }
        return when(not(Cells.missing(schema, name)), reached);
    }
}
