package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fat JAR through Spark's own submit, with nothing but Spark, Delta and Hadoop on the class path. */
class SparkSubmitIT {

    @TempDir
    static Path folder;

    private static SparkHome spark;
    private static Map<String, String> embedded;

    @BeforeAll
    static void run_embedded() throws IOException, InterruptedException {
        spark = SparkHome.in(Files.createDirectories(folder.resolve("spark")));
        SparkHome.Ended ended = spark.embedded("run", dataset("embedded").toString(), "--json");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        embedded = fingerprints(ended.out());
        assertThat(embedded).containsKeys("train", "test", "raw", "quarantine");
        assertThat(Files.readString(folder.resolve("embedded/dataset.yaml"))).contains("infer");
    }

    @Test
    void two_local_cores_publish_what_the_embedded_run_published() throws IOException, InterruptedException {
        SparkHome.Ended ended = spark.submit("local[2]", "run", dataset("local").toString(), "--json");

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(fingerprints(ended.out())).isEqualTo(embedded);
    }

    @Tag("ci")
    @Test
    void two_workers_of_a_standalone_cluster_publish_the_same() throws IOException, InterruptedException {
        try (SparkHome home = SparkHome.in(Files.createDirectories(folder.resolve("cluster")))) {
            String master = home.cluster(2);

            SparkHome.Ended ended =
                    home.submit(master, "run", dataset("standalone").toString(), "--json");

            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(fingerprints(ended.out())).isEqualTo(embedded);
            assertThat(home.executors(0)).hasSize(1);
            assertThat(home.executors(1)).hasSize(1);
        }
    }

    @Test
    void a_failure_fails_the_submission_and_says_why() throws IOException, InterruptedException {
        Path spec = Files.writeString(folder.resolve("bad.yaml"), "name: bad\nsoruce: {}\n");

        SparkHome.Ended ended = spark.submit("local[2]", "run", spec.toString());

        assertThat(ended.exitCode()).isNotZero();
        assertThat(ended.err()).contains("did you mean 'source'?");
    }

    /** With a model: its answers, to the last bit, must not depend on where it runs. */
    private static Path dataset(String name) throws IOException {
        Path spec = Small.dataset(Files.createDirectories(folder.resolve(name)));
        Files.copy(Path.of("..", "transforms/src/test/models/iris.onnx"), spec.resolveSibling("model.onnx"));
        return Files.writeString(
                spec,
                Files.readString(spec)
                        .replace(
                                "price > 100}}",
                                "price > 100}}, {infer: {model-url: model.onnx, task: embed, input-cols: [id, price, price, id], output-col: e}}"));
    }

    private static Map<String, String> fingerprints(String out) {
        assertThat(out.lines()).hasSize(1);
        JsonNode json = Json.parse(out);
        assertThat(json.get("status").asText()).isEqualTo("published");
        Map<String, String> fingerprints = new TreeMap<>();
        List<String> names = new ArrayList<>();
        json.get("tables").fieldNames().forEachRemaining(names::add);
        names.forEach(name -> fingerprints.put(
                name, json.get("tables").get(name).get("fingerprint").asText()));
        return fingerprints;
    }
}
