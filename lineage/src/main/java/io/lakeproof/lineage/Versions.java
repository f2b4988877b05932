package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.max;

import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** The {@code versions} table: one row per dataset version, added in one commit, never changed. */
public final class Versions {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL("version BIGINT, published_at TIMESTAMP, run_id STRING, "
            + "attempt STRING, tables ARRAY<STRUCT<name: STRING, path: STRING, table_id: STRING, delta_version: BIGINT, "
            + "rows: BIGINT, fingerprint: STRING, state: STRING, file_digest: STRING>>, change STRUCT<batches_added: ARRAY<STRING>, "
            + "batches_removed: ARRAY<STRING>, files_removed: ARRAY<STRUCT<batch: STRING, file: STRING>>, "
            + "judgements_added: ARRAY<STRING>, judgements_removed: ARRAY<STRING>, columns_ignored: ARRAY<STRING>, files: BIGINT>, record STRING, "
            + "digest STRING, previous STRING, envelope STRING, files ARRAY<STRUCT<table: STRING, kind: STRING, "
            + "path: STRING, size: BIGINT, sha256: STRING>>");

    /** The columns without the files, which are many and which only a proof looks at. */
    private static final List<String> ROW = Arrays.stream(SCHEMA.fieldNames())
            .filter(name -> !name.equals("files"))
            .toList();

    private static final int FILES = SCHEMA.fieldIndex("files");

    private final Session session;
    private final Table table;

    private Versions(Session session, Table table) {
        this.session = session;
        this.table = table;
    }

    /** The versions kept in that table, which need not exist yet. */
    public static Versions of(Session session, TableName name) {
        return new Versions(session, Table.of(session, name));
    }

    /** The newest version; empty when nothing was published yet. */
    public Optional<DatasetVersion> latest() {
        if (!table.exists()) {
            return Optional.empty();
        }
        OptionalLong inserted = table.newestInserted("version");
        Optional<DatasetVersion> newest = inserted.isPresent() ? find(inserted.getAsLong()) : Optional.empty();
        if (newest.isPresent()) {
            return newest;
        }
        Row largest = table.head().agg(max("version")).first();
        return largest.isNullAt(0) ? Optional.empty() : find(largest.getLong(0));
    }

    /** The version of that number. */
    public Optional<DatasetVersion> find(long version) {
        return table.rows(ROW, Optional.of(Range.of("version", version))).stream()
                .findFirst()
                .map(Versions::version);
    }

    /**
     * A version without its record.
     *
     * @param digest of its record
     */
    public record Outline(long version, Instant publishedAt, String runId, List<TableVersion> tables, String digest) {}

    /** Every version in outline, newest first. */
    public List<Outline> outlines() {
        return table.rows(List.of("version", "published_at", "run_id", "tables", "digest"), Optional.empty()).stream()
                .map(row -> new Outline(
                        row.getLong(0), at(row, 1), row.getString(2), tables(row.getList(3)), row.getString(4)))
                .sorted(Comparator.comparingLong(Outline::version).reversed())
                .toList();
    }

    /** The versions from one to another, both included, oldest first. */
    public List<DatasetVersion> between(long first, long last) {
        return table.rows(ROW, Optional.of(new Range("version", first, last))).stream()
                .map(Versions::version)
                .sorted(Comparator.comparingLong(DatasetVersion::version))
                .toList();
    }

    /** What looks at every version, oldest first: however many there are, few are held at a time. */
    public interface Visitor {
        /**
         * Looks at one.
         *
         * @param files how each table's files came from the version before, by the table's name; a table whose files are what
         *     they were is not among them
         */
        void visit(DatasetVersion version, Map<String, Manifest> files);
    }

    /** Shows every version up to one: for what looks at the whole history. */
    public void upTo(long last, Visitor visitor) {
        table.inOrder(List.of(SCHEMA.fieldNames()), Range.upTo("version", last))
                .forEach(row -> visitor.visit(version(row), files(row)));
    }

    private static Map<String, Manifest> files(Row row) {
        Map<String, List<Manifest.Entry>> entries = new TreeMap<>();
        for (Row file : row.isNullAt(FILES) ? List.<Row>of() : row.<Row>getList(FILES)) {
            entries.computeIfAbsent(file.getString(0), table -> new ArrayList<>())
                    .add(new Manifest.Entry(
                            Manifest.Kind.valueOf(file.getString(1).toUpperCase(Locale.ROOT)),
                            file.getString(2),
                            file.getLong(3),
                            file.getString(4)));
        }
        Map<String, Manifest> files = new TreeMap<>();
        entries.forEach((table, list) -> files.put(table, new Manifest(list)));
        return files;
    }

    /** Every version's row, unordered; empty rows when nothing was published yet. */
    public Dataset<Row> rows() {
        return table.exists() ? table.head() : session.spark().createDataFrame(List.of(), SCHEMA);
    }

