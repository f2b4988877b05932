package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version comes out of its record and raw again, or the step that differs is named. */
class ReplayTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void begin() {
        dataset = TestDataset.in(dir);
    }

    private Replay.Result replay(Lake lake, String version) {
        return Replay.of(lake, lake.version(version), Optional.empty(), "replay", Progress.SILENT)
                .execute();
    }

    private void identical(String version, String... steps) {
        Replay.Result result = replay(dataset.lake(), version);
        assertThat(result.steps()).allMatch(Replay.Step::identical);
        assertThat(result.steps()).extracting(Replay.Step::name).containsExactly(steps);
        assertThat(result.causes()).isEmpty();
    }

    private static final String[] PLAIN = {"raw", "rules", "quarantine", "split", "train", "test"};

    @Tag("long")
    @Test
    void every_version_of_a_chain_of_appends_is_identical() {
        dataset.drop("a.csv", csv(0, 100) + "100,-1,low\nx,1,unreadable\n").run();
        dataset.drop("b.csv", csv(200, 250) + "250,-2,low\n").run();
        dataset.drop("c.csv", csv(300, 310)).run();
        for (String version : List.of("1", "2", "3")) {
            identical(version, PLAIN);
        }
        Replay.Result result = replay(dataset.lake(), "3");
        assertThat(result.steps().get(1).found()).isEqualTo(Map.of("in", 162L, "out", 160L));
        assertThat(result.steps().get(2).found()).containsEntry("rows", 3L);
    }

    @Tag("long")
    @Test
    void versions_before_and_after_every_kind_of_change_are_identical() {
        dataset.drop("a.csv", csv(0, 100) + "100,-1,low\n").run();
        dataset.change("seed: 7", "seed: 8").run();
        dataset.change("\"amount\" >= 0", "\"amount\" < 50").run();
        dataset.change("split:\n", "transforms:\n  - filter: amount <> 7\n  - drop: note\nsplit:\n")
                .run();
        dataset.drop("b.csv", csv(200, 260)).run();
        Withdraw.of(dataset.lake(), "a.csv", "a test", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();
        dataset.change("note STRING", "note STRING, extra INT").run();
        dataset.change("amount INT", "amount BIGINT").run();
        for (String version : List.of("1", "2", "3")) {
            identical(version, PLAIN);
        }
        for (String version : List.of("4", "5", "6", "7", "8")) {
            identical(version, "raw", "rules", "quarantine", "1 filter", "split", "train", "test");
        }
    }

    @Tag("ci")
    @Test
    void upserts_are_identical() {
        dataset.change("  format: csv", "  format: csv\n  load: upsert\n  upsert: {key: [id]}");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n2,2,a\n3,3,a\n").run();
        dataset.drop("b.csv", "id,amount,note\n2,20,b\n3,30,b\n3,31,b\n4,4,b\n4,4,b\n")
                .run();
        for (String version : List.of("1", "2")) {
            identical(version, "raw", "rules", "quarantine", "upsert", "split", "train", "test");
        }
    }

    @Tag("long")
    @Test
    void a_row_whose_rival_was_withdrawn_is_judged_again() {
        dataset.change("  format: csv", "  format: csv\n  load: upsert\n  upsert: {key: [id]}");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n2,2,a\n")
                .drop("b.csv", "id,amount,note\n2,20,b\n3,3,b\n")
                .run();
        Withdraw.of(dataset.lake(), "b.csv", "a test", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();
        assertThat(dataset.ids("2")).containsExactly(1L, 2L);
        identical("2", "raw", "rules", "quarantine", "upsert", "split", "train", "test");
    }

    @Tag("long")
    @Test
    void deduplicated_rows_are_identical() {
        dataset.change("split:\n", "transforms:\n  - deduplicate: {by: [id], order-by: [amount]}\nsplit:\n");
        dataset.drop("a.csv", csv(0, 60)).run();
        dataset.drop("b.csv", csv(40, 90)).run();
        for (String version : List.of("1", "2")) {
            identical(version, "raw", "rules", "quarantine", "1 deduplicate", "split", "train", "test");
        }
    }

    @Tag("long")
    @Test
    void snapshots_are_identical() {
        dataset.change("  format: csv", "  format: csv\n  load: snapshot");
        dataset.drop("monday.csv", csv(0, 10)).run();
        dataset.drop("tuesday.csv", csv(5, 12)).run();
        identical("1", PLAIN);
        identical("2", PLAIN);
    }

    @Tag("long")
    @Test
    void neither_the_landing_nor_the_spec_on_disk_matters_nor_rows_that_left_raw_since() throws IOException {
        dataset.change("format: csv", "format: csv\n  null-values: ['${ROOT}x']");
        dataset.change("schema: id BIGINT NOT NULL, amount INT, note STRING", "schema: schema.ddl");
        Files.writeString(dir.resolve("schema.ddl"), "id BIGINT NOT NULL, amount INT, note STRING");
        Files.writeString(dir.resolve("odd.sql"), "SELECT *, '$' || '{x}' AS odd FROM input WHERE amount % 2 = 1");
        dataset.change(
                "split:\n",
                "transforms:\n  - sql: {file: odd.sql}\n  - replace: {column: note, values: {n1: '$${ROOT}'}}\nsplit:\n");
        dataset.change("parts: {train: 60, test: 40}", "parts: {train: 60, holdout: 10, test: 30}");
        dataset.change("seed: 7", "seed: 1234567890123456789");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.lake().spark().sql("DELETE FROM delta.`" + dir.resolve("lake/raw") + "` WHERE id < 50");
        dataset.spec(TestDataset.SPEC.replace("amount INT", "amount STRING").replace("\"amount\" >= 0", "\"id\" > 5"));
        dataset.remove("a.csv");
        Files.delete(dir.resolve("odd.sql"));
        Files.delete(dir.resolve("schema.ddl"));
        identical("1", "raw", "rules", "quarantine", "1 sql", "split", "train", "holdout", "test");
    }

    @Test
    void order_of_files_number_of_partitions_and_time_zone_do_not_matter() {
        dataset.change(
                "split:\n",
                "transforms:\n  - deduplicate: {by: [amount], order-by: [note]}\n"
                        + "  - derive: {at: \"CAST(id AS TIMESTAMP)\", day: \"CAST(CAST(id AS TIMESTAMP) AS DATE)\"}\nsplit:\n");
        dataset.drop("b.csv", csv(40, 90)).drop("a.csv", csv(0, 60)).run();
        SparkSession other = LocalSpark.session().newSession();
        other.conf().set("spark.sql.session.timeZone", "Pacific/Auckland");
        other.conf().set("spark.sql.shuffle.partitions", "7");
        other.conf().set("spark.sql.files.maxPartitionBytes", "600");
        other.conf().set("spark.sql.adaptive.enabled", "false");
        Lake lake = new Lake(Lake.session(other), dataset.lake().spec());

        assertThat(replay(lake, "1").steps()).allMatch(Replay.Step::identical);

        dataset.change("name: claims", "name: again").change("root: ${ROOT}", "root: other");
        dataset.remove("a.csv").remove("b.csv");
        dataset.drop("1.csv", csv(0, 60)).drop("2.csv", csv(40, 90)).run();
        assertThat(replay(dataset.lake(), "1").steps().stream()
                        .filter(step -> List.of("train", "test").contains(step.name()))
                        .map(Replay.Step::recorded))
                .isEqualTo(replay(lake, "1").steps().stream()
                        .filter(step -> List.of("train", "test").contains(step.name()))
                        .map(Replay.Step::found)
                        .toList());
    }

    @Test
    void nothing_is_written_but_where_it_is_asked_for() throws IOException {
        dataset.change("note STRING", "`a note` STRING");
        dataset.drop("a.csv", csv(0, 100).replace("note", "a note")).run();
        List<String> before = files(dir.resolve("lake"));
        Path kept = dir.resolve("kept");
        Replay replay = Replay.of(
                dataset.lake(), dataset.version("1"), Optional.of(kept.toString()), "replay", Progress.SILENT);

        Replay.Result result = replay.execute();

        assertThat(result.steps()).allMatch(Replay.Step::identical);
        assertThat(files(dir.resolve("lake"))).isEqualTo(before);
        Dataset<Row> train = dataset.lake()
                .spark()
                .read()
                .format("delta")
                .load(kept.resolve("train").toString());
        assertThat(train.exceptAll(dataset.rows("1", "train")).count()).isZero();
        assertThat(train.count()).isEqualTo(dataset.rows("1", "train").count());
        assertThatThrownBy(replay::execute)
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("kept/train already; name a folder of its own");
        assertThatThrownBy(() -> Replay.of(
                                dataset.lake(),
                                dataset.version("1"),
                                Optional.of(dir.resolve("lake").toString()),
                                "replay",
                                Progress.SILENT)
                        .execute())
                .isInstanceOf(Failure.Usage.class);
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(Path::toString).sorted().toList();
        }
    }

    @Test
    void rows_that_were_altered_in_raw_differ_at_raw() throws IOException {
        dataset.drop("a.csv", csv(0, 100)).run();
        // As if the rows had never been there: the first commit adds the file that the deletion left.
        Path log = dir.resolve("lake/raw/_delta_log");
        dataset.lake().spark().sql("DELETE FROM delta.`" + dir.resolve("lake/raw") + "` WHERE id < 50");
        List<String> first = Files.readAllLines(log.resolve("00000000000000000000.json"));
        List<String> deletion = Files.readAllLines(log.resolve("00000000000000000001.json"));
        Files.delete(log.resolve("00000000000000000001.json"));
        Files.write(
                log.resolve("00000000000000000000.json"),
                Stream.concat(
                                first.stream().filter(line -> !line.startsWith("{\"add\"")),
                                deletion.stream().filter(line -> line.startsWith("{\"add\"")))
                        .toList());
        forgetChecksums(dir.resolve("lake/raw"));
        TestDataset moved = moved();

        Replay.Result result = replay(moved.lake(), "1");

        assertThat(result.differing().orElseThrow().name()).isEqualTo("raw");
        assertThat(result.differing().orElseThrow().recorded()).containsEntry("rows", 100L);
        assertThat(result.differing().orElseThrow().found()).containsEntry("rows", 50L);
        assertThat(result.causes())
                .containsExactly("raw was altered: what its Delta version 0 holds is not what was taken in");
    }

    /** The dataset in another folder, where Delta remembers nothing of it. */
    private TestDataset moved() throws IOException {
        Path there = dir.resolve("moved");
        Files.createDirectories(there);
        TestDataset moved = TestDataset.in(there);
        Files.copy(dir.resolve("dataset.yaml"), there.resolve("dataset.yaml"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(dir.resolve("lake"), there.resolve("lake"));
        return moved;
    }

    private static void forgetChecksums(Path table) throws IOException {
        try (Stream<Path> files = Files.walk(table.resolve("_delta_log"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".crc")).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void another_transform_in_the_record_differs_where_it_acts() {
        dataset.change("split:\n", "transforms:\n  - filter: amount > 10\nsplit:\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.lake()
                .spark()
                .sql("UPDATE delta.`" + dir.resolve("lake/lineage/versions")
                        + "` SET record = replace(record, 'amount > 10', 'amount > 11')");

        Replay.Result result = replay(dataset.lake(), "1");

        assertThat(result.differing().orElseThrow().name()).isEqualTo("1 filter");
        assertThat(result.differing().orElseThrow().recorded()).containsEntry("out", 89L);
        assertThat(result.differing().orElseThrow().found()).containsEntry("out", 88L);
        assertThat(result.causes())
                .containsExactly(
                        "the version record was altered: its SHA-256 is not the one that was published with it",
                        "the recorded spec is not the one that was run: the transforms changed");
    }

    @Tag("long")
    @Test
    void other_code_and_another_runtime_are_told_as_likely_causes() {
        dataset.change("split:\n", "transforms:\n  - derive: {more: amount + 1}\nsplit:\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.lake()
                .spark()
                .sql(
                        "UPDATE delta.`" + dir.resolve("lake/lineage/versions")
                                + "` SET record = replace(replace(record, 'amount + 1', 'amount + 2'), '\"spark\":\"3.5.7\"', '\"spark\":\"3.4.1\"')");

        Replay.Result result = replay(dataset.lake(), "1");

        assertThat(result.differing().orElseThrow().name()).isEqualTo("train");
        assertThat(result.causes()).contains("other runtime: spark was 3.4.1, and is 3.5.7");
    }

    @Test
    void a_sql_file_is_in_the_record_so_that_editing_it_rebuilds_and_losing_it_hinders_no_replay() throws IOException {
        Path file = Files.writeString(dir.resolve("features.sql"), "SELECT *, amount * 2 AS twice\nFROM input;\n");
        dataset.change("split:\n", "transforms:\n  - sql: {file: features.sql}\nsplit:\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        assertThat(dataset.version("1").recordTree().at("/transforms/0").toString())
                .contains("\"file\":\"features.sql\"", "amount * 2 AS twice", "\"scope\":\"row_local\"");

        Files.writeString(file, "SELECT *, amount * 3 AS thrice\nFROM input;\n");
        Run.Result edited = dataset.run();
        assertThat(edited.because()).containsExactly("the transforms changed");
        assertThat(Diff.of(
                                dataset.lake(),
                                dataset.version("1"),
                                dataset.version("2"),
                                Diff.Rows.COUNTED,
                                Diff.Drifts.NOT_MEASURED,
                                Progress.SILENT)
                        .execute()
                        .changes())
                .extracting(Object::toString)
                .anyMatch(change -> change.contains("amount * 2 AS twice") && change.contains("amount * 3 AS thrice"));

        Files.delete(file);
        dataset.spec(TestDataset.SPEC);
        identical("1", "raw", "rules", "quarantine", "1 sql", "split", "train", "test");
        assertThat(dataset.rows("2", "train").columns()).contains("thrice");
    }

    @Tag("ci")
    @Test
    void a_class_is_replayed_named_when_its_code_is_another_and_missed_when_it_is_gone() throws IOException {
        Path source = Path.of("../examples/custom-transform/src/main/java/com/example/Scrub.java");
        Path altered = Files.writeString(
                Files.createDirectories(dir.resolve("altered")).resolve("Scrub.java"),
                Files.readString(source).replace("[0-9]{4,}", "[0-9]{3,}"));
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try {
            Thread.currentThread().setContextClassLoader(compiled(source));
            dataset.change(
                    "split:\n",
                    "transforms:\n  - class: com.example.Scrub\n    scope: row-local\n    with: {column: note}\nsplit:\n");
            dataset.drop("a.csv", csv(900, 1100)).run();
            identical("1", "raw", "rules", "quarantine", "1 class", "split", "train", "test");
            dataset.spec(TestDataset.SPEC);

            Thread.currentThread().setContextClassLoader(compiled(altered));
            Replay.Result result = replay(dataset.lake(), "1");
            assertThat(result.differing().orElseThrow().name()).isEqualTo("train");
            assertThat(result.causes().get(0)).isEqualTo("a class that the transforms name has other code now");

            Thread.currentThread().setContextClassLoader(before);
            assertThatThrownBy(() -> replay(dataset.lake(), "1"))
                    .isInstanceOf(Failure.Usage.class)
                    .hasMessageStartingWith("version 1 of claims cannot be replayed: its recorded spec:1 transforms[0]")
                    .hasMessageContaining("com.example.Scrub");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private ClassLoader compiled(Path source) throws IOException {
        Path classes = Files.createTempDirectory(dir, "classes");
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        source.toString());
        assertThat(failed).isZero();
        return new URLClassLoader(new URL[] {classes.toUri().toURL()}, ReplayTest.class.getClassLoader());
    }

    @Test
    void it_refuses_when_raw_is_gone_or_was_made_anew() throws IOException {
        dataset.drop("a.csv", csv(0, 100)).run();
        Lake lake = dataset.lake();
        Files.move(dir.resolve("lake/raw"), dir.resolve("away"));
        assertThatThrownBy(() -> replay(lake, "1"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageMatching("version 1 of claims cannot be replayed: the table file:.*/lake/raw is gone; .*");
        lake.spark()
                .range(3)
                .write()
                .format("delta")
                .save(dir.resolve("lake/raw").toString());
        assertThatThrownBy(() -> replay(lake, "1"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("/lake/raw was made anew: its id is ");
    }

    @Tag("long")
    @Test
    void it_refuses_when_a_delta_version_of_raw_or_one_of_its_files_is_gone() throws IOException {
        dataset.drop("a.csv", csv(0, 100)).run();
        Path data;
        try (Stream<Path> files = Files.list(dir.resolve("lake/raw"))) {
            data = files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(data);
        assertThatThrownBy(() -> replay(dataset.lake(), "1"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("a file that it needs is gone")
                .hasMessageContaining(data.getFileName().toString());
        dataset.lake()
                .spark()
                .sql("UPDATE delta.`" + dir.resolve("lake/lineage/versions")
                        + "` SET tables = transform(tables, t -> named_struct('name', t.name, 'path', t.path, 'table_id', "
                        + "t.table_id, 'delta_version', 99L, 'rows', t.rows, 'fingerprint', t.fingerprint, 'state', "
                        + "t.state, 'file_digest', t.file_digest))");
        assertThatThrownBy(() -> replay(dataset.lake(), "1"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("/lake/raw cannot be read at its Delta version 99");
    }

    @Test
    void a_joined_table_is_held_by_its_fingerprint_and_one_that_is_gone_is_named() throws IOException {
        SparkSession spark = LocalSpark.session();
        twice("id * 2");
        dataset.change("split:\n", "transforms:\n  - join: {table: twice, version: 0, on: [amount]}\nsplit:\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        identical("1", "raw", "rules", "quarantine", "1 join", "split", "train", "test");
        JsonNode joined = dataset.version("1").recordTree().at("/transforms/0/joined");
        assertThat(joined.get("rows").asLong()).isEqualTo(100);
        assertThat(joined.get("fingerprint").asText())
                .isEqualTo(Fingerprint.of(spark.read()
                                .format("delta")
                                .load(dir.resolve("twice").toString()))
                        .text());
        assertThat(deep()).isEmpty();

        Files.move(dir.resolve("twice"), dir.resolve("first"));
        twice("id * 3");
        assertThat(replay(dataset.lake(), "1").causes())
                .first()
                .asString()
                .startsWith("transform 1 joins version 0 of ")
                .endsWith("twice, which holds other rows than it did");
        assertThat(deep()).singleElement().satisfies(finding -> assertThat(finding.text())
                .startsWith("content changed: version 1 transform 1, version 0 of ")
                .contains("twice: expected " + joined.get("fingerprint").asText()));

        Files.move(dir.resolve("twice"), dir.resolve("away"));
        Lake places = new Lake(
                Lake.session(spark), SpecReader.read(dir.resolve("dataset.yaml").toString(), Map.of("ROOT", "lake")));
        assertThatThrownBy(() -> replay(places, "1"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageStartingWith(
                        "version 1 of claims cannot be replayed: its recorded spec:1 transforms[0].join: ")
                .hasMessageContaining("twice");
    }

    /** Makes a table that has a number for each amount. */
    private void twice(String number) {
        LocalSpark.session()
                .range(100)
                .selectExpr("CAST(id AS INT) AS amount", number + " AS twice")
                .write()
                .format("delta")
                .save(dir.resolve("twice").toString());
    }

    private List<Finding> deep() {
        return Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute()
                .findings();
    }
}
