package com.example;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;

import io.lakeproof.transforms.Transform;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Puts {@code #} in the place of numbers of four digits and more: telephone numbers, accounts, policies.
 *
 * @param column the text to scrub
 */
public record Scrub(String column) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        return input.withColumn(column, regexp_replace(input.col(column), lit("[0-9]{4,}"), lit("#")));
    }
}
