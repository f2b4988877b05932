package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.spec.StorageAccount;
import io.lakeproof.jobs.storage.AzureStorage;
import io.lakeproof.jobs.storage.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** The main class on a laptop, which the {@code lakeproof} script starts: an embedded Spark, and an exit code. */
public final class Launcher {

    /** What settings of Hadoop begin with among those of Spark. */
    private static final String HADOOP = "spark.hadoop.";

    private Launcher() {}

    /** Runs one command on an embedded Spark and ends the JVM with its exit code. */
    public static void main(String[] args) {
        Logs.configure(Arrays.asList(args));
        LocalStorage.serve();
        Console console = Console.ofProcess();
        AtomicBoolean ended = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!ended.get()) {
                console.err().println("\nlakeproof: interrupted. Nothing is half published; run it again to go on.");
                // What fails from here on fails because Spark is going down.
                console.err().close();
                console.out().close();
            }
        }));
        int exitCode = new Shell(console, new Engine(Optional.of(Launcher::files), Launcher::embedded))
                .run(args)
                .exitCode();
        console.flush();
        ended.set(true);
        System.exit(exitCode);
    }

    /** As the embedded Spark will open files. */
    private static Configuration files() {
        Configuration hadoop = new Configuration();
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(HADOOP))
                .forEach(name -> hadoop.set(name.substring(HADOOP.length()), System.getProperty(name)));
        AzureStorage.configure(System.getenv(), List.of(), hadoop);
        return hadoop;
    }

    private static SparkSession embedded(List<StorageAccount> accounts) {
        Path scratch = scratch();
        SparkSession.Builder builder = SparkSession.builder()
                .appName("lakeproof")
                .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .config(
                        "spark.sql.warehouse.dir",
                        scratch.resolve("warehouse").toUri().toString())
                .config("spark.local.dir", scratch.toString())
                .config("spark.ui.enabled", "false")
                .config("spark.ui.showConsoleProgress", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                // A laptop has no more cores than this; 200 tasks of nothing would be most of a small run.
                .config("spark.sql.shuffle.partitions", cores())
                .config("spark.databricks.delta.snapshotPartitions", "2")
                // One method for a stage over many columns is longer than the JVM compiles; expressions alone are
                // compiled.
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.sql.sources.parallelPartitionDiscovery.parallelism", cores());
        LocalStorage.settings().forEach(builder::config);

        SparkSession session =
                builder.master(System.getProperty("spark.master", "local[*]")).getOrCreate();
        AzureStorage.configure(System.getenv(), accounts, session.sparkContext().hadoopConfiguration());
        return session;
    }

    private static String cores() {
        return Integer.toString(Math.max(2, Runtime.getRuntime().availableProcessors()));
    }

    /** A folder of the process's own in the system's temporary folder, gone when the JVM ends. */
    private static Path scratch() {
        try {
            Path folder = Files.createTempDirectory("lakeproof-");
            folder.toFile().deleteOnExit();
            folder.resolve("warehouse").toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write to the temporary folder. Set java.io.tmpdir.", e);
        }
    }
}
