package io.lakeproof.transforms;

import java.util.Map;
import java.util.stream.Collectors;
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

    /**
     * A step as the spec writes it, for a program: {@code Map.of("drop", "note")}. The query of {@code sql} stands in it, not
     * in a file, and a folder that a {@code join} names is a whole path.
     *
     * @throws IllegalArgumentException with everything that is wrong with it, but for what shows on rows alone
     */
    static Transform of(Map<String, ?> step) {
        Step.Parsed parsed = Step.of(step, Surroundings.NONE);
        return parsed.step()
                .orElseThrow(() -> new IllegalArgumentException(parsed.problems().stream()
                        .map(problem -> problem.path() + ": " + problem.message())
                        .collect(Collectors.joining("; "))))
                .transform();
    }
}
