package io.lakeproof.jobs.cli;

import static io.lakeproof.jobs.cli.Spoken.say;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("ci")
class InitTest {

    private static final Path EXAMPLE = Path.of("..", "examples", "custom-transform");

    @TempDir
    Path dir;

    @Test
    void a_dataset_is_written_that_runs_as_it_is() {
        String claims = dir.resolve("new/claims-2026").toString();
        JsonNode written = said(Spoken.NO_SPARK, "init", claims);
        assertThat(written.get("files").toString())
                .isEqualTo(
                        "[\"dataset.yaml\",\"schema.ddl\",\"landing/example.csv\",\"test.sh\",\"README.md\",\".gitignore\"]");
        assertThat(Path.of(claims, "test.sh")).isExecutable();
        assertThat(Path.of(claims, "README.md"))
                .content()
                .startsWith("# claims-2026")
                .contains("schema.ddl");

        JsonNode run = said(LocalSpark::session, "run", claims + "/dataset.yaml");
        assertThat(run.get("dataset").asText()).isEqualTo("claims-2026");
        assertThat(run.get("status").asText()).isEqualTo("published");
        assertThat(run.get("rowsIn").asLong()).isEqualTo(6);
        assertThat(run.get("rowsQuarantined").asLong()).isEqualTo(2);
    }

    @Test
    void a_dataset_from_files_has_what_suggest_finds_in_them_and_passes_its_test() throws Exception {
        Files.createDirectories(dir.resolve("drops"));
        Files.writeString(
                dir.resolve("drops/policies.csv"),
                IntStream.range(0, 50)
                        .mapToObj(id -> id + "," + id % 3 + ",t" + id % 7)
                        .collect(Collectors.joining("\n", "id,class,town\n", "\n")));
        String motor = dir.resolve("motor").toString();
        JsonNode written = said(
                LocalSpark::session,
                "init",
                motor,
                "--from",
                dir.resolve("drops/policies.csv").toString());
        assertThat(written.get("files").toString())
                .isEqualTo("[\"dataset.yaml\",\"test.sh\",\"README.md\",\".gitignore\"]");
        assertThat(Path.of(motor, "dataset.yaml"))
                .content()
                .contains("name: motor\n", "policies.csv", "IsUnique \"id\"");

        String[] test = ofTest(Path.of(motor, "test.sh"));
        assertThat(test).startsWith("run", "dataset.yaml");
        test[1] = motor + "/dataset.yaml";
        JsonNode sampled = said(LocalSpark::session, test);
        assertThat(sampled.get("status").asText()).isEqualTo("sampled");
        assertThat(sampled.get("rowsIn").asLong()).isEqualTo(50);
        assertThat(Path.of(motor, "lake")).doesNotExist();
    }

