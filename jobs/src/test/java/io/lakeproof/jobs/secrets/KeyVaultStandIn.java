package io.lakeproof.jobs.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A vault on the loopback, as far as the documentation of its REST protocol tells how a secret is read. */
public final class KeyVaultStandIn implements AutoCloseable {

    private final HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    private final Map<String, String> secrets = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Deque<Integer> refusals = new ArrayDeque<>();

    public KeyVaultStandIn() throws IOException {
        server.createContext("/", this::serve);
        server.start();
    }

    /** Keeps a secret and returns its reference. */
    public String put(String name, String value) {
        secrets.put(name, value);
        return "kv://127.0.0.1:" + server.getAddress().getPort() + "/" + name;
    }

    /** With what the next requests are turned away, one each. */
    synchronized void refuse(Integer... statuses) {
        refusals.addAll(List.of(statuses));
    }

    /** The path and query of every request. */
    List<String> requests() {
        return requests;
    }

    private synchronized void serve(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().toString());
        // /secrets/NAME or /secrets/NAME/VERSION; a version is kept under both.
        String name = exchange.getRequestURI().getPath().replaceFirst("^/secrets/", "");
        boolean known =
                "Bearer token-of-the-test".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                        && "api-version=7.4".equals(exchange.getRequestURI().getQuery());
        int status = !refusals.isEmpty() ? refusals.poll() : !known ? 401 : secrets.containsKey(name) ? 200 : 404;
        ObjectNode body = Json.object();
        switch (status) {
            case 200 -> body.put("value", secrets.get(name)).put("id", "https://vault/secrets/" + name);
            case 401 -> error(body, "Unauthorized", "AKV10032: Invalid issuer.");
            case 403 -> error(
                    body,
                    "Forbidden",
                    "Caller is not authorized to perform action on resource.\r\nCaller: appid=2;oid=3\r\nVault: vault");
            case 404 -> error(body, "SecretNotFound", "A secret with (name/id) " + name + " was not found.");
            default -> error(body, "Throttled", "Request was not processed because too many requests were received.");
        }
        byte[] bytes = Json.text(body).getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static void error(ObjectNode body, String code, String message) {
        body.putObject("error").put("code", code).put("message", message);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
