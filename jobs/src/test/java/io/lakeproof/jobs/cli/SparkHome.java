package io.lakeproof.jobs.cli;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a Spark distribution is to a job: a folder of jars, with Spark, Delta and Hadoop alone, started as processes. */
final class SparkHome implements AutoCloseable {

    private static final Path JAR = Path.of(System.getProperty("lakeproof.jar"));

    /** For processes that end before compiling well would pay. */
    private static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Path folder;
    private final List<Process> services = new ArrayList<>();
    private final AtomicInteger processes = new AtomicInteger();

    private SparkHome(Path folder) {
        this.folder = folder;
    }

    static SparkHome in(Path folder) throws IOException {
        Path jars = Files.createDirectories(folder.resolve("jars"));
        for (String jar : Files.readString(Path.of(System.getProperty("lakeproof.spark-classpath")))
                .strip()
                .split(File.pathSeparator, -1)) {
            Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
        }
        return new SparkHome(folder);
    }

    /** The same with a Hadoop whose driver speaks to a blob endpoint, the only one that Azurite has. */
    static SparkHome onAzurite(Path folder) throws IOException {
        SparkHome home = in(folder);
        try (Stream<Path> older = Files.list(folder.resolve("jars"));
                Stream<Path> newer = Files.list(Path.of(System.getProperty("lakeproof.hadoop-on-azurite")))) {
            for (Path jar : older.filter(jar -> jar.getFileName().toString().startsWith("hadoop-"))
                    .toList()) {
                Files.delete(jar);
            }
            for (Path jar : newer.toList()) {
                Files.createSymbolicLink(folder.resolve("jars").resolve(jar.getFileName()), jar);
            }
        }
        return home;
    }

    /** How a process ended and what it said. */
    record Ended(int exitCode, String out, String err) {}

    /** Spark's own submit, with the fat JAR as the application. */
    Ended submit(String master, String... args) throws IOException, InterruptedException {
        return submit(
                master,
                new JarRun(JAR.toString(), "io.lakeproof.jobs.cli.Lakeproof", List.of(args), Map.of()),
                List.of(),
                Map.of());
    }

    /** The same with what somebody else wants started, on a cluster that has these settings; the flags are its JVM's. */
    Ended submit(String master, JarRun run, List<String> flags, Map<String, String> settings)
            throws IOException, InterruptedException {
        Map<String, String> all = new TreeMap<>(Map.of(
                "spark.executor.memory", "512m",
                "spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension",
                "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog",
                "spark.sql.shuffle.partitions", "3",
                "spark.ui.enabled", "false",
                "spark.driver.host", "127.0.0.1",
                "spark.driver.bindAddress", "127.0.0.1",
                "spark.sql.warehouse.dir", folder.resolve("warehouse").toString(),
                // Waits for both workers, so that both get work.
                "spark.scheduler.minRegisteredResourcesRatio", "1.0",
                "spark.scheduler.maxRegisteredResourcesWaitingTime", "60s"));
        all.put("spark.executor.extraJavaOptions", String.join(" ", SHORT_LIVED));
        all.putAll(settings);
        List<String> command = new ArrayList<>(flags);
        command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", master, "--class", run.mainClass()));
        // In a file, for some are secret.
        command.addAll(List.of(
                "--properties-file",
                Files.write(
                                folder.resolve("cluster.conf"),
                                all.entrySet().stream()
                                        .map(setting -> setting.getKey() + " " + setting.getValue())
                                        .toList())
                        .toString()));
        command.add(run.jar());
        command.addAll(run.parameters());
        return finish(start(folder.resolve("jars") + "/*", "1g", command, run.environment()));
    }

    /** The same fat JAR as the launcher starts it. */
    Ended embedded(String... args) throws IOException, InterruptedException {
        return embedded(Map.of(), List.of(), args);
    }

    /** The same, with more in its environment and before its main class. */
    Ended embedded(Map<String, String> environment, List<String> flags, String... args)
            throws IOException, InterruptedException {
        return finish(launch(environment, flags, args));
    }

    /** The same, killed by the system, without a chance to tidy up, as soon as a sign is seen. */
    void embeddedKilledAt(BooleanSupplier sign, Map<String, String> environment, List<String> flags, String... args)
            throws IOException, InterruptedException {
        Started started = launch(environment, flags, args);
        Process process = started.process();
        long end = System.nanoTime() + SECONDS.toNanos(120);
        while (!sign.getAsBoolean() && process.isAlive() && System.nanoTime() < end) {
            Thread.sleep(2);
        }
        boolean alive = process.isAlive();
        process.destroyForcibly().waitFor(20, SECONDS);
        if (!alive || !sign.getAsBoolean()) {
            throw new AssertionError("ended, or took too long, before the sign: " + Files.readString(started.err()));
        }
    }

    private Started launch(Map<String, String> environment, List<String> flags, String... args) throws IOException {
        List<String> command = new ArrayList<>(flags);
        command.add("io.lakeproof.jobs.cli.Launcher");
        command.addAll(Arrays.asList(args));
        return start(JAR + File.pathSeparator + folder.resolve("jars") + "/*", "1g", command, environment);
    }

