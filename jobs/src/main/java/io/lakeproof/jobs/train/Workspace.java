package io.lakeproof.jobs.train;

import com.azure.core.http.HttpMethod;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.train.AzureHttp.Answer;
import io.lakeproof.jobs.train.AzureHttp.NoAnswer;
import io.lakeproof.lineage.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** A workspace of Azure Machine Learning: its jobs, data assets and models, over REST. */
final class Workspace {

    /** The newest version whose request bodies the tests hold against Microsoft's own schema. */
    private static final String API = "?api-version=2024-04-01";

    /** How often a job is asked for when the service says at once that it exists and that it does not. */
    private static final int CONFLICTS = 5;

    /** What may mean that something of that name is there: Azure says 409 for some, 400 for others. */
    private static final List<Integer> EXISTS = List.of(400, 409, 412);

    private final AzureMl azureMl;
    private final AzureHttp http;

    Workspace(AzureMl azureMl, AzureHttp http) {
        this.azureMl = azureMl;
        this.http = http;
    }

    /**
     * A job as the service has it.
     *
     * @param id its resource id
     * @param status Azure's word for how it stands
     * @param page where people look at it; absent: nowhere yet
     */
    record Job(String id, String name, String status, Optional<String> page) {
        static Job of(JsonNode json) {
            return new Job(
                    json.path("id").asText(),
                    json.path("name").asText(),
                    json.path("properties").path("status").asText("Unknown"),
                    Optional.ofNullable(json.path("properties")
                            .path("services")
                            .path("Studio")
                            .path("endpoint")
                            .textValue()));
        }
    }

    /** A version of a model. */
    record Model(String name, String version) {}

    /** The job of that name; empty: there is none. */
    Optional<Job> find(String name) {
        return get(url("/jobs/" + name), "read job " + name, named(name)).map(Job::of);
    }

    /** The job of that name, which is created unless it is there: however often it is asked for, there is one. */
    Job start(String name, ObjectNode body) {
        Optional<Job> there = find(name);
        for (int conflicts = 0; there.isEmpty(); conflicts++) {
            Answer answer = send(HttpMethod.PUT, url("/jobs/" + name), Optional.of(body));
            if (answer.isGood()) {
                // What a proxy answers in the service's place started nothing.
                return Optional.of(answer.body())
                        .filter(named(name))
                        .map(Job::of)
                        .or(() -> find(name))
                        .orElseThrow(() -> foreign("create job " + name, answer));
            }
            // Somebody else was quicker, or our own answer was lost and the request sent again.
            there = EXISTS.contains(answer.status()) ? find(name) : Optional.empty();
            if (there.isEmpty() && (answer.status() != 409 || conflicts == CONFLICTS)) {
                throw refused("create job " + name, answer);
            }
        }
        return there.get();
    }

    /**
     * Registers a version of a data asset, which never changes once it is there.
     *
     * @return its resource id
     */
    String register(String name, String version, ObjectNode body) {
        String path = "/data/" + encoded(name) + "/versions/" + encoded(version);
        Optional<JsonNode> there = asset(name, version, path);
        if (there.isEmpty()) {
            Answer answer = send(HttpMethod.PUT, url(path), Optional.of(body));
            if (answer.isGood() || EXISTS.contains(answer.status())) {
                there = Optional.of(answer.body()).filter(named(version)).or(() -> asset(name, version, path));
            }
            if (there.isEmpty()) {
                String what = "register data asset %s:%s".formatted(name, version);
                throw answer.isGood() ? foreign(what, answer) : refused(what, answer);
            }
        }
        String wanted = body.at("/properties/tags/" + Handover.RECORD).asText();
        String found = there.map(
                        asset -> asset.at("/properties/tags/" + Handover.RECORD).asText())
                .orElse("");
        if (!found.equals(wanted)) {
            throw new Failure.Remote(
                    "Data asset %s:%s is there already and is of another record (%s, not %s). Give this dataset another name, or set training.azure-ml.data-asset: none."
                            .formatted(name, version, found.isEmpty() ? "none" : found, wanted),
                    null);
        }
        return there.orElseThrow().path("id").asText(azureMl.workspace() + path);
    }

