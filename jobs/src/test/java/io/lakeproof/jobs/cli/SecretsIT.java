package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.secrets.KeyVaultStandIn;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is secret where a run runs is in nothing that it says or leaves. */
@Tag("ci")
class SecretsIT {

    private static final String SECRET = "q7Zp4mXw9RkT2vLs";

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "AZURE_CLIENT_SECRET", SECRET,
            "STORAGE_KEY", SECRET,
            "AWS_SECRET_ACCESS_KEY", SECRET,
            "LANDING", "https://account.blob.core.windows.net/landing?sig=" + SECRET);

    private static final List<String> FLAGS = List.of(
            "-Dspark.hadoop.fs.azure.account.key.account.dfs.core.windows.net=" + SECRET,
            "-Dspark.hadoop.fs.azure.account.oauth2.client.secret=" + SECRET,
            "-Dspark.hadoop.fs.s3a.secret.key=" + SECRET,
            "-Dspark.lakeproof.test.password=" + SECRET);

    @TempDir
    Path folder;

    private static List<String> flags() {
        return Stream.concat(FLAGS.stream(), Entra.running().flags().stream()).toList();
    }

    private static Map<String, String> environment(KeyVaultStandIn vault, String signingKey) {
        Map<String, String> all = new HashMap<>(ENVIRONMENT);
        all.putAll(Entra.running().managed());
        all.put("LAKEPROOF_SIGNING_KEY", vault.put("signing-key", signingKey));
        return all;
    }

    private static String pem() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        return pem("PRIVATE KEY", pair.getPrivate()) + pem("PUBLIC KEY", pair.getPublic());
    }

    private static String pem(String kind, Key key) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(kind, Base64.getEncoder().encodeToString(key.getEncoded()), kind);
    }

    @Test
    void no_table_log_or_output_holds_a_secret_of_the_environment_or_of_spark() throws Exception {
        Path home = Files.createDirectories(folder.resolve("spark"));
        Path dataset = Files.createDirectories(folder.resolve("dataset"));
        String spec = Small.dataset(dataset).toString();
        Path log = dataset.resolve("run.log");
        String signingKey = pem();
        try (SparkHome spark = SparkHome.in(home);
                KeyVaultStandIn vault = new KeyVaultStandIn()) {
            Map<String, String> environment = environment(vault, signingKey);
            assertThat(spark.embedded(
                                    environment,
                                    flags(),
                                    "run",
                                    spec,
                                    "--json",
                                    "--verbose",
                                    "--log",
                                    log.toString(),
                                    "--log-format",
                                    "json")
                            .exitCode())
                    .isZero();
            Small.drop(dataset, "second.csv", 200);
            SparkHome.Ended second = spark.embedded(
                    environment,
                    flags(),
                    "run",
                    spec,
                    "--verbose",
                    "--log",
                    dataset.resolve("second.log").toString());
            assertThat(second.exitCode()).as(second.err()).isZero();
            assertThat(second.out()).contains("version 2");

            Path signed = Files.writeString(
                    dataset.resolve("signed.yaml"),
                    Files.readString(Path.of(spec)).replace("landing/*.csv", "'${LANDING}'"));
            SparkHome.Ended refused = spark.embedded(environment, flags(), "run", signed.toString(), "--verbose");
            assertThat(refused.exitCode()).isEqualTo(3);
            assertThat(refused.err()).contains("credential");
        }
        assertThat(log).content().contains("publish version 1");
        assertThat(LocalSpark.session()
                        .read()
                        .format("delta")
                        .load(dataset.resolve("lake/lineage/versions").toString())
                        .where(col("envelope").isNotNull())
                        .count())
                .as("versions signed by the key in the vault")
                .isEqualTo(2);
        List<String> secrets = Stream.concat(
                        Stream.of(SECRET, "token-of-the-test"),
                        signingKey
                                .lines()
                                .filter(line -> !line.startsWith("-----"))
                                .limit(1))
                .toList();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> Files.isRegularFile(file) && !file.startsWith(home.resolve("jars"))))
                    .hasSizeGreaterThan(30)
                    .allSatisfy(file ->
                            assertThat(Files.readString(file, ISO_8859_1)).doesNotContain(secrets));
        }
        // Pages of a data file are compressed: what they hold is looked at apart.
        for (String table : List.of("raw", "quarantine", "train", "test", "lineage/versions", "lineage/files")) {
            assertThat(LocalSpark.session()
                            .read()
                            .format("delta")
                            .load(dataset.resolve("lake").resolve(table).toString())
                            .select(to_json(struct("*")).as("row"))
                            .where(secrets.stream()
                                    .map(col("row")::contains)
                                    .reduce(Column::or)
                                    .orElseThrow())
                            .count())
                    .as(table)
                    .isZero();
        }
    }
}
