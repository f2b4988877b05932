package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code trainings} table: which model was trained on which version. Each row holds the digest of the one before, so that
 * none can be rewritten or taken out unnoticed.
 */
public final class Trainings {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL(
            "number BIGINT, model STRING, model_version STRING, version BIGINT, record STRING, job STRING, "
                    + "recorded_by STRING, recorded_at TIMESTAMP, previous STRING, digest STRING");

    private final Links<Entry> links;

    private Trainings(Links<Entry> links) {
        this.links = links;
    }

    /** The trainings in that table, which need not exist yet. */
    public static Trainings of(SparkSession spark, TableName name) {
        return new Trainings(new Links<>(spark, Table.of(spark, name), SCHEMA, Trainings::row, Trainings::entry));
    }

    /**
     * A model, and what it was trained on.
     *
     * @param number 1, 2, 3 … over all trainings
     * @param model the model's name
     * @param modelVersion the model's version; absent: it has none
     * @param version the dataset version
     * @param record the digest of that version's record
     * @param job who trained it: a job's id, a run's page; absent: nobody said
     * @param by who recorded it
     * @param at when, to the microsecond
     * @param previous the digest of the row before; absent: it is the first
     * @param digest SHA-256 over the canonical JSON of all the others
     */
    public record Entry(
            long number,
            String model,
            Optional<String> modelVersion,
            long version,
            String record,
            Optional<String> job,
            String by,
            Instant at,
            Optional<String> previous,
            String digest)
            implements Link {

        @Override
        public ObjectNode json() {
            return Json.object()
                    .put("number", number)
                    .put("model", model)
                    .put("modelVersion", modelVersion.orElse(null))
                    .put("version", version)
                    .put("record", record)
                    .put("job", job.orElse(null))
                    .put("recordedBy", by)
                    .put("recordedAt", at.toString())
                    .put("previous", previous.orElse(null));
        }

        @Override
        public String name() {
            return "training of " + model + modelVersion.map(v -> ":" + v).orElse("");
        }

        private Entry sealed() {
            return new Entry(number, model, modelVersion, version, record, job, by, at, previous, computed());
        }
    }

    /** Every row, oldest first. */
    public List<Entry> all() {
        return links.all();
    }

    /** The newest training of a model, of that version of it or of any; empty: none is recorded. */
    public Optional<Entry> find(String model, Optional<String> modelVersion) {
        return all().stream()
                .filter(entry -> entry.model().equals(model)
                        && (modelVersion.isEmpty() || modelVersion.equals(entry.modelVersion())))
                .reduce((before, after) -> after);
    }

    /** Records that a model was trained on a version; the same training is recorded once. */
    public Entry put(
            String model,
            Optional<String> modelVersion,
            DatasetVersion version,
            Optional<String> job,
            String by,
            Stamp stamp,
            Instant now) {
        return links.add(
                all -> all.stream()
                        .filter(entry -> entry.model().equals(model)
                                && entry.modelVersion().equals(modelVersion)
                                && entry.record().equals(version.digest())
                                && entry.job().equals(job))
                        .findFirst(),
                before -> new Entry(
                                Links.after(before),
                                model,
                                modelVersion,
                                version.version(),
                                version.digest(),
                                job,
                                by,
                                now.truncatedTo(ChronoUnit.MICROS),
                                before.map(Entry::digest),
                                "")
                        .sealed(),
                stamp);
    }

    /** Every row, for people; no rows when nothing was recorded yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }

    private static Row row(Entry entry) {
        return RowFactory.create(
                entry.number(),
                entry.model(),
                entry.modelVersion().orElse(null),
                entry.version(),
                entry.record(),
                entry.job().orElse(null),
                entry.by(),
                Timestamp.from(entry.at()),
                entry.previous().orElse(null),
                entry.digest());
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getLong(0),
                row.getString(1),
                Optional.ofNullable(row.getString(2)),
                row.getLong(3),
                row.getString(4),
                Optional.ofNullable(row.getString(5)),
                row.getString(6),
                row.getTimestamp(7).toInstant(),
                Optional.ofNullable(row.getString(8)),
                row.getString(9));
    }
}