    private Optional<JsonNode> asset(String name, String version, String path) {
        return get(url(path), "read data asset %s:%s".formatted(name, version), named(version));
    }

    /** The model versions that a job made, or that carry the tag of the record. */
    List<Model> models(String job, String record) {
        List<String> names = azureMl.models().isEmpty()
                ? list("/models").stream()
                        .map(model -> model.path("name").asText())
                        .toList()
                : azureMl.models();
        List<Model> made = new ArrayList<>();
        for (String name : names) {
            for (JsonNode version : list("/models/" + encoded(name) + "/versions")) {
                JsonNode properties = version.path("properties");
                if (job.equals(properties.path("jobName").asText())
                        || record.equals(
                                properties.path("tags").path(Handover.RECORD).asText())) {
                    made.add(new Model(name, version.path("name").asText()));
                }
            }
        }
        return made;
    }

    private List<JsonNode> list(String path) {
        List<JsonNode> items = new ArrayList<>();
        Set<String> asked = new HashSet<>();
        Optional<String> next = Optional.of(url(path));
        while (next.filter(asked::add).isPresent()) {
            JsonNode page = get(next.get(), "list " + path, json -> json.path("value")
                            .isArray())
                    .orElse(Json.object().putArray("value"));
            page.path("value").forEach(items::add);
            // The token goes to the service that the spec names, and to no other, whatever host the link says.
            next = Optional.ofNullable(page.path("nextLink").textValue())
                    .map(link -> azureMl.endpoint() + link.replaceFirst("^[a-z]+://[^/]*", ""));
        }
        return items;
    }

    private Optional<JsonNode> get(String url, String what, Predicate<JsonNode> fits) {
        Answer answer = send(HttpMethod.GET, url, Optional.empty());
        if (answer.status() == 404) {
            return Optional.empty();
        }
        if (!answer.isGood()) {
            throw refused(what, answer);
        }
        if (!fits.test(answer.body())) {
            throw foreign(what, answer);
        }
        return Optional.of(answer.body());
    }

    /** Whether it is what the service has under that name. */
    private static Predicate<JsonNode> named(String name) {
        return json -> json.path("id").asText().toLowerCase(Locale.ROOT).endsWith("/" + name.toLowerCase(Locale.ROOT));
    }

    private Failure.Remote foreign(String what, Answer answer) {
        return new Failure.Remote(
                "%s was asked to %s and answered what no workspace does (HTTP %d). Correct training.azure-ml.endpoint, or look for a proxy that answers in its place."
                        .formatted(azureMl.endpoint().getHost(), what, answer.status()),
                null);
    }

    private Answer send(HttpMethod method, String url, Optional<JsonNode> body) {
        try {
            return http.send(method, url, body);
        } catch (NoAnswer e) {
            throw new Failure.Remote(
                    e.getMessage() + ". Try again: what was started already is found, not started twice.", e);
        }
    }

    Failure.Remote refused(String what, Answer answer) {
        if (answer.status() < 400) {
            return foreign(what, answer);
        }
        String workspace = azureMl.workspace().replaceFirst(".*/", "");
        String remedy =
                switch (answer.status()) {
                    case 401 -> "Use an identity of the workspace's tenant (AZURE_TENANT_ID)";
                    case 403 -> "Give the identity the role 'AzureML Data Scientist' on the workspace";
                    case 404 -> "Correct training.azure-ml.workspace";
                    case 400, 409, 422 -> "Correct the file that training.azure-ml.job names";
                    default -> "Try again: what was started already is found, not started twice";
                };
        return new Failure.Remote(
                "Workspace %s would not %s (%s). %s.".formatted(workspace, what, strip(answer.error()), remedy), null);
    }

    private static String strip(String words) {
        return words.replaceFirst("\\.$", "");
    }

    private String url(String path) {
        return azureMl.endpoint() + azureMl.workspace() + path + API;
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
