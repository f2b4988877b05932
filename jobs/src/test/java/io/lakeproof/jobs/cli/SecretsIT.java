package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is secret where a run runs is in nothing that it says or leaves. */
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

    @Test
    void no_table_log_or_output_holds_a_secret_of_the_environment_or_of_spark() throws Exception {
        Path home = Files.createDirectories(folder.resolve("spark"));
        Path dataset = Files.createDirectories(folder.resolve("dataset"));
        String spec = Small.dataset(dataset).toString();
        Path log = dataset.resolve("run.log");
        try (SparkHome spark = SparkHome.in(home)) {
            assertThat(spark.embedded(
                                    ENVIRONMENT,
                                    FLAGS,
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
                    ENVIRONMENT,
                    FLAGS,
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
            SparkHome.Ended refused = spark.embedded(ENVIRONMENT, FLAGS, "run", signed.toString(), "--verbose");
            assertThat(refused.exitCode()).isEqualTo(3);
            assertThat(refused.err()).contains("credential");
        }
        assertThat(log).content().contains("publish version 1");
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(file -> Files.isRegularFile(file) && !file.startsWith(home.resolve("jars"))))
                    .hasSizeGreaterThan(30)
                    .allSatisfy(file ->
                            assertThat(Files.readString(file, ISO_8859_1)).doesNotContain(SECRET));
        }
        // Pages of a data file are compressed: what they hold is looked at apart.
        for (String table : List.of("raw", "quarantine", "train", "test", "lineage/versions", "lineage/files")) {
            assertThat(LocalSpark.session()
                            .read()
                            .format("delta")
                            .load(dataset.resolve("lake").resolve(table).toString())
                            .select(to_json(struct("*")).as("row"))
                            .where(col("row").contains(SECRET))
                            .count())
                    .as(table)
                    .isZero();
        }
    }
}
