package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.lakeproof.jobs.train.Entra;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * An account with a hierarchical namespace on the loopback, in memory, over TLS and for whoever has a token: what Hadoop's
 * driver asks of such an account, as far as Microsoft's description of the REST protocol tells it (Azure Data Lake Storage
 * Gen2, operations Filesystem and Path; leases, properties and the setting of access lists are left out). What it cannot do
 * it refuses.
 */
final class DataLakeStandIn implements AutoCloseable {

    static final String ACCOUNT = "lakeprooflake";

    /** Paths in one answer to a listing: Azure may give fewer than were asked for. */
    private static final int PAGE = 20;

    private static final DateTimeFormatter RFC_1123 = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    /** A path. Its bytes, as the characters of their numbers; by their positions, those that were not flushed yet. */
    private static final class Node {

        private final boolean directory;
        private final Map<Long, String> uncommitted = new TreeMap<>();
        private String bytes = "";
        private String etag;
        private Instant modified;

        Node(boolean directory, int changes) {
            this.directory = directory;
            changed(changes);
        }

        void changed(int changes) {
            etag = "\"0x8D%012X\"".formatted(changes);
            modified = Instant.now();
        }

        String permissions() {
            return directory ? "rwxr-x---" : "rw-r-----";
        }
    }

    /** What is asked, the path without a slash at either end. */
    private record Request(
            String method, String container, String path, Map<String, String> query, Headers headers, String body) {

        static Request of(HttpExchange exchange) throws IOException {
            Map<String, String> query = new HashMap<>();
            for (String parameter : Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                    .orElse("")
                    .split("&", -1)) {
                String[] parts = parameter.split("=", 2);
                query.put(parts[0], parts.length > 1 ? decoded(parts[1]) : "");
            }
            // As for every address that is an IP: /ACCOUNT/CONTAINER/PATH.
            String[] parts = exchange.getRequestURI().getRawPath().split("/", 4);
            Headers headers = exchange.getRequestHeaders();
            return new Request(
                    Optional.ofNullable(headers.getFirst("X-HTTP-Method-Override"))
                            .orElse(exchange.getRequestMethod()),
                    parts.length > 2 ? parts[2] : "",
                    parts.length > 3 ? plain(decoded(parts[3])) : "",
                    query,
                    headers,
                    new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
        }

        String parameter(String name) {
            return query.getOrDefault(name, "");
        }

        Optional<String> header(String name) {
            return Optional.ofNullable(headers.getFirst(name));
        }

        long position() {
            return Long.parseLong(parameter("position"));
        }
    }

    private record Answer(int status, String body) {}

    /** In the words of the protocol. */
    private static final class Refusal extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final int status;
        private final String code;

        Refusal(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    private final HttpsServer server;
    private final Map<String, NavigableMap<String, Node>> containers = new HashMap<>();
    private final Set<String> lost = new HashSet<>();
    private String token = "token-of-the-test";
    private Optional<String> losing = Optional.empty();
    private int changes;

    DataLakeStandIn() throws IOException, GeneralSecurityException {
        Entra.running();
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(SSLContext.getDefault()));
        server.createContext("/", exchange -> {
            try (exchange) {
                serve(exchange);
            }
        });
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "data lake");
            thread.setDaemon(true);
            return thread;
        }));
        server.start();
    }

    /** What leads Hadoop's driver here, credentials apart. */
    List<String> flags() {
        return List.of("-Dspark.hadoop.fs.azure.abfs.endpoint=127.0.0.1:"
                + server.getAddress().getPort());
    }

    /** The root of a container, as a spec names it. */
    static String uri(String container) {
        return "abfss://" + container + "@" + ACCOUNT + ".dfs.core.windows.net";
    }

    synchronized void container(String name) {
        containers.put(name, new TreeMap<>());
    }

    /** Puts a file there. */
    synchronized void file(String container, String path, String text) {
        NavigableMap<String, Node> tree = containers.get(container);
        create(tree, path, false).bytes = new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    /** From now on, the token that opens the account. */
    synchronized void opensWith(String next) {
        token = next;
    }

    /** From now on, who moves something to a path that holds this text is left without an answer, once in each folder. */
    synchronized void losesAnswers(String path) {
        losing = Optional.of(path);
        lost.clear();
    }

    /** The folders into which something was moved whose answer was lost. */
    synchronized Set<String> lost() {
        return Set.copyOf(lost);
    }

    /** How often anything was changed. */
    synchronized int changes() {
        return changes;
    }

    private void serve(HttpExchange exchange) throws IOException {
        Request request = Request.of(exchange);
        Headers told = exchange.getResponseHeaders();
        told.set("x-ms-version", "2019-12-12");
        Answer answer;
        try {
            answer = answer(request, told);
        } catch (Refusal refusal) {
            told.set("x-ms-error-code", refusal.code);
            ObjectNode body = Json.object();
            body.putObject("error").put("code", refusal.code).put("message", refusal.getMessage());
            answer = new Answer(refusal.status, Json.text(body));
        }
        byte[] body = answer.body.getBytes(ISO_8859_1);
        if (answer.status < 300 && isLost(request)) {
            return;
        }
        boolean bodiless = request.method.equals("HEAD") || body.length == 0;
        exchange.sendResponseHeaders(answer.status, bodiless ? -1 : body.length);
        if (!bodiless) {
            exchange.getResponseBody().write(body);
        }
    }

    /** One at a time: each is atomic. */
    private synchronized Answer answer(Request request, Headers told) {
        if (!request.header("Authorization").equals(Optional.of("Bearer " + token))) {
            told.set("WWW-Authenticate", "Bearer resource_id=https://storage.azure.com");
            throw new Refusal(
                    401,
                    "InvalidAuthenticationInfo",
                    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.");
        }
        NavigableMap<String, Node> tree = containers.get(request.container);
        if (tree == null) {
            throw new Refusal(404, "FilesystemNotFound", "The specified filesystem does not exist.");
        }
        return switch (request.method + " " + request.parameter("resource") + request.parameter("action")) {
            case "GET filesystem" -> list(tree, request, told);
            case "GET " -> read(tree, request, told);
            case "HEAD ", "HEAD getStatus", "HEAD getAccessControl" -> status(tree, request, told);
            case "PUT " -> rename(tree, request, told);
            case "PUT file" -> created(tree, request, told, false);
            case "PUT directory" -> created(tree, request, told, true);
            case "PATCH append" -> append(tree, request, told);
            case "PATCH flush" -> flush(existing(tree, request.path), request, told);
            case "DELETE " -> delete(tree, request);
            default -> throw new Refusal(
                    400,
                    "UnsupportedQueryParameter",
                    "One of the query parameters specified in the request URI is not supported.");
        };
    }

    private synchronized boolean isLost(Request request) {
        return request.header("x-ms-rename-source").isPresent()
                && losing.filter(request.path::contains).isPresent()
                && lost.add(parent(request.path));
    }

    private Answer list(NavigableMap<String, Node> tree, Request request, Headers told) {
        String folder = plain(request.parameter("directory"));
        // Of a file, itself.
        boolean file = !folder.isEmpty() && !existing(tree, folder).directory;
        NavigableMap<String, Node> found = file ? tree.subMap(folder, true, folder, true) : below(tree, folder);
        boolean recursive = request.parameter("recursive").equals("true");
        int page = Math.min(PAGE, Integer.parseInt(request.query.getOrDefault("maxResults", Integer.toString(PAGE))));
        int depth = folder.isEmpty() ? 0 : folder.length() + 1;
        List<Map.Entry<String, Node>> left = found.entrySet().stream()
                .filter(node -> recursive || node.getKey().indexOf('/', depth) < 0)
                .filter(node -> node.getKey().compareTo(request.parameter("continuation")) > 0)
                .toList();
        ObjectNode body = Json.object();
        ArrayNode paths = body.putArray("paths");
        left.stream().limit(page).forEach(entry -> {
            Node node = entry.getValue();
            ObjectNode path = paths.addObject();
            path.put("name", entry.getKey());
            if (node.directory) {
                path.put("isDirectory", "true");
            }
            path.put("contentLength", Integer.toString(node.bytes.length()))
                    .put("lastModified", RFC_1123.format(node.modified))
                    .put("etag", node.etag.replace("\"", ""))
                    .put("owner", "$superuser")
                    .put("group", "$superuser")
                    .put("permissions", node.permissions());
        });
        if (left.size() > page) {
            told.set("x-ms-continuation", left.get(page - 1).getKey());
        }
        told.set("Content-Type", "application/json;charset=utf-8");
        return new Answer(200, new String(Json.text(body).getBytes(UTF_8), ISO_8859_1));
    }

    private static Answer read(NavigableMap<String, Node> tree, Request request, Headers told) {
        Node node = existing(tree, request.path);
        if (node.directory) {
            throw conflict();
        }
        unless(matches(request, node));
        describe(node, told);
        Matcher range = RANGE.matcher(request.header("Range").orElse("bytes=0-"));
        if (!range.matches() || Integer.parseInt(range.group(1)) >= node.bytes.length()) {
            throw new Refusal(
                    416, "InvalidRange", "The range specified is invalid for the current size of the resource.");
        }
        int from = Integer.parseInt(range.group(1));
        int to = range.group(2).isEmpty()
                ? node.bytes.length()
                : Math.min(node.bytes.length(), Integer.parseInt(range.group(2)) + 1);
        told.set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, node.bytes.length()));
        return new Answer(206, node.bytes.substring(from, to));
    }

    private Answer status(NavigableMap<String, Node> tree, Request request, Headers told) {
        Node node = request.path.isEmpty() ? new Node(true, 0) : existing(tree, request.path);
        describe(node, told);
        told.set("Content-Length", Integer.toString(node.bytes.length()));
        told.set("x-ms-acl", "user::rwx,group::r-x,other::---");
        return new Answer(200, "");
    }

    private Answer created(NavigableMap<String, Node> tree, Request request, Headers told, boolean directory) {
        Node there = tree.get(request.path);
        if (there != null && request.header("If-None-Match").equals(Optional.of("*"))) {
            throw exists();
        }
        unless(there == null ? request.header("If-Match").isEmpty() : matches(request, there));
        if (there != null && there.directory != directory) {
            throw conflict();
        }
        describe(there != null && directory ? there : create(tree, request.path, directory), told);
        return new Answer(201, "");
    }

    private Node create(NavigableMap<String, Node> tree, String path, boolean directory) {
        for (String folder = parent(path); !folder.isEmpty(); folder = parent(folder)) {
            if (!tree.computeIfAbsent(folder, none -> new Node(true, ++changes)).directory) {
                throw conflict();
            }
        }
        Node node = new Node(directory, ++changes);
        tree.put(path, node);
        return node;
    }

    private Answer append(NavigableMap<String, Node> tree, Request request, Headers told) {
        Node node = existing(tree, request.path);
        changes++;
        node.uncommitted.put(request.position(), request.body);
        if (request.parameter("flush").equals("true")) {
            commit(node, request.position() + request.body.length());
        }
        describe(node, told);
        return new Answer(202, "");
    }

    private Answer flush(Node node, Request request, Headers told) {
        unless(matches(request, node));
        commit(node, request.position());
        describe(node, told);
        return new Answer(200, "");
    }

    /** What was appended becomes the file's, if it has that length then and no gap. */
    private void commit(Node node, long length) {
        StringBuilder bytes = new StringBuilder(node.bytes);
        node.uncommitted.forEach((position, appended) -> {
            if (position == bytes.length()) {
                bytes.append(appended);
            }
        });
        if (bytes.length() != length) {
            throw new Refusal(
                    400,
                    "InvalidFlushPosition",
                    "The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data.");
        }
        node.uncommitted.clear();
        node.bytes = bytes.toString();
        node.changed(++changes);
    }

    /** A file or a folder with all that is in it, in one step. */
    private Answer rename(NavigableMap<String, Node> tree, Request request, Headers told) {
        String source = decoded(request.header("x-ms-rename-source").orElse("").replaceFirst("\\?.*", ""));
        String from = plain(source.replaceFirst("^/" + request.container + "/", ""));
        String to = request.path;
        Node moved = tree.get(from);
        Node there = tree.get(to);
        Node folder = tree.get(parent(to));
        if (moved == null) {
            throw new Refusal(404, "SourcePathNotFound", "The source path for a rename operation does not exist.");
        }
        if ((to + "/").startsWith(from + "/")) {
            throw new Refusal(
                    409,
                    "InvalidRenameSourcePath",
                    "The source directory cannot be the same as the destination directory, nor can the destination be a subdirectory of the source directory.");
        }
        if (!parent(to).isEmpty() && (folder == null || !folder.directory)) {
            throw new Refusal(
                    404,
                    "RenameDestinationParentPathNotFound",
                    "The parent directory of the destination path does not exist.");
        }
        if (!below(tree, to).isEmpty()
                || (there != null && request.header("If-None-Match").equals(Optional.of("*")))) {
            throw exists();
        }
        if (there != null && there.directory != moved.directory) {
            throw new Refusal(
                    409,
                    "InvalidSourceOrDestinationResourceType",
                    "The source and destination resource type must be identical.");
        }
        changes++;
        Map<String, Node> inside = new TreeMap<>();
        below(tree, from).forEach((path, node) -> inside.put(to + path.substring(from.length()), node));
        below(tree, from).clear();
        tree.remove(from);
        tree.put(to, moved);
        tree.putAll(inside);
        describe(moved, told);
        return new Answer(201, "");
    }

    private Answer delete(NavigableMap<String, Node> tree, Request request) {
        existing(tree, request.path);
        NavigableMap<String, Node> inside = below(tree, request.path);
        if (!inside.isEmpty() && !request.parameter("recursive").equals("true")) {
            throw new Refusal(
                    409,
                    "DirectoryNotEmpty",
                    "The recursive query parameter value must be true to delete a non-empty directory.");
        }
        changes++;
        inside.clear();
        tree.remove(request.path);
        return new Answer(200, "");
    }

    private static Node existing(NavigableMap<String, Node> tree, String path) {
        Node node = tree.get(path);
        if (node == null) {
            throw new Refusal(404, "PathNotFound", "The specified path does not exist.");
        }
        return node;
    }

    /** What is in a folder, at any depth. */
    private static NavigableMap<String, Node> below(NavigableMap<String, Node> tree, String folder) {
        // In the order of characters, 0 follows the slash.
        return folder.isEmpty() ? tree : tree.subMap(folder + "/", false, folder + "0", false);
    }

    private static boolean matches(Request request, Node node) {
        String wanted = request.header("If-Match").orElse("*").replace("\"", "");
        return wanted.equals("*") || wanted.equals(node.etag.replace("\"", ""));
    }

    private static void unless(boolean met) {
        if (!met) {
            throw new Refusal(
                    412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.");
        }
    }

    private static Refusal exists() {
        return new Refusal(409, "PathAlreadyExists", "The specified path already exists.");
    }

    private static Refusal conflict() {
        return new Refusal(
                409,
                "PathConflict",
                "The specified path, or an element of the path, exists and its resource type is invalid for this operation.");
    }

    private static void describe(Node node, Headers told) {
        told.set("ETag", node.etag);
        told.set("Last-Modified", RFC_1123.format(node.modified));
        told.set("x-ms-resource-type", node.directory ? "directory" : "file");
        told.set("x-ms-owner", "$superuser");
        told.set("x-ms-group", "$superuser");
        told.set("x-ms-permissions", node.permissions());
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private static String plain(String path) {
        return path.replaceAll("^/+|/+$", "");
    }

    /** A plus stands for itself in a path. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
