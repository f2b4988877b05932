package io.lakeproof.jobs.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.DidYouMean;
import io.lakeproof.jobs.Failure;
import io.lakeproof.lineage.Json;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The body of the request that starts a training: JSON, with {@code ${lakeproof.NAME}} for what each version has of its own. */
public final class JobBody {

    /** What a version has. */
    static final List<String> OF_VERSION =
            List.of("dataset", "version", "record", "run-id", "folder", "asset", "workspace");

    /** What each part of it has: {@code train.path} and so on. */
    static final List<String> OF_PART =
            List.of("path", "delta-version", "rows", "fingerprint", "mltable", "asset", "parquet");

    /** With its own prefix, so that neither Azure ML's ${{inputs.x}} nor a shell's ${X} is taken for one. */
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{lakeproof\\.([^}]*)\\}");

    private static final List<String> JOB_TYPES = List.of("Command", "Pipeline", "Sweep", "AutoML", "Spark");

    private JobBody() {}

    /** What is wrong with a body, a line each. */
    static List<String> problems(String text, Training training, Collection<String> parts) {
        JsonNode body;
        try {
            body = Json.parse(text);
        } catch (UncheckedIOException e) {
            String why = String.valueOf(e.getCause().getMessage())
                    .lines()
                    .findFirst()
                    .orElse("");
            return List.of("is not JSON: " + why + "; mend it");
        }
        if (!body.path("properties").isObject()) {
            return List.of("has no object 'properties', as the body of a request has; put what there is below it");
        }
        List<String> problems = new ArrayList<>();
        JsonNode properties = body.get("properties");
        if (training.azureMl().batchEndpoint().isPresent()) {
            if (!properties.path("InputData").isObject()) {
                problems.add("has no object 'properties.InputData', which a batch endpoint wants; add it");
            }
        } else if (!JOB_TYPES.contains(properties.path("jobType").asText())) {
            problems.add("'%s' is not a properties.jobType; write one of %s"
                    .formatted(properties.path("jobType").asText(), String.join(", ", JOB_TYPES)));
        }
        List<String> known = Stream.concat(OF_VERSION.stream(), parts.stream().flatMap(part -> OF_PART.stream()
                        .filter(name ->
                                training.azureMl().export() == Training.Export.PARQUET || !name.equals("parquet"))
                        .map(name -> part + "." + name)))
                .toList();
        texts(body, value -> {
            Matcher placeholder = PLACEHOLDER.matcher(value);
            while (placeholder.find()) {
                String name = placeholder.group(1);
                if (!known.contains(name)) {
                    problems.add("there is no ${lakeproof." + name + "}"
                            + DidYouMean.closest(name, known)
                                    .map(near -> ", did you mean ${lakeproof." + near + "}?")
                                    .orElse("; there is " + String.join(", ", known)));
                }
            }
            if (Secrets.carriedBy(value)) {
                problems.add("a value carries a credential; " + Secrets.REMEDY);
            }
        });
        body.findValues("environmentVariables")
                .forEach(variables -> variables.fieldNames().forEachRemaining(name -> {
                    if (Secrets.named(name)) {
                        problems.add("the environment variable " + name + " names a credential; " + Secrets.REMEDY);
                    }
                }));
        return problems;
    }

    private static void texts(JsonNode node, Consumer<String> found) {
        if (node.isTextual()) {
            found.accept(node.asText());
        }
        node.forEach(below -> texts(below, found));
    }

    /**
     * The body with every placeholder filled in.
     *
     * @throws Failure.BadSpec when one has no value: the version is older than the part that it names
     */
    public static ObjectNode fill(String text, Map<String, String> values) {
        return (ObjectNode) filled(Json.parse(text), values);
    }

    private static String value(String name, Map<String, String> values) {
        String value = values.get(name);
        if (value == null) {
            throw new Failure.BadSpec(List.of("training.azure-ml.job: version " + values.get("version")
                    + " has no ${lakeproof." + name + "}; train on a version with that part, or leave it out"));
        }
        return value;
    }

    private static JsonNode filled(JsonNode node, Map<String, String> values) {
        if (node.isTextual()) {
            return Json.tree(PLACEHOLDER
                    .matcher(node.asText())
                    .replaceAll(found -> Matcher.quoteReplacement(value(found.group(1), values))));
        }
        if (node.isArray()) {
            ArrayNode items = ((ArrayNode) node).arrayNode();
            node.forEach(item -> items.add(filled(item, values)));
            return items;
        }
        if (node.isObject()) {
            ObjectNode object = Json.object();
            node.properties().forEach(entry -> object.set(entry.getKey(), filled(entry.getValue(), values)));
            return object;
        }
        return node;
    }
}
