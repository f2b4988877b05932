package io.lakeproof.lineage;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code batches} table: what became of a batch that did not go from landing to publication in one run, because it was
 * rejected or because its steps run as jobs of their own. The newest row of a batch says how it stands.
 */
public final class Batches {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL(
            "batch STRING, run_id STRING, status STRING, recorded_at TIMESTAMP, recipe STRING, base BIGINT, raw_version BIGINT, "
                    + "rows BIGINT, unreadable BIGINT, fingerprint STRING, judgement STRING, failed BIGINT, outcomes STRING, failures ARRAY<STRING>, columns_ignored ARRAY<STRING>, files "
                    + "ARRAY<STRUCT<path: STRING, size: BIGINT, modification_time: TIMESTAMP, sha256: STRING, "
                    + "rows: BIGINT, unreadable: BIGINT, status: STRING>>");

    /** How a batch stands. */
    public enum Status {
        /** Its rows lie in raw; nobody has judged them. */
        INGESTED,
        /** It keeps every rule. */
        ACCEPTED,
        /** It breaks a rule; it waits for a repair. */
        REJECTED
    }

    /**
     * A batch and its verdict.
     *
     * @param id the batch's id, which its rows in raw carry
     * @param runId the run that took it in
     * @param recipe the digest of what the spec asked for when it was judged
     * @param base the newest dataset version when it was judged; 0: there was none
     * @param rawVersion the Delta version of raw that holds its rows
     * @param rows rows in raw
     * @param unreadable rows that the contract could not read, in quarantine
     * @param fingerprint the mergeable fingerprint of its rows in raw
     * @param judgement the attempt whose verdicts on its rows stand in quarantine; empty: none was made
     * @param failed rows that a row rule turned away
     * @param outcomes what the rules measured: a JSON array, as the version record holds it
     * @param failures why it was rejected, a line each
     * @param columnsIgnored the columns that its files have beyond the contract
     * @param files its source files
     */
    public record Batch(
            String id,
            String runId,
            Status status,
            String recipe,
            long base,
            long rawVersion,
            long rows,
            long unreadable,
            String fingerprint,
            String judgement,
            long failed,
            String outcomes,
            List<String> failures,
            List<String> columnsIgnored,
            List<Ledger.Entry> files) {

        /** Whether every row of every file could be read. */
        public boolean isWhollyRead() {
            return unreadable == 0 && files.stream().noneMatch(file -> file.status() == Ledger.Status.UNREADABLE);
        }

        /** The same batch with a verdict. */
        public Batch judged(long base, String judgement, long failed, String outcomes, List<String> failures) {
            Status status = failures.isEmpty() ? Status.ACCEPTED : Status.REJECTED;
            return new Batch(
                    id,
                    runId,
                    status,
                    recipe,
                    base,
                    rawVersion,
                    rows,
                    unreadable,
                    fingerprint,
                    judgement,
                    failed,
                    outcomes,
                    failures,
                    columnsIgnored,
                    files);
        }
    }

    private static final int RECORDED_AT = SCHEMA.fieldIndex("recorded_at");

    private final Session session;
    private final Table table;

    private Batches(Session session, Table table) {
        this.session = session;
        this.table = table;
    }

    /** The batches in that table, which need not exist yet. */
    public static Batches of(Session session, TableName name) {
        return new Batches(session, Table.of(session, name));
    }

    /** Writes down how a batch stands. */
    public void record(Batch batch, Stamp stamp, Instant now) {
        Row row = RowFactory.create(
                batch.id(),
                batch.runId(),
                batch.status().name().toLowerCase(Locale.ROOT),
                Timestamp.from(now),
                batch.recipe(),
                batch.base(),
                batch.rawVersion(),
                batch.rows(),
                batch.unreadable(),
                batch.fingerprint(),
                batch.judgement(),
                batch.failed(),
                batch.outcomes(),
                batch.failures().toArray(),
                batch.columnsIgnored().toArray(),
                batch.files().stream()
                        .map(f -> RowFactory.create(
                                f.path(),
                                f.size(),
                                Timestamp.from(f.modified()),
                                f.sha256(),
                                f.rows(),
                                f.unreadable(),
                                f.status().text()))
                        .toArray());
        table.append(session.spark().createDataFrame(List.of(row), SCHEMA).coalesce(1), stamp);
    }

    /** The newest batch of a run. */
    public Optional<Batch> ofRun(String runId) {
        return newestFirst(Range.of("run_id", runId)).stream().findFirst();
    }

    /** The rejected batches that hold one of these files, newest first. */
    public List<Batch> rejectedWith(Collection<String> paths) {
        Set<String> wanted = Set.copyOf(paths);
        Set<String> told = new HashSet<>();
        return wanted.isEmpty()
                ? List.of()
                : rejected().stream()
                        .filter(batch -> batch.files().stream().anyMatch(file -> wanted.contains(file.path()))
                                && told.add(batch.id()))
                        .toList();
    }

    /** Every rejected batch, newest first. */
    public List<Batch> rejected() {
        return newestFirst(Range.of("status", "rejected"));
    }

    /** Every row, for people; no rows when nothing was recorded yet. */
    public Dataset<Row> rows() {
        return table.exists() ? table.head() : session.spark().createDataFrame(List.of(), SCHEMA);
    }

    private List<Batch> newestFirst(Range range) {
        return table.rows(List.of(SCHEMA.fieldNames()), Optional.of(range)).stream()
                .sorted(Comparator.<Row, Timestamp>comparing(row -> row.getTimestamp(RECORDED_AT))
                        .reversed())
                .map(Batches::batch)
                .toList();
    }

    private static Batch batch(Row row) {
        String id = row.getString(0);
        return new Batch(
                id,
                row.getString(1),
                Status.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getString(9),
                row.getString(10),
                row.getLong(11),
                row.getString(12),
                List.copyOf(row.getList(13)),
                List.copyOf(row.getList(14)),
                row.<Row>getList(15).stream()
                        .map(f -> new Ledger.Entry(
                                f.getString(0),
                                f.getLong(1),
                                f.getTimestamp(2).toInstant(),
                                f.getString(3),
                                f.getLong(4),
                                f.getLong(5),
                                Ledger.Status.valueOf(f.getString(6).toUpperCase(Locale.ROOT)),
                                id,
                                0))
                        .toList());
    }
}
