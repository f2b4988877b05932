package io.lakeproof.jobs.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Azure Machine Learning as far as its documentation tells: jobs, data assets and models of one workspace, and a batch
 * endpoint, over HTTP on the loopback. What goes wrong, a test says ahead.
 */
public final class AzureMlStandIn implements AutoCloseable {

    public static final String WORKSPACE =
            "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";

    /** What happens to one request. */
    public enum Fault {
        NONE,
        /** Answered without being carried out. */
        UNAUTHORIZED,
        FORBIDDEN,
        THROTTLED,
        BROKEN,
        UNAVAILABLE,
        /** The connection ends without an answer, and nothing is carried out. */
        DROPPED,
        /** Carried out, and the connection ends before there is an answer. */
        LOST,
        /** Carried out, and half of the answer arrives. */
        CUT,
        /** Carried out, and the answer says that it could not be. */
        CARRIED_OUT_BUT_BROKEN,
        /** Carried out, and the answer says that it was there already, in Azure's other way of saying so. */
        CARRIED_OUT_BUT_REFUSED,
        /** Carried out, and answered late. */
        SLOW,
        /** Not carried out, and said to be there. */
        CONFLICT,
        /** Not carried out, and answered by a proxy with a page of its own. */
        FOREIGN,
        /** Not carried out, and to be asked for tomorrow. */
        TOMORROW
    }

    private final HttpServer server;
    private final Map<String, ObjectNode> jobs = new LinkedHashMap<>();
    private final Map<String, ObjectNode> data = new LinkedHashMap<>();
    private final Map<String, List<ObjectNode>> models = new LinkedHashMap<>();
    private final Map<String, Deque<String>> scripts = new LinkedHashMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<JsonNode> invocations = new ArrayList<>();
    private final List<String> script = new ArrayList<>();
    private int started;

