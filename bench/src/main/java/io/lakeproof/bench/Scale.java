package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.Verify;
import io.lakeproof.jobs.ingest.Landing;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.Session;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.Versions;
import io.lakeproof.lineage.proof.Trust;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Measures what grows with what, for {@code docs/scale.md}, and prints it as tables. Arguments: the repository's root, a
 * scratch folder. {@code bench/scale} starts it.
 */
public final class Scale {

    private final Path root;
    private final Path scratch;

    private Scale(Path root, Path scratch) {
        this.root = root;
        this.scratch = scratch;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Scale scale = new Scale(Path.of(args[0]), Path.of(args[1]));
        try (SparkSession spark = session("local[2]")) {
            scale.landing(spark);
            scale.ledger(spark);
            scale.log(spark);
            scale.appends(spark);
            scale.history(spark);
            scale.batches(spark);
        }
        try (SparkSession spark = session("local-cluster[1,1,1024]")) {
            scale.limit(spark);
        }
        scale.events();
    }

    private static SparkSession session(String master) {
        SparkSession session = SparkSession.builder()
                .master(master)
                .appName("scale")
                .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.databricks.delta.snapshotPartitions", "2")
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.hadoop.fs.count.impl", CountingFileSystem.class.getName())
                .config("spark.hadoop.fs.endless.impl", EndlessLanding.class.getName())
                // Delta writes its log there as it does on Azure's storage.
                .config("spark.delta.logStore.count.impl", "io.delta.storage.AzureLogStore")
                .config(
                        "spark.sql.streaming.checkpointFileManagerClass",
                        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager")
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        return session;
    }

    private void landing(SparkSession spark) throws IOException {
        print("| files in the landing | driver memory while listed, MB | bytes a file | CPU, s |", 4);
        Path spec = Files.writeString(
                scratch.resolve("endless.yaml"),
                """
                name: endless
                source: {path: "endless:///events", format: json, schema: "id BIGINT"}
                tables: {root: lake}
                split: {key: id}
                """);
        for (int files : new int[] {100_000, 1_000_000}) {
            spark.sparkContext().hadoopConfiguration().setInt("fs.endless.files", files);
            spark.sparkContext().hadoopConfiguration().setBoolean("fs.endless.impl.disable.cache", true);
            Held<Landing.Listing> listed = Held.of(() -> Landing.list(
                    spark.sparkContext().hadoopConfiguration(),
                    SpecReader.read(spec.toString(), Map.of()).source(),
                    Instant.now()));
            row(
                    "%,d",
                    listed.value().files().size(),
                    "%.0f",
                    listed.bytes() / 1e6,
                    "%.0f",
                    listed.bytes() / files,
                    "%.1f",
                    listed.cpu());
        }
    }

    /** The ledger of a landing of that many files, and what a run of 1,000 further files asks of it. */
    private void ledger(SparkSession spark) throws IOException {
        print(
                "| rows of the ledger | bytes a row on disk | 1,000 paths looked up, CPU s | 1,000 digests, CPU s | 5,000 paths, CPU s | bytes a row in the driver |",
                6);
        Path folder = scratch.resolve("ledger");
        Ledger ledger =
                Ledger.of(Session.of(spark), new TableName.Folder(folder.toUri().toString()));
        List<String> paths =
                entries(7_000_000, 5_000).stream().map(Ledger.Entry::path).toList();
        List<String> digests =
                entries(7_000_000, 1_000).stream().map(Ledger.Entry::sha256).toList();
        ledger.note(entries(0, 50_000), Stamp.of("scale", "scale"), Instant.now());
        ledger.ofPaths(paths);
        ledger.ofDigests(digests);
        int rows = 50_000;
        for (int target : new int[] {100_000, 500_000}) {
            for (; rows < target; rows += 50_000) {
                ledger.note(entries(rows, 50_000), Stamp.of("scale", "scale"), Instant.now());
            }
            double byPath = cpu(() -> ledger.ofPaths(paths.subList(0, 1_000)));
            double byDigest = cpu(() -> ledger.ofDigests(digests));
            double byManyPaths = cpu(() -> ledger.ofPaths(paths));
            String held = target > 100_000
                    ? "not measured"
                    : String.format(Locale.ROOT, "%.0f", Held.of(ledger::all).bytes() / target);
            row(
                    "%,d",
                    rows,
                    "%.0f",
                    (double) bytes(folder, "part-") / rows,
                    "%.1f",
                    byPath,
                    "%.1f",
                    byDigest,
                    "%.1f",
                    byManyPaths,
                    "%s",
                    held);
        }
    }

    private static List<Ledger.Entry> entries(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(number -> new Ledger.Entry(
                        "abfss://landing@contosolake.dfs.core.windows.net/events/hour=" + number / 1_000 + "/"
                                + EndlessLanding.name(number),
                        (256L << 20) + number * 7_919L % 1_000_003,
                        Instant.ofEpochSecond(1_767_225_600L + number),
                        sha256(number),
                        1_000_000L + number * 31L % 10_007,
                        number % 13,
                        Ledger.Status.TAKEN,
                        new UUID(number / 1_000, 42).toString(),
                        number / 1_000))
                .toList();
    }

    /** What looks like one: 64 digits that do not repeat. */
    private static String sha256(int number) {
        java.util.Random random = new java.util.Random(number);
        return Stream.generate(() -> String.format("%016x", random.nextLong()))
                .limit(4)
                .collect(Collectors.joining());
    }

    /** A table of events in many files: what Delta's log keeps of each file. */
    private void log(SparkSession spark) throws IOException {
        print(
                "| data files added | removed since | commits, bytes a file | checkpoint, bytes a file that was added |",
                4);
        Path folder = scratch.resolve("events");
        Table table =
                Table.of(Session.of(spark), new TableName.Folder(folder.toUri().toString()));
        StructType schema = StructType.fromDDL(Files.readString(root.resolve("examples/mobile-events/schema.ddl"))
                .replaceAll("--.*", ""));
        int files = 0;
        for (int commit = 0; commit < 3; commit++) {
            table.append(events(spark, schema, 200).repartition(200), Stamp.of("scale", "scale"));
            files += 200;
            spark.sql("ALTER TABLE " + table.name().sql() + " SET TBLPROPERTIES ('delta.checkpointInterval' = '1')");
        }
        Path log = folder.resolve("_delta_log");
        row("%,d", files, "%,d", 0, "%.0f", (double) bytes(log, ".json") / files, "%.0f", newest(log) / files);
        long commits = bytes(log, ".json");
        table.compact(Stamp.of("scale", "scale"));
        row(
                "%,d",
                files,
                "%,d",
                files,
                "%.0f",
                (double) (bytes(log, ".json") - commits) / files,
                "%.0f",
                newest(log) / files);
    }

    private static Dataset<Row> events(SparkSession spark, StructType schema, int rows) {
        return spark.range(rows)
                .selectExpr(
                        "sha2(string(id), 256) AS event_id",
                        "'screen' AS kind",
                        "xxhash64(id) AS user_id",
                        "timestamp_seconds(1767225600 + id) AS at",
                        "timestamp_seconds(1767225700 + id) AS sent_at",
                        "named_struct('model', 'pixel', 'app', '1.2.3') AS device",
                        "named_struct('name', 'home', 'millis', id) AS screen")
                .withColumn(
                        "purchase",
                        expr("CAST(NULL AS "
                                + schema.apply("purchase").dataType().sql() + ")"))
                .withColumn(
                        "crash",
                        expr("CAST(NULL AS " + schema.apply("crash").dataType().sql() + ")"))
                .select(Stream.of(schema.fieldNames())
                        .map(name -> col(name))
                        .toArray(org.apache.spark.sql.Column[]::new));
    }

    /** The newest checkpoint's size. */
    private static double newest(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(".checkpoint.parquet"))
                    .max(Path::compareTo)
                    .orElseThrow()
                    .toFile()
                    .length();
        }
    }

    private static final List<String> CALLS = List.of("status", "list", "listed", "open", "create", "rename", "mkdirs");

    /** One dataset, appended to file by file: what a run costs as its history grows. */
    private void appends(SparkSession spark) throws IOException {
        print(
                "| append number | Spark jobs | commits | data files | " + String.join(" | ", CALLS) + " | CPU, s |",
                5 + CALLS.size());
        Path folder = scratch.resolve("appends");
        AtomicInteger jobs = listen(spark);
        for (int number = 1; number <= 25; number++) {
            drop(folder, number + ".csv", number);
            Map<String, Long> before = files(folder);
            jobs.set(0);
            CountingFileSystem.taken();
            double cpu = cpu(() -> run(spark, folder));
            settle();
            Map<String, Long> calls = CountingFileSystem.taken();
            Map<String, Long> after = files(folder);
            // Not those on which Delta writes a checkpoint of its own.
            if (List.of(2, 5, 15, 25).contains(number)) {
                row(
                        "%d",
                        number,
                        "%d",
                        jobs.get(),
                        "%d",
                        after.get("commits") - before.get("commits"),
                        "%d",
                        after.get("data") - before.get("data"),
                        "%s",
                        CALLS.stream()
                                .map(kind -> Long.toString(calls.getOrDefault(kind, 0L)))
                                .collect(Collectors.joining(" | ")),
                        "%.1f",
                        cpu);
            }
        }
    }

    /** So many source files has each version of a history that nobody ran. */
    private static final int FILES = 100;

    /** So many of its versions are written at a time. */
    private static final int CHUNK = 2_000;

    /**
     * Datasets with a long history, as {@code maintain} leaves it: the versions between the second and the last but one were
     * never run, but have the rows, the records, the chain and the ledger that runs would have left.
     */
    private void history(SparkSession spark) throws IOException {
        print(
                "| versions | source files | a run, nothing new, CPU s | a run, one new file, CPU s | its Spark jobs | newest version, CPU s | all in outline, CPU s | 1,000 paths, CPU s | 1,000 digests, CPU s | verify latest, CPU s | its findings |",
                11);
        AtomicInteger jobs = listen(spark);
        List<String> digests =
                entries(0, 1_000).stream().map(Ledger.Entry::sha256).toList();
        // The first warms the JVM up and is not told.
        for (int versions : new int[] {10, 10, 100, 1_000, 10_000, 100_000}) {
            boolean told = Files.exists(scratch.resolve("history-10"));
            Path folder = scratch.resolve("history-" + versions + (told ? "-again" : ""));
            drop(folder, "1.csv", 1);
            run(spark, folder);
            drop(folder, "2.csv", 2);
            run(spark, folder);
            Lake lake = Lake.open(spark, folder.resolve("dataset.yaml").toString());
            invent(lake, versions - 3);
            drop(folder, "3.csv", 3);
            run(spark, folder);
            double nothing = cpu(() -> run(spark, folder));
            drop(folder, "4.csv", 4);
            jobs.set(0);
            double one = cpu(() -> run(spark, folder));
            settle();
            int started = jobs.get();
            double newest = cpu(() -> lake.versions().latest());
            double all = cpu(() -> lake.versions().outlines());
            // Of all times, as the files of a landing that is never emptied.
            List<String> paths = IntStream.range(0, 1_000)
                    .mapToObj(i -> old(FILES * (3 + (long) (versions - 3) * i / 1_000)))
                    .toList();
            double byPath = cpu(() -> lake.ledger().ofPaths(paths));
            double byDigest = cpu(() -> lake.ledger().ofDigests(digests));
            AtomicInteger findings = new AtomicInteger();
            double verify = cpu(() -> findings.set(Verify.of(
                            lake,
                            new Verify.Options(
                                    Optional.of("latest"), false, Trust.NONE, Optional.empty(), Progress.SILENT))
                    .execute()
                    .findings()
                    .size()));
            if (told) {
                row(
                        "%,d",
                        versions,
                        "%,d",
                        lake.ledger().rows().count(),
                        "%.1f",
                        nothing,
                        "%.1f",
                        one,
                        "%d",
                        started,
                        "%.2f",
                        newest,
                        "%.2f",
                        all,
                        "%.2f",
                        byPath,
                        "%.2f",
                        byDigest,
                        "%.1f",
                        verify,
                        "%d",
                        findings.get());
            }
        }
    }

    /** Adds versions that took in {@link #FILES} files each and left every table as it was. */
    private static void invent(Lake lake, int count) {
        Stamp stamp = Stamp.of("small", "scale");
        DatasetVersion last = lake.versions().latest().orElseThrow();
        Row like = lake.versions()
                .rows()
                .where(col("version").equalTo(last.version()))
                .first();
        ObjectNode record = (ObjectNode) Json.parse(last.record());
        String previous = last.digest();
        List<DatasetVersion.TableVersion> tables = last.tables();
        List<Row> rows = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            long version = last.version() + i;
            String batch = new UUID(version, 42).toString();
            Instant published = last.publishedAt().plus(i, ChronoUnit.MICROS);
            record.put("version", version)
                    .put("attempt", batch)
                    .put("publishedAt", published.toString())
                    .put("previous", previous);
            tables = tables.stream()
                    .map(table -> new DatasetVersion.TableVersion(
                            table.name(),
                            table.path(),
                            table.tableId(),
                            table.deltaVersion(),
                            table.rows(),
                            table.fingerprint(),
                            table.state(),
                            Manifest.NONE.digest(Optional.of(table.fileDigest()))))
                    .toList();
            record.set("tables", Json.tree(tables));
            DatasetVersion.Membership change = new DatasetVersion.Membership(
                    List.of(batch), List.of(), List.of(), List.of(), List.of(), List.of(), FILES);
            record.set("change", Json.tree(change));
            ArrayNode sources = record.putArray("sources");
            for (int file = 0; file < FILES; file++) {
                long id = version * FILES + file;
                sources.addObject()
                        .put("path", old(id))
                        .put("size", 1_000 + id)
                        .put("modificationTime", at(version).toString())
                        .put("sha256", Json.sha256(Long.toString(id)))
                        .put("rows", 50)
                        .put("unreadable", 0)
                        .put("status", "taken")
                        .put("batch", batch);
            }
            String text = Json.canonical(record);
            DatasetVersion next = new DatasetVersion(
                    version,
                    published,
                    last.runId(),
                    batch,
                    tables,
                    change,
                    text,
                    Json.sha256(text),
                    Optional.of(previous),
                    Optional.empty());
            previous = next.digest();
            if (i == count) {
                // As a run does, so that the next one finds it as the newest.
                append(lake, rows, stamp);
                lake.versions().publish(next, Map.of(), stamp);
            } else if (rows.size() == CHUNK) {
                append(lake, rows, stamp);
            }
            rows.add(row(like, next));
        }
        lake.table("lineage/files")
                .append(
                        lake.spark()
                                .range(
                                        (last.version() + 1) * FILES,
                                        (last.version() + 1 + count) * FILES,
                                        1,
                                        Math.max(1, count / CHUNK))
                                .withColumn("version", expr("id DIV " + FILES))
                                .selectExpr(
                                        "concat('count:/old/', id, '.csv') AS path",
                                        "1000 + id AS size",
                                        "timestamp_seconds(1767225600 + version) AS modification_time",
                                        "sha2(string(id), 256) AS sha256",
                                        "50L AS rows",
                                        "0L AS unreadable",
                                        "'taken' AS status",
                                        "lower(concat('00000000-', lpad(hex(shiftright(version, 16)), 4, '0'), '-', lpad(hex(version & 65535), 4, '0'), '-0000-00000000002a')) AS batch",
                                        "version",
                                        "'%s' AS run_id".formatted(last.runId()),
                                        "timestamp_micros(%d + version) AS recorded_at"
                                                .formatted(ChronoUnit.MICROS.between(Instant.EPOCH, last.publishedAt())
                                                        - last.version())),
                        stamp);
    }

    private static String old(long id) {
        return "count:/old/" + id + ".csv";
    }

    private static void append(Lake lake, List<Row> versions, Stamp stamp) {
        lake.table("lineage/versions")
                .append(lake.spark().createDataFrame(versions, Versions.SCHEMA).coalesce(1), stamp);
        versions.clear();
    }

    /** A version's row, like another's but for what it says of itself; it adds no files to any table. */
    private static Row row(Row like, DatasetVersion version) {
        Object[] cells = IntStream.range(0, like.size()).mapToObj(like::get).toArray();
        Object[] none = {};
        Map.of(
                        "version",
                        version.version(),
                        "published_at",
                        Timestamp.from(version.publishedAt()),
                        "attempt",
                        version.attempt(),
                        "tables",
                        version.tables().stream()
                                .map(table -> RowFactory.create(
                                        table.name(),
                                        table.path(),
                                        table.tableId(),
                                        table.deltaVersion(),
                                        table.rows(),
                                        table.fingerprint(),
                                        table.state(),
                                        table.fileDigest()))
                                .toArray(),
                        "change",
                        RowFactory.create(
                                version.change().batchesAdded().toArray(),
                                none,
                                none,
                                none,
                                none,
                                none,
                                version.change().files()),
                        "record",
                        version.record(),
                        "digest",
                        version.digest(),
                        "previous",
                        version.previous().orElseThrow(),
                        "files",
                        none)
                .forEach((name, value) -> cells[Versions.SCHEMA.fieldIndex(name)] = value);
        return RowFactory.create(cells);
    }

    private static Instant at(long version) {
        return Instant.ofEpochSecond(1_767_225_600L + version);
    }

    /** New datasets whose first batch has so many files. */
    private void batches(SparkSession spark) throws IOException {
        print(
                "| files of the batch | version record, bytes | bytes a file | entries of the list of files | Spark jobs | calls to storage | CPU, s |",
                7);
        AtomicInteger jobs = listen(spark);
        for (int size : new int[] {1, 10, 100, 500}) {
            Path folder = scratch.resolve("batch-" + size);
            for (int number = 1; number <= size; number++) {
                drop(folder, EndlessLanding.name(number).replace(".json.gz", ".csv"), number);
            }
            jobs.set(0);
            CountingFileSystem.taken();
            double cpu = cpu(() -> run(spark, folder));
            settle();
            Map<String, Long> calls = CountingFileSystem.taken();
            calls.remove("listed");
            Row version = Lake.open(spark, folder.resolve("dataset.yaml").toString())
                    .versions()
                    .rows()
                    .selectExpr("length(record)", "size(files)")
                    .first();
            row(
                    "%,d",
                    size,
                    "%,d",
                    version.getInt(0),
                    "%.0f",
                    (double) version.getInt(0) / size,
                    "%d",
                    version.getInt(1),
                    "%d",
                    jobs.get(),
                    "%,d",
                    calls.values().stream().mapToLong(n -> n).sum(),
                    "%.1f",
                    cpu);
        }
    }

    private static Run.Result run(SparkSession spark, Path folder) {
        return Run.of(Lake.open(spark, folder.resolve("dataset.yaml").toString()))
                .execute();
    }

    private static void drop(Path folder, String name, int number) throws IOException {
        Files.createDirectories(folder.resolve("landing"));
        Files.writeString(
                folder.resolve("dataset.yaml"),
                """
                name: small
                source: {path: "count:%1$s/landing", format: csv, schema: "id BIGINT NOT NULL, amount INT, note STRING"}
                tables: {root: "count:%1$s/lake"}
                rules: {rows: ['ColumnValues "amount" >= 0']}
                split: {key: id, seed: 7, parts: {train: 80, validation: 10, test: 10}}
                """
                        .formatted(folder.toAbsolutePath()));
        Files.writeString(
                folder.resolve("landing").resolve(name),
                IntStream.range(number * 50, number * 50 + 50)
                        .mapToObj(id -> id + "," + id % 100 + ",n" + id)
                        .collect(Collectors.joining("\n", "id,amount,note\n", "\n")));
    }

    /** How many commits and data files lie below a folder. */
    private static Map<String, Long> files(Path folder) throws IOException {
        Map<String, Long> files = new TreeMap<>(Map.of("commits", 0L, "data", 0L));
        if (Files.exists(folder.resolve("lake"))) {
            try (Stream<Path> all = Files.walk(folder.resolve("lake"))) {
                all.forEach(file -> {
                    String name = file.getFileName().toString();
                    if (name.matches("[0-9]{20}\\.json")) {
                        files.merge("commits", 1L, Long::sum);
                    } else if (name.startsWith("part-")) {
                        files.merge("data", 1L, Long::sum);
                    }
                });
            }
        }
        return files;
    }

    private static AtomicInteger listen(SparkSession spark) {
        AtomicInteger jobs = new AtomicInteger();
        spark.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart job) {
                jobs.incrementAndGet();
            }
        });
        return jobs;
    }

    /** Lets Spark tell its listeners. */
    private static void settle() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a cluster writes a ledger's rows of one batch, which reach it within a task. */
    private void limit(SparkSession spark) {
        print("| source files of one batch | their rows in the ledger, on a cluster of its own process |", 2);
        for (int files : new int[] {50_000, 200_000, 400_000}) {
            Ledger ledger = Ledger.of(
                    Session.of(spark),
                    new TableName.Folder(
                            scratch.resolve("limit-" + files).toUri().toString()));
            String ended = "written";
            try {
                ledger.note(entries(0, files), Stamp.of("scale", "scale"), Instant.now());
            } catch (Exception e) {
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                ended = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            }
            row("%,d", files, "%s", ended);
        }
    }

    /** What a run over events costs, in processes of their own: CPU and bytes, which grow with the rows. */
    private void events() throws IOException, InterruptedException {
        print("| events | source, MB | CPU, s | memory, MB | raw, MB | parts, MB | read, MB | written, MB |", 8);
        Path example = root.resolve("examples/mobile-events");
        for (int events : new int[] {20_000, 200_000}) {
            Path folder = Files.createDirectories(scratch.resolve("events-" + events));
            Measured.of(
                    List.of(
                            Contenders.java(),
                            example.resolve("Generate.java").toString(),
                            "--events",
                            Integer.toString(events),
                            "--out",
                            folder.resolve("landing").toString(),
                            "--truth",
                            folder.resolve("truth").toString()),
                    Map.of(),
                    scratch.resolve("log"));
            Files.copy(example.resolve("schema.ddl"), folder.resolve("schema.ddl"));
            Path counts = folder.resolve("counts");
            Measured run = Measured.of(
                    List.of(
                            root.resolve("lakeproof").toString(),
                            "run",
                            Files.writeString(folder.resolve("dataset.yaml"), Sources.rowByRow(example))
                                    .toString()),
                    Map.of(
                            "LAKEPROOF_JAVA_OPTS",
                            "-Dspark.extraListeners=" + Counts.class.getName() + " -Dbench.counts=" + counts,
                            "LAKEPROOF_CLASSPATH",
                            root.resolve("bench/target/classes").toString()),
                    scratch.resolve("log"));
            JsonNode counted = new ObjectMapper().readTree(counts.toFile());
            row(
                    "%,d",
                    events,
                    "%.1f",
                    bytes(folder.resolve("landing"), ".json") / 1e6,
                    "%.1f",
                    run.cpu(),
                    "%.0f",
                    run.memory() / 1e6,
                    "%.1f",
                    bytes(folder.resolve("lake/raw"), "part-") / 1e6,
                    "%.1f",
                    Stream.of("train", "validation", "test")
                                    .mapToLong(
                                            part -> size(folder.resolve("lake").resolve(part)))
                                    .sum()
                            / 1e6,
                    "%.1f",
                    counted.get("bytesRead").asLong() / 1e6,
                    "%.1f",
                    counted.get("bytesWritten").asLong() / 1e6);
        }
    }

    private static long size(Path folder) {
        try {
            return bytes(folder, "part-");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bytes of the files below a folder whose name begins, or ends, so. */
    private static long bytes(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name)
                            || file.getFileName().toString().endsWith(name))
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** A value with what the JVM holds more because of it. */
    private record Held<T>(T value, double bytes, double cpu) {
        static <T> Held<T> of(Supplier<T> make) {
            long before = used();
            double began = spent();
            T value = make.get();
            double cpu = spent() - began;
            return new Held<>(value, used() - before, cpu);
        }

        private static long used() {
            for (int i = 0; i < 3; i++) {
                System.gc();
            }
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        }
    }

    /** Seconds of CPU that this process spends meanwhile, which other processes do not change. */
    private static double cpu(Runnable work) {
        double before = spent();
        work.run();
        return spent() - before;
    }

    private static double spent() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    private static void print(String header, int columns) {
        System.out.println("\n" + header + "\n|" + " --- |".repeat(columns));
    }

    /** Formats and values in turn. */
    private static void row(Object... cells) {
        StringBuilder row = new StringBuilder("|");
        for (int i = 0; i < cells.length; i += 2) {
            row.append(' ')
                    .append(String.format(Locale.ROOT, (String) cells[i], cells[i + 1]))
                    .append(" |");
        }
        System.out.println(row);
    }
}