    /** What the script passes to the command. */
    private static String[] ofTest(Path script) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(script.toString()).redirectErrorStream(true);
        builder.environment().put("LAKEPROOF", "echo");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.strip().split(" ", -1);
    }

    @Test
    void nothing_is_overwritten() throws IOException {
        Path there = Files.createDirectories(dir.resolve("there"));
        said(Spoken.NO_SPARK, "init", there.toString());
        Path spec = there.resolve("dataset.yaml");
        Files.writeString(spec, "mine");
        for (String[] args : List.of(
                new String[] {"init", there.toString()},
                new String[] {"init", there.toString(), "--transform", "com.acme.Scrub"},
                new String[] {"init", spec.toString().replace("dataset.yaml", "README"), "--transform", "a.B"})) {
            Files.writeString(there.resolve("README"), "a file");
            Spoken spoken = say(Spoken.NO_SPARK, args);
            assertThat(spoken.err())
                    .startsWith("lakeproof: " + args[1] + " is there already, and nothing is overwritten;");
            assertThat(spoken.exitCode()).isEqualTo(2);
        }
        assertThat(spec).hasContent("mine");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "init | init wants a NAME, or --transform CLASS. See 'lakeproof init --help'.",
                "init a --from b --transform c.D | --from and --transform exclude each other.",
                "init 2026 | '2026' cannot name a dataset; begin with a letter, go on with letters, digits, _ and -",
                "init x/a.b --from y | 'a.b' cannot name a dataset; begin with a letter, go on with letters, digits, _ and -",
                "init --transform Scrub | --transform 'Scrub' is no class with its package; write it as in com.acme.Scrub",
                "init --transform a.class.B | --transform 'a.class.B' is no class with its package; write it as in com.acme.Scrub",
            })
    void a_bad_command_line_is_one_line_and_exit_code_2(String args, String message) {
        Spoken spoken = say(Spoken.NO_SPARK, args.split(" ", -1));
        assertThat(spoken.err()).isEqualTo("lakeproof: " + message + "\n");
        assertThat(spoken.exitCode()).isEqualTo(2);
    }

    @Test
    void a_transform_is_the_example_under_another_name() throws IOException {
        Path same = dir.resolve("same");
        JsonNode written = said(Spoken.NO_SPARK, "init", same.toString(), "--transform", "com.example.Scrub");
        for (JsonNode file : written.get("files")) {
            if (!file.asText().equals(".gitignore")) {
                assertThat(same.resolve(file.asText()))
                        .content()
                        .isEqualTo(
                                Files.readString(EXAMPLE.resolve(file.asText())).replace("custom-transform", "scrub"));
            }
        }
        Path other = dir.resolve("other");
        said(Spoken.NO_SPARK, "init", other.toString(), "--transform", "org.acme.text.MaskNotes");
        assertThat(other.resolve("src/test/java/org/acme/text/MaskNotesTest.java"))
                .content()
                .contains("package org.acme.text;", "new MaskNotes(\"notes\")")
                .doesNotContain("example", "Scrub ");
        assertThat(other.resolve("pom.xml")).content().contains("<artifactId>mask-notes</artifactId>");
        assertThat(other.resolve("README.md"))
                .content()
                .contains("class: org.acme.text.MaskNotes", "mask-notes-1.0.jar");
    }

    @Test
    void the_project_has_the_versions_that_this_build_has() throws IOException {
        String own = Files.readString(Path.of("..", "pom.xml"));
        String example = Files.readString(EXAMPLE.resolve("pom.xml"));
        assertThat(version(example, "lakeproof-transforms")).isEqualTo(version(own, "lakeproof-parent"));
        assertThat(version(example, "lakeproof-testkit")).isEqualTo(version(own, "lakeproof-parent"));
        assertThat(version(example, "spark-sql_2.12")).isEqualTo(property(own, "spark.version"));
        assertThat(version(example, "delta-spark_2.12")).isEqualTo(property(own, "delta.version"));
        assertThat(version(example, "junit-jupiter")).isEqualTo(property(own, "junit.version"));
        for (String plugin : List.of("maven-compiler-plugin", "maven-surefire-plugin", "maven-jar-plugin")) {
            assertThat(version(example, plugin)).isEqualTo(version(own, plugin));
        }
        assertThat(property(own, "spark.jvm.flags").split(" ", -1))
                .contains(property(example, "spark.jvm.flags").split(" ", -1));
    }

    private static String version(String pom, String artifact) {
        return found(pom, "<artifactId>" + Pattern.quote(artifact) + "</artifactId>\\s*<version>([^<]*)</version>");
    }

    private static String property(String pom, String name) {
        return found(pom, "<" + Pattern.quote(name) + ">([^<]*)<");
    }

    private static String found(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError(pattern))
                .group(1);
    }

    private static JsonNode said(Supplier<SparkSession> spark, String... args) {
        Spoken spoken = say(
                spark,
                java.util.stream.Stream.concat(java.util.Arrays.stream(args), java.util.stream.Stream.of("--json"))
                        .toArray(String[]::new));
        assertThat(spoken.exitCode()).as(spoken.err()).isZero();
        return Json.parse(spoken.out());
    }
}
