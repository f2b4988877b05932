package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A standalone Spark on the loopback: a master and workers with one core each, as processes, on the jars that a cluster has. */
final class Cluster implements AutoCloseable {

    private final Contenders contenders;
    private final Path home;
    private final String master;
    private final int workers;
    private final List<Process> services = new ArrayList<>();

    private Cluster(Contenders contenders, int workers) throws IOException {
        this.contenders = contenders;
        this.workers = workers;
        home = contenders.sources().scratch().resolve("spark");
        Sources.delete(home);
        Files.createDirectories(home.resolve("jars"));
        for (String jar : Files.readString(contenders.sources().root().resolve("jobs/target/spark-classpath"))
                .strip()
                .split(":", -1)) {
            Files.createSymbolicLink(home.resolve("jars").resolve(Path.of(jar).getFileName()), Path.of(jar));
        }
        int port = freePort();
        master = "spark://127.0.0.1:" + port;
        service("master.Master", "--port", Integer.toString(port));
        for (int worker = 0; worker < workers; worker++) {
            service(
                    "worker.Worker",
                    "--cores",
                    "1",
                    "--memory",
                    "2g",
                    "--work-dir",
                    home.resolve("worker-" + worker).toString(),
                    master);
        }
    }

    static String workers(int workers) {
        return "run, workers: " + workers;
    }

    static void measure(Contenders contenders, int workers, long rows) throws IOException, InterruptedException {
        try (Cluster cluster = new Cluster(contenders, workers)) {
            cluster.run(rows);
        }
    }

    private void run(long rows) throws IOException, InterruptedException {
        Path root = contenders.sources().root();
        List<String> command =
                contenders.jvm(List.of("-Xmx2g"), home.resolve("jars") + "/*:" + root.resolve("bench/target/classes"));
        command.addAll(List.of(
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                master,
                "--class",
                "io.lakeproof.jobs.cli.Lakeproof"));
        Map.of(
                        "spark.executor.memory",
                        "2g",
                        "spark.sql.extensions",
                        "io.delta.sql.DeltaSparkSessionExtension",
                        "spark.sql.catalog.spark_catalog",
                        "org.apache.spark.sql.delta.catalog.DeltaCatalog",
                        "spark.sql.shuffle.partitions",
                        "2",
                        "spark.databricks.delta.snapshotPartitions",
                        "2",
                        "spark.sql.codegen.wholeStage",
                        "false",
                        "spark.ui.enabled",
                        "false",
                        "spark.driver.host",
                        "127.0.0.1",
                        "spark.driver.bindAddress",
                        "127.0.0.1",
                        // Waits for all workers.
                        "spark.scheduler.minRegisteredResourcesRatio",
                        "1.0")
                .forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(List.of(
                root.resolve("jobs/target/lakeproof-0.1.0.jar").toString(),
                "run",
                contenders.sources().dataset(Shape.CLAIMS, rows).toString()));
        contenders.measure(new Entry(workers(workers), Shape.CLAIMS.columns(), rows, 1), command, environment());
    }

    private Map<String, String> environment() {
        return Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", "2.12", "SPARK_LOCAL_IP", "127.0.0.1");
    }

    private void service(String name, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(Contenders.java(), "-Xmx512m", "-XX:+UseSerialGC"));
        command.addAll(contenders.opens());
        command.addAll(
                List.of("-cp", home.resolve("jars") + "/*", "org.apache.spark.deploy." + name, "--host", "127.0.0.1"));
        command.addAll(List.of("--webui-port", "0"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve(services.size() + ".log").toFile());
        builder.environment().putAll(environment());
        services.add(builder.start());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Executors end with their workers. */
    @Override
    public void close() throws InterruptedException {
        for (int i = services.size() - 1; i >= 0; i--) {
            Process service = services.get(i);
            List<ProcessHandle> executors = service.descendants().toList();
            service.destroy();
            if (!service.waitFor(20, TimeUnit.SECONDS)) {
                service.destroyForcibly().waitFor();
            }
            executors.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