    /** A master and its workers, each a JVM of its own on the loopback; returns the master's URL. */
    String cluster(int workers) throws IOException {
        int port = freePort();
        String master = "spark://127.0.0.1:" + port;
        service(List.of(
                "org.apache.spark.deploy.master.Master",
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--webui-port",
                "0"));
        for (int worker = 0; worker < workers; worker++) {
            service(List.of(
                    "org.apache.spark.deploy.worker.Worker",
                    "--host",
                    "127.0.0.1",
                    "--webui-port",
                    "0",
                    "--cores",
                    "1",
                    "--memory",
                    "512m",
                    "--work-dir",
                    work(worker).toString(),
                    master));
        }
        return master;
    }

    /** The folders of the executors that a worker has run. */
    List<Path> executors(int worker) throws IOException {
        try (Stream<Path> files = Files.walk(work(worker), 2)) {
            return files.filter(file -> file.getNameCount() == work(worker).getNameCount() + 2)
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    private Path work(int worker) {
        return folder.resolve("worker-" + worker);
    }

    private void service(List<String> command) throws IOException {
        services.add(start(folder.resolve("jars") + "/*", "512m", command).process());
    }

    /** A driver that logs as the launcher's does. */
    static final List<String> QUIET = List.of(
            "-Dlog4j2.configurationFile=classpath:io/lakeproof/jobs/cli/log4j2-console.properties",
            "-Dlakeproof.log.ours=warn",
            "-Dlakeproof.log.others=off",
            "-Dlakeproof.console.ours=warn",
            "-Dlakeproof.console.others=off");

    /** A driver with a session of its own, that has these jars before all others. */
    Driver driver(List<Path> first, Map<String, String> environment, List<String> flags) throws IOException {
        Path main = folder.resolve("driver/io/lakeproof/jobs/cli/DriverMain.class");
        Files.createDirectories(main.getParent());
        // Alone: what else the tests have is no business of a cluster.
        Files.copy(Path.of("target/test-classes/io/lakeproof/jobs/cli/DriverMain.class"), main);
        String classpath = Stream.concat(
                        first.stream().map(Path::toString),
                        Stream.of(JAR.toString(), folder.resolve("driver").toString(), folder.resolve("jars") + "/*"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(flags);
        command.addAll(List.of(
                // C1 alone has a fifth of it by default, and this JVM runs one command after the other.
                "-XX:ReservedCodeCacheSize=240m",
                "-Dspark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
                "-Dspark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
                "-Dspark.sql.shuffle.partitions=2",
                "-Dspark.databricks.delta.snapshotPartitions=2",
                "-Dspark.sql.sources.parallelPartitionDiscovery.parallelism=2",
                "-Dspark.sql.codegen.wholeStage=false",
                "-Dspark.ui.enabled=false",
                "-Dspark.driver.host=127.0.0.1",
                "-Dspark.driver.bindAddress=127.0.0.1",
                "-Dspark.sql.warehouse.dir=" + folder.resolve("warehouse"),
                DriverMain.class.getName()));
        Path err = folder.resolve("driver.err");
        return new Driver(
                process(classpath, "1g", command, environment)
                        .redirectError(err.toFile())
                        .start(),
                err);
    }

    private record Started(Process process, Path out, Path err) {}

    /** The fat JAR. */
    static Path jar() {
        return JAR;
    }

    private Started start(String classpath, String heap, List<String> command) throws IOException {
        return start(classpath, heap, command, Map.of());
    }

    private Started start(String classpath, String heap, List<String> command, Map<String, String> environment)
            throws IOException {
        int number = processes.incrementAndGet();
        Path out = folder.resolve("process-" + number + ".out");
        Path err = folder.resolve("process-" + number + ".err");
        return new Started(
                process(classpath, heap, command, environment)
                        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start(),
                out,
                err);
    }

    private ProcessBuilder process(String classpath, String heap, List<String> command, Map<String, String> environment)
            throws IOException {
        List<String> all = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + heap));
        all.addAll(Arrays.asList(System.getProperty("lakeproof.jvm-flags").split(" ", -1)));
        all.addAll(SHORT_LIVED);
        all.addAll(List.of("-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")), "-cp", classpath));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_") || name.startsWith("HADOOP_"));
        builder.environment().putAll(environment);
        builder.environment().put("SPARK_HOME", folder.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.12");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        return builder;
    }

    private static Ended finish(Started started) throws IOException, InterruptedException {
        if (!started.process().waitFor(300, SECONDS)) {
            end(started.process());
            throw new AssertionError("still running after 300 s:\n" + Files.readString(started.err()));
        }
        return new Ended(
                started.process().exitValue(), Files.readString(started.out()), Files.readString(started.err()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static void end(Process process) throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(20, SECONDS)) {
            process.destroyForcibly().waitFor(20, SECONDS);
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() throws InterruptedException {
        for (int i = services.size() - 1; i >= 0; i--) {
            end(services.get(i));
        }
    }
}
