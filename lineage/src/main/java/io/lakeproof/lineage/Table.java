package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.delta.exceptions.DeltaConcurrentModificationException;
import io.delta.tables.DeltaTable;
import io.lakeproof.lineage.FileDigests.Digest;
import io.lakeproof.lineage.Manifest.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import scala.Console;
import scala.collection.JavaConverters;

/**
 * One Delta table of a dataset: the only way in which its rows are written, restored and read.
 *
 * <p>Every commit carries its {@link Stamp}, so that {@link #holdsOnly} can tell whether a Delta version holds the rows of
 * the previous dataset version and of one attempt, and nobody else's.
 */
public final class Table {

    /**
     * Time travel must outlive Delta's defaults (7 days for files, 30 for the log): a version is to be readable for years.
     * Clean-up is a decision, never a default.
     */
    public static final String RETENTION = "interval 3650 days";

    private static final Map<String, String> KEPT =
            Map.of("delta.logRetentionDuration", RETENTION, "delta.deletedFileRetentionDuration", RETENTION);

    /** Bytes of data files that this process reads by itself in less time than Spark plans; of more, Spark is the reader. */
    private static final long SMALL = 16 << 20;

    private static final List<String> CHANGES_NO_ROWS = List.of(
            "OPTIMIZE",
            "VACUUM START",
            "VACUUM END",
            "SET TBLPROPERTIES",
            "UNSET TBLPROPERTIES",
            "COMPUTE STATS",
            "UPGRADE PROTOCOL",
            "CREATE TABLE",
            "REORG");

    /** Delta refuses months and years here; less than an hour counts for nothing. */
    private static final Pattern INTERVAL = Pattern.compile("(\\d+) (week|day|hour)s?");

    private static final Pattern PLAIN = Pattern.compile("[^ ,;{}()\\n\\t=]*");

    private static final Map<String, String> COLUMN_MAPPING = new TreeMap<>(
            Map.of("delta.columnMapping.mode", "name", "delta.minReaderVersion", "2", "delta.minWriterVersion", "5"));

    private final Session session;
    private final TableName name;

    private Table(Session session, TableName name) {
        this.session = session;
        this.name = name;
    }

    /** The table of that name, which need not exist yet. */
    public static Table of(Session session, TableName name) {
        return new Table(session, name);
    }

    /**
     * One commit of the table's history.
     *
     * @param version Delta's version
     * @param operation Delta's name for what was done: {@code WRITE}, {@code RESTORE} …
     * @param userMetadata what the writer left; empty: nothing
     * @param rows the rows written; 0 when Delta says none
     * @param restored the version that a RESTORE went back to; -1 for any other operation
     * @param replaces whether it replaced everything that was there
     */
    public record Commit(
            long version, String operation, Optional<String> userMetadata, long rows, long restored, boolean replaces) {

        static Commit of(
                long version,
                String operation,
                Optional<String> userMetadata,
                Map<String, String> metrics,
                Map<String, String> parameters) {
            return new Commit(
                    version,
                    operation,
                    userMetadata,
                    Long.parseLong(metrics.getOrDefault("numOutputRows", "0")),
                    operation.equals("RESTORE") ? Long.parseLong(parameters.get("version")) : -1,
                    "Overwrite".equals(parameters.get("mode")) || operation.startsWith("CREATE OR REPLACE"));
        }

        /** Whether it is an insert-only MERGE that added a row. */
        private boolean inserts() {
            return operation.equals("MERGE") && rows > 0;
        }

        private boolean isBy(Stamp stamp) {
            return userMetadata.filter(stamp.userMetadata()::equals).isPresent();
        }

        private boolean isOf(String dataset) {
            return userMetadata.flatMap(Stamp::dataset).filter(dataset::equals).isPresent();
        }
    }

    public TableName name() {
        return name;
    }

    /** Whether there is such a Delta table. */
    public boolean exists() {
        if (name instanceof TableName.Folder folder) {
            return CommitLog.of(session.hadoop(), folder.uri()).exists();
        }
        return session.spark().catalog().tableExists(name.sql());
    }