    /**
     * Publishes a version, if its predecessor is still the newest.
     *
     * @param files how each table's files came from the version before, by the table's name
     * @return whether it was published; false when somebody else published that number first
     */
    public boolean publish(DatasetVersion version, Map<String, Manifest> files, Stamp stamp) {
        Dataset<Row> row = session.spark().createDataFrame(List.of(row(version, files)), SCHEMA);
        return table.insert(row, "version", version.version(), stamp)
                || find(version.version())
                        .filter(published -> published.attempt().equals(version.attempt()))
                        .isPresent();
    }

    private static Row row(DatasetVersion v, Map<String, Manifest> files) {
        Membership change = v.change();
        return RowFactory.create(
                v.version(),
                Timestamp.from(v.publishedAt()),
                v.runId(),
                v.attempt(),
                v.tables().stream()
                        .map(t -> RowFactory.create(
                                t.name(),
                                t.path(),
                                t.tableId(),
                                t.deltaVersion(),
                                t.rows(),
                                t.fingerprint(),
                                t.state(),
                                t.fileDigest()))
                        .toArray(),
                RowFactory.create(
                        change.batchesAdded().toArray(),
                        change.batchesRemoved().toArray(),
                        change.filesRemoved().stream()
                                .map(f -> RowFactory.create(f.batch(), f.file()))
                                .toArray(),
                        change.judgementsAdded().toArray(),
                        change.judgementsRemoved().toArray(),
                        change.columnsIgnored().toArray(),
                        change.files()),
                v.record(),
                v.digest(),
                v.previous().orElse(null),
                v.envelope().orElse(null),
                files.entrySet().stream()
                        .flatMap(table -> table.getValue().entries().stream()
                                .map(file -> RowFactory.create(
                                        table.getKey(), file.kind().text(), file.path(), file.size(), file.sha256())))
                        .toArray());
    }

    private static DatasetVersion version(Row row) {
        Row change = row.getStruct(5);
        return new DatasetVersion(
                row.getLong(0),
                at(row, 1),
                row.getString(2),
                row.getString(3),
                tables(row.getList(4)),
                membership(change),
                row.getString(6),
                row.getString(7),
                Optional.ofNullable(row.getString(8)),
                Optional.ofNullable(row.getString(9)));
    }

    private static Instant at(Row row, int column) {
        return row.<Object>getAs(column) instanceof Timestamp at ? at.toInstant() : row.<Instant>getAs(column);
    }

    private static List<TableVersion> tables(List<Row> rows) {
        return rows.stream()
                .map(t -> new TableVersion(
                        t.getString(0),
                        t.getString(1),
                        t.getString(2),
                        t.getLong(3),
                        t.getLong(4),
                        t.getString(5),
                        t.getString(6),
                        t.getString(7)))
                .toList();
    }

    private static Membership membership(Row change) {
        return new Membership(
                List.copyOf(change.getList(0)),
                List.copyOf(change.getList(1)),
                change.<Row>getList(2).stream()
                        .map(f -> new FileOfBatch(f.getString(0), f.getString(1)))
                        .toList(),
                List.copyOf(change.getList(3)),
                List.copyOf(change.getList(4)),
                List.copyOf(change.getList(5)),
                change.getLong(6));
    }

    /**
     * What belongs to the dataset: the fold of every change. Grows with the history, and is read only for what looks at
     * all rows.
     *
     * @param batches the admitted batches, in the order of their admission
     * @param filesRemoved source files of those batches whose rows do not belong
     * @param judgements the attempts whose rule verdicts in quarantine stand
     * @param columnsIgnored the columns that files have beyond the contract that they were read by
     */
    public record Members(
            Set<String> batches, Set<FileOfBatch> filesRemoved, Set<String> judgements, Set<String> columnsIgnored) {

        /** What belongs once one more change is made. */
        public Members plus(Membership change) {
            Members after = new Members(
                    new LinkedHashSet<>(batches),
                    new LinkedHashSet<>(filesRemoved),
                    new LinkedHashSet<>(judgements),
                    new LinkedHashSet<>(columnsIgnored));
            after.apply(change);
            return after;
        }

        private void apply(Membership change) {
            change.batchesRemoved().forEach(batches::remove);
            if (batches.isEmpty()) {
                columnsIgnored.clear();
            }
            columnsIgnored.addAll(change.columnsIgnored());
            batches.addAll(change.batchesAdded());
            filesRemoved.addAll(change.filesRemoved());
            if (!change.batchesRemoved().isEmpty()) {
                filesRemoved.removeIf(file -> !batches.contains(file.batch()));
            }
            change.judgementsRemoved().forEach(judgements::remove);
            judgements.addAll(change.judgementsAdded());
        }
    }

    /** What belongs to the dataset as of {@code version}. */
    public Members members(long version) {
        Members members =
                new Members(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());
        table.rows(List.of("version", "change"), Optional.of(Range.upTo("version", version))).stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0)))
                .forEach(row -> members.apply(membership(row.getStruct(1))));
        return members;
    }
}
