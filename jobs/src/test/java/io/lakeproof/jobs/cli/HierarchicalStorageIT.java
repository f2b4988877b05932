package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Seed;
import io.lakeproof.jobs.storage.IdentityTokens;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job over the driver of Hadoop 3.3.4, as a stock Spark 3.5 has it, on an account with a hierarchical namespace, to
 * which it is what azure-identity finds. {@code -Dlakeproof.seed} repeats the moment of a kill.
 */
@Tag("ci")
class HierarchicalStorageIT {

    private static final String SECRET = "q7Zp4mXw9RkT2vLs";

    @TempDir
    static Path folder;

    private static DataLakeStandIn lake;
    private static SparkHome spark;
    private static Driver one;
    private static Driver other;

    /** What the run of a quiet day told, and how many changes it made there. */
    private static JsonNode truth;

    private static int changes;

    @BeforeAll
    static void on_a_quiet_day() throws Exception {
        lake = new DataLakeStandIn();
        lake.container("landing");
        lake.container("lake");
        CompletableFuture<Driver> first = CompletableFuture.supplyAsync(() -> driver("one"));
        CompletableFuture<Driver> second = CompletableFuture.supplyAsync(() -> driver("other"));
        spark = SparkHome.in(Files.createDirectories(folder.resolve("spark")));
        String spec = dataset("quiet");
        one = first.join();
        other = second.join();
        int before = lake.changes();
        truth = told(spark.embedded(Entra.running().env(), flags(), "run", spec, "--json"));
        changes = lake.changes() - before;
    }

    @AfterAll
    static void stop() throws InterruptedException {
        for (Driver driver : new Driver[] {one, other}) {
            if (driver != null) {
                driver.close();
            }
        }
        if (lake != null) {
            lake.close();
        }
    }

    @Test
    void file_after_file_becomes_version_after_version_as_on_local_files() throws IOException {
        String spec = dataset("raced");
        Path local = Files.createDirectories(folder.resolve("local"));
        String localSpec = Small.dataset(local).toString();

        // Two at once, one of which publishes.
        CompletableFuture<SparkHome.Ended> there = CompletableFuture.supplyAsync(() -> run(other, spec));
        List<JsonNode> both = List.of(told(run(one, spec)), told(there.join()));
        assertThat(both)
                .extracting(told -> told.get("status").asText())
                .containsExactlyInAnyOrder("published", "nothing-new");
        assertThat(both).extracting(told -> told.get("version").asInt()).containsOnly(1);

        Small.drop(local, "second.csv", 200);
        land("raced", local, "second.csv");
        JsonNode second = told(run(one, spec));
        assertThat(second.get("status").asText()).isEqualTo("published");
        assertThat(second.get("version").asInt()).isEqualTo(2);
        assertThat(AzureStorageIT.fingerprints(second))
                .isEqualTo(AzureStorageIT.fingerprints(told(run(other, localSpec))));
        assertThat(told(run(other, spec)).get("status").asText()).isEqualTo("nothing-new");

        // Every record and commit, and the data of both versions.
        told(one.run("verify", spec, "--all", "--json"));
        assertThat(ids("raced")).isEqualTo(kept(400));
    }

    @Tag("long")
    @Test
    void what_a_killed_run_left_the_next_one_completes() throws IOException, InterruptedException {
        String spec = dataset("killed");
        int moment = 1 + new Random(Seed.CHOSEN).nextInt(changes - 1);
        System.err.println("HierarchicalStorageIT: -Dlakeproof.seed=" + Seed.CHOSEN + ", killed at change " + moment
                + " of " + changes);
        int before = lake.changes();
        spark.embeddedKilledAt(
                () -> lake.changes() - before >= moment, Entra.running().env(), flags(), "run", spec);

        JsonNode next = told(run(one, spec));

        assertThat(next.get("version").asInt()).isEqualTo(1);
        assertThat(AzureStorageIT.fingerprints(next)).isEqualTo(AzureStorageIT.fingerprints(truth));
        told(one.run("verify", spec, "--all", "--json"));
        assertThat(ids("killed")).isEqualTo(kept(200));
    }

    /** The driver asks again, and is told that there is nothing to move; Delta takes its own commit for another's. */
    @Tag("long")
    @Test
    void a_commit_whose_answer_is_lost_is_there_once() throws IOException {
        String spec = dataset("lost");
        lake.losesAnswers("lost/");
        assertThat(told(run(one, spec)).get("status").asText()).isEqualTo("published");
        Path local = folder.resolve("files-of-lost");
        Small.drop(local, "second.csv", 200);
        land("lost", local, "second.csv");
        lake.losesAnswers("lost/");

        JsonNode second = told(run(one, spec));

        assertThat(second.get("status").asText()).isEqualTo("published");
        assertThat(second.get("version").asInt()).isEqualTo(2);
        assertThat(lake.lost()).contains("lost/raw/_delta_log", "lost/lineage/versions/_delta_log");
        told(one.run("verify", spec, "--all", "--json"));
        assertThat(ids("lost")).isEqualTo(kept(400));
    }

