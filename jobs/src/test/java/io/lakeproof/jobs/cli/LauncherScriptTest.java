package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code lakeproof} with a real JVM, around a job that does nothing but end as it is told. */
@DisabledOnOs(OS.WINDOWS)
class LauncherScriptTest {

    private static final Path SCRIPT = Path.of("").toAbsolutePath().resolveSibling("lakeproof");

    private static final String MAIN =
            """
            package io.lakeproof.jobs.cli;
            public class Launcher {
                public static void main(String[] args) throws Exception {
                    String end = args[args.length - 1];
                    if (!end.equals("fails")) {
                        Class.forName("org.apache.spark.sql.delta.DeltaLog").getDeclaredConstructor().newInstance();
                    }
                    java.nio.file.Files.writeString(java.nio.file.Path.of(args[1]), "" + ProcessHandle.current().pid());
                    if (end.equals("tells")) {
                        System.out.println(System.getProperty("sun.jnu.encoding"));
                    }
                    if (end.equals("tells its archive")) {
                        System.out.println(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                                .anyMatch(flag -> flag.startsWith("-XX:SharedArchiveFile")));
                    }
                    if (end.equals("sleeps")) {
                        Thread.sleep(60_000);
                    }
                    System.exit(end.equals("fails") ? 3 : 0);
                }
            }
            """;

    @TempDir
    Path home;

    private Path target;
    private Path spec;
    private Process process;

    @BeforeEach
    void build() throws IOException {
        Files.copy(SCRIPT, home.resolve("lakeproof"));
        target = Files.createDirectories(home.resolve("jobs/target"));
        spec = Files.writeString(home.resolve("spec.yaml"), "name: x\n");
        for (String folder : List.of("lineage", "transforms", "jobs")) {
            Files.createDirectories(home.resolve(folder + "/src/main"));
        }
        Path sources = Files.createDirectory(home.resolve("sources"));
        Path main = Files.writeString(sources.resolve("Launcher.java"), MAIN);
        Path spark = Files.writeString(
                sources.resolve("DeltaLog.java"), "package org.apache.spark.sql.delta; public class DeltaLog {}");
        Path classes = Files.createDirectory(home.resolve("classes"));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", "" + classes, "" + main, "" + spark))
                .isZero();
        Path jar = target.resolve("lakeproof-0.1.0.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        Files.writeString(target.resolve("spark-classpath"), jar.toString());
    }

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    private Process start(String end, String... javaOpts) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        "sh", home.resolve("lakeproof").toString(), "run", spec.toString(), end)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("output").toFile());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("LAKEPROOF_JAVA_OPTS", String.join(" ", javaOpts));
        process = builder.start();
        return process;
    }

    private int run(String end, String... javaOpts) throws IOException, InterruptedException {
        assertThat(start(end, javaOpts).waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private List<String> archives() throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("lakeproof.jsa"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void the_run_is_the_launcher_s_process_so_that_killing_one_kills_the_other() throws Exception {
        start("sleeps");
        for (int i = 0; i < 600 && !Files.readString(spec).matches("[0-9]+"); i++) {
            Thread.sleep(Duration.ofMillis(50).toMillis());
        }
        assertThat(Files.readString(spec)).isEqualTo("" + process.pid());
        process.destroyForcibly().waitFor();
        Files.writeString(
                target.resolve("lakeproof.jsa." + process.pid()),
                "\0\0\0\0half an archive org/apache/spark/sql/delta/DeltaLog");
        assertThat(run("ends")).isZero();
        assertThat(archives()).containsExactly("lakeproof.jsa." + process.pid());
    }

    @Test
    void names_of_files_are_read_in_utf_8_whatever_the_locale() throws Exception {
        assertThat(run("tells")).isZero();
        assertThat(home.resolve("output")).hasContent("UTF-8");
    }

    @Test
    void what_a_good_run_left_is_taken_up_by_the_next() throws Exception {
        assertThat(run("ends")).isZero();
        assertThat(archives()).containsExactly("lakeproof.jsa." + process.pid());
        assertThat(run("ends")).isZero();
        assertThat(archives()).containsExactly("lakeproof.jsa");
        assertThat(home.resolve("output")).isEmptyFile();
    }

    /** Java 17 with Spark's archive ends in a signal as soon as somebody looks at each class. */
    @Test
    void a_run_that_is_recorded_starts_without_what_a_good_one_left() throws Exception {
        assertThat(run("ends")).isZero();
        assertThat(run("tells its archive")).isZero();
        assertThat(home.resolve("output")).hasContent("true");
        Path recording = home.resolve("run.jfr");
        assertThat(run("tells its archive", "-XX:StartFlightRecording=filename=" + recording))
                .isZero();
        assertThat(home.resolve("output")).hasContent("false");
        assertThat(recording).isNotEmptyFile();
        assertThat(archives()).containsExactly("lakeproof.jsa");
    }

    @Test
    void what_a_run_left_that_never_reached_spark_is_not() throws Exception {
        assertThat(run("fails")).isEqualTo(3);
        String left = "lakeproof.jsa." + process.pid();
        assertThat(archives()).containsExactly(left);
        assertThat(run("ends")).isZero();
        assertThat(archives()).doesNotContain("lakeproof.jsa", left);
    }
}
