package com.example;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;

import io.lakeproof.transforms.Transform;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The transform of {@code examples/custom-transform}, for the tests of this module. */
public record Scrub(String column) implements Transform {
    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        return input.withColumn(column, regexp_replace(input.col(column), lit("[0-9]{4,}"), lit("#")));
    }
}
