package io.lakeproof.transforms;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows in, rows out: one step between the kept rows and the split.
 *
 * <p>A transform of your own is a public record that implements this interface; the keys below {@code with:} in the spec
 * are its components, by name:
 *
 * <pre>{@code
 * public record Scrub(String column) implements Transform {
 *     public Dataset<Row> apply(Dataset<Row> input) {
 *         return input.withColumn(column, regexp_replace(input.col(column), "[0-9]{4,}", "#"));
 *     }
 * }
 * }</pre>
 *
 * <p>{@link #apply} builds a plan and starts no Spark job. The same rows must give the same rows, whatever their order and
 * partitioning: no randomness without a seed taken from the row, no clock.
 */
@FunctionalInterface
public interface Transform {

    /** Returns the transformed rows, lazily. */
    Dataset<Row> apply(Dataset<Row> input);
}
