package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job over Hadoop's own driver for Azure's storage, every table in a container of its own. */
class AzureStorageIT {

    @TempDir
    static Path folder;

    private static Azurite azurite;
    private static SparkHome spark;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        azurite = Azurite.in(folder);
        spark = SparkHome.onAzurite(Files.createDirectories(folder.resolve("spark")));
        for (String container : List.of("landing", "lineage", "raw", "quarantine", "training", "testing")) {
            azurite.container(container);
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (azurite != null) {
            azurite.close();
        }
    }

    @Tag("long")
    @Test
    void file_after_file_becomes_version_after_version_as_on_local_files() throws Exception {
        Path local = Files.createDirectories(folder.resolve("local"));
        String localSpec = Small.dataset(local).toString();
        String spec = spec("file-after-file", "training");
        land("file-after-file", local, "first.csv");

        // Two at once, one of which publishes.
        CompletableFuture<SparkHome.Ended> other = CompletableFuture.supplyAsync(() -> run(spec));
        List<JsonNode> both = List.of(told(run(spec)), told(other.join()));
        assertThat(both)
                .extracting(told -> told.get("status").asText())
                .containsExactlyInAnyOrder("published", "nothing-new");
        assertThat(both)
                .allSatisfy(told -> assertThat(told.get("version").asLong()).isEqualTo(1));

        Small.drop(local, "second.csv", 200);
        land("file-after-file", local, "second.csv");
        JsonNode second = told(run(spec));
        assertThat(second.get("status").asText()).isEqualTo("published");
        assertThat(second.get("version").asLong()).isEqualTo(2);
        assertThat(fingerprints(second)).isEqualTo(fingerprints(told(spark.embedded("run", localSpec, "--json"))));

        JsonNode third = told(run(spec));
        assertThat(third.get("status").asText()).isEqualTo("nothing-new");
        assertThat(third.get("version").asLong()).isEqualTo(2);

        // Every record and commit, and the data of version 1 as well.
        SparkHome.Ended verified = azure(azurite.accountKey(), "verify", spec, "--all");
        assertThat(verified.exitCode()).as(verified.err()).isZero();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> file.toString().matches(".*\\.(out|err|log)"))
                            .toList())
                    .hasSizeGreaterThan(10)
                    .allSatisfy(file -> assertThat(file).content().doesNotContain(azurite.accountKey()));
        }
    }

    @Test
    void a_wrong_key_and_a_missing_container_are_told_in_one_line() throws Exception {
        Path local = Files.createDirectories(folder.resolve("wrong"));
        Small.dataset(local);
        land("wrong", local, "first.csv");
        String wrong = Azurite.key();

        assertOneLine(azure(wrong, "run", spec("wrong", "training")), wrong, "403", "/lineage/wrong");
        assertOneLine(
                azure(azurite.accountKey(), "run", spec("wrong", "nowhere")),
                azurite.accountKey(),
                "The specified container does not exist",
                "/nowhere",
                "wrong/train");
    }

    private static void assertOneLine(SparkHome.Ended ended, String key, String... said) {
        assertThat(ended.err().lines())
                .singleElement()
                .asString()
                .startsWith("lakeproof: the storage failed: ")
                .contains(said)
                .contains("check the path")
                .doesNotContain(key);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(5);
    }

    /** A spec whose train part lies in a container of its own. */
    private static String spec(String name, String training) throws IOException {
        return Files.writeString(
                        folder.resolve(name + "-" + training + ".yaml"),
                        """
                        name: small
                        source: {path: '%s/NAME/*.csv', format: csv, options: {header: true}, schema: "id INT, price INT"}
                        tables:
                          root: %s/NAME
                          raw: %s/NAME/raw
                          quarantine: %s/NAME/quarantine
                          train: %s/NAME/train
                          test: %s/NAME/test
                        rules: {rows: ['ColumnValues "price" > 0']}
                        transforms: [{derive: {dear: price > 100}}]
                        split: {key: id, seed: 1, parts: {train: 70, test: 30}}
                        """
                                .formatted(Stream.of("landing", "lineage", "raw", "quarantine", training, "testing")
                                        .map(Azurite::uri)
                                        .toArray())
                                .replace("NAME", name))
                .toString();
    }

    private static void land(String name, Path local, String file) throws IOException, InterruptedException {
        azurite.blob(
                "landing",
                name + "/" + file,
                Files.readString(local.resolve("landing").resolve(file)));
    }

    private static SparkHome.Ended run(String spec) {
        try {
            return azure(azurite.accountKey(), "run", spec, "--json");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static SparkHome.Ended azure(String key, String... args) throws IOException, InterruptedException {
        return spark.embedded(Map.of("AZURE_STORAGE_KEY", key), azurite.flags(), args);
    }

    private static JsonNode told(SparkHome.Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        return Json.parse(ended.out());
    }

    private static Map<String, String> fingerprints(JsonNode told) {
        Map<String, String> fingerprints = new TreeMap<>();
        told.get("tables")
                .fields()
                .forEachRemaining(table -> fingerprints.put(
                        table.getKey(), table.getValue().get("fingerprint").asText()));
        assertThat(fingerprints).containsKeys("train", "test");
        return fingerprints;
    }
}
