package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.train.AzureMlStandIn;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fat JAR in somebody else's JVM, who has made the session and whose own libraries come first. */
@Tag("long")
class ForeignClasspathIT {

    private static final Path FOREIGN = Path.of(System.getProperty("lakeproof.foreign-classpath"));

    @TempDir
    Path folder;

    @Test
    void run_after_run_publishes_what_the_launcher_does_under_other_releases_of_jackson_guava_and_snakeyaml()
            throws Exception {
        Path here = Files.createDirectories(folder.resolve("here"));
        Path there = Files.createDirectories(folder.resolve("there"));
        Path events = folder.resolve("events.json");
        Map<String, String> env = new HashMap<>(Entra.running().env());
        // Whose client brings YAML and JSON along.
        env.put("OPENLINEAGE__TRANSPORT__TYPE", "file");
        env.put("OPENLINEAGE__TRANSPORT__LOCATION", events.toString());
        try (AzureMlStandIn azure = new AzureMlStandIn();
                SparkHome spark = SparkHome.in(Files.createDirectories(folder.resolve("spark")));
                Driver driver = spark.driver(foreign(), env, Entra.running().flags())) {
            for (String theirs : List.of(
                    "com.fasterxml.jackson.databind.ObjectMapper",
                    "com.google.common.collect.ImmutableList",
                    "org.yaml.snakeyaml.Yaml")) {
                assertThat(driver.jarOf(theirs).getParent()).as(theirs).isEqualTo(FOREIGN);
            }

            String foreign = dataset(there, azure);
            JsonNode first = told(driver.run("run", foreign, "--json"));
            Small.drop(there, "second.csv", 200);
            JsonNode second = told(driver.run("run", foreign, "--json"));
            told(driver.run("verify", foreign, "--all", "--json"));

            String own = Small.dataset(here).toString();
            assertThat(fingerprints(first)).isEqualTo(fingerprints(told(spark.embedded("run", own, "--json"))));
            Small.drop(here, "second.csv", 200);
            assertThat(fingerprints(second)).isEqualTo(fingerprints(told(spark.embedded("run", own, "--json"))));
            assertThat(List.of(first, second))
                    .allSatisfy(run ->
                            assertThat(run.at("/training/status").asText()).isEqualTo("started"));
            assertThat(azure.started()).isEqualTo(2);
        }
        assertThat(Files.readAllLines(events))
                .hasSizeGreaterThanOrEqualTo(4)
                .allMatch(event -> event.contains("\"eventType\""));
    }

    private static List<Path> foreign() throws IOException {
        try (Stream<Path> jars = Files.list(FOREIGN)) {
            return jars.sorted().toList();
        }
    }

    private static String dataset(Path folder, AzureMlStandIn azure) throws IOException {
        Path spec = Small.dataset(folder);
        Files.writeString(
                folder.resolve("job.json"),
                """
                {"properties": {"jobType": "Command", "command": "train ${lakeproof.version}", "environmentId": "e"}}""");
        return Files.writeString(
                        spec,
                        Files.readString(spec)
                                + "training: {azure-ml: {workspace: %s, endpoint: '%s', job: job.json}}\n"
                                        .formatted(AzureMlStandIn.WORKSPACE, azure.endpoint()))
                .toString();
    }

    private static JsonNode told(SparkHome.Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        return Json.parse(ended.out());
    }

    private static Map<String, String> fingerprints(JsonNode told) {
        assertThat(told.get("status").asText()).isEqualTo("published");
        return AzureStorageIT.fingerprints(told);
    }
}
