package io.lakeproof.lineage;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code trainings} table: what became of a version in training: whether one was started and why, how it ended, which
 * models came out of it. Each row holds the digest of the one before, so that none can be rewritten or taken out unnoticed.
 */
public final class Trainings {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL(
            "number BIGINT, status STRING, reason STRING, model STRING, model_version STRING, version BIGINT, "
                    + "record STRING, job STRING, recorded_by STRING, recorded_at TIMESTAMP, previous STRING, digest STRING, envelope STRING");

    private final Links<Fact> links;

    private Trainings(Links<Fact> links) {
        this.links = links;
    }

    /** The trainings in that table, which need not exist yet. */
    public static Trainings of(Session session, TableName name, Signer signer) {
        return new Trainings(new Links<>(session, Table.of(session, name), SCHEMA, Trainings::fact, signer));
    }

    /** What a row says. */
    public enum Status {
        /** Somebody said that a model was trained on the version. */
        RECORDED,
        /** The version gets no training, by {@code training.when}. */
        SKIPPED,
        /** A job is about to be asked for, of a service that can't be asked whether it has one already. */
        CLAIMED,
        /** A job runs. */
        STARTED,
        /** The job did what it should; a row for each model that it registered. */
        COMPLETED,
        /** The job ended with an error. */
        FAILED,
        /** Somebody stopped the job. */
        CANCELED;

        /** The status as the table holds it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether nothing more will become of the job. */
        public boolean isEnd() {
            return this == COMPLETED || this == FAILED || this == CANCELED;
        }
    }

    /**
     * What a row says of a version.
     *
     * @param reason why, for people; absent: there is nothing to say
     * @param model the model's name; absent: the row is not about a model
     * @param modelVersion the model's version; absent: it has none
     * @param job who trains: a job's id, a run's page; absent: there is no job, or nobody said
     */
    public record Fact(
            Status status,
            Optional<String> reason,
            Optional<String> model,
            Optional<String> modelVersion,
            Optional<String> job)
            implements Entry.Fact {

        /** Of no model and no job. */
        public static Fact of(Status status, String reason) {
            return new Fact(status, Optional.of(reason), Optional.empty(), Optional.empty(), Optional.empty());
        }

        /** The same, of a job. */
        public Fact by(String job) {
            return new Fact(status, reason, model, modelVersion, Optional.of(job));
        }

        /** The same, of a model. */
        public Fact of(String model, Optional<String> modelVersion) {
            return new Fact(status, reason, Optional.of(model), modelVersion, job);
        }

        @Override
        public String deed() {
            return "recorded";
        }

        @Override
        public String about(long version) {
            return model.map(name -> "training of " + name
                            + modelVersion.map(v -> ":" + v).orElse(""))
                    .orElse("training on version " + version);
        }

        @Override
        public Map<String, String> columns() {
            Map<String, String> columns = new LinkedHashMap<>();
            columns.put("status", status.text());
            columns.put("reason", reason.orElse(null));
            columns.put("model", model.orElse(null));
            columns.put("model_version", modelVersion.orElse(null));
            columns.put("job", job.orElse(null));
            return columns;
        }

        /** Whether it says the same, for whatever reason. */
        private boolean repeats(Fact other) {
            return status == other.status
                    && model.equals(other.model)
                    && modelVersion.equals(other.modelVersion)
                    && job.equals(other.job);
        }
    }

    /** Every row, oldest first. */
    public List<Entry<Fact>> all() {
        return links.all();
    }

    /** What is known of a version, oldest first. */
    public List<Entry<Fact>> of(DatasetVersion version) {
        return all().stream()
                .filter(entry -> entry.record().equals(version.digest()))
                .toList();
    }

    /** The trainings of a model, of that version of it or of any, oldest first. */
    public List<Entry<Fact>> of(String model, Optional<String> modelVersion) {
        return all().stream()
                .filter(entry -> entry.fact().model().equals(Optional.of(model))
                        && (modelVersion.isEmpty()
                                || modelVersion.equals(entry.fact().modelVersion())))
                .toList();
    }

    /** The newest of them; empty: none is recorded. */
    public Optional<Entry<Fact>> find(String model, Optional<String> modelVersion) {
        return of(model, modelVersion).stream().reduce((before, after) -> after);
    }

    /** Records a fact; the same of the same version is recorded once, and the row is then the one that was there. */
    public Entry<Fact> put(Fact fact, DatasetVersion version, String by, Stamp stamp, Instant now) {
        return links.add(
                there -> there.fact().repeats(fact) && there.record().equals(version.digest()),
                fact,
                version,
                by,
                stamp,
                now);
    }

    /** Every row, for people; no rows when nothing was recorded yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }

    private static Fact fact(Row row) {
        return new Fact(
                Status.valueOf(row.getString(1).toUpperCase(Locale.ROOT)),
                Optional.ofNullable(row.getString(2)),
                Optional.ofNullable(row.getString(3)),
                Optional.ofNullable(row.getString(4)),
                Optional.ofNullable(row.getString(7)));
    }
}
