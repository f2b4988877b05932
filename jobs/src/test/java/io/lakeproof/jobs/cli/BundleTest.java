package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.lakeproof.jobs.spec.Spec;
import io.lakeproof.jobs.spec.SpecReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the Databricks bundle asks of the command line is what the command line takes. */
class BundleTest {

    private static final Path BUNDLE = Path.of("..", "databricks");

    /** A task of a job, with the arguments that Databricks would give it. */
    record Task(String name, List<String> arguments) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Task> tasks() throws IOException {
        List<Task> tasks = new ArrayList<>();
        try (Stream<Path> files = Files.list(BUNDLE.resolve("resources"))) {
            for (Path file : files.sorted().toList()) {
                JsonNode jobs = new YAMLMapper()
                        .readTree(file.toFile())
                        .path("resources")
                        .path("jobs");
                jobs.properties().forEach(job -> job.getValue().path("tasks").forEach(task -> {
                    List<String> arguments = new ArrayList<>();
                    task.path("spark_jar_task")
                            .path("parameters")
                            .forEach(argument -> arguments.add(argument.asText()
                                    .replace("${var.code_path}/${var.dataset}/dataset.yaml", "no/such/dataset.yaml")
                                    .replace("${var.keep}", "30")
                                    .replaceAll(
                                            "\\$\\{var\\.[a-z_]+}", "abfss://container@account.dfs.core.windows.net/")
                                    .replaceAll("\\{\\{job\\.run_id}}", "4711")));
                    tasks.add(
                            new Task(job.getKey() + "/" + task.path("task_key").asText(), arguments));
                }));
            }
        }
        return tasks;
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void a_task_gets_as_far_as_its_spec(Task task) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Console.Colour.NEVER,
                0);
        int exitCode = new Shell(console, () -> {
                    throw new AssertionError("Spark was started");
                })
                .run(task.arguments().toArray(String[]::new))
                .exitCode();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("no/such/dataset.yaml: cannot be read");
        assertThat(exitCode).isEqualTo(3);
    }

    @Test
    void the_workflow_has_every_step_in_the_order_of_a_run() throws IOException {
        assertThat(tasks().stream()
                        .filter(task -> task.name().startsWith("steps/"))
                        .map(task -> task.arguments().get(0)))
                .containsExactly("ingest", "validate", "transform", "split", "publish", "train");
    }

    @Test
    void the_smoke_dataset_is_a_spec_whose_parts_lie_where_their_roles_are() {
        Spec spec = SpecReader.read(
                BUNDLE.resolve("datasets/smoke/dataset.yaml").toString(),
                Map.of("LAKE_ACCOUNT", "stlpdev", "LAKEPROOF_ENVIRONMENT", "dev"));
        assertThat(spec.name()).isEqualTo("smoke");
        assertThat(spec.tables().locate("train").toString())
                .contains("abfss://training@stlpdev.dfs.core.windows.net/smoke/train");
        assertThat(spec.tables().locate("test").toString())
                .contains("abfss://testing@stlpdev.dfs.core.windows.net/smoke/test");
    }
}
