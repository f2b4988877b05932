package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.train.AzureMlStandIn;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cloud on one machine. What is started, and with which parameters and variables, is what Terraform renders, what the
 * bundle says and what the guides tell to write; nothing of it is repeated here.
 */
@Tag("ci")
class RehearsalIT {

    private static final Path ROOT = Path.of("..");
    private static final Path RENDERED = ROOT.resolve("target/checks/rendered");

    /** What a person put into the vault. */
    private static final Map<String, String> VAULT =
            Map.of("training-client-secret", Entra.running().env().get("AZURE_CLIENT_SECRET"));

    @TempDir
    static Path folder;

    private static Azurite azurite;
    private static SparkHome spark;
    private static AzureMlStandIn azureMl;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        assumeTrue(
                Files.exists(RENDERED.resolve("dev/databricks/bundle.json")),
                "SKIPPED, the rehearsal of the cloud is not played: there is nothing that Terraform rendered. Run .ci/checks,"
                        + " where the schemas that it needs are");
        azurite = Azurite.in(folder, policy("dev/training").fixed("LAKE_ACCOUNT"));
        spark = SparkHome.onAzurite(Files.createDirectories(folder.resolve("spark")));
        azureMl = new AzureMlStandIn();
        for (String container : List.of("landing", "raw", "quarantine", "training", "testing", "lineage", "evidence")) {
            azurite.container(container);
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (azurite != null) {
            azurite.close();
        }
        if (azureMl != null) {
            azureMl.close();
        }
    }

    @Test
    void a_file_that_lands_starts_a_run_that_publishes_a_version_and_starts_one_training_on_it() throws Exception {
        String code = rendered("dev/training/bundle").get("code_path").asText();
        String dataset = deploy(Path.of(here(code)));
        List<String> halves = halves();

        DataFactory factory = factory("dev/training");
        UUID started = UUID.randomUUID();
        azurite.blob("landing", dataset + "/first.csv", halves.get(0));
        List<DataFactory.PipelineRun> runs = factory.blobCreated(
                "landing", dataset + "/first.csv", halves.get(0).length(), started.toString());
        assertThat(runs).hasSize(1);
        assertThat(played(factory.jar(runs.get(0))).out()).startsWith(dataset + " version 1 published\n");
        assertPublished(dataset, 1, started.toString());

        AssetBundle bundle = bundle("dev/databricks", dataset);
        azurite.blob("landing", dataset + "/second.csv", halves.get(1));
        String url = rendered("dev/databricks/bundle").get("landing_url").asText() + dataset + "/second.csv";
        List<JarRun> tasks = bundle.fileArrived("run", url, 4711).toList();
        assertThat(tasks).hasSize(1);
        assertThat(played(tasks.get(0)).out()).startsWith(dataset + " version 2 published\n");
        assertPublished(dataset, 2, "4711");
        // What the example's page shows of one file on a laptop.
        String train = handover(dataset, 2).at("/parts/train/fingerprint").asText();
        assertThat(Files.readString(ROOT.resolve("examples/birdstrikes/README.md")))
                .contains(train.substring("lp1:".length()).substring(0, 12));

        List<JarRun> nightly = bundle.start("verify", 4712).toList();
        assertThat(nightly).hasSize(1);
        assertThat(played(nightly.get(0)).out()).contains("unchanged").contains("anchor");
        assertThat(azureMl.started()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "qa", "prod"})
    void nothing_but_a_file_of_the_dataset_starts_a_run(String environment) throws Exception {
        DataFactory factory = factory(environment);
        String dataset = example().get("name").asText();
        List<DataFactory.PipelineRun> runs = factory.blobCreated("landing", dataset + "/x.csv", 1, "1");
        assertThat(runs).hasSize(1);
        JarRun run = factory.jar(runs.get(0));
        assertThat(Class.forName(run.mainClass())).isEqualTo(Lakeproof.class);
        assertThat(run.environment()).containsEntry("LAKEPROOF_ENVIRONMENT", environment);

        assertThat(factory.blobCreated("landing", dataset + "/x.csv", 0, "1")).isEmpty();
        assertThat(factory.blobCreated("landing", dataset + "/x.csv.part", 1, "1"))
                .isEmpty();
        assertThat(factory.blobCreated("landing", dataset + "2/x.csv", 1, "1")).isEmpty();
        assertThat(factory.blobCreated("training", dataset + "/x.csv", 1, "1")).isEmpty();

        // Where there is a factory, the bundle's job does not listen as well.
        String url = rendered(environment + "/bundle").get("landing_url").asText();
        assertThat(bundle(environment, dataset).fileArrived("run", url + dataset + "/x.csv", 1))
                .isEmpty();
        AssetBundle listening = bundle("dev/databricks", dataset);
        assertThat(listening.fileArrived("run", url + "another/x.csv", 1)).isEmpty();
    }