    /** Delta's id of the table: another one means that it was dropped and made again. */
    public String id() {
        Optional<String> id = name instanceof TableName.Folder folder
                ? CommitLog.of(session.hadoop(), folder.uri()).id()
                : Optional.empty();
        return id.orElseGet(() -> delta().detail().select("id").first().getString(0));
    }

    /** The rows as of a Delta version. */
    public Dataset<Row> at(long version) {
        var reader = session.spark().read().format("delta").option("versionAsOf", version);
        return name instanceof TableName.Folder folder ? reader.load(folder.uri()) : reader.table(name.sql());
    }

    /** The rows as they are now, published or not. */
    public Dataset<Row> head() {
        return delta().toDF();
    }

    /**
     * The rows as they are now, unordered, with these columns in this order, for what this process itself looks at; none when
     * there is no table.
     *
     * @param range the rows that are wanted; absent: all
     */
    List<Row> rows(List<String> columns, Optional<Range> range) {
        return direct(columns, range, Long.MAX_VALUE)
                .orElseGet(() -> selected(columns, range).collectAsList());
    }

    /**
     * The same in the order of the range's column, which is one of whole numbers: of many rows, this process holds a part at a
     * time.
     */
    Stream<Row> inOrder(List<String> columns, Range range) {
        int column = columns.indexOf(range.column());
        return fewRows(columns, Optional.of(range))
                .map(rows -> rows.stream().sorted(Comparator.comparingLong(row -> row.getLong(column))))
                .orElseGet(() -> StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                selected(columns, Optional.of(range))
                                        .orderBy(range.column())
                                        .toLocalIterator(),
                                Spliterator.ORDERED),
                        false));
    }

    private Dataset<Row> selected(List<String> columns, Optional<Range> range) {
        Dataset<Row> head = range.map(of -> head().where(of.condition())).orElseGet(this::head);
        return head.select(columns.stream().map(functions::col).toArray(Column[]::new));
    }

    /** The same as {@link #rows}, when they are few; absent when they are not, and where only Spark can read them. */
    Optional<List<Row>> fewRows(List<String> columns, Optional<Range> range) {
        return direct(columns, range, SMALL);
    }

    private Optional<List<Row>> direct(List<String> columns, Optional<Range> range, long mostBytes) {
        if (!exists()) {
            return Optional.of(List.of());
        }
        return name instanceof TableName.Folder folder
                ? DirectRead.rows(session.hadoop(), folder.uri(), columns, range, mostBytes)
                : Optional.empty();
    }

    /** Adds rows in one commit; makes the table when there is none; new columns widen it. */
    public Commit append(Dataset<Row> rows, Stamp stamp) {
        return write(rows, "append", stamp);
    }

    /** Like {@link #append}, but a second append with the same id writes nothing, whoever makes it. */
    public void appendOnce(Dataset<Row> rows, Stamp stamp, String id) {
        save(rows, "append", Map.of("txnAppId", id, "txnVersion", "1"), stamp);
    }

    /**
     * Adds one row, unless there is one with that number: an insert-only MERGE lets exactly one of two through, where blind
     * appends would let both. Which one it was, the table says afterwards.
     *
     * @param column a column of whole numbers
     * @return whether the table's log says that this one went through; false also when it does not tell
     */
    boolean insert(Dataset<Row> row, String column, long number, Stamp stamp) {
        // An empty table first, so that even the first row comes by the same conditional insert.
        while (!exists()) {
            try {
                create(row.schema(), stamp);
            } catch (DeltaConcurrentModificationException e) {
                // Somebody else has just made it.
            }
        }
        long before = near();
        try {
            delta(stamped(stamp))
                    .as("t")
                    .merge(row.as("n"), "t.%1$s = n.%1$s AND t.%1$s = %2$d".formatted(column, number))
                    .whenNotMatched()
                    .insertAll()
                    .execute();
        } catch (DeltaConcurrentModificationException e) {
            // Ours or another's went through.
        }
        return commitsSince(before).stream().anyMatch(commit -> commit.isBy(stamp) && commit.inserts());
    }

    /** The number of the newest row that {@link #insert} added; empty when the newest commits of the log do not tell. */
    OptionalLong newestInserted(String column) {
        List<Commit> commits = commitsSince(near());
        for (int i = commits.size() - 1; i >= 0; i--) {
            if (commits.get(i).inserts()) {
                return CommitLog.of(session.hadoop(), location())
                        .largestAdded(column, commits.get(i).version());
            }
        }
        return OptionalLong.empty();
    }

    /** Whether the newest commits of the log hold an {@link #appendOnce} of that id; an older one they do not tell. */
    boolean holdsAppended(String id) {
        return exists() && CommitLog.of(session.hadoop(), location()).has(id, near());
    }

    /** Replaces all rows, and the columns, in one commit; makes the table when there is none. */
    public Commit replace(Dataset<Row> rows, Stamp stamp) {
        return write(rows, "overwrite", stamp);
    }

    /** Goes back to an earlier version, by a commit of its own. */
    public void restore(long version, Stamp stamp) {
        delta(stamped(stamp)).restoreToVersion(version);
    }

    /** Joins small files into larger ones, which changes no rows; returns whether there was anything to join. */
    public boolean compact(Stamp stamp) {
        long before = newest();
        delta(stamped(stamp)).optimize().executeCompaction();
        return newest() > before;
    }

    /**
     * Deletes data files that the newest Delta version does not hold: Delta's VACUUM over this list in place of the folder,
     * for retention alone would keep them all.
     *
     * @param paths below the table's folder; those that the newest version holds stay
     * @return how many went
     */
    public long vacuum(Set<String> paths, Stamp stamp) {
        SparkSession own = stamped(stamp);
        // The retention guards against a clean-up that knows nothing of versions; this one was told.
        own.conf().set("spark.databricks.delta.retentionDurationCheck.enabled", "false");
        List<Row> inventory = new ArrayList<>();
        FileSystem files;
        try {
            files = new Path(location()).getFileSystem(session.hadoop());
            for (String path : paths) {
                Path file = new Path(uri(path));
                if (files.exists(file)) {
                    FileStatus status = files.getFileStatus(file);
                    inventory.add(RowFactory.create(
                            files.makeQualified(file).toString(),
                            status.getLen(),
                            false,
                            status.getModificationTime()));
                }
            }
            own.createDataFrame(
                            inventory,
                            StructType.fromDDL("path STRING, length BIGINT, isDir BOOLEAN, modificationTime BIGINT"))
                    .createOrReplaceTempView("lakeproof_inventory");
            // It tells standard output what it did, where our answer to a program may be all that stands there.
            Console.withOut(
                    OutputStream.nullOutputStream(),
                    () -> own.sql("VACUUM " + name.sql()
                            + " USING INVENTORY (SELECT * FROM lakeproof_inventory) RETAIN 0 HOURS"));
            long gone = 0;
            for (Row file : inventory) {
                gone += files.exists(new Path(file.getString(0))) ? 0 : 1;
            }
            return gone;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The commits after a version, oldest first. Costs what was committed since, whatever the history holds.
     *
     * @param base -1: from the first commit on
     */
    public List<Commit> commitsSince(long base) {
        return name instanceof TableName.Folder folder
                ? CommitLog.of(session.hadoop(), folder.uri()).since(base)
                : delta().history().where(col("version").gt(base)).orderBy("version").collectAsList().stream()
                        .map(Table::commit)
                        .toList();
    }

    /** The newest Delta version; -1: there is no table. */
    public long newest() {
        long near = near();
        List<Commit> commits = name instanceof TableName.Folder ? commitsSince(near) : List.of();
        return commits.isEmpty() ? near : commits.get(commits.size() - 1).version();
    }

    /** A version near the newest, from which the log is looked through; of a table in a catalog the newest itself. */
    private long near() {
        return name instanceof TableName.Folder folder
                ? CommitLog.of(session.hadoop(), folder.uri()).lastCheckpoint()
                : exists() ? delta().history(1).first().<Long>getAs("version") : -1;
    }

    /** The retention settings that are shorter than {@link #RETENTION}, as they stand; a missing one is empty. */
    public Map<String, String> retentionShortened() {
        Map<String, String> properties = new TreeMap<>();
        session.spark()
                .sql("SHOW TBLPROPERTIES " + name.sql())
                .collectAsList()
                .forEach(row -> properties.put(row.getString(0), row.getString(1)));
        Map<String, String> shortened = new TreeMap<>();
        for (String property : KEPT.keySet()) {
            String value = properties.getOrDefault(property, "");
            if (days(value) < days(RETENTION)) {
                shortened.put(property, value.isEmpty() ? "Delta's default" : value);
            }
        }
        return shortened;
    }

    /** Days of an interval as Delta takes it, such as {@code interval 30 days}; 0 for what is none. */
    private static double days(String interval) {
        Matcher parts = INTERVAL.matcher(interval.toLowerCase(Locale.ROOT));
        double days = 0;
        while (parts.find()) {
            double unit =
                    switch (parts.group(2)) {
                        case "week" -> 7;
                        case "day" -> 1;
                        case "hour" -> 1 / 24.0;
                        default -> 0;
                    };
            days += Long.parseLong(parts.group(1)) * unit;
        }
        return days;
    }

    /**
     * What a reader of the table must know.
     *
     * @param reader Delta's reader version
     * @param features by Delta's names, such as {@code columnMapping}; those that writers alone must know too
     */
    public record Protocol(int reader, List<String> features) {}

    /** What a reader of the table must know now; never less than what an earlier Delta version asks for. */
    public Protocol protocol() {
        Row detail =
                delta().detail().select("minReaderVersion", "tableFeatures").first();
        return new Protocol(detail.getInt(0), detail.isNullAt(1) ? List.of() : List.copyOf(detail.getList(1)));
    }

    /** The folder that holds the table, as a URI without a slash at its end. */
    public String location() {
        String uri = name instanceof TableName.Folder folder
                ? folder.uri()
                : delta().detail().select("location").first().getString(0);
        return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    }

    /**
     * How a table came from one Delta version to another.
     *
     * @param before the version that is not part of it; -1: there was no table
     * @param after the last version that is
     */
    public record Change(Table table, long before, long after) {}

    /** The files of each change, by the name that it has here; their bytes are read in one Spark job for all. */
    public static Map<String, Manifest> manifests(SparkSession spark, Map<String, Change> changes) {
        Map<String, Map<String, Kind>> files = new TreeMap<>();
        List<String> read = new ArrayList<>();
        changes.forEach((name, change) -> {
            Map<String, Kind> kinds = change.table().files(change);
            files.put(name, kinds);
            kinds.forEach((path, kind) -> {
                if (kind != Kind.REMOVED) {
                    read.add(change.table().uri(path));
                }
            });
        });
        Map<String, Digest> digests = FileDigests.of(spark, read);
        Map<String, Manifest> manifests = new TreeMap<>();
        files.forEach((name, kinds) -> manifests.put(
                name,
                new Manifest(kinds.entrySet().stream()
                        .map(file -> changes.get(name).table().entry(file.getKey(), file.getValue(), digests))
                        .toList())));
        return manifests;
    }

    private Map<String, Kind> files(Change change) {
        CommitLog log = CommitLog.of(session.hadoop(), location());
        Map<String, Kind> files = new TreeMap<>();
        log.logFiles(change.before(), change.after()).forEach(path -> files.put(path, Kind.LOG));
        log.dataFiles(change.before(), change.after())
                .forEach((path, added) -> files.put(path, added ? Kind.ADDED : Kind.REMOVED));
        return files;
    }

    private Manifest.Entry entry(String path, Kind kind, Map<String, Digest> digests) {
        if (kind == Kind.REMOVED) {
            return new Manifest.Entry(kind, path, 0, "");
        }
        Digest digest = digests.get(uri(path)).require(uri(path));
        return new Manifest.Entry(kind, path, digest.size(), digest.sha256());
    }

    /** The first Delta version that the log has a file about beyond these, whoever made it; empty: it has no other file. */
    public OptionalLong loggedBeyond(Set<String> paths) {
        return CommitLog.of(session.hadoop(), location()).names().stream()
                .filter(path -> !paths.contains(path))
                .mapToLong(CommitLog::version)
                .min();
    }

    /** The whole URI of a path below the table. */
    public String uri(String path) {
        return path.matches("[a-zA-Z][a-zA-Z0-9+.-]*:/.*") ? path : location() + "/" + path;
    }

    /**
     * Whether the table's rows at {@code version} are those at {@code base} and those of one attempt alone.
     *
     * @param base the Delta version that the newest dataset version pins; -1 when none does: then a commit of this attempt
     *     that replaced everything makes it true, or that there are no rows, which Delta does not replace by none
     */
    public boolean holdsOnly(long base, long version, Stamp stamp) {
        return follows(base, version, stamp) || (base < 0 && at(version).isEmpty());
    }

    private boolean follows(long base, long version, Stamp stamp) {
        List<Commit> commits = commitsSince(base);
        for (int i = commits.size() - 1; i >= 0; i--) {
            Commit commit = commits.get(i);
            boolean restore = commit.operation().equals("RESTORE");
            if (commit.version() > version || CHANGES_NO_ROWS.contains(commit.operation())) {
                continue;
            }
            if (restore && base >= 0 && commit.restored() == base) {
                return true;
            }
            if (restore || !commit.isBy(stamp)) {
                return false;
            }
            if (commit.replaces()) {
                return true;
            }
        }
        return base >= 0;
    }

    /**
     * Whether all that was ever written to it was written by runs of a dataset; so it is, too, while it only was created.
     * Reads its whole log, and is meant for a table that no version pins yet.
     */
    public boolean isOf(String dataset) {
        List<Commit> commits = commitsSince(-1);
        return !commits.isEmpty()
                && commits.get(0).version() == 0
                && commits.stream()
                        .allMatch(commit -> CHANGES_NO_ROWS.contains(commit.operation()) || commit.isOf(dataset));
    }

    /**
     * Whether somebody else than runs of a dataset changed rows, by the commit that the last checkpoint was made of and those
     * since, of which there are ten or so; older ones they do not tell. A table in a catalog tells its newest commit.
     */
    public boolean isChangedByOthers(String dataset) {
        return exists()
                && commitsSince(Math.max(-1, near() - 1)).stream()
                        .anyMatch(commit -> !CHANGES_NO_ROWS.contains(commit.operation()) && !commit.isOf(dataset));
    }

    /** Whether every row of {@code base} is still there now: since then, rows were only added, by whomever. */
    public boolean keeps(long base) {
        if (!exists()) {
            return false;
        }
        List<Commit> commits = commitsSince(base);
        for (int i = commits.size() - 1; i >= 0; i--) {
            Commit commit = commits.get(i);
            if (commit.operation().equals("RESTORE")) {
                return commit.restored() == base;
            }
            boolean adds = commit.operation().equals("WRITE") && !commit.replaces();
            if (!adds && !CHANGES_NO_ROWS.contains(commit.operation())) {
                return false;
            }
        }
        return true;
    }

    private Commit write(Dataset<Row> rows, String mode, Stamp stamp) {
        // Not from the last checkpoint on: an attempt may write twice, and Delta makes no commit of no rows.
        long before = newest();
        save(rows, mode, Map.of(), stamp);
        List<Commit> commits = commitsSince(before);
        for (int i = commits.size() - 1; i >= 0; i--) {
            if (commits.get(i).isBy(stamp) && !commits.get(i).operation().equals("RESTORE")) {
                return commits.get(i);
            }
        }
        // What is there is what would be there.
        return new Commit(newest(), "WRITE", Optional.of(stamp.userMetadata()), 0, -1, false);
    }

    /** Makes the table without rows, unless it is there. */
    void create(StructType schema, Stamp stamp) {
        if (name instanceof TableName.Folder) {
            save(session.spark().createDataFrame(List.of(), schema), "append", Map.of(), stamp);
        } else {
            create(schema, KEPT);
        }
    }

    private void create(StructType schema, Map<String, String> properties) {
        session.spark()
                .sql("CREATE TABLE IF NOT EXISTS %s (%s) USING delta TBLPROPERTIES (%s)"
                        .formatted(name.sql(), schema.toDDL(), sql(properties)));
    }

    private static String sql(Map<String, String> properties) {
        return properties.entrySet().stream()
                .map(property -> "'" + property.getKey() + "' = '" + property.getValue() + "'")
                .collect(Collectors.joining(", "));
    }

    private void save(Dataset<Row> rows, String mode, Map<String, String> options, Stamp stamp) {
        Map<String, String> all = new TreeMap<>(options);
        all.put(mode.equals("append") ? "mergeSchema" : "overwriteSchema", "true");
        all.put("userMetadata", stamp.userMetadata());
        Map<String, String> properties = new TreeMap<>(KEPT);
        if (!PLAIN.matcher(String.join("", names(rows.schema()))).matches()) {
            mapNames(properties);
        }
        if (name instanceof TableName.Folder folder) {
            rows.write()
                    .format("delta")
                    .mode(mode)
                    .options(properties)
                    .options(all)
                    .save(folder.uri());
            return;
        }
        // A table made by the write itself would not carry the stamp: a catalog passes options on to existing tables
        // only.
        create(rows.schema(), properties);
        var writer = rows.writeTo(name.sql());
        all.forEach(writer::option);
        try {
            if (mode.equals("append")) {
                writer.append();
            } else {
                writer.overwrite(lit(true));
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot write to " + name.text(), e);
        }
    }

    /** Delta keeps names with spaces and the like only under column mapping, which older readers don't know: so only then. */
    private void mapNames(Map<String, String> properties) {
        if (!exists()) {
            properties.putAll(COLUMN_MAPPING);
        } else if (!delta().detail()
                .select("properties")
                .first()
                .getJavaMap(0)
                .containsKey("delta.columnMapping.mode")) {
            session.spark().sql("ALTER TABLE " + name.sql() + " SET TBLPROPERTIES (" + sql(COLUMN_MAPPING) + ")");
        }
    }

    private static List<String> names(DataType type) {
        if (type instanceof StructType struct) {
            return Arrays.stream(struct.fields())
                    .flatMap(field -> Stream.concat(Stream.of(field.name()), names(field.dataType()).stream()))
                    .toList();
        }
        if (type instanceof ArrayType array) {
            return names(array.elementType());
        }
        if (type instanceof MapType map) {
            return Stream.concat(names(map.keyType()).stream(), names(map.valueType()).stream())
                    .toList();
        }
        return List.of();
    }

    private DeltaTable delta() {
        return delta(session.spark());
    }

    private DeltaTable delta(SparkSession spark) {
        return name instanceof TableName.Folder folder
                ? DeltaTable.forPath(spark, folder.uri())
                : DeltaTable.forName(spark, known());
    }

    /** The name as Delta takes it, which, but on Databricks, knows no name with the catalog that Spark brings along. */
    private String known() {
        return name instanceof TableName.Named named
                        && "spark_catalog".equals(named.catalog())
                        && session.spark().catalog().currentCatalog().equals("spark_catalog")
                ? new TableName.Named(null, named.schema(), named.table()).sql()
                : name.sql();
    }

    /** For operations that take no option: a session of its own, so that the stamp cannot leak into other writes. */
    SparkSession stamped(Stamp stamp) {
        SparkSession own = session.spark().newSession();
        JavaConverters.mapAsJavaMap(session.spark().conf().getAll()).forEach((key, value) -> {
            if (own.conf().isModifiable(key)) {
                own.conf().set(key, value);
            }
        });
        own.conf().set("spark.databricks.delta.commitInfo.userMetadata", stamp.userMetadata());
        return own;
    }

    private static Commit commit(Row row) {
        var metrics = row.<String, String>getJavaMap(row.fieldIndex("operationMetrics"));
        var parameters = row.<String, String>getJavaMap(row.fieldIndex("operationParameters"));
        return Commit.of(
                row.getAs("version"),
                row.getAs("operation"),
                Optional.ofNullable(row.getAs("userMetadata")),
                metrics == null ? Map.of() : metrics,
                parameters == null ? Map.of() : parameters);
    }
}
