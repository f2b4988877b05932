package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Seed;
import io.lakeproof.jobs.cli.FaultyLine.Weather;
import io.lakeproof.jobs.train.AzureMlStandIn;
import io.lakeproof.jobs.train.AzureMlStandIn.Fault;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job over Hadoop's own driver for Azure's storage, killed, and on a line that delays, refuses, breaks and loses what is
 * said: no row is missing, none is there twice, and every version has one training. {@code -Dlakeproof.seed} repeats a schedule of
 * faults, {@code -Dlakeproof.schedules} says how many.
 */
@Tag("long")
class AzureFaultsIT {

    private static final int SCHEDULES = Integer.getInteger("lakeproof.schedules", 2);

    /** Of one file: 200 rows, ten of which break a rule, and one that nobody can read. */
    private static final int ROWS = 200;

    private static final List<String> FILES = List.of("first.csv", "second.csv");

    @TempDir
    static Path folder;

    private static Azurite azurite;
    private static FaultyLine line;
    private static SparkHome spark;
    private static Driver driver;
    private static AzureMlStandIn azureMl;

    /** What the runs of a calm day told, and how many requests each made. */
    private static final List<JsonNode> TRUTH = new ArrayList<>();

    private static final List<Integer> REQUESTS = new ArrayList<>();

    @BeforeAll
    static void on_a_calm_day() throws IOException, InterruptedException {
        azurite = Azurite.in(folder);
        azurite.container("landing");
        azurite.container("lake");
        line = new FaultyLine(azurite.address());
        azureMl = new AzureMlStandIn();
        spark = SparkHome.onAzurite(Files.createDirectories(folder.resolve("spark")));
        driver = spark.driver(
                List.of(),
                Entra.running().env(),
                Stream.of(
                                Azurite.flags(line.address()).stream(),
                                HURRIED.stream(),
                                Entra.running().flags().stream(),
                                Stream.of(
                                        "-Dspark.hadoop.fs.azure.account.auth.type=SharedKey",
                                        "-Dspark.hadoop.fs.azure.account.key.%s.dfs.core.windows.net=%s"
                                                .formatted(Azurite.ACCOUNT, azurite.accountKey())),
                                SparkHome.QUIET.stream())
                        .flatMap(flags -> flags)
                        .toList());
        String spec = spec("calm");
        for (String file : FILES) {
            land("calm", file);
            line.weather(Weather.CALM);
            TRUTH.add(told(driver.run("run", spec, "--json")));
            REQUESTS.add(line.requests());
        }
    }

    /** The driver's patience, in hundredths of what it usually is. */
    static final List<String> HURRIED = Stream.of(
                    "max.retries=6",
                    "min.backoff.interval=5",
                    "max.backoff.interval=200",
                    "backoff.interval=10",
                    "static.retry.interval=10")
            .map(setting ->
                    "-Dspark.hadoop.fs.azure." + (setting.startsWith("static") ? setting : "io.retry." + setting))
            .toList();

    @AfterAll
    static void stop() throws InterruptedException {
        if (driver != null) {
            driver.close();
        }
        if (azureMl != null) {
            azureMl.close();
        }
        if (line != null) {
            line.close();
        }
        if (azurite != null) {
            azurite.close();
        }
    }

    @Test
    void every_schedule_of_faults_ends_with_every_row_once_and_one_training_per_version() {
        System.err.println("AzureFaultsIT: -Dlakeproof.seed=" + Seed.CHOSEN + " -Dlakeproof.schedules=" + SCHEDULES);
        for (int i = 0; i < SCHEDULES; i++) {
            long seed = Seed.CHOSEN + i;
            try {
                // Each by a seed of its own, so that one that failed can be run first and alone.
                schedule("s" + i, seed);
            } catch (Throwable e) {
                throw new AssertionError("-Dlakeproof.schedules=1 -Dlakeproof.seed=" + seed, e);
            }
        }
    }

    private static void schedule(String name, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        String spec = spec(name);
        int trained = azureMl.started();
        for (int version = 1; version <= FILES.size(); version++) {
            land(name, FILES.get(version - 1));
            if (random.nextInt(3) == 0) {
                azureMl.then(Fault.LOST);
            }
            Weather weather = weather(random, REQUESTS.get(version - 1));
            line.weather(weather);
            SparkHome.Ended ended = driver.run("run", spec, "--json");
            System.err.println("  %s version %d, %s met %s of %d: %d %s"
                    .formatted(name, version, weather, line.met(), line.requests(), ended.exitCode(), ended.err()));
            assertThat(ended.exitCode()).as(ended.err()).isIn(0, 5);
            assertThat(ended.err().lines())
                    .as("what a failure prints, or a success")
                    .hasSize(ended.exitCode() == 0 ? 0 : 1)
                    .allMatch(told -> told.startsWith("lakeproof: "));

            line.weather(Weather.CALM);
            madeGood(spec, version);
            assertThat(azureMl.started() - trained).as("trainings started").isEqualTo(version);
        }
        check(name, spec, FILES.size());
    }