    @Test
    void a_run_that_failed_fails_its_pipeline_with_the_reason() throws Exception {
        DataFactory.PipelineRun run = factory("dev")
                .blobCreated("landing", example().get("name").asText() + "/x.csv", 1, "1")
                .get(0);
        JsonNode failed = Json.tree(Map.of(
                "output", Map.of("runPageUrl", "https://adb-1.1.azuredatabricks.net/?o=1#job/7/run/89"),
                "error", Map.of("message", "Databricks execution failed")));
        JsonNode asks = run.activity("WebActivity");
        assertThat(run.value(asks.at("/typeProperties/url"), Map.of("Run", failed)))
                .endsWith("azuredatabricks.net/api/2.1/jobs/runs/get-output?run_id=89");

        JsonNode fails = run.activity("Fail").get("typeProperties");
        Map<String, JsonNode> rejected =
                Map.of("Run", failed, "ReadWhy", said(new Failure.Rejected("the batch was rejected")));
        assertThat(run.value(fails.get("errorCode"), rejected)).isEqualTo("LakeproofRejected");
        assertThat(run.value(fails.get("message"), rejected)).isEqualTo("the batch was rejected");
        assertThat(run.value(
                        fails.get("errorCode"), Map.of("Run", failed, "ReadWhy", said(new Failure.Usage("no file")))))
                .isEqualTo("LakeproofFailed");
        assertThat(run.value(fails.get("errorCode"), Map.of("Run", failed))).isEqualTo("LakeproofFailed");
        assertThat(run.value(fails.get("message"), Map.of("Run", failed))).isEqualTo("Databricks execution failed");
    }

    /** What Databricks answers about a run whose main class threw. */
    private static JsonNode said(Exception thrown) {
        return Json.tree(Map.of(
                "output", Map.of("error", thrown.getMessage(), "error_trace", thrown + "\n\tat Lakeproof.main")));
    }

    private static void assertPublished(String dataset, int version, String run) throws Exception {
        JsonNode handover = handover(dataset, version);
        assertThat(handover.get("version").asInt()).isEqualTo(version);
        assertThat(handover.get("runId").asText()).endsWith("-" + run);
        for (String part : List.of("train", "test")) {
            JsonNode table = handover.at("/parts/" + part);
            assertThat(table.get("rows").asLong()).isPositive();
            String log = "%s/%s/_delta_log/%020d.json"
                    .formatted(dataset, part, table.get("deltaVersion").asLong());
            assertThat(azurite.blobs(part + "ing")).contains(log).anyMatch(blob -> blob.endsWith(".parquet"));
        }
        // One head for each version, and those of the trainings; beside them Azurite keeps a blob for each folder.
        assertThat(azurite.blobs("evidence"))
                .anyMatch(blob -> blob.endsWith("/trainings-000000000001.json"))
                .filteredOn(blob -> blob.matches(".*/[0-9]{12}\\.json"))
                .hasSize(version);

        // As many trainings as versions, and the last one is told this version and the state of its table.
        assertThat(azureMl.started()).isEqualTo(version);
        ObjectNode training = List.copyOf(azureMl.jobs().values()).get(version - 1);
        JsonNode tags = training.at("/properties/tags");
        assertThat(tags.get("lakeproof-version").asText()).isEqualTo(Integer.toString(version));
        assertThat(tags.get("lakeproof-record")).isEqualTo(handover.get("record"));
        assertThat(training.at("/properties/inputs/train/uri").asText())
                .endsWith("/%s/handover/v%d/train".formatted(dataset, version));
        assertThat(azurite.text("training", "%s/handover/v%d/train/MLTable".formatted(dataset, version)))
                .contains("version_as_of: " + handover.at("/parts/train/deltaVersion"));
    }

    private static JsonNode handover(String dataset, int version) throws IOException, InterruptedException {
        return Json.parse(azurite.text("training", "%s/handover/v%d/lakeproof.json".formatted(dataset, version)));
    }

