package io.lakeproof.jobs.validate;

import static org.apache.spark.sql.functions.array_join;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import io.lakeproof.jobs.Lake;
import io.lakeproof.lineage.Stamp;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The quarantine table's rows: one for each source row or file that was turned away, with why. */
public final class Quarantine {

    /**
     * The table's columns. {@code kind}: {@code row}, unreadable by the contract; {@code file}, unreadable as a whole;
     * {@code rule}, broke a row rule. {@code rule}, {@code column} and {@code value} are those of the first of
     * {@code failures}. {@code text}: the raw text of an unreadable row, the row as JSON otherwise.
     */
    public static final StructType SCHEMA = StructType.fromDDL(
            "batch STRING, attempt STRING, run_id STRING, source_file STRING, kind STRING, reason STRING, rule STRING, "
                    + "column STRING, value STRING, text STRING, failures ARRAY<STRUCT<rule: STRING, column: STRING, "
                    + "value: STRING, reason: STRING>>, quarantined_at TIMESTAMP");

    /** The columns that say what was turned away and why, whoever did it and when: those that the fingerprint covers. */
    private static final List<String> CONTENT = List.of("kind", "reason", "rule", "column", "value", "text");

    private Quarantine() {}

    /** What the fingerprint of these rows covers. */
    public static Dataset<Row> content(Dataset<Row> quarantined) {
        return quarantined.select(CONTENT.stream().map(name -> col(name)).toArray(Column[]::new));
    }

    /** Why rows and files of a batch could not be read: {@code kind}, {@code column}, {@code reason} and their count. */
    public static Dataset<Row> unreadable(Dataset<Row> quarantine, String batch) {
        return quarantine
                .where(col("batch").equalTo(batch).and(col("kind").notEqual("rule")))
                .groupBy("kind", "column", "reason")
                .count()
                .orderBy(col("count").desc(), col("kind"), col("column"), col("reason"));
    }

    /** Rows that broke row rules, from {@link Intake#failed}. */
    public static Dataset<Row> ofFailed(Dataset<Row> failed, Stamp stamp, Instant now) {
        return failed.select(
                col(Lake.BATCH).as("batch"),
                lit(stamp.attempt()).as("attempt"),
                lit(stamp.run()).as("run_id"),
                col(Lake.SOURCE_FILE).as("source_file"),
                lit("rule").as("kind"),
                array_join(col("_failures.reason"), "; ").as("reason"),
                col("_failures").getItem(0).getField("rule").as("rule"),
                col("_failures").getItem(0).getField("column").as("column"),
                col("_failures").getItem(0).getField("value").as("value"),
                to_json(struct(Intake.columns(failed)), Map.of("ignoreNullFields", "false"))
                        .as("text"),
                col("_failures").as("failures"),
                lit(Timestamp.from(now)).as("quarantined_at"));
    }

    /** Rows that the contract could not read, from the reader's {@code _unreadable}. */
    public static Dataset<Row> ofUnreadable(Dataset<Row> unreadable, String batch, Stamp stamp, Instant now) {
        return unreadable.select(
                lit(batch).as("batch"),
                lit(stamp.attempt()).as("attempt"),
                lit(stamp.run()).as("run_id"),
                col(Lake.SOURCE_FILE).as("source_file"),
                lit("row").as("kind"),
                col("_unreadable.reason").as("reason"),
                lit(null).cast("string").as("rule"),
                col("_unreadable.column").as("column"),
                col("_unreadable.value").as("value"),
                col("_unreadable.text").as("text"),
                lit(null).cast(SCHEMA.apply("failures").dataType()).as("failures"),
                lit(Timestamp.from(now)).as("quarantined_at"));
    }

    /** Source files that could not be read as a whole: path and reason. */
    public static Dataset<Row> ofFiles(
            SparkSession spark, List<Map.Entry<String, String>> files, String batch, Stamp stamp, Instant now) {
        return spark.createDataFrame(
                files.stream()
                        .map(file -> RowFactory.create(
                                batch,
                                stamp.attempt(),
                                stamp.run(),
                                file.getKey(),
                                "file",
                                file.getValue(),
                                null,
                                null,
                                null,
                                null,
                                null,
                                Timestamp.from(now)))
                        .toList(),
                SCHEMA);
    }
}