    @Test
    void a_run_killed_at_any_request_is_made_good_by_the_next() throws IOException, InterruptedException {
        System.err.println("AzureFaultsIT: -Dlakeproof.seed=" + Seed.CHOSEN + " -Dlakeproof.schedules=" + SCHEDULES);
        Map<String, String> env = new HashMap<>(Entra.running().env());
        env.put("AZURE_STORAGE_KEY", azurite.accountKey());
        List<String> flags = Stream.concat(Azurite.flags(line.address()).stream(), Entra.running().flags().stream())
                .toList();
        for (int i = 0; i < SCHEDULES; i++) {
            String name = "killed" + i;
            String spec = spec(name);
            int trained = azureMl.started();
            // Another JVM, with patience of its own, may ask a little less.
            int moment = 1 + new Random(Seed.CHOSEN + i).nextInt(REQUESTS.get(0) * 3 / 4);
            System.err.println("  %s at request %d of %d".formatted(name, moment, REQUESTS.get(0)));
            land(name, FILES.get(0));
            line.weather(Weather.CALM);
            spark.embeddedKilledAt(() -> line.requests() >= moment, env, flags, "run", spec);

            madeGood(spec, 1);
            assertThat(azureMl.started() - trained).as("trainings started").isEqualTo(1);
            check(name, spec, 1);
        }
    }

    /** The next run publishes the version, or finds it there, as on a calm day. */
    private static void madeGood(String spec, int version) throws IOException {
        JsonNode next = told(driver.run("run", spec, "--json"));
        assertThat(next.get("version").asInt()).as("%s", next).isEqualTo(version);
        assertThat(AzureStorageIT.fingerprints(next)).containsAllEntriesOf(parts(TRUTH.get(version - 1)));
        assertThat(rows(next)).isEqualTo(rows(TRUTH.get(version - 1)));
    }

    /** Every record, commit and data file, and every row once. */
    private static void check(String name, String spec, int published) throws IOException {
        JsonNode versions = told(driver.run("versions", spec, "--json"));
        assertThat(versions.get("versions")).as("%s", versions).hasSize(published);
        told(driver.run("verify", spec, "--all", "--json"));
        assertThat(Stream.of("train", "test")
                        .flatMap(part -> ids(name, part))
                        .sorted()
                        .toList())
                .isEqualTo(IntStream.range(0, published * ROWS)
                        .filter(id -> id % 20 != 0)
                        .boxed()
                        .toList());
    }

    /** Now and then a fault; in most of them an outage besides, of a moment or for good, of one container or of both. */
    private static Weather weather(Random random, int requests) {
        double share = 0.15 * random.nextDouble();
        int after = random.nextInt(requests);
        int during = List.of(0, 10, 40, Integer.MAX_VALUE).get(random.nextInt(4));
        String where = List.of("", "/landing", "/lake").get(random.nextInt(3));
        return new Weather(random.nextLong(), share, after, during, where);
    }

    private static Stream<Integer> ids(String name, String part) {
        try {
            return driver.ids(Azurite.uri("lake") + "/" + name + "/" + part).stream();
        } catch (IOException e) {
            throw new AssertionError(part, e);
        }
    }

    private static JsonNode told(SparkHome.Ended ended) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        return Json.parse(ended.out());
    }

    private static Map<String, String> parts(JsonNode told) {
        Map<String, String> fingerprints = AzureStorageIT.fingerprints(told);
        fingerprints.keySet().retainAll(List.of("train", "test", "raw"));
        return fingerprints;
    }

    private static Map<String, Long> rows(JsonNode told) {
        return Stream.of("raw", "quarantine", "train", "test")
                .collect(Collectors.toMap(table -> table, table -> told.at("/tables/" + table + "/rows")
                        .asLong()));
    }

    private static void land(String name, String file) throws IOException, InterruptedException {
        int from = ROWS * FILES.indexOf(file);
        azurite.blob(
                "landing",
                name + "/" + file,
                IntStream.range(from, from + ROWS)
                        .mapToObj(id -> id + "," + (id % 20 == 0 ? -1 : id))
                        .collect(Collectors.joining("\n", "id,price\n", "\nx,1\n")));
    }

    private static String spec(String name) throws IOException {
        Path here = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                here.resolve("job.json"),
                """
                {"properties": {"jobType": "Command", "command": "train ${lakeproof.version}", "environmentId": "e"}}""");
        return Files.writeString(
                        here.resolve("dataset.yaml"),
                        """
                        name: %s
                        source: {path: '%s/%s/*.csv', format: csv, options: {header: true}, schema: "id INT, price INT"}
                        tables: {root: '%s/%s'}
                        rules: {rows: ['ColumnValues "price" > 0']}
                        transforms: [{derive: {dear: price > 100}}]
                        split: {key: id, seed: 1, parts: {train: 70, test: 30}}
                        training: {azure-ml: {workspace: %s, endpoint: '%s', job: job.json}}
                        """
                                .formatted(
                                        name,
                                        Azurite.uri("landing"),
                                        name,
                                        Azurite.uri("lake"),
                                        name,
                                        AzureMlStandIn.WORKSPACE,
                                        azureMl.endpoint()))
                .toString();
    }
}