    /** Brings the JAR and the example's spec, with what the guides say it is to have in the cloud; returns its name. */
    private static String deploy(Path code) throws IOException {
        ObjectNode spec = example();
        String dataset = spec.get("name").asText();
        String deploying = Files.readString(ROOT.resolve("docs/deploy.md"));
        String azure = Files.readString(ROOT.resolve("docs/azure.md"));
        JsonNode places = AssetBundle.yaml(found("(?s)```yaml\n(source:.*?)```", deploying));
        ((ObjectNode) spec.get("source")).setAll((ObjectNode) places.get("source"));
        spec.set("tables", places.get("tables"));
        spec.setAll((ObjectNode) AssetBundle.yaml(found("(?s)```yaml\n(training:.*?)```", azure)));
        ((ObjectNode) spec.at("/training/azure-ml"))
                .put("folder", found("`azure-ml\\.folder: (\\S*)`", deploying))
                .put("endpoint", azureMl.endpoint());

        Path home = Files.createDirectories(code.resolve(dataset));
        Files.writeString(home.resolve("dataset.yaml"), spec.toPrettyString());
        Files.copy(ROOT.resolve("examples/birdstrikes/schema.ddl"), home.resolve("schema.ddl"));
        Files.writeString(
                home.resolve(spec.at("/training/azure-ml/job").asText()), found("(?s)```json\n(.*?)```", azure));
        Files.createSymbolicLink(code.resolve("lakeproof.jar"), SparkHome.jar());
        return dataset;
    }

    private static ObjectNode example() throws IOException {
        return (ObjectNode) AssetBundle.yaml(ROOT.resolve("examples/birdstrikes/dataset.yaml"));
    }

    /** The example's file as two, each with every other row. */
    private static List<String> halves() throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve("examples/birdstrikes/landing/birdstrikes.csv"));
        return Stream.of(1, 2)
                .map(half -> Stream.concat(
                                Stream.of(lines.get(0)),
                                IntStream.range(1, lines.size())
                                        .filter(line -> line % 2 == half % 2)
                                        .mapToObj(lines::get))
                        .collect(Collectors.joining("\n", "", "\n")))
                .toList();
    }

    private static String found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .findFirst()
                .orElseThrow();
    }

    private static SparkHome.Ended played(JarRun run) throws IOException, InterruptedException {
        SparkHome.Ended ended =
                spark.submit("local[2]", here(run), Entra.running().flags(), settings());
        String err = ended.err();
        assertThat(ended.exitCode())
                .as(err.substring(Math.max(0, err.length() - 4000)))
                .isZero();
        return ended;
    }

    // What is in the cloud alone, and what stands for it here: a volume is a folder; the account's endpoint is
    // Azurite's, which
    // has a key and no TLS; who gives tokens is on the loopback. Azure ML's endpoint is in the spec.

    private static String here(String path) {
        return path.startsWith("/Volumes/") ? folder + path : path;
    }

    private static JarRun here(JarRun run) {
        Map<String, String> environment = new TreeMap<>(run.environment());
        environment.put("AZURE_AUTHORITY_HOST", Entra.running().env().get("AZURE_AUTHORITY_HOST"));
        return new JarRun(
                here(run.jar()),
                run.mainClass(),
                run.parameters().stream().map(RehearsalIT::here).toList(),
                environment);
    }

    private static Map<String, String> settings() throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of("spark.log.level", "WARN"));
        Stream.concat(azurite.flags().stream(), Azurite.ABFSS.stream()).forEach(flag -> {
            String[] setting = flag.substring("-D".length()).split("=", 2);
            settings.put(setting[0], setting[1]);
        });
        settings.put(
                "spark.hadoop.fs.azure.account.key." + policy("dev/training").fixed("LAKE_ACCOUNT")
                        + ".dfs.core.windows.net",
                azurite.accountKey());
        return settings;
    }

    private static DataFactory factory(String rendering) throws IOException {
        return new DataFactory(rendered(rendering + "/data-factory"), policy(rendering), VAULT);
    }

    private static AssetBundle bundle(String rendering, String dataset) throws IOException {
        ObjectNode variables = ((ObjectNode) rendered(rendering + "/bundle")).put("dataset", dataset);
        return AssetBundle.deployed(ROOT.resolve("databricks"), variables, policy(rendering), VAULT);
    }

    private static ClusterPolicy policy(String rendering) throws IOException {
        return new ClusterPolicy(rendered(rendering + "/cluster-policy"));
    }

    private static JsonNode rendered(String file) throws IOException {
        return Json.parse(Files.readString(RENDERED.resolve(file + ".json")));
    }
}
