package io.lakeproof.jobs;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs: further tables of a dataset, in the same version. */
@org.junit.jupiter.api.Tag("ci")
class OutputsTest {

    private static final String OUTPUTS =
            """
            transforms:
              - filter: amount < 90
            outputs:
              large:
                transforms:
                  - filter: amount >= 50
                  - select: [id, amount]
                split: {key: id}
              plain: {}
            """;

    private static final String COUNTS =
            """
              counts:
                transforms:
                  - sql: {file: counts.sql}
                rules:
                  examples:
                    - IsUnique "note length"
                    - RowCount <= 3
                split: {key: note length, parts: {some: 1, others: 1}}
                label: n
            """;

    @TempDir
    private Path dir;

    @Test
    void outputs_are_published_judged_recovered_compared_replayed_and_verified_with_the_parts() throws Exception {
        TestDataset dataset = TestDataset.in(dir).spec(TestDataset.SPEC + OUTPUTS);
        Run.Result first = dataset.drop("1.csv", TestDataset.csv(0, 100)).run();
        assertThat(first.failures()).isEmpty();
        assertThat(rows(dataset.version("1")))
                .containsOnlyKeys("raw", "train", "test", "large/train", "large/test", "plain")
                .containsEntry("plain", 90L);
        assertThat(first.accounts())
                .containsExactly(
                        new Account("read", 100, 0, 0, 100),
                        new Account("rules", 100, 0, 0, 100),
                        new Account("1 filter", 100, 0, 10, 90),
                        new Account("split", 90, 0, 0, 90),
                        new Account("large 1 filter", 90, 0, 50, 40),
                        new Account("large split", 40, 0, 0, 40),
                        new Account("plain table", 90, 0, 0, 90));

        dataset.drop("2.csv", TestDataset.csv(100, 200)).run();
        assertThat(dataset.version("2").recordTree().get("mode").asText()).isEqualTo("append");
        // By the dataset's own seed and shares, a key is in the same part everywhere.
        assertThat(ids(dataset, "2", "large/train"))
                .isNotEmpty()
                .isSubsetOf(ids(dataset, "2", "train"))
                .doesNotContainAnyElementsOf(ids(dataset, "2", "large/test"));
        assertThat(ids(dataset, "2", "plain"))
                .isEqualTo(LongStream.range(0, 200)
                        .filter(id -> id % 100 < 90)
                        .boxed()
                        .toList());
        assertThat(dataset.version("2")
                        .recordTree()
                        .at("/outputs/large/leakage/scope")
                        .asText())
                .isEqualTo("new examples");

        // A run that died before it published.
        Lake lake = dataset.lake();
        lake.table("plain").append(lake.table("plain").head().limit(3), Stamp.of("claims", "killed"));
        assertThat(lake.table("plain").head().count()).isEqualTo(183);
        Publish.recover(lake, Optional.of(dataset.version("2")));
        assertThat(lake.table("plain").head().count()).isEqualTo(180);

        Files.writeString(
                dir.resolve("counts.sql"), "SELECT length(note) AS `note length`, count(*) AS n FROM input GROUP BY 1");
        dataset.spec(TestDataset.SPEC + OUTPUTS.replace("  plain: {}\n", "") + COUNTS);
        Run.Result rebuilt = dataset.run();
        assertThat(rebuilt.because()).containsExactly("the outputs changed");
        assertThat(rows(dataset.version("3")))
                .doesNotContainKey("plain")
                .containsKeys("large/train", "large/test", "counts/some", "counts/others");
        assertThat(rows(dataset.version("3")).get("counts/some")
                        + rows(dataset.version("3")).get("counts/others"))
                .isEqualTo(3);
        assertThat(dataset.version("3").recordTree().get("rules").toString())
                .contains("{\"asked\":\"<= 3\",\"level\":\"examples of counts\",\"measured\":\"3\"");

        // A rule of an output rejects the batch, and no table moves.
        assertThat(Plan.of(dataset.drop("3.csv", TestDataset.csv(5000, 5010)).lake(), null)
                        .execute()
                        .rebuildBecause())
                .containsExactly("counts transform 1, sql, looks at more than one row");
        Run.Result rejected = dataset.run();
        assertThat(rejected.status()).isEqualTo(Run.Status.REJECTED);
        assertThat(rejected.failures()).singleElement().asString().startsWith("counts: RowCount <= 3");
        assertThat(dataset.version("latest").version()).isEqualTo(3);

        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(Files.readString(Path.of("../docs/reference/record.schema.json")))
                        .validate(dataset.version("3").recordTree()))
                .isEmpty();

        Diff.Result diff = Diff.of(
                        dataset.lake(),
                        dataset.version("2"),
                        dataset.version("3"),
                        Diff.Rows.WITH_KEYS,
                        Diff.Drifts.NOT_MEASURED,
                        Progress.SILENT)
                .execute();
        assertThat(diff.causes()).extracting(Diff.Cause::kind).containsExactly(Diff.Kind.CHANGED_OUTPUT);
        assertThat(diff.parts())
                .filteredOn(Diff.Part::changed)
                .extracting(Diff.Part::name)
                .containsExactlyInAnyOrder("plain", "counts/some", "counts/others");
        assertThat(diff.changes())
                .extracting(Diff.Change::name)
                .contains("plain transforms", "counts transforms", "counts split");

