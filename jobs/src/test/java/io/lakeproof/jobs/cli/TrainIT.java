package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.train.AzureMlStandIn;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hand-over by the fat JAR, as processes: with its own azure-identity, beside Spark's libraries. */
class TrainIT {

    private static final String WRONG = "q7Zp4mXw9RkT2vLs";

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void a_run_ends_with_a_training_whose_models_lead_back_to_the_data() throws Exception {
        Path data = Files.createDirectories(folder.resolve("dataset"));
        Path home = Files.createDirectories(folder.resolve("spark"));
        String spec = Small.dataset(data).toString();
        Map<String, String> wrong = new HashMap<>(Entra.running().env());
        wrong.put("AZURE_CLIENT_SECRET", WRONG);
        try (AzureMlStandIn azure = new AzureMlStandIn();
                SparkHome spark = SparkHome.in(home)) {
            Files.writeString(
                    data.resolve("job.json"),
                    """
                    {"properties": {"jobType": "Command", "command": "train ${lakeproof.version}", "environmentId": "e"}}""");
            Files.writeString(
                    Path.of(spec),
                    Files.readString(Path.of(spec))
                            + "training: {azure-ml: {workspace: %s, endpoint: '%s', job: job.json}}\n"
                                    .formatted(AzureMlStandIn.WORKSPACE, azure.endpoint()));

            // The version stands, whatever becomes of the training.
            SparkHome.Ended unknown = spark.embedded(
                    wrong,
                    Entra.running().flags(),
                    "run",
                    spec,
                    "--json",
                    "--landing-event",
                    data + "/landing",
                    "x.csv");
            assertThat(unknown.exitCode()).as(unknown.err()).isEqualTo(5);
            assertThat(unknown.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("lakeproof: version 1 is published, but not handed over: Azure gave no token: ");
            JsonNode published = Json.parse(unknown.out());
            assertThat(published.get("status").asText()).isEqualTo("published");
            assertThat(published.get("exitCode").asInt()).isEqualTo(5);
            assertThat(published.at("/training/status").asText()).isEqualTo("not-started");
            assertThat(azure.started()).isZero();

            azure.goesOn("Running", "Completed");
            SparkHome.Ended next =
                    spark.embedded(Entra.running().env(), Entra.running().flags(), "run", spec);
            assertThat(next.exitCode()).as(next.err()).isZero();
            assertThat(next.out())
                    .contains("small: nothing new, version 1 stands")
                    .contains("small version 1: training started, training.when is always");
            String job = azure.jobs().keySet().iterator().next();

            azure.model("risk", "7", job);
            SparkHome.Ended followed = spark.embedded(
                    Entra.running().managed(), Entra.running().flags(), "train", spec, "1", "--wait", "--json");
            assertThat(followed.exitCode()).as(followed.err()).isZero();
            JsonNode training = Json.parse(followed.out());
            assertThat(training.get("status").asText()).isEqualTo("completed");
            assertThat(training.at("/models/0/name").asText()).isEqualTo("risk");
            assertThat(azure.started()).isEqualTo(1);

            SparkHome.Ended proved = spark.embedded(
                    "prove",
                    spec,
                    "--model",
                    "risk:7",
                    "--output",
                    folder.resolve("e.zip").toString(),
                    "--json");
            assertThat(Json.parse(proved.out()).get("version").asLong()).isEqualTo(1);

            SparkHome.Ended checked = spark.embedded(
                    "verify",
                    "--in-training",
                    data.resolve("lake/training/v1/lakeproof.json").toString());
            assertThat(checked.exitCode()).as(checked.err()).isZero();
            assertThat(checked.out()).isEqualTo("small version 1: train, test as published\n");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> Files.isRegularFile(file) && !file.startsWith(home.resolve("jars"))))
                    .hasSizeGreaterThan(30)
                    .allSatisfy(
                            file -> assertThat(read(file)).doesNotContain(WRONG).doesNotContain("token-of-the-test"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }
}
