package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The jobs of the Databricks asset bundle, as a workspace has them once they are deployed. What they do not use is an error. */
record AssetBundle(Path folder, Map<String, String> variables, ClusterPolicy policy, Map<String, String> vault) {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");
    private static final Pattern REFERENCE = Pattern.compile("\\{\\{([^}]*)}}");

    /** Deployed with these variables, beside those that have a value of their own. */
    static AssetBundle deployed(Path folder, JsonNode given, ClusterPolicy policy, Map<String, String> vault)
            throws IOException {
        Map<String, String> variables = new TreeMap<>();
        JsonNode declared = yaml(folder.resolve("databricks.yml")).get("variables");
        declared.properties()
                .forEach(variable -> variables.put(
                        variable.getKey(), variable.getValue().path("default").asText(null)));
        given.properties().forEach(value -> {
            assertThat(variables).containsKey(value.getKey());
            variables.put(value.getKey(), value.getValue().asText());
        });
        assertThat(variables).doesNotContainValue(null);
        return new AssetBundle(folder, variables, policy, vault);
    }

    /** What the job's trigger starts when a file has arrived; nothing where it does not look, or is paused. */
    Stream<JarRun> fileArrived(String job, String url, long runId) throws IOException {
        JsonNode trigger = job(job).get("trigger");
        String looksAt = filled(trigger.at("/file_arrival/url"));
        return filled(trigger.get("pause_status")).equals("UNPAUSED") && url.startsWith(looksAt)
                ? start(job, runId)
                : Stream.empty();
    }

    /** What the job's tasks start, one after the other. */
    Stream<JarRun> start(String name, long runId) throws IOException {
        JsonNode job = job(name);
        Map<String, JsonNode> clusters = new TreeMap<>();
        job.get("job_clusters")
                .forEach(cluster -> clusters.put(cluster.get("job_cluster_key").asText(), cluster.get("new_cluster")));
        return stream(job.get("tasks")).map(task -> {
            JsonNode jar = task.get("spark_jar_task");
            JsonNode cluster = clusters.get(task.get("job_cluster_key").asText());
            return new JarRun(
                    filled(task.at("/libraries/0/jar")),
                    filled(jar.get("main_class_name")),
                    stream(jar.get("parameters"))
                            .map(this::filled)
                            .map(text -> replaced(REFERENCE, text, reference -> {
                                assertThat(reference).isEqualTo("job.run_id");
                                return Long.toString(runId);
                            }))
                            .toList(),
                    policy.environment(filled(cluster.get("policy_id")), vault));
        });
    }

    private JsonNode job(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("resources"))) {
            for (Path file : files.toList()) {
                JsonNode job = yaml(file).at("/resources/jobs").path(name);
                if (!job.isMissingNode()) {
                    return job;
                }
            }
        }
        throw new IllegalArgumentException("the bundle has no job " + name);
    }

    private String filled(JsonNode text) {
        return replaced(VARIABLE, text.asText(), name -> {
            assertThat(name).startsWith("var.");
            assertThat(variables).containsKey(name.substring("var.".length()));
            return variables.get(name.substring("var.".length()));
        });
    }

    private static String replaced(Pattern pattern, String text, UnaryOperator<String> by) {
        return pattern.matcher(text).replaceAll(found -> Matcher.quoteReplacement(by.apply(found.group(1))));
    }

    private static Stream<JsonNode> stream(JsonNode all) {
        return StreamSupport.stream(all.spliterator(), false);
    }

    static JsonNode yaml(Path file) throws IOException {
        return yaml(Files.readString(file));
    }

    static JsonNode yaml(String text) {
        return Json.tree(new Load(LoadSettings.builder().build()).loadFromString(text));
    }
}