        // The query is part of the record: the file may go, as may the spec.
        Files.delete(dir.resolve("counts.sql"));
        dataset.spec(TestDataset.SPEC).remove("3.csv");
        for (String version : List.of("2", "3")) {
            Replay.Result replay = Replay.of(
                            dataset.lake(), dataset.version(version), Optional.empty(), "replay", Progress.SILENT)
                    .execute();
            assertThat(replay.differing()).as("version " + version).isEmpty();
            assertThat(replay.steps()).extracting(Replay.Step::name).contains("large/train", "large split");
        }
        // An output that comes back finds its old table there.
        dataset.spec(TestDataset.SPEC + OUTPUTS).run();
        assertThat(rows(dataset.version("4"))).containsEntry("plain", 180L);
        Maintain.of(dataset.lake(), new Maintain.Options(OptionalInt.of(1), "maintenance", Progress.SILENT))
                .execute();
        assertThat(findings(dataset)).isEmpty();
    }

    @Test
    void single_steps_and_a_sample_compute_the_outputs_too() {
        TestDataset dataset =
                TestDataset.in(dir).spec(TestDataset.SPEC + OUTPUTS).drop("1.csv", TestDataset.csv(0, 100));
        Run.Options options = TestDataset.options(Arrivals.Retry.IF_CHANGED);
        Run.Result sampled = Sample.of(dataset.lake(), 60, options).execute();
        assertThat(sampled.failures()).isEmpty();
        assertThat(sampled.notes()).contains("sample: 60 would be in plain");
        assertThat(dir.resolve("lake")).doesNotExist();

        Steps.of(dataset.lake(), options).ingest();
        Account[] steps = {
            new Account("rules", 100, 0, 0, 100),
            new Account("1 filter", 100, 0, 10, 90),
            new Account("large 1 filter", 90, 0, 50, 40)
        };
        Run.Result transformed = Steps.of(dataset.lake(), options).transform(Optional.empty());
        assertThat(transformed.accounts()).containsExactly(steps);
        Run.Result split = Steps.of(dataset.lake(), options)
                .split(dir.resolve("parts").toUri().toString());
        assertThat(split.accounts()).containsExactly(steps);
        assertThat(Steps.of(dataset.lake(), options).publish().status()).isEqualTo(Run.Status.PUBLISHED);
        for (String part : dataset.lake().parts()) {
            Dataset<Row> written = dataset.lake()
                    .spark()
                    .read()
                    .format("delta")
                    .load(dir.resolve("parts").resolve(part).toString());
            assertThat(Fingerprint.of(written).text())
                    .as(part)
                    .isEqualTo(dataset.version("1").table(part).orElseThrow().fingerprint());
        }
    }

    @org.junit.jupiter.api.Tag("long")
    @Test
    void outputs_may_be_names_in_a_catalog() {
        LocalSpark.session()
                .sql("CREATE DATABASE entities LOCATION '"
                        + dir.resolve("warehouse").toUri() + "'");
        TestDataset dataset = TestDataset.in(dir)
                .spec((TestDataset.SPEC + OUTPUTS)
                        .replace("root: ${ROOT}", "catalog: spark_catalog\n  schema: entities"));
        dataset.drop("1.csv", TestDataset.csv(0, 100)).run();
        dataset.drop("2.csv", TestDataset.csv(100, 200)).run();
        Lake lake = dataset.lake();
        assertThat(lake.spark().table("entities.large_train").count())
                .isEqualTo(rows(dataset.version("2")).get("large/train"));
        assertThat(Replay.of(lake, dataset.version("2"), Optional.empty(), "replay", Progress.SILENT)
                        .execute()
                        .differing())
                .isEmpty();
        Tag.of(lake, dataset.version("2"), "approved", "tag").execute();
        dataset.change("amount >= 50", "amount >= 60").run();
        Maintain.of(lake, new Maintain.Options(OptionalInt.of(1), "maintenance", Progress.SILENT))
                .execute();
        assertThat(findings(dataset)).isEmpty();
        assertThat(ids(dataset, "2", "large/train"))
                .hasSize(Math.toIntExact(rows(dataset.version("2")).get("large/train")));
    }

    @Test
    void what_an_output_held_that_the_spec_has_no_more_is_cleaned_up_with_its_versions() throws Exception {
        TestDataset dataset =
                TestDataset.in(dir).spec(TestDataset.SPEC + OUTPUTS).drop("1.csv", TestDataset.csv(0, 100));
        dataset.run();
        List<Path> first = parquet("lake/plain");
        dataset.change("plain: {}", "plain: {transforms: [filter: id > 3]}").run();
        dataset.spec(TestDataset.SPEC).run();
        Maintain.of(dataset.lake(), new Maintain.Options(OptionalInt.of(1), "maintenance", Progress.SILENT))
                .execute();
        assertThat(parquet("lake/plain")).isNotEmpty().doesNotContainAnyElementsOf(first);
        assertThat(findings(dataset)).isEmpty();
    }

    private List<Path> parquet(String table) throws IOException {
        try (var files = Files.list(dir.resolve(table))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }

    private static List<Finding> findings(TestDataset dataset) {
        return Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute()
                .findings();
    }

    private static Map<String, Long> rows(DatasetVersion version) {
        return version.tables().stream().collect(toMap(TableVersion::name, TableVersion::rows));
    }

    private static List<Long> ids(TestDataset dataset, String version, String table) {
        return dataset.rows(version, table).select("id").collectAsList().stream()
                .map((Row row) -> row.getLong(0))
                .sorted()
                .toList();
    }
}
