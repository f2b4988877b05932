package io.lakeproof.testkit;

import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Assertions about rows and about what makes rows of rows, in the manner of AssertJ. Meant for a few rows: they come to the
 * driver.
 *
 * <pre>{@code
 * Dataset<Row> notes = LocalSpark.session().sql("SELECT * FROM VALUES (1, 'call 030123456'), (2, NULL) AS t(id, note)");
 *
 * assertThatDataset(new Scrub("note").apply(notes)).hasRows(row(2, null), row(1, "call #"));
 * assertThatTransform(new Scrub("note")::apply, notes).isDeterministic().isRowLocal().isNullSafe();
 * }</pre>
 */
public final class SparkAssertions {

    private SparkAssertions() {}

    /** Assertions about the rows; each runs a Spark job. */
    public static DatasetAssert assertThatDataset(Dataset<Row> actual) {
        return new DatasetAssert(actual);
    }

    /**
     * Assertions about a transform, shown on rows: they find what these rows reveal.
     *
     * @param transform builds a plan and runs nothing, as Lakeproof's {@code Transform::apply} does
     * @param rows a few, with the cases that matter: duplicates, extremes, rows of one key
     */
    public static TransformAssert assertThatTransform(UnaryOperator<Dataset<Row>> transform, Dataset<Row> rows) {
        return new TransformAssert(transform, rows);
    }

    /** A row of these values; Java's types are Spark's, so that a BIGINT wants {@code 1L}. */
    public static Row row(Object... values) {
        return RowFactory.create(values);
    }
}
