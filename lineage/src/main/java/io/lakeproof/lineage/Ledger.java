package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import io.delta.exceptions.DeltaConcurrentModificationException;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code files} table: which source files were taken in. A publication decides what was taken; its rows here follow
 * at once, and {@link #complete} writes those that a killed run left out.
 */
public final class Ledger {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL(
            "path STRING, size BIGINT, modification_time TIMESTAMP, sha256 STRING, rows BIGINT, unreadable BIGINT, "
                    + "status STRING, batch STRING, version BIGINT, run_id STRING, recorded_at TIMESTAMP");

    /** What became of a source file. */
    public enum Status {
        /** Its rows belong to the dataset, or its unreadable rows are in quarantine. */
        TAKEN,
        /** It could not be read as a whole; quarantine says why. */
        UNREADABLE,
        /** Its content was taken in under another path. */
        COPY,
        /** Its rows went, for other content of the file came in their place. */
        REPLACED,
        /** Withdrawn by a person: not taken again unless its content changes. */
        WITHDRAWN;

        /** The status as the table holds it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One row of the ledger.
     *
     * @param path absolute URI
     * @param size bytes
     * @param modified the file's modification time
     * @param sha256 of its bytes, hexadecimal
     * @param rows rows that the contract could read
     * @param unreadable rows that it could not
     * @param status what became of the file
     * @param batch the batch that holds its rows; empty when none does
     * @param version the dataset version that took it in; 0 when none did
     */
    public record Entry(
            String path,
            long size,
            Instant modified,
            String sha256,
            long rows,
            long unreadable,
            Status status,
            String batch,
            long version) {

        /** The same file, taken back. */
        public Entry withdrawn() {
            return gone(Status.WITHDRAWN);
        }

        private Entry gone(Status why) {
            return new Entry(path, size, modified, sha256, rows, unreadable, why, batch, 0);
        }

        private boolean isGone() {
            return status == Status.WITHDRAWN || status == Status.REPLACED;
        }
    }

    /**
     * What stands of these entries: the newest of each file in each batch, without those that were withdrawn or replaced. A path has
     * several where changed content was taken in, the newest last.
     *
     * @param entries oldest first
     */
    public static List<Entry> standing(List<Entry> entries) {
        Map<FileOfBatch, Entry> standing = new LinkedHashMap<>();
        for (Entry entry : entries) {
            FileOfBatch file = new FileOfBatch(entry.batch(), entry.path());
            standing.remove(file);
            if (!entry.isGone()) {
                standing.put(file, entry);
            }
        }
        return List.copyOf(standing.values());
    }

    /**
     * What the dataset holds of each path: the newest content that was taken in, unless it was withdrawn, or content that
     * could not be read came after it.
     *
     * @param entries oldest first
     */
    public static Map<String, Entry> taken(List<Entry> entries) {
        Map<String, Entry> newest = new LinkedHashMap<>();
        standing(entries).stream()
                .filter(entry -> entry.status() != Status.COPY)
                .forEach(entry -> newest.put(entry.path(), entry));
        newest.values().removeIf(entry -> entry.status() != Status.TAKEN);
        return newest;
    }

    /** So many values are named in the query, which spares a job; more are joined, for a query must not grow without end. */
    private static final int FEW = 1_000;

    private static final Range VERSIONS = new Range("version", 1L, Long.MAX_VALUE);
    private static final List<String> COLUMNS = List.of(SCHEMA.fieldNames());
    private static final int RUN_ID = SCHEMA.fieldIndex("run_id");
    private static final int RECORDED_AT = SCHEMA.fieldIndex("recorded_at");

    private final Session session;
    private final Table table;

    private Ledger(Session session, Table table) {
        this.session = session;
        this.table = table;
    }

    /** The ledger in that table, which need not exist yet. */
    public static Ledger of(Session session, TableName name) {
        return new Ledger(session, Table.of(session, name));
    }

    /** The entries of these paths, oldest first. Only the named paths come back. */
    public List<Entry> ofPaths(Collection<String> paths) {
        return matching("path", paths);
    }

    /** The entries of files with one of these digests, oldest first. */
    public List<Entry> ofDigests(Collection<String> sha256) {
        return matching("sha256", sha256);
    }

    /** What was taken in and stands, of every file that ever held one of these digests; it may hold another by now. */
    public List<Entry> standingOfDigests(Collection<String> sha256) {
        List<String> paths = ofDigests(sha256).stream()
                .filter(entry -> entry.status() == Status.TAKEN)
                .map(Entry::path)
                .distinct()
                .toList();
        return standing(ofPaths(paths)).stream()
                .filter(entry -> entry.status() == Status.TAKEN)
                .toList();
    }

    /** Whether it says of any file that a dataset version took it in. */
    public boolean namesVersions() {
        return table.fewRows(List.of("version"), Optional.of(VERSIONS))
                .map(rows -> !rows.isEmpty())
                .orElseGet(() -> !table.head().where(VERSIONS.condition()).isEmpty());
    }

    /** Every entry, oldest first. Grows with the history: for what must look at every file again. */
    public List<Entry> all() {
        return rows().orderBy("recorded_at").collectAsList().stream()
                .map(Ledger::entry)
                .toList();
    }

    /**
     * An entry with who wrote it.
     *
     * @param run the run that published the version which took the file in, or that noted the file
     * @param at when that version was published, or the file was noted, to the microsecond
     */
    public record Written(Entry entry, String run, Instant at) {}

    /** The entries of files that a version took in, version after version: however many there are, few are held at a time. */
    public Stream<Written> byVersion() {
        return table.inOrder(COLUMNS, VERSIONS)
                .map(row -> new Written(
                        entry(row),
                        row.getString(RUN_ID),
                        row.getTimestamp(RECORDED_AT).toInstant()));
    }

    private List<Entry> matching(String column, Collection<String> values) {
        if (values.isEmpty()) {
            return List.of();
        }
        Set<String> wanted = Set.copyOf(values);
        int at = SCHEMA.fieldIndex(column);
        return table
                .fewRows(COLUMNS, Optional.of(Range.around(column, wanted)))
                .orElseGet(() -> bySpark(column, wanted))
                .stream()
                .filter(row -> wanted.contains(row.getString(at)))
                .sorted(Comparator.comparing(row -> row.getTimestamp(RECORDED_AT)))
                .map(Ledger::entry)
                .toList();
    }

    private List<Row> bySpark(String column, Set<String> wanted) {
        Dataset<Row> rows = table.head();
        Dataset<Row> matching = wanted.size() <= FEW
                ? rows.where(col(column).isInCollection(wanted))
                : rows.join(
                        broadcast(session.spark()
                                .createDataset(List.copyOf(wanted), Encoders.STRING())
                                .toDF("wanted")),
                        col(column).equalTo(col("wanted")),
                        "left_semi");
        return matching.collectAsList();
    }

    /**
     * Makes sure that the ledger holds what a published version took in or took back: its publisher may have been killed in
     * between, or may be writing the same rows at this moment. However many runs do this, the rows are there once.
     *
     * @param entries the version's source files, from its record; asked for only when some are missing
     */
    public void complete(DatasetVersion version, Supplier<List<Entry>> entries) {
        boolean silent =
                version.change().files() == 0 && version.change().filesRemoved().isEmpty();
        if (silent
                || table.holdsAppended(id(version))
                || (count(version.version()) >= version.change().files()
                        && withdrawals(version).isEmpty())) {
            return;
        }
        append(version, entries);
        long recorded = count(version.version());
        if (recorded != version.change().files()) {
            throw new IllegalStateException("the ledger " + table.name().text() + " holds " + recorded
                    + " files of version " + version.version() + ", which took in "
                    + version.change().files());
        }
    }

    /** Adds what a version took in or took back, once, whoever does it. */
    public void append(DatasetVersion version, Supplier<List<Entry>> entries) {
        List<Entry> all = new ArrayList<>(withdrawals(version));
        if (version.change().files() > 0) {
            all.addAll(entries.get());
        }
        if (all.isEmpty()) {
            return;
        }
        try {
            table.appendOnce(
                    rows(all, version.runId(), version.publishedAt()),
                    new Stamp(version.recordTree().path("dataset").asText(), version.runId(), version.attempt()),
                    id(version));
        } catch (DeltaConcurrentModificationException e) {
            // The other run writes the same rows.
        }
    }

    private static String id(DatasetVersion version) {
        return "files/" + version.attempt();
    }

    /** The files that a version took back, and that still stand: where a batch came too, it replaced them. */
    private List<Entry> withdrawals(DatasetVersion version) {
        List<FileOfBatch> removed = version.change().filesRemoved();
        if (removed.isEmpty()) {
            return List.of();
        }
        return standing(ofPaths(removed.stream().map(FileOfBatch::file).toList())).stream()
                .filter(entry -> removed.contains(new FileOfBatch(entry.batch(), entry.path())))
                .map(entry ->
                        entry.gone(version.change().batchesAdded().isEmpty() ? Status.WITHDRAWN : Status.REPLACED))
                .toList();
    }

    /** Notes what became of files that no version took in: copies, and files touched or withdrawn. */
    public void note(List<Entry> entries, Stamp stamp, Instant now) {
        if (!entries.isEmpty()) {
            table.append(rows(entries, stamp.run(), now), stamp);
        }
    }

    private long count(long version) {
        Range range = Range.of("version", version);
        return table.fewRows(List.of("version"), Optional.of(range))
                .map(rows -> (long) rows.size())
                .orElseGet(() -> table.head().where(range.condition()).count());
    }

    /** Every row, for people and joins; no rows when nothing was recorded yet. */
    public Dataset<Row> rows() {
        return table.exists() ? table.head() : session.spark().createDataFrame(List.of(), SCHEMA);
    }

    /** What is taken back comes first: where other content came in its place, that is the newer entry. */
    private Dataset<Row> rows(List<Entry> entries, String run, Instant now) {
        Instant before = now.minus(1, ChronoUnit.MICROS);
        return session.spark()
                .createDataFrame(
                        entries.stream()
                                .map(e -> RowFactory.create(
                                        e.path(),
                                        e.size(),
                                        Timestamp.from(e.modified()),
                                        e.sha256(),
                                        e.rows(),
                                        e.unreadable(),
                                        e.status().text(),
                                        e.batch(),
                                        e.version(),
                                        run,
                                        Timestamp.from(e.isGone() ? before : now)))
                                .toList(),
                        SCHEMA)
                .coalesce(1);
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getString(0),
                row.getLong(1),
                row.getTimestamp(2).toInstant(),
                row.getString(3),
                row.getLong(4),
                row.getLong(5),
                Status.valueOf(row.getString(6).toUpperCase(Locale.ROOT)),
                row.getString(7),
                row.getLong(8));
    }
}
