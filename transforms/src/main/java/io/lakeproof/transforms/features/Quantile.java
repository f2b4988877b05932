package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.percentile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Numbers buckets that hold the same share of train's rows each; equal bounds are one, so there may be fewer. */
record Quantile(List<String> columns, int buckets, String suffix) implements Feature {

    @Override
    public StructType output(StructType input) {
        return Bucketize.output("quantile", input, columns, suffix);
    }

    @Override
    public List<String> reads() {
        return columns;
    }

    @Override
    public State fit(Dataset<Row> train) {
        Column shares = array(IntStream.range(1, buckets)
                .mapToObj(i -> lit((double) i / buckets))
                .toArray(Column[]::new));
        ObjectNode state = State.object();
        Measures.of(train, columns, cell -> percentile(cell, shares))
                .forEach((name, bounds) -> bounds.stream().distinct().forEach(state.withArray(name)::add));
        return State.of(state);
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Column> numbers = new LinkedHashMap<>();
        for (String name : columns) {
            List<Double> bounds = new ArrayList<>();
            state.values().get(name).forEach((JsonNode bound) -> bounds.add(bound.asDouble()));
            numbers.put(name + suffix, Bucketize.bucket(rows.schema(), name, bounds));
        }
        return Cells.put(rows, numbers);
    }
}