    @Test
    void every_kind_of_identity_opens_the_account_and_a_refusal_names_container_and_path() throws Exception {
        String spec = folder.resolve("quiet.yaml").toString();
        assertThat(Entra.running().asked())
                .anyMatch(asked -> asked.contains("client_secret=right")
                        && asked.contains("scope=https%3A%2F%2Fstorage.azure.com%2F.default"));
        for (Map<String, String> env :
                List.of(Entra.running().managed(), Entra.running().workload())) {
            assertThat(told(spark.embedded(env, flags(), "versions", spec, "--json"))
                            .get("versions"))
                    .hasSize(1);
        }
        assertThat(Entra.running().asked())
                .contains("api-version=2019-08-01&resource=https://storage.azure.com")
                .anyMatch(asked -> asked.contains("client_assertion=right"));

        Map<String, String> wrong = new HashMap<>(Entra.running().env());
        wrong.put("AZURE_CLIENT_SECRET", SECRET);
        assertThat(refused(spark.embedded(wrong, flags(), "run", spec)))
                .startsWith("Azure gave no token for storage: ")
                .doesNotContain(SECRET);
        lake.opensWith("token-of-tomorrow");
        try {
            String told =
                    ": the account does not take this identity's token (HTTP 401): it is of another tenant, or has"
                            + " expired; check AZURE_TENANT_ID and this machine's clock";
            // The driver asks the container first which kind it is, where no setting says so.
            assertThat(refused(spark.embedded(Entra.running().env(), flags(), "run", spec)))
                    .isEqualTo("container 'lake' of lakeprooflake" + told);
            assertThat(refused(run(one, spec)))
                    .isEqualTo("container 'lake' of lakeprooflake, quiet/lineage/versions/_delta_log" + told);
        } finally {
            lake.opensWith("token-of-the-test");
        }
    }

    /** What a run that storage does not let go on says, on one line. */
    private static String refused(SparkHome.Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(5);
        assertThat(ended.err()).startsWith("lakeproof: ").hasLineCount(1);
        return ended.err().strip().replaceFirst("^lakeproof: (the storage failed: )?", "");
    }

    /** A session of a cluster whose configuration says who it is. */
    private static Driver driver(String name) {
        try {
            return SparkHome.in(Files.createDirectories(folder.resolve(name)))
                    .driver(
                            List.of(),
                            Entra.running().env(),
                            Stream.of(
                                            flags().stream(),
                                            AzureFaultsIT.HURRIED.stream(),
                                            Stream.of(
                                                    "-Dspark.hadoop.fs.azure.account.hns.enabled=true",
                                                    "-Dspark.hadoop.fs.azure.account.auth.type=Custom",
                                                    "-Dspark.hadoop.fs.azure.account.oauth.provider.type="
                                                            + IdentityTokens.class.getName()),
                                            SparkHome.QUIET.stream())
                                    .flatMap(flags -> flags)
                                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> flags() {
        return Stream.concat(lake.flags().stream(), Entra.running().flags().stream())
                .toList();
    }

    private static SparkHome.Ended run(Driver driver, String spec) {
        try {
            return driver.run("run", spec, "--json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode told(SparkHome.Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        return Json.parse(ended.out());
    }

    /** The ids of a dataset's parts, sorted. */
    private static List<Integer> ids(String name) throws IOException {
        List<Integer> ids = new ArrayList<>();
        for (String part : List.of("train", "test")) {
            ids.addAll(other.ids(DataLakeStandIn.uri("lake") + "/" + name + "/" + part));
        }
        Collections.sort(ids);
        return ids;
    }

    /** The ids that break no rule. */
    private static List<Integer> kept(int rows) {
        return IntStream.range(0, rows).filter(id -> id % 20 != 0).boxed().toList();
    }

    private static void land(String name, Path local, String file) throws IOException {
        lake.file(
                "landing",
                name + "/" + file,
                Files.readString(local.resolve("landing").resolve(file)));
    }

    /** Lands a first file, and returns a spec of it. */
    private static String dataset(String name) throws IOException {
        Path local = Files.createDirectories(folder.resolve("files-of-" + name));
        String spec = Files.readString(Small.dataset(local));
        land(name, local, "first.csv");
        return Files.writeString(
                        folder.resolve(name + ".yaml"),
                        spec.replace("landing/*.csv", "'" + DataLakeStandIn.uri("landing") + "/" + name + "/*.csv'")
                                .replace("{root: lake}", "{root: '" + DataLakeStandIn.uri("lake") + "/" + name + "'}"))
                .toString();
    }
}
