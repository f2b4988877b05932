package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lakeproof.jobs.cli.DataFactory.Expression.Function;
import io.lakeproof.lineage.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Data Factory, as far as the triggers and pipelines need it that Terraform renders: a blob that was created starts what
 * listens for it. What they do not use is not here, and is an error.
 *
 * @param rendered linked services, pipelines and triggers, by name
 */
record DataFactory(JsonNode rendered, ClusterPolicy policy, Map<String, String> vault) {

    /** A run of a pipeline, with its parameters. */
    record PipelineRun(JsonNode pipeline, String id, Map<String, JsonNode> parameters) {

        /** The activity of a type. */
        JsonNode activity(String type) {
            return stream(pipeline.at("/properties/activities"))
                    .filter(activity -> activity.get("type").asText().equals(type))
                    .findFirst()
                    .orElseThrow();
        }

        /** A value in an activity, once the activities before it have ended so. */
        String value(JsonNode text, Map<String, JsonNode> ended) {
            Map<String, Function> functions = new HashMap<>(Expression.FUNCTIONS);
            functions.put("pipeline", none -> Json.tree(Map.of("RunId", id, "parameters", parameters)));
            functions.put("activity", name -> ended.getOrDefault(name.get(0).asText(), MissingNode.getInstance()));
            return Expression.value(text.asText(), functions).asText();
        }
    }

    /** What is started when a blob was created. */
    List<PipelineRun> blobCreated(String container, String blob, long length, String runId) {
        return stream(rendered.get("triggers"))
                .filter(trigger -> listens(trigger.at("/properties/typeProperties"), container, blob, length))
                .flatMap(trigger -> stream(trigger.at("/properties/pipelines")))
                .map(started -> {
                    String name = started.at("/pipelineReference/referenceName").asText();
                    JsonNode pipeline = rendered.get("pipelines").get(name);
                    String path = container + "/" + blob;
                    int slash = path.lastIndexOf('/');
                    JsonNode body = Json.object()
                            .put("folderPath", path.substring(0, slash))
                            .put("fileName", path.substring(slash + 1));
                    Map<String, JsonNode> parameters = new TreeMap<>();
                    pipeline.at("/properties/parameters")
                            .properties()
                            .forEach(declared -> parameters.put(
                                    declared.getKey(), declared.getValue().get("defaultValue")));
                    started.get("parameters").properties().forEach(given -> {
                        assertThat(parameters).containsKey(given.getKey());
                        parameters.put(
                                given.getKey(),
                                Expression.value(given.getValue().asText(), Map.of("triggerBody", none -> body)));
                    });
                    return new PipelineRun(pipeline, runId, parameters);
                })
                .toList();
    }

    private static boolean listens(JsonNode trigger, String container, String blob, long length) {
        return stream(trigger.get("events")).anyMatch(event -> event.asText().equals("Microsoft.Storage.BlobCreated"))
                && ("/" + container + "/blobs/" + blob)
                        .startsWith(trigger.get("blobPathBeginsWith").asText())
                && blob.endsWith(trigger.get("blobPathEndsWith").asText())
                && (length > 0 || !trigger.get("ignoreEmptyBlobs").asBoolean());
    }

    /** What the run's Jar activity starts. */
    JarRun jar(PipelineRun run) {
        JsonNode activity = run.activity("DatabricksSparkJar");
        JsonNode properties = activity.get("typeProperties");
        JsonNode cluster = rendered.get("linkedServices")
                .get(activity.at("/linkedServiceName/referenceName").asText())
                .at("/properties/typeProperties");
        Map<String, String> environment =
                new TreeMap<>(policy.environment(cluster.get("policyId").asText(), vault));
        cluster.get("newClusterSparkEnvVars")
                .properties()
                .forEach(variable ->
                        environment.put(variable.getKey(), variable.getValue().asText()));
        return new JarRun(
                run.value(properties.at("/libraries/0/jar"), Map.of()),
                run.value(properties.get("mainClassName"), Map.of()),
                stream(properties.get("parameters"))
                        .map(parameter -> run.value(parameter, Map.of()))
                        .toList(),
                environment);
    }

