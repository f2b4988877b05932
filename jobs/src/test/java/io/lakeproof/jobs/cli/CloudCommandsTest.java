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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Databricks bundle and Data Factory ask of the command line is what the command line takes. */
class CloudCommandsTest {

    private static final Path BUNDLE = Path.of("..", "databricks");
    private static final Path PIPELINE = Path.of("..", "terraform", "modules", "pipeline", "main.tf");

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
        tasks.add(new Task("Data Factory", dataFactory()));
        return tasks;
    }

    /** The Jar activity's parameters, with what a blob event puts in the place of the expressions. */
    private static List<String> dataFactory() throws IOException {
        Matcher parameters =
                Pattern.compile("(?s)parameters = \\[\n(.*?)\n\\s*]").matcher(Files.readString(PIPELINE));
        assertThat(parameters.find()).isTrue();
        return Pattern.compile("\"([^\"]*)\"|var\\.\\w+")
                .matcher(parameters.group(1))
                .results()
                .map(argument -> argument.group(1) == null ? "abfss://evidence@account/anchors" : argument.group(1))
                .map(argument -> switch (argument) {
                    case "@pipeline().parameters.spec" -> "no/such/dataset.yaml";
                    case "@pipeline().parameters.folderPath" -> "landing/claims";
                    case "@pipeline().parameters.fileName" -> "may.csv";
                    case "@concat('adf-', pipeline().RunId)" -> "adf-8e4f9ce2-0ee3-4f0b-9a5b-0f8ed0b4a4c5";
                    default -> argument;
                })
                .toList();
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
    void data_factory_says_what_has_landed() throws IOException {
        assertThat(dataFactory())
                .startsWith("run", "no/such/dataset.yaml", "--landing-event", "landing/claims", "may.csv")
                .noneMatch(argument -> argument.startsWith("@"));
    }

    @Test
    void the_workflow_has_every_step_in_the_order_of_a_run() throws IOException {
        assertThat(tasks().stream()
                        .filter(task -> task.name().startsWith("steps/"))
                        .map(task -> task.arguments().get(0)))
                .containsExactly("ingest", "validate", "transform", "split", "publish", "train");
    }

    @ParameterizedTest
    @ValueSource(strings = {"smoke", "birdstrikes"})
    void a_dataset_of_the_bundle_is_a_spec_whose_parts_lie_where_their_roles_are(String name) {
        Spec spec = SpecReader.read(
                BUNDLE.resolve("datasets/" + name + "/dataset.yaml").toString(),
                Map.of("LAKE_ACCOUNT", "stlpdev", "LAKEPROOF_ENVIRONMENT", "dev"));
        assertThat(spec.name()).isEqualTo(name);
        assertThat(spec.tables().locate("train").toString())
                .contains("abfss://training@stlpdev.dfs.core.windows.net/" + name + "/train");
        assertThat(spec.tables().locate("test").toString())
                .contains("abfss://testing@stlpdev.dfs.core.windows.net/" + name + "/test");
    }
}
