package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.secrets.KeyVaultStandIn;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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
@Tag("ci")
class AzureStorageIT {

    private static final String SECRET = "q7Zp4mXw9RkT2vLs";

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
        assertThat(secrets(azurite.accountKey())).isEmpty();
    }

    @Test
    void what_the_storage_refuses_is_told_in_one_line_with_container_and_path() throws Exception {
        Path local = Files.createDirectories(folder.resolve("wrong"));
        Small.dataset(local);
        land("wrong", local, "first.csv");
        String wrong = Azurite.key();
        String readOnly = "sv=2021-08-06&ss=b&srt=sco&sp=r&se=2099-01-01T00:00:00Z&sig=" + SECRET;

        assertThat(refused(Map.of("AZURE_STORAGE_KEY", wrong), spec("wrong", "training")))
                .startsWith(
                        "container 'lineage' of lakeprooftest, wrong/lineage/versions/_delta_log: the account does not"
                                + " take this key or SAS token (HTTP 403)");
        // A spec that lies there too, and names the key of its account.
        try (KeyVaultStandIn vault = new KeyVaultStandIn()) {
            String key = vault.put("lake-key", azurite.accountKey());
            azurite.blob(
                    "lineage",
                    "wrong/dataset.yaml",
                    Files.readString(Path.of(spec("wrong", "nowhere")))
                            + "storage: {%s: {key: '%s'}}\n".formatted(Azurite.ACCOUNT, key));
            String spec = Azurite.uri("lineage") + "/wrong/dataset.yaml";
            Map<String, String> vaulted = new HashMap<>(Entra.running().env());
            vaulted.put("AZURE_STORAGE_SAS_TOKEN", readOnly);
            vaulted.put("AZURE_STORAGE_KEY", key);
            assertThat(refused(vaulted, spec))
                    .startsWith("container 'nowhere' of lakeprooftest, wrong/train/")
                    .endsWith(": there is no such container (HTTP 404); create it, or correct the path");

            // Each before Spark starts, for the spec itself cannot be read.
            assertThat(refused(Map.of("AZURE_STORAGE_SAS_TOKEN", readOnly), spec))
                    .startsWith("container 'lineage' of lakeprooftest, wrong/dataset.yaml: the account does not take");
            assertThat(refused(Map.of("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"), spec))
                    .startsWith("Azure gave no token for storage: ")
                    .contains("Set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN");
            vaulted.put("AZURE_STORAGE_KEY", key + "-of-last-year");
            assertThat(refused(vaulted, spec))
                    .isEqualTo(key + "-of-last-year: there is no such secret in the vault; check its name");
        }
        assertThat(secrets(wrong, azurite.accountKey(), SECRET)).isEmpty();

        Path spec = Path.of(spec("wrong", "training"));
        Files.writeString(spec, Files.readString(spec).replace(Azurite.uri("landing"), Azurite.uri("nowhere")));
        SparkHome.Ended ended = run(Map.of("AZURE_STORAGE_KEY", azurite.accountKey()), spec.toString());
        assertThat(ended.err())
                .endsWith(
                        "source.path: container 'nowhere' of lakeprooftest does not exist; create it or correct the path\n");
        assertThat(ended.exitCode()).isEqualTo(3);
    }

    private static SparkHome.Ended run(Map<String, String> environment, String spec)
            throws IOException, InterruptedException {
        return spark.embedded(
                environment,
                Stream.concat(azurite.flags().stream(), Entra.running().flags().stream())
                        .toList(),
                "run",
                spec);
    }

    /** What a run that storage does not let go on says, on one line. */
    private static String refused(Map<String, String> environment, String spec)
            throws IOException, InterruptedException {
        SparkHome.Ended ended = run(environment, spec);
        assertThat(ended.err()).startsWith("lakeproof: ").hasLineCount(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(5);
        return ended.err().strip().replaceFirst("^lakeproof: (the storage failed: )?", "");
    }

    /** The files among what the runs left that hold one of these. */
    private static List<Path> secrets(String... secrets) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().matches(".*\\.(out|err|log)"))
                    .filter(file -> Stream.of(secrets).anyMatch(text(file)::contains))
                    .toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
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

    /** Of the tables that a run tells of, by name. */
    static Map<String, String> fingerprints(JsonNode told) {
        Map<String, String> fingerprints = new TreeMap<>();
        told.get("tables")
                .fields()
                .forEachRemaining(table -> fingerprints.put(
                        table.getKey(), table.getValue().get("fingerprint").asText()));
        assertThat(fingerprints).containsKeys("train", "test");
        return fingerprints;
    }
}