    private static Stream<JsonNode> stream(JsonNode all) {
        return StreamSupport.stream(all.spliterator(), false);
    }

    /** Data Factory's expressions: calls, texts, and what is below a value. */
    static final class Expression {

        interface Function {
            JsonNode of(List<JsonNode> arguments);
        }

        /** Those that look at their arguments alone. */
        static final Map<String, Function> FUNCTIONS = Map.of(
                "concat",
                all -> text(String.join("", all.stream().map(JsonNode::asText).toList())),
                "coalesce",
                all -> all.stream()
                        .filter(value -> !value.isMissingNode() && !value.isNull())
                        .findFirst()
                        .orElseThrow(),
                "contains",
                all -> Json.tree(all.get(0).asText().contains(all.get(1).asText())),
                "if",
                all -> all.get(0).asBoolean() ? all.get(1) : all.get(2),
                "last",
                all -> all.get(0).get(all.get(0).size() - 1),
                "split",
                all -> Json.tree(List.of(all.get(0).asText().split(all.get(1).asText(), -1))),
                "string",
                all -> text(all.get(0).isTextual() ? all.get(0).asText() : Json.text(all.get(0))));

        /** A quote within is doubled. */
        private static final Pattern QUOTED = Pattern.compile("'((?:[^']|'')*)'");

        private final String text;
        private final Map<String, Function> functions;
        private int at;

        private Expression(String text, Map<String, Function> functions) {
            this.text = text;
            this.functions = functions;
        }

        /** The value of a text: of the expression behind a leading {@code @}, else the text itself. */
        static JsonNode value(String text, Map<String, Function> functions) {
            if (!text.startsWith("@")) {
                if (text.contains("@{")) {
                    throw new IllegalArgumentException("an expression within a text: " + text);
                }
                return text(text);
            }
            Expression expression = new Expression(text, functions);
            expression.take("@");
            JsonNode value = expression.value();
            if (expression.at < text.length()) {
                throw expression.wrong("the end");
            }
            return value;
        }

        private JsonNode value() {
            JsonNode value = text.startsWith("'", at) ? quoted() : call();
            while (true) {
                boolean optional = takes("?.");
                if (!optional && !takes(".")) {
                    return value;
                }
                String name = name();
                value = value.path(name);
                if (!optional && value.isMissingNode()) {
                    throw wrong("something that is there, instead of " + name);
                }
            }
        }

        private JsonNode call() {
            String name = name();
            Function function = functions.get(name);
            if (function == null) {
                throw wrong("a function that is known here, instead of " + name);
            }
            take("(");
            List<JsonNode> arguments = new ArrayList<>();
            while (!takes(")")) {
                if (!arguments.isEmpty()) {
                    take(",");
                }
                while (takes(" ")) {}
                arguments.add(value());
            }
            return function.of(arguments);
        }

        private JsonNode quoted() {
            Matcher quoted = QUOTED.matcher(text).region(at, text.length());
            if (!quoted.lookingAt()) {
                throw wrong("a text in quotes");
            }
            at = quoted.end();
            return text(quoted.group(1).replace("''", "'"));
        }

        private String name() {
            int from = at;
            while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
                at++;
            }
            if (at == from) {
                throw wrong("a name");
            }
            return text.substring(from, at);
        }

        private boolean takes(String next) {
            boolean there = text.startsWith(next, at);
            at += there ? next.length() : 0;
            return there;
        }

        private void take(String next) {
            if (!takes(next)) {
                throw wrong(next);
            }
        }

        private static JsonNode text(String text) {
            return Json.tree(text);
        }

        private IllegalArgumentException wrong(String wanted) {
            return new IllegalArgumentException("%s: wanted %s at %d".formatted(text, wanted, at));
        }
    }
}
