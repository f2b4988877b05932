package io.lakeproof.jobs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Examples;
import io.lakeproof.jobs.publish.FeatureModel;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Models.Model;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.transforms.Picture;
import io.lakeproof.transforms.features.FeatureStep;
import io.lakeproof.transforms.features.FittedFeatures;
import io.lakeproof.transforms.features.State;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One dataset through every kind of feature step: published once, then looked at from all sides. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FeaturesTest {

    /** Every kind that learns, each on what train holds. */
    private static final String STEPS =
            """
              - impute: {columns: [a], strategy: mean}
              - impute: {columns: [b], strategy: median}
              - impute: {columns: [c], strategy: mode}
              - impute: {columns: [d], strategy: constant, value: 0}
              - scale: {columns: [a], suffix: _standard}
              - scale: {columns: [a], strategy: min-max, suffix: _range}
              - scale: {columns: [a], strategy: robust, suffix: _robust}
              - index: {columns: [c], suffix: _index}
              - one-hot: {columns: [c], suffix: _one}
              - target-encode: {columns: [c], folds: 3, suffix: _target}
              - bucketize: {columns: [d], at: [3, 6], suffix: _range}
              - quantile: {columns: [b], buckets: 4, suffix: _quarter}
              - class-weights: {}
              - resample: {strategy: oversample}
              - assemble: {columns: [a_standard, b, c_one], into: features}
              - estimator: {class: org.apache.spark.ml.feature.StandardScaler, with: {inputCol: features, outputCol: scaled, withMean: true}}
              - augment: {column: image, copies: 2, flip: both, shift: 1, rotate: 10, brightness: 0.2}
            """;

    private static final String SPEC = TestDataset.SPEC
                    .replace(
                            "id BIGINT NOT NULL, amount INT, note STRING",
                            "id BIGINT NOT NULL, a DOUBLE, b INT, c STRING, d INT, y INT")
                    .replace("rules:\n  rows:\n    - ColumnValues \"amount\" >= 0\n", "label: y\n")
            + """
            transforms:
              - derive:
                  columns:
                    d: d + 1
                    image: named_struct('height', 2, 'width', 2, 'channels', 1, 'pixels', binary(lpad(string(id + ifnull(b, 0)), 4, '7')))
            features:
            """
            + STEPS;

    private static TestDataset dataset;

    @BeforeAll
    static void a_published_dataset(@TempDir Path dir) {
        dataset = publish(dir, FeaturesTest::row);
    }

    private static TestDataset publish(Path dir, LongFunction<String> row) {
        TestDataset dataset = TestDataset.in(dir).spec(SPEC).drop("one.csv", csv(0, 120, row));
        assertThat(dataset.run().status()).isEqualTo(Run.Status.PUBLISHED);
        return dataset;
    }

    private static String csv(long from, long to, LongFunction<String> row) {
        return "id,a,b,c,d,y\n" + LongStream.range(from, to).mapToObj(row).collect(joining());
    }

    private static String row(long id) {
        return "%d,%s,%s,%s,%s,%d\n"
                .formatted(
                        id,
                        id % 7 == 0 ? "" : id * 0.1 + 1e9 / (id + 1),
                        id % 5 == 0 ? "" : id * id % 97,
                        id % 11 == 0 ? "" : "k" + id * id % 5,
                        id % 3 == 0 ? "" : id % 9,
                        id % 4 == 0 ? 1 : 0);
    }

    /** Another row of the same key, whose values are out of all proportion, and whose category nobody knows. */
    private static String changed(long id) {
        return "%d,%s,%s,%s,%s,%d\n".formatted(id, 5e7 + id, 1000 + id, "z" + id % 2, 90, id % 2);
    }

    private static JsonNode learned(TestDataset dataset, String version) {
        Model model = model(dataset, version);
        return Json.parse(dataset.lake().models().read(model.name(), "model.json"))
                .get("steps");
    }

    private static Model model(TestDataset dataset, String version) {
        return Models.named(dataset.version(version)).orElseThrow();
    }

    private static String fingerprint(TestDataset dataset, String version, String part) {
        return dataset.version(version).table(part).orElseThrow().fingerprint();
    }

    @Tag("ci")
    @Test
    @Order(1)
    void other_parts_change_nothing_in_train_nor_in_what_is_learned_and_train_does(@TempDir Path dir) {
        Set<Long> train = Set.copyOf(ids(dataset, "train"));
        TestDataset others = publish(dir.resolve("others"), id -> train.contains(id) ? row(id) : changed(id));
        assertThat(fingerprint(others, "1", "train")).isEqualTo(fingerprint(dataset, "1", "train"));
        assertThat(fingerprint(others, "1", "test")).isNotEqualTo(fingerprint(dataset, "1", "test"));
        Lake lake = dataset.lake();
        FeatureModel model = FeatureModel.of(lake, lake.version("1"));
        // The same rows of train with other values; what a class of Spark ML learns of them shows in the version that
        // fits again.
        List<State> own = model.again(
                lake,
                lake.spark()
                        .createDataFrame(
                                Examples.of(
                                                lake,
                                                Intake.ofMembers(
                                                        lake,
                                                        lake.version("1")
                                                                .table("raw")
                                                                .orElseThrow()
                                                                .deltaVersion(),
                                                        lake.versions().members(1)),
                                                lake.spec().chain())
                                        .selectExpr(
                                                "id",
                                                "a * a + 1 a",
                                                "b % 7 b",
                                                "if(id % 3 = 0, c, 'k0') c",
                                                "d",
                                                "int(id % 3 = 0) y",
                                                "image")
                                        .javaRDD(),
                                new StructType()
                                        .add("id", "long")
                                        .add("a", "double")
                                        .add("b", "int")
                                        .add("c", "string")
                                        .add("d", "int")
                                        .add("y", "int")
                                        .add("image", Picture.TYPE)));
        List<FeatureStep> steps = dataset.lake().spec().features().steps();
        assertThat(steps.stream().map(FeatureStep::kind).distinct())
                .as("every kind of feature step is tried")
                .hasSameSizeAs(FeatureStep.kinds());
        for (int i = 0; i < steps.size(); i++) {
            JsonNode before = learned(dataset, "1").get(i).get("learned");
            String step = (i + 1) + " " + steps.get(i).kind();
            assertThat(learned(others, "1").get(i).get("learned")).as(step).isEqualTo(before);
            if (FittedFeatures.learns(steps.get(i)) && steps.get(i).stage().isEmpty()) {
                assertThat(own.get(i).values()).as(step).isNotEqualTo(before);
            }
        }
        // What a class of Spark ML learned shows in what it makes of the same rows.
        assertThat(scaled(others, "1")).isEqualTo(scaled(dataset, "1"));
    }

    private static List<Row> scaled(TestDataset from, String version) {
        Lake lake = from.lake();
        Dataset<Row> rows = lake.spark().sql("SELECT 1L id, 2D a, 3 b, 'k1' c, 4 d, 1 y");
        return Apply.of(lake, lake.version(version)).to(rows).select("scaled").collectAsList();
    }

    private static List<Long> ids(TestDataset dataset, String part) {
        return dataset.rows("1", part).select("id").distinct().collectAsList().stream()
                .map(row -> row.getLong(0))
                .toList();
    }

    @Test
    @Order(2)
    void every_row_is_accounted_for_and_the_record_names_the_model() {
        DatasetVersion version = dataset.version("1");
        List<String> accounts = new ArrayList<>();
        version.recordTree()
                .get("accounts")
                .forEach(a -> accounts.add(a.get("step").asText() + " " + a.get("in") + " " + a.get("out")));
        long written = version.table("train").orElseThrow().rows()
                + version.table("test").orElseThrow().rows();
        assertThat(written).isGreaterThan(120);
        assertThat(version.table("train").orElseThrow().rows() % 3)
                .as("each row of train, and two copies")
                .isZero();
        assertThat(accounts)
                .containsExactly("read 120 120", "rules 120 120", "split 120 120", "features 120 " + written);
        JsonNode features = version.recordTree().get("features");
        assertThat(features.get("refit").asText()).isEqualTo("never");
        assertThat(features.get("train").asText()).isEqualTo("train");
        assertThat(features.get("steps").get(9))
                .isEqualTo(
                        Json.parse(
                                "{\"kind\":\"target-encode\",\"with\":{\"columns\":[\"c\"],\"folds\":3,\"suffix\":\"_target\",\"label\":\"y\",\"key\":[\"id\"]}}"));
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(
                                Path.of("../docs/reference/record.schema.json").toUri())
                        .validate(version.recordTree()))
                .isEmpty();
        assertThat(model(dataset, "1").fittedAt()).isEqualTo(1);
        assertThat(model(dataset, "1").files())
                .extracting(Models.File::path)
                .contains("model.json")
                .anyMatch(path -> path.startsWith("stage-16/"));
        assertThat(dataset.rows("1", "test").schema().apply("scaled").dataType().catalogString())
                .isEqualTo("array<double>");
    }

    @Test
    @Order(3)
    void apply_gives_back_what_was_published() {
        Lake lake = dataset.lake();
        String output = dataset.dir().resolve("applied").toString();
        Apply.Result applied = Apply.of(lake, lake.version("1"))
                .execute(dataset.dir().resolve("landing").toString(), output, "test", Progress.SILENT);
        assertThat(applied.rowsIn()).isEqualTo(120);
        assertThat(applied.rowsOut()).isEqualTo(120);
        assertThat(applied.model()).contains(model(dataset, "1").digest());
        Dataset<Row> rows = lake.spark().read().format("delta").load(output);
        Dataset<Row> test = dataset.rows("1", "test");
        assertThat(Fingerprint.of(rows.join(test.select("id"), "id").select(columns(test)))
                        .text())
                .isEqualTo(fingerprint(dataset, "1", "test"));
        // In train, but for what is done to train alone: rows that are repeated, the encoding out of fold, altered
        // images.
        Dataset<Row> train =
                dataset.rows("1", "train").drop("c_target", "image").distinct();
        assertThat(Fingerprint.of(rows.join(train.select("id"), "id").select(columns(train)))
                        .text())
                .isEqualTo(Fingerprint.of(train).text());
        assertThat(rows.select("id", "image")
                        .intersect(dataset.rows("1", "train").select("id", "image"))
                        .count())
                .as("every image of train is there as it was")
                .isEqualTo(ids(dataset, "train").size());
        assertThatThrownBy(() -> Apply.of(lake, lake.version("1"))
                        .execute(dataset.dir().resolve("landing").toString(), output, "test", Progress.SILENT))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("there is a Delta table already");
    }

    private static org.apache.spark.sql.Column[] columns(Dataset<Row> rows) {
        return List.of(rows.columns()).stream().map(Lake::column).toArray(org.apache.spark.sql.Column[]::new);
    }

    @Test
    @Order(4)
    void scoring_needs_no_label_and_says_what_it_cannot_take() throws IOException {
        Lake lake = dataset.lake();
        Path folder = dataset.dir().resolve("new");
        Files.createDirectories(folder);
        Path file = Files.writeString(folder.resolve("score.csv"), "id,a,b,c,d\n900,1.5,,k1,2\n901,,7,never seen,\n");
        Apply apply = Apply.of(lake, lake.version("1"));
        apply.execute(file.toString(), folder.resolve("out").toString(), "test", Progress.SILENT);
        List<Row> rows = lake.spark()
                .read()
                .format("delta")
                .load(folder.resolve("out").toString())
                .orderBy("id")
                .select("y", "weight", "c_index")
                .collectAsList();
        int bucket = learned(dataset, "1").get(7).get("learned").get("c").size();
        assertThat(rows.get(1).toString()).isEqualTo("[null,null," + bucket + "]");
        Files.writeString(file, "id,a,b,d\n900,1.5,,2\n");
        assertThatThrownBy(() ->
                        apply.execute(file.toString(), folder.resolve("no").toString(), "test", Progress.SILENT))
                .isInstanceOf(Failure.Rejected.class)
                .hasMessageContaining("it has no column c, which the version was made with: add it");
        Files.writeString(file, "id,a,b,c,d\n900,1.5,many,k1,2\n");
        assertThatThrownBy(() ->
                        apply.execute(file.toString(), folder.resolve("no").toString(), "test", Progress.SILENT))
                .isInstanceOf(Failure.Rejected.class)
                .hasMessageContaining("b many: it is not an INT");
        assertThatThrownBy(() -> apply.execute(
                        folder.resolve("none*").toString(), folder.resolve("no").toString(), "test", Progress.SILENT))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("there is nothing");
    }

    @Test
    @Order(5)
    void a_batch_is_transformed_by_the_model_that_is_there() {
        dataset.drop("two.csv", csv(120, 160, FeaturesTest::changed));
        Run.Result result = dataset.run();
        assertThat(result.because()).isEmpty();
        assertThat(dataset.version("2").recordTree().get("mode").asText()).isEqualTo("append");
        assertThat(model(dataset, "2")).isEqualTo(model(dataset, "1"));
        replays("2");
        replays("1");
    }

    private static void replays(String version) {
        Lake lake = dataset.lake();
        Replay.Result replayed = Replay.of(lake, lake.version(version), Optional.empty(), "test", Progress.SILENT)
                .execute();
        assertThat(replayed.differing()).isEmpty();
        assertThat(replayed.steps().stream()
                        .map(Replay.Step::name)
                        .filter(name -> name.startsWith("fit "))
                        .count())
                .as("version %s fits again what it fitted itself", version)
                .isEqualTo(model(dataset, version).fittedAt() == Long.parseLong(version) ? 12 : 0);
    }

    @Test
    @Order(6)
    void a_changed_step_or_a_refit_rebuilds_on_all_of_train() {
        dataset.change("features:\n" + STEPS, "features:\n  refit: always\n  steps:\n" + STEPS.indent(2));
        assertThat(dataset.run().status())
                .as("when to fit again is no change of what is there")
                .isEqualTo(Run.Status.NOTHING_NEW);
        dataset.change("buckets: 4", "buckets: 5");
        assertThat(Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute().rebuildBecause())
                .containsExactly("the feature steps changed");
        dataset.drop("three.csv", csv(200, 210, FeaturesTest::row));
        assertThat(dataset.run().because())
                .containsExactly("the feature steps changed", "features.refit: always fits the feature steps again");
        assertThat(model(dataset, "3").fittedAt()).isEqualTo(3);
        assertThat(learned(dataset, "3").get(0))
                .as("fitted on all batches")
                .isNotEqualTo(learned(dataset, "1").get(0));
        assertThat(scaled(dataset, "3")).isNotEqualTo(scaled(dataset, "1"));
    }

    @Test
    @Order(7)
    void a_model_that_was_altered_is_found_and_not_used() throws IOException {
        assertThat(verify()).isEmpty();
        Lake lake = dataset.lake();
        Path folder = Path.of(
                URI.create(lake.models().uri(model(dataset, "1").name(), "").replaceFirst("^file:/*", "file:///")));
        Path file = folder.resolve("model.json");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("[0-9]\\.[0-9]", "7.7"));
        String data = model(dataset, "1").files().stream()
                .map(Models.File::path)
                .filter(path -> path.endsWith(".parquet"))
                .findFirst()
                .orElseThrow();
        Files.writeString(folder.resolve(data.replace(".parquet", "-2.parquet")), "foreign");
        Files.delete(folder.resolve("stage-16/metadata/part-00000"));
        assertThat(verify())
                .containsExactlyInAnyOrder(
                        Finding.Kind.MODEL_FILE_CHANGED,
                        Finding.Kind.MODEL_FILE_FOREIGN,
                        Finding.Kind.MODEL_FILE_MISSING);
        assertThatThrownBy(() -> Apply.of(lake, lake.version("1")))
                .isInstanceOf(Failure.Unverified.class)
                .hasMessageContaining("the fitted model of version 1 is not what was published: ")
                .hasMessageContaining("model.json");
        assertThatThrownBy(() -> replays("2")).isInstanceOf(Failure.Unverified.class);
        assertThat(Apply.of(lake, lake.version("3"))).isNotNull();
    }

    /** Three steps, the last of which Spark ML writes itself, in many files. */
    private static final String FEW = SPEC.substring(0, SPEC.indexOf("features:\n"))
            + """
            features:
              - impute: {columns: [a], strategy: mean}
              - assemble: {columns: [a], into: features}
              - estimator: {class: org.apache.spark.ml.feature.StandardScaler, with: {inputCol: features, outputCol: scaled}}
            """;

    @Tag("ci")
    @Test
    @Order(8)
    void a_model_that_a_killed_run_left_is_used_by_nobody_and_maintain_removes_it_once_it_is_old(@TempDir Path dir)
            throws IOException {
        TestDataset killed = TestDataset.crashing(dir).spec(FEW).drop("one.csv", csv(0, 40, FeaturesTest::row));
        for (String file : List.of("/stage-3/stages", "/model.json")) {
            CrashingFileSystem.dieBefore(file);
            assertThatThrownBy(killed::run).hasStackTraceContaining("killed before");
            CrashingFileSystem.dieAt(Long.MAX_VALUE);
            assertThat(killed.lake().versions().latest()).isEmpty();
        }
        assertThat(killed.run().status()).isEqualTo(Run.Status.PUBLISHED);
        String published = model(killed, "1").name();
        assertThat(models(dir)).hasSize(3).contains(published);
        assertThat(verify(killed)).isEmpty();

        Path foreign = Files.createDirectories(dir.resolve("lake/lineage/models/ours"));
        assertThat(maintain(killed))
                .as("a run may be about to publish one of them")
                .isZero();
        try (var written = Files.walk(dir.resolve("lake/lineage/models"))) {
            for (Path file : written.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
            }
        }
        assertThat(maintain(killed)).isEqualTo(2);
        assertThat(models(dir))
                .containsExactlyInAnyOrder(published, foreign.getFileName().toString());
        assertThat(verify(killed)).isEmpty();
        assertThat(scaled(killed, "1")).hasSize(1);
    }

    private static List<String> models(Path dir) throws IOException {
        try (var models = Files.list(dir.resolve("lake/lineage/models"))) {
            return models.map(model -> model.getFileName().toString()).toList();
        }
    }

    private static long maintain(TestDataset dataset) {
        return Maintain.of(dataset.lake(), new Maintain.Options(OptionalInt.empty(), "maintenance", Progress.SILENT))
                .execute()
                .models();
    }

    @Test
    @Order(9)
    void a_sample_tells_the_row_that_a_run_would_be_rejected_for(@TempDir Path dir) {
        String few = FEW.replace("lpad(string(id + ifnull(b, 0)), 4, '7')", "if(id = 7, '', '1234')")
                .replace("features:", "  - grayscale: {column: image}\nfeatures:");
        TestDataset sampled = TestDataset.in(dir).drop("one.csv", csv(0, 40, FeaturesTest::row));
        for (String rules : List.of("", "rules:\n  examples:\n    - IsComplete \"image\"\n")) {
            Run.Result result = Sample.of(
                            sampled.spec(few + rules).lake(), 30, TestDataset.options(Arrivals.Retry.ALWAYS))
                    .execute();
            assertThat(result.status()).isEqualTo(Run.Status.SAMPLED);
            assertThat(result.failures())
                    .singleElement()
                    .asString()
                    .startsWith("grayscale: column 'image' holds 2 × 2 × 1 values by its sizes, and 0 by its pixels");
        }
    }

    private static List<Finding.Kind> verify() {
        return verify(dataset);
    }

    private static List<Finding.Kind> verify(TestDataset dataset) {
        return Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), false, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute()
                .findings()
                .stream()
                .map(Finding::kind)
                .toList();
    }
}
