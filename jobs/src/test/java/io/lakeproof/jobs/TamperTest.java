package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.delta.tables.DeltaTable;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Session;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.Tags;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.Versions;
import io.lakeproof.lineage.proof.Envelope;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Finding.Kind;
import io.lakeproof.lineage.proof.Keys;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Whatever somebody does to a published lake, {@code verify} finds it and says what it was; and it raises no false alarm. */
@Tag("ci")
class TamperTest {

    @TempDir
    static Path dir;

    private static TestDataset dataset;
    private static Keys.Pair key;
    private static Keys.Pair stranger;
    private static int copies;

    /** Something done to a copy of the lake. */
    private interface Deed {
        void on(Copy lake) throws Exception;
    }

    /** Four versions, signed and anchored: two appends, a rebuild, an append; a tag on the second and one that moved. */
    @BeforeAll
    static void publish() throws Exception {
        key = pair();
        stranger = pair();
        dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 60));
        run();
        SparkSession spark = LocalSpark.session();
        for (String table : List.of("train", "test", "raw")) {
            spark.sql("ALTER TABLE delta.`" + dir.resolve("lake/" + table)
                    + "` SET TBLPROPERTIES ('delta.checkpointInterval' = '2')");
        }
        dataset.drop("2.csv", TestDataset.csv(60, 90) + "x,1,torn\n-1,-5,negative\n");
        run();
        dataset.change(">= 0", "< 95");
        run();
        dataset.drop("3.csv", TestDataset.csv(90, 130));
        run();
        Lake lake = dataset.lake().by(publisher());
        Tags tags = lake.tags();
        tags.put("approved", dataset.version("2"), "anna", Stamp.of("claims", "t"), Instant.now());
        tags.put("candidate", dataset.version("3"), "ben", Stamp.of("claims", "t"), Instant.now());
        tags.put("candidate", dataset.version("4"), "ben", Stamp.of("claims", "t"), Instant.now());
        train(lake, dataset.version("2"));
        publisher().anchor(lake);
    }

    private static void train(Lake lake, DatasetVersion version) {
        lake.trainings()
                .put(
                        new Trainings.Fact(
                                Trainings.Status.RECORDED,
                                Optional.empty(),
                                Optional.of("risk"),
                                Optional.of("7"),
                                Optional.empty()),
                        version,
                        "ben",
                        Stamp.of("claims", "t"),
                        Instant.now());
    }

    private static Publisher publisher() {
        return new Publisher(
                Optional.of("qa"),
                Optional.of(key),
                Optional.of(dir.resolve("anchor").toUri().toString()));
    }

    private static void run() {
        Run.Result result = Run.of(
                        dataset.lake(),
                        new Run.Options("test", Arrivals.Retry.IF_CHANGED, publisher(), Progress.SILENT))
                .execute();
        assertThat(result.status()).isEqualTo(Run.Status.PUBLISHED);
    }

    private static Keys.Pair pair() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        return new Keys.Pair(pair.getPrivate(), pair.getPublic());
    }

    private static Trust trust() {
        return new Trust(List.of(new Trust.Key("ours", key.publicKey(), Optional.empty(), Optional.empty())));
    }

    @TestFactory
    Stream<DynamicTest> data_files() {
        return sampled(
                found(
                        "a byte in the middle of a data file",
                        Kind.DATA_FILE_CHANGED,
                        "train part-",
                        lake -> flip(lake.data("train"), 0.5)),
                found(
                        "the first byte of a data file",
                        Kind.DATA_FILE_CHANGED,
                        "test part-",
                        lake -> flip(lake.data("test"), 0)),
                found(
                        "the last byte of a data file of raw",
                        Kind.DATA_FILE_CHANGED,
                        "raw part-",
                        lake -> flip(lake.data("raw"), 0.9999)),
                found(
                        "a byte in quarantine",
                        Kind.DATA_FILE_CHANGED,
                        "quarantine part-",
                        lake -> flip(lake.data("quarantine"), 0.3)),
                found("a data file cut short", Kind.DATA_FILE_CHANGED, "train part-", lake -> {
                    Path file = lake.data("train");
                    byte[] bytes = Files.readAllBytes(file);
                    write(file, java.util.Arrays.copyOf(bytes, bytes.length - 7));
                }),
                found("a byte appended to a data file", Kind.DATA_FILE_CHANGED, "train part-", lake -> {
                    Path file = lake.data("train");
                    byte[] bytes = Files.readAllBytes(file);
                    write(file, java.util.Arrays.copyOf(bytes, bytes.length + 1));
                }),
                found(
                        "an emptied data file",
                        Kind.DATA_FILE_CHANGED,
                        "train part-",
                        lake -> write(lake.data("train"), new byte[0])),
                found("a removed data file", Kind.DATA_FILE_MISSING, "train part-", lake -> remove(lake.data("train"))),
                found(
                        "a removed data file of raw",
                        Kind.DATA_FILE_MISSING,
                        "raw part-",
                        lake -> remove(lake.data("raw"))),
                found("the files of two parts swapped", Kind.DATA_FILE_CHANGED, "test part-", lake -> {
                    byte[] train = Files.readAllBytes(lake.data("train"));
                    write(lake.data("train"), Files.readAllBytes(lake.data("test")));
                    write(lake.data("test"), train);
                }),
                found("a data file with other rows in the same form", Kind.DATA_FILE_CHANGED, "train part-", lake -> {
                    Path file = lake.data("train");
                    Path forged = lake.root().resolve("forged");
                    LocalSpark.session()
                            .read()
                            .parquet(file.toString())
                            .withColumn("amount", col("amount").plus(1))
                            .coalesce(1)
                            .write()
                            .parquet(forged.toString());
                    write(file, Files.readAllBytes(first(forged, "part-")));
                    delete(forged);
                }),
                found("bytes changed and the time put back", Kind.DATA_FILE_CHANGED, "train part-", lake -> {
                    Path file = lake.data("train");
                    FileTime time = Files.getLastModifiedTime(file);
                    flip(file, 0.4);
                    Files.setLastModifiedTime(file, time);
                }),
                found("the checksum beside a data file", Kind.DATA_FILE_UNREADABLE, "train part-", lake -> {
                    Path file = lake.data("train");
                    Path sum = file.resolveSibling("." + file.getFileName() + ".crc");
                    byte[] bytes = Files.readAllBytes(sum);
                    bytes[bytes.length - 1] ^= 1;
                    Files.write(sum, bytes);
                }),
                found("VACUUM without retention", Kind.DATA_FILE_MISSING, "train part-", lake -> {
                    SparkSession spark = LocalSpark.session().newSession();
                    spark.conf().set("spark.databricks.delta.retentionDurationCheck.enabled", "false");
                    lake.table("train").delete();
                    spark.sql("VACUUM delta.`" + lake.path("train") + "` RETAIN 0 HOURS");
                }));
    }

    @TestFactory
    Stream<DynamicTest> logs() {
        return sampled(
                found(
                        "a commit with another number in it",
                        Kind.COMMIT_CHANGED,
                        "train _delta_log",
                        lake -> edit(
                                lake.commit("train", 0),
                                text -> text.replaceFirst("\"numRecords\\\\\":\\d", "\"numRecords\\\\\":9"))),
                found(
                        "a commit with another run in it",
                        Kind.COMMIT_CHANGED,
                        "train _delta_log",
                        lake -> edit(lake.commit("train", 0), text -> text.replace("\\\"test\\\"", "\\\"prod\\\""))),
                found(
                        "a commit without one of its files",
                        Kind.COMMIT_CHANGED,
                        "test _delta_log",
                        lake -> edit(lake.commit("test", 0), text -> text.replaceFirst("(?m)^\\{\"add\".*\\n?", ""))),
                found("a commit cut short", Kind.COMMIT_CHANGED, "raw _delta_log", lake -> {
                    Path file = lake.commit("raw", 0);
                    byte[] bytes = Files.readAllBytes(file);
                    write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                }),
                found(
                        "a commit in another's place",
                        Kind.COMMIT_CHANGED,
                        "train _delta_log",
                        lake -> write(lake.commit("train", 2), Files.readAllBytes(lake.commit("train", 0)))),
                found(
                        "a removed commit",
                        Kind.COMMIT_MISSING,
                        "train _delta_log/00000000000000000001.json",
                        lake -> remove(lake.commit("train", 1))),
                found(
                        "the first commit removed",
                        Kind.COMMIT_MISSING,
                        "test _delta_log/00000000000000000000.json",
                        lake -> remove(lake.commit("test", 0))),
                found(
                        "all commits of a table removed",
                        Kind.TABLE_MISSING,
                        "raw",
                        lake -> delete(lake.path("raw").resolve("_delta_log"))),
                found(
                        "a byte in a checkpoint",
                        Kind.LOG_FILE_CHANGED,
                        "train _delta_log",
                        lake -> flip(lake.checkpoint("train"), 0.5)),
                found(
                        "another table's checkpoint",
                        Kind.LOG_FILE_CHANGED,
                        "train _delta_log",
                        lake -> write(lake.checkpoint("train"), Files.readAllBytes(lake.checkpoint("test")))),
                found(
                        "a forged checkpoint in the place of a true one",
                        Kind.DATA_FILE_DROPPED,
                        "version 4 train",
                        lake -> {
                            Path log = lake.path("train").resolve("_delta_log");
                            Path forged = lake.root().resolve("forged");
                            LocalSpark.session()
                                    .read()
                                    .parquet(log.resolve("00000000000000000004.checkpoint.parquet")
                                            .toString())
                                    .where("add IS NULL")
                                    .coalesce(1)
                                    .write()
                                    .parquet(forged.toString());
                            remove(log.resolve("00000000000000000004.checkpoint.parquet"));
                            remove(log.resolve("_last_checkpoint"));
                            write(
                                    log.resolve("00000000000000000003.checkpoint.parquet"),
                                    Files.readAllBytes(first(forged, "part-")));
                            delete(forged);
                        }),
                found(
                        "a byte in Delta's own checksum",
                        Kind.LOG_FILE_CHANGED,
                        "train _delta_log",
                        lake -> flip(lake.path("train").resolve("_delta_log/00000000000000000001.crc"), 0.5)));
    }

    @TestFactory
    Stream<DynamicTest> tables() {
        return sampled(
                found("a removed table", Kind.TABLE_MISSING, "test", lake -> delete(lake.path("test"))),
                found("a table made again with the same rows", Kind.TABLE_REPLACED, "train", lake -> {
                    Path kept = lake.root().resolve("kept");
                    Dataset<Row> rows = LocalSpark.session()
                            .read()
                            .format("delta")
                            .load(lake.path("train").toString());
                    rows.write().format("delta").save(kept.toString());
                    delete(lake.path("train"));
                    Files.move(kept, lake.path("train"));
                }),
                found("two parts in each other's place", Kind.TABLE_REPLACED, "train", lake -> {
                    Files.move(lake.path("train"), lake.root().resolve("kept"));
                    Files.move(lake.path("test"), lake.path("train"));
                    Files.move(lake.root().resolve("kept"), lake.path("test"));
                }),
                found(
                        "a shorter retention of files",
                        Kind.RETENTION_SHORTENED,
                        "train delta.deletedFileRetention",
                        lake -> lake.sql(
                                "ALTER TABLE %s SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 7 days')",
                                "train")),
                found(
                        "a shorter retention of the log",
                        Kind.RETENTION_SHORTENED,
                        "raw delta.logRetention",
                        lake -> lake.sql(
                                "ALTER TABLE %s SET TBLPROPERTIES ('delta.logRetentionDuration' = 'interval 30 days')",
                                "raw")),
                found(
                        "no retention",
                        Kind.RETENTION_SHORTENED,
                        "test delta.logRetention",
                        lake -> lake.sql("ALTER TABLE %s UNSET TBLPROPERTIES ('delta.logRetentionDuration')", "test")));
    }

    @TestFactory
    Stream<DynamicTest> records() {
        return sampled(
                found(
                        "a word of a record",
                        Kind.RECORD_CHANGED,
                        "version 2",
                        lake -> lake.set(2, Map.of("record", expr("replace(record, 'claims', 'claimz')")))),
                found(
                        "a record and its digest",
                        Kind.CHAIN_BROKEN,
                        "version 3",
                        lake -> lake.rewrite(2, record -> record.put("principal", "nobody"), null)),
                found(
                        "the last record and its digest",
                        Kind.ANCHOR_DIFFERS,
                        "version 4",
                        lake -> lake.rewrite(4, record -> record.put("principal", "nobody"), key)),
                found("a whole chain written anew", Kind.ANCHOR_DIFFERS, "version 2", lake -> {
                    lake.rewrite(2, record -> record.put("principal", "nobody"), key);
                    for (int version = 3; version <= 4; version++) {
                        String previous = lake.version(version - 1).digest();
                        lake.rewrite(version, record -> record.put("previous", previous), key);
                    }
                }),
                found(
                        "a record signed again by another key",
                        Kind.SIGNATURE_UNTRUSTED,
                        "version 4",
                        lake -> lake.rewrite(4, record -> record.put("principal", "nobody"), stranger)),
                found(
                        "another key's signature on the same record",
                        Kind.SIGNATURE_UNTRUSTED,
                        "version 3",
                        lake -> lake.rewrite(3, record -> record, stranger)),
                found(
                        "a signature taken off",
                        Kind.SIGNATURE_MISSING,
                        "version 3",
                        lake -> lake.set(3, Map.of("envelope", lit(null).cast("string")))),
                found(
                        "another version's signature",
                        Kind.SIGNATURE_WRONG,
                        "version 3",
                        lake -> lake.set(
                                3,
                                Map.of(
                                        "envelope",
                                        lit(lake.version(2).envelope().orElseThrow())))),
                found("a signature that the key did not make", Kind.SIGNATURE_WRONG, "version 4", lake -> {
                    String envelope = lake.version(4).envelope().orElseThrow();
                    String foreign =
                            Envelope.sign("{}", List.of(), stranger).replaceFirst(".*\"sig\":\"([^\"]+)\".*", "$1");
                    lake.set(
                            4,
                            Map.of(
                                    "envelope",
                                    lit(envelope.replaceFirst(
                                            "\"sig\":\"[^\"]+\"", "\"sig\":\"" + foreign.replace("$", "") + "\""))));
                }),
                found(
                        "an envelope that is none",
                        Kind.SIGNATURE_WRONG,
                        "version 4",
                        lake -> lake.set(4, Map.of("envelope", lit("{}")))),
                found("a version taken out", Kind.VERSION_MISSING, "version 2", lake -> lake.versions()
                        .delete("version = 2")),
                found("the newest version cut off", Kind.VERSION_MISSING, "version 4", lake -> lake.versions()
                        .delete("version = 4")),
                found("a version's row twice", Kind.VERSION_TWICE, "version 3", lake -> lake.versions()
                        .toDF()
                        .where("version = 3")
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(lake.path("lineage/versions").toString())),
                found(
                        "a row that counts other rows",
                        Kind.ROW_CHANGED,
                        "version 4 tables[0].rows",
                        lake -> lake.set(
                                4,
                                Map.of(
                                        "tables",
                                        expr(
                                                "transform(tables, t -> named_struct('name', t.name, 'path', t.path,"
                                                        + " 'table_id', t.table_id, 'delta_version', t.delta_version, 'rows', t.rows + 1,"
                                                        + " 'fingerprint', t.fingerprint, 'state', t.state, 'file_digest', t.file_digest))")))),
                found(
                        "a row that pins another Delta version",
                        Kind.ROW_CHANGED,
                        "version 4 tables[0].deltaVersion",
                        lake -> lake.set(
                                4,
                                Map.of(
                                        "tables",
                                        expr(
                                                "transform(tables, t -> named_struct('name', t.name, 'path', t.path,"
                                                        + " 'table_id', t.table_id, 'delta_version', 0L, 'rows', t.rows,"
                                                        + " 'fingerprint', t.fingerprint, 'state', t.state, 'file_digest', t.file_digest))")))),
                found(
                        "a row of another time",
                        Kind.ROW_CHANGED,
                        "version 1 published_at",
                        lake -> lake.set(1, Map.of("published_at", expr("published_at - INTERVAL 1 DAY")))),
                found(
                        "a row of another run",
                        Kind.ROW_CHANGED,
                        "version 1 run_id",
                        lake -> lake.set(1, Map.of("run_id", lit("other")))),
                found(
                        "rows that a batch never brought",
                        Kind.ROW_CHANGED,
                        "version 2 change.batchesAdded",
                        lake -> lake.set(
                                2,
                                Map.of("change", col("change").withField("batches_added", expr("array('forged')"))))),
                found("a clock that went back", Kind.CLOCK_WENT_BACK, "version 4", lake -> {
                    lake.rewrite(4, record -> record.put("publishedAt", "2001-01-01T00:00:00Z"), key);
                    lake.set(4, Map.of("published_at", expr("TIMESTAMP '2001-01-01 00:00:00'")));
                }),
                found(
                        "an account made to look better",
                        Kind.ACCOUNT_UNBALANCED,
                        "version 4 rules",
                        lake -> lake.rewrite(
                                4,
                                record -> {
                                    record.withArray("accounts").forEach(account -> {
                                        if (account.get("step").asText().equals("rules")) {
                                            ((ObjectNode) account)
                                                    .put("quarantined", 0)
                                                    .put("in", 41);
                                        }
                                    });
                                    return record;
                                },
                                key)),
                found(
                        "another digest in the list of files",
                        Kind.MANIFEST_CHANGED,
                        "version 2 ",
                        lake -> lake.set(
                                2,
                                Map.of(
                                        "files",
                                        expr("transform(files, f -> named_struct('table', f.table, 'kind', f.kind,"
                                                + " 'path', f.path, 'size', f.size, 'sha256', repeat('0', 64)))")))),
                found(
                        "a file taken off the list",
                        Kind.MANIFEST_CHANGED,
                        "version 2 ",
                        lake -> lake.set(2, Map.of("files", expr("slice(files, 2, 100)")))));
    }

    @TestFactory
    Stream<DynamicTest> ledger_and_tags() {
        return sampled(
                found("a source file taken off the ledger", Kind.LEDGER_ROW_MISSING, "2.csv", lake -> lake.table(
                                "lineage/files")
                        .delete("path LIKE '%2.csv'")),
                found("another digest in the ledger", Kind.LEDGER_ROW_CHANGED, "1.csv", lake -> lake.table(
                                "lineage/files")
                        .update(col("path").like("%1.csv"), Map.of("sha256", lit("0".repeat(64))))),
                found("fewer rows in the ledger", Kind.LEDGER_ROW_CHANGED, "3.csv", lake -> lake.table("lineage/files")
                        .update(col("path").like("%3.csv"), Map.of("rows", lit(1L)))),
                found("a source file that another run took", Kind.LEDGER_ROW_CHANGED, "1.csv", lake -> lake.table(
                                "lineage/files")
                        .update(col("path").like("%1.csv"), Map.of("run_id", lit("20260101-000000-abcdef")))),
                found("a source file taken at another time", Kind.LEDGER_ROW_CHANGED, "2.csv", lake -> lake.table(
                                "lineage/files")
                        .update(
                                col("path").like("%2.csv"),
                                Map.of("recorded_at", expr("recorded_at - INTERVAL 1 HOUR")))),
                found("a source file that was never taken", Kind.LEDGER_ROW_FOREIGN, "9.csv", lake -> lake.table(
                                "lineage/files")
                        .toDF()
                        .where("path LIKE '%1.csv'")
                        .withColumn("path", lit("file:/landing/9.csv"))
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(lake.path("lineage/files").toString())),
                found("a source file taken twice", Kind.LEDGER_ROW_FOREIGN, "1.csv", lake -> lake.table("lineage/files")
                        .toDF()
                        .where("path LIKE '%1.csv'")
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(lake.path("lineage/files").toString())),
                found("a moved tag", Kind.TAG_CHANGED, "tag approved", lake -> lake.table("lineage/tags")
                        .update(col("tag").equalTo("approved"), Map.of("version", lit(3L)))),
                found("a tag by another name", Kind.TAG_CHANGED, "tag blessed", lake -> lake.table("lineage/tags")
                        .update(col("tag").equalTo("approved"), Map.of("tag", lit("blessed")))),
                found("a tag put there by somebody else", Kind.TAG_CHANGED, "tag approved", lake -> lake.table(
                                "lineage/tags")
                        .update(col("tag").equalTo("approved"), Map.of("tagged_by", lit("carl")))),
                found("the history of a tag cut out", Kind.TAG_CHANGED, "tag candidate", lake -> lake.table(
                                "lineage/tags")
                        .delete("number = 2")),
                found("a tag without its digest", Kind.TAG_CHANGED, "tag approved", lake -> lake.table("lineage/tags")
                        .toDF()
                        .where("number = 1")
                        .withColumn("number", lit(4L))
                        .withColumn("version", lit(4L))
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(lake.path("lineage/tags").toString())));
    }

    /** With every digest as it must be: what a signature and the anchor are for. */
    @TestFactory
    Stream<DynamicTest> rows_made_anew() {
        return sampled(
                found("tags written anew", Kind.TAG_CHANGED, "tag approved, row 1", TamperTest::tagAnew),
                found("tags that nobody signed", Kind.SIGNATURE_MISSING, "tag approved, row 1", TamperTest::tagAnew),
                found("no tags any more", Kind.TAG_CHANGED, "row 3", lake -> delete(lake.path("lineage/tags"))),
                found("the newest tag taken off", Kind.TAG_CHANGED, "row 3", lake -> lake.table("lineage/tags")
                        .delete("number = 3")),
                found(
                        "a model said to be trained on another version",
                        Kind.TRAINING_CHANGED,
                        "training of risk:7",
                        lake -> {
                            delete(lake.path("lineage/trainings"));
                            train(lake.lake(), lake.version(3));
                        }),
                found("a training that nobody signed", Kind.SIGNATURE_MISSING, "training of other", lake -> lake.lake()
                        .trainings()
                        .put(
                                Trainings.Fact.of(Trainings.Status.RECORDED, "why not")
                                        .of("other", Optional.empty()),
                                lake.version(3),
                                "carl",
                                Stamp.of("claims", "t"),
                                Instant.now())),
                found(
                        "no trainings any more",
                        Kind.TRAINING_CHANGED,
                        "row 1",
                        lake -> delete(lake.path("lineage/trainings"))),
                found(
                        "a tagged version said to be cleaned up",
                        Kind.RETIREMENT_CHANGED,
                        "version 2",
                        lake -> retire(lake, 2)),
                found(
                        "the newest said to be cleaned up",
                        Kind.RETIREMENT_CHANGED,
                        "version 4",
                        lake -> retire(lake, 4)),
                found("a clean-up that nobody signed", Kind.SIGNATURE_MISSING, "version 1", lake -> retire(lake, 1)));
    }

    private static void tagAnew(Copy lake) throws IOException {
        delete(lake.path("lineage/tags"));
        Tags tags = lake.lake().tags();
        tags.put("approved", lake.version(3), "anna", Stamp.of("claims", "t"), Instant.now());
        tags.put("candidate", lake.version(3), "ben", Stamp.of("claims", "t"), Instant.now());
        tags.put("candidate", lake.version(4), "ben", Stamp.of("claims", "t"), Instant.now());
    }

    private static void retire(Copy lake, long version) {
        lake.lake().retirements().put(lake.version(version), "dan", Stamp.of("claims", "t"), Instant.now());
    }

    @TestFactory
    Stream<DynamicTest> harmless() {
        return sampled(
                silent("nothing at all", lake -> {}),
                silent("compaction", lake -> lake.sql("OPTIMIZE %s", "train")),
                silent("a checkpoint more", lake -> {
                    lake.sql("ALTER TABLE %s SET TBLPROPERTIES ('delta.checkpointInterval' = '1')", "quarantine");
                    lake.sql("ALTER TABLE %s SET TBLPROPERTIES ('note' = 'x')", "quarantine");
                }),
                silent("a checkpoint less", lake -> remove(lake.checkpoint("train"))),
                silent(
                        "no word of the last checkpoint",
                        lake -> remove(lake.path("train").resolve("_delta_log/_last_checkpoint"))),
                silent("VACUUM within the retention", lake -> lake.sql("VACUUM %s", "train")),
                silent(
                        "a comment on a table",
                        lake -> lake.sql(
                                "ALTER TABLE %s SET TBLPROPERTIES ('comment' = 'one row per policy')", "train")),
                silent("new times on all files", lake -> {
                    try (Stream<Path> files = Files.walk(lake.root())) {
                        for (Path file : files.filter(Files::isRegularFile).toList()) {
                            Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2030-01-01T00:00:00Z")));
                        }
                    }
                }),
                silent("no checksums of the local disk", lake -> {
                    try (Stream<Path> files = Files.walk(lake.path("train"))) {
                        for (Path file : files.filter(
                                        f -> f.getFileName().toString().matches("\\..*\\.crc"))
                                .toList()) {
                            Files.delete(file);
                        }
                    }
                }),
                silent(
                        "a stray file beside the data",
                        lake -> Files.writeString(lake.path("train").resolve("README.txt"), "mine")),
                silent("rows at the head of a part, which no version pins", lake -> lake.table("train")
                        .toDF()
                        .limit(1)
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(lake.path("train").toString())),
                silent("a tag moved by the command", lake -> {
                    Tags tags = lake.lake().by(publisher()).tags();
                    tags.put("approved", lake.version(3), "anna", Stamp.of("claims", "t"), Instant.now());
                }));
    }

    /** More of them: {@code -Dlakeproof.mutations=200}; the same ones: {@code -Dlakeproof.seed=…}. */
    @TestFactory
    Stream<DynamicTest> whatever_byte_or_file_is_changed() {
        Random random = new Random(Seed.CHOSEN);
        return IntStream.range(0, Integer.getInteger("lakeproof.mutations", 4))
                .mapToObj(number -> DynamicTest.dynamicTest("mutation " + number + " of seed " + Seed.CHOSEN, () -> {
                    StringBuilder what = new StringBuilder();
                    List<Finding> findings = after(lake -> what.append(mutate(lake, random)), Optional.empty());
                    assertThat(findings).as("%s, seed %d", what, Seed.CHOSEN).isNotEmpty();
                }));
    }

    /** One change to one file that a version holds; returns what it was. */
    private static String mutate(Copy lake, Random random) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(lake.root())) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !lake.root().relativize(file).startsWith("lineage"))
                    // Not the local disk's checksums, nor the pointer to a checkpoint, which Delta can do without.
                    .filter(file -> !file.getFileName().toString().matches("[._].*"))
                    .filter(file -> file.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        byte[] bytes = Files.readAllBytes(file);
        String deed =
                switch (random.nextInt(5)) {
                    case 0 -> {
                        write(file, java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                        yield "cut short";
                    }
                    case 1 -> {
                        write(file, java.util.Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9)));
                        yield "made longer";
                    }
                    default -> {
                        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                        write(file, bytes);
                        yield "a bit of it changed";
                    }
                };
        return lake.root().relativize(file) + " " + deed;
    }

    /** All of them with {@code -Dlakeproof.tamper=all}; otherwise three, others with every seed. */
    private static Stream<DynamicTest> sampled(DynamicTest... deeds) {
        List<DynamicTest> all = new ArrayList<>(List.of(deeds));
        if (!System.getProperty("lakeproof.tamper", "").equals("all")) {
            Collections.shuffle(all, new Random(Seed.CHOSEN));
            return all.stream().limit(3);
        }
        return all.stream();
    }

    private static DynamicTest found(String deed, Kind kind, String where, Deed tamper) {
        return DynamicTest.dynamicTest(deed, () -> {
            List<Finding> findings = after(tamper);
            assertThat(findings)
                    .as("%s", findings.stream().map(Finding::text).toList())
                    .anyMatch(
                            finding -> finding.kind() == kind && finding.where().contains(where));
        });
    }

    private static DynamicTest silent(String deed, Deed harmless) {
        return DynamicTest.dynamicTest(
                deed,
                () -> assertThat(after(harmless)).extracting(Finding::text).isEmpty());
    }

    private static List<Finding> after(Deed deed) throws Exception {
        return after(deed, Optional.of("latest"));
    }

    private static List<Finding> after(Deed deed, Optional<String> version) throws Exception {
        Copy lake = Copy.of(dir.resolve("lake"), dir.resolve("copies/" + copies++));
        deed.on(lake);
        List<Finding> findings = Verify.of(
                        lake.lake(),
                        new Verify.Options(
                                version,
                                false,
                                trust(),
                                Optional.of(dir.resolve("anchor").toUri().toString()),
                                Progress.SILENT))
                .execute()
                .findings();
        delete(lake.root());
        return findings;
    }

    /** A copy of the lake, to be tampered with. */
    private record Copy(Path root) {

        static Copy of(Path from, Path to) throws IOException {
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.toList()) {
                    Path copy = to.resolve(from.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(copy);
                    } else {
                        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                    }
                }
            }
            return new Copy(to);
        }

        Lake lake() {
            Lake lake = dataset.lake();
            return new Lake(
                    lake.spark(), lake.spec().below(root.toUri().toString().replaceFirst("/$", "")));
        }

        Path path(String table) {
            return root.resolve(table);
        }

        DeltaTable table(String name) {
            return DeltaTable.forPath(LocalSpark.session(), path(name).toString());
        }

        DeltaTable versions() {
            return table("lineage/versions");
        }

        void sql(String statement, String table) {
            LocalSpark.session().sql(statement.formatted("delta.`" + path(table) + "`"));
        }

        DatasetVersion version(long number) {
            return Versions.of(
                            Session.of(LocalSpark.session()),
                            new TableName.Folder(
                                    path("lineage/versions").toUri().toString()))
                    .find(number)
                    .orElseThrow();
        }

        void set(long version, Map<String, Column> values) {
            versions().update(col("version").equalTo(version), values);
        }

        /** A record written anew with its digest, and signed, as somebody could who may write to the lake. */
        void rewrite(long number, UnaryOperator<ObjectNode> change, Keys.Pair signer) {
            DatasetVersion version = version(number);
            ObjectNode record = change.apply((ObjectNode) version.recordTree());
            String text = Json.canonical(record);
            Map<String, Column> values = new java.util.HashMap<>(Map.of(
                    "record",
                    lit(text),
                    "digest",
                    lit(Json.sha256(text)),
                    "previous",
                    lit(record.get("previous").isNull()
                                    ? null
                                    : record.get("previous").asText())
                            .cast("string")));
            if (signer != null) {
                values.put("envelope", lit(Envelope.sign(text, version.tables(), signer)));
            }
            set(number, values);
        }

        /** The largest data file of a table that its newest version holds. */
        Path data(String table) {
            return Stream.of(lakeFiles(table))
                    .map(uri -> Path.of(java.net.URI.create(uri).getPath()))
                    .max(Comparator.comparing(file -> file.toFile().length()))
                    .orElseThrow();
        }

        private String[] lakeFiles(String table) {
            return LocalSpark.session()
                    .read()
                    .format("delta")
                    .load(path(table).toString())
                    .inputFiles();
        }

        Path commit(String table, int version) {
            return path(table).resolve("_delta_log/%020d.json".formatted(version));
        }

        Path checkpoint(String table) throws IOException {
            return first(path(table).resolve("_delta_log"), "0");
        }
    }

    private static Path first(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)
                            && file.getFileName().toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, double where) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) (where * bytes.length)] ^= 1;
        write(file, bytes);
    }

    private static void edit(Path file, UnaryOperator<String> change) throws IOException {
        String text = Files.readString(file);
        String changed = change.apply(text);
        assertThat(changed).isNotEqualTo(text);
        write(file, changed.getBytes(StandardCharsets.UTF_8));
    }

    /** Without the local disk's checksum, as a careful forger would, and as object stores have none. */
    private static void write(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes);
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }

    private static void remove(Path file) throws IOException {
        Files.delete(file);
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder, new FileVisitOption[0])) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