    public AzureMlStandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try {
                serve(exchange);
            } finally {
                exchange.close();
            }
        });
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "azure-ml");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What happens to the next requests, one each; those after them are served. */
    public synchronized AzureMlStandIn then(Fault... next) {
        Collections.addAll(faults, next);
        return this;
    }

    /** How every job goes on: its status at each look, the last one for good. */
    public synchronized AzureMlStandIn goesOn(String... statuses) {
        script.clear();
        Collections.addAll(script, statuses);
        return this;
    }

    /** A model that is there, with the job that made it. */
    public synchronized AzureMlStandIn model(String name, String version, String jobName) {
        ObjectNode model = Json.object().put("name", version).put("id", WORKSPACE + "/models/" + name);
        model.putObject("properties").put("jobName", jobName);
        models.computeIfAbsent(name, n -> new ArrayList<>()).add(model);
        return this;
    }

    /** How many jobs were ever started. */
    public synchronized int started() {
        return started;
    }

    public synchronized Map<String, ObjectNode> jobs() {
        return new LinkedHashMap<>(jobs);
    }

    synchronized Map<String, ObjectNode> data() {
        return new LinkedHashMap<>(data);
    }

    synchronized List<JsonNode> invocations() {
        return List.copyOf(invocations);
    }

    /** Method and path of every request. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** The workspace forgets a job. */
    synchronized void forget(String job) {
        jobs.remove(job);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        requests.add(method + " " + path.replace(WORKSPACE, ""));
        Fault fault;
        synchronized (this) {
            fault = faults.isEmpty() ? Fault.NONE : faults.poll();
        }
        switch (fault) {
            case UNAUTHORIZED -> answer(exchange, 401, error("InvalidAuthenticationToken", "The token is not valid."));
            case FORBIDDEN -> answer(exchange, 403, error("AuthorizationFailed", "The client may not do that."));
            case THROTTLED -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                answer(exchange, 429, error("TooManyRequests", "Slow down."));
            }
            case TOMORROW -> {
                exchange.getResponseHeaders().set("Retry-After", "86400");
                answer(exchange, 429, error("TooManyRequests", "Slow down."));
            }
            case FOREIGN -> answer(exchange, 200, Json.object().put("login", "Who are you?"));
            case BROKEN -> answer(exchange, 500, error("InternalServerError", "Something broke."));
            case UNAVAILABLE -> answer(exchange, 503, error("ServiceUnavailable", "Come back later."));
            case CONFLICT -> answer(exchange, 409, error("Conflict", "A job with this name already exists."));
            case DROPPED -> {
                // Closed by the caller, before any answer.
            }
            case LOST -> act(method, path, body);
            case CARRIED_OUT_BUT_BROKEN -> {
                act(method, path, body);
                answer(exchange, 500, error("InternalServerError", "Something broke, late."));
            }
            case CARRIED_OUT_BUT_REFUSED -> {
                Answer whole = act(method, path, body);
                boolean reads = method.equals("GET");
                answer(
                        exchange,
                        reads ? whole.status() : 400,
                        reads ? whole.body() : error("UserError", "A job with this name already exists."));
            }
            case CUT -> {
                Answer whole = act(method, path, body);
                byte[] bytes = Json.text(whole.body()).getBytes(UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(whole.status(), bytes.length);
                exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
                exchange.getResponseBody().flush();
            }
            case SLOW -> {
                Answer whole = act(method, path, body);
                sleep(1200);
                answer(exchange, whole.status(), whole.body());
            }
            case NONE -> {
                if (!"Bearer token-of-the-test"
                        .equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    answer(exchange, 401, error("AuthenticationFailed", "There is no token."));
                } else if (!path.equals("/jobs")
                        && !"api-version=2024-04-01"
                                .equals(exchange.getRequestURI().getQuery())) {
                    answer(exchange, 400, error("MissingApiVersionParameter", "There is no api-version."));
                } else {
                    Answer whole = act(method, path, body);
                    answer(exchange, whole.status(), whole.body());
                }
            }
        }
    }

    private record Answer(int status, JsonNode body) {}

    private synchronized Answer act(String method, String path, String body) {
        if (path.equals("/jobs") && method.equals("POST")) {
            invocations.add(Json.parse(body));
            String name = "batchjob-" + invocations.size();
            create(name, Json.object());
            return new Answer(201, Json.object().put("id", "/x/jobs/" + name).put("name", name));
        }
        if (!path.startsWith(WORKSPACE + "/")) {
            return new Answer(404, error("ResourceNotFound", "The workspace was not found."));
        }
        String[] parts = path.substring(WORKSPACE.length() + 1).split("/", -1);
        String kind = parts[0] + (parts.length > 2 ? "/" + parts[2] : "");
        return switch (kind) {
            case "jobs" -> job(method, parts[1], body);
            case "data/versions" -> asset(method, parts[1] + ":" + parts[3], body);
            case "models" -> page(models.keySet().stream()
                    .map(name -> Json.object().put("name", name))
                    .toList());
            case "models/versions" -> page(models.getOrDefault(parts[1], List.of()));
            default -> new Answer(404, error("NotFound", path));
        };
    }

    private Answer page(List<ObjectNode> items) {
        ObjectNode page = Json.object();
        ArrayNode value = page.putArray("value");
        items.forEach(value::add);
        return new Answer(200, page);
    }

    private Answer job(String method, String name, String body) {
        if (method.equals("PUT")) {
            if (jobs.containsKey(name)) {
                return new Answer(409, error("Conflict", "A job with this name already exists."));
            }
            create(name, (ObjectNode) Json.parse(body));
            return new Answer(201, jobs.get(name));
        }
        if (!jobs.containsKey(name)) {
            return new Answer(404, error("ResourceNotFound", "Job " + name + " was not found."));
        }
        Deque<String> left = scripts.get(name);
        if (!left.isEmpty()) {
            ((ObjectNode) jobs.get(name).get("properties")).put("status", left.poll());
        }
        return new Answer(200, jobs.get(name));
    }

    private void create(String name, ObjectNode job) {
        started++;
        job.put("id", WORKSPACE + "/jobs/" + name).put("name", name);
        ObjectNode properties =
                job.path("properties").isObject() ? (ObjectNode) job.get("properties") : job.putObject("properties");
        properties.put("status", "NotStarted");
        properties.putObject("services").putObject("Studio").put("endpoint", "https://ml.azure.com/runs/" + name);
        jobs.put(name, job);
        scripts.put(name, new ArrayDeque<>(script));
    }

    private Answer asset(String method, String key, String body) {
        if (method.equals("PUT")) {
            if (data.containsKey(key)) {
                return new Answer(409, error("Conflict", "Data version is immutable."));
            }
            ObjectNode asset = (ObjectNode) Json.parse(body);
            data.put(key, asset.put("id", WORKSPACE + "/data/" + key.replace(":", "/versions/")));
            return new Answer(201, asset);
        }
        return data.containsKey(key)
                ? new Answer(200, data.get(key))
                : new Answer(404, error("ResourceNotFound", key + " was not found."));
    }

    private static ObjectNode error(String code, String message) {
        ObjectNode error = Json.object();
        error.putObject("error").put("code", code).put("message", message);
        return error;
    }

    private static void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
        byte[] bytes = Json.text(body).getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
