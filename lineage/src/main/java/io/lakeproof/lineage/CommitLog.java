package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Table.Commit;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The commits of a Delta table in a folder, read where they lie: one JSON file a commit, by the Delta transaction protocol
 * (section "Delta Log Entries"). {@code DeltaTable.history} says the same by a Spark job that costs what a small write
 * costs, and a publication asks several times.
 */
final class CommitLog {

    /** A commit, or a checkpoint, which outlives the commits before it. */
    private static final Pattern COMMITTED = Pattern.compile("[0-9]{20}\\.(json|checkpoint\\..*)");

    private final FileSystem files;
    private final Path log;

    private CommitLog(FileSystem files, Path log) {
        this.files = files;
        this.log = log;
    }

    static CommitLog of(Configuration hadoop, String uri) {
        Path log = new Path(uri, "_delta_log");
        try {
            return new CommitLog(log.getFileSystem(hadoop), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether anything was ever committed: a write that was killed early leaves a log of empty folders. */
    boolean exists() {
        try {
            if (!files.exists(log)) {
                return false;
            }
            RemoteIterator<FileStatus> entries = files.listStatusIterator(log);
            while (entries.hasNext()) {
                if (COMMITTED.matcher(entries.next().getPath().getName()).matches()) {
                    return true;
                }
            }
            return false;
        } catch (FileNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The commits after {@code base}, oldest first: one file each, looked for until there is none. */
    List<Commit> since(long base) {
        List<Commit> commits = new ArrayList<>();
        for (long version = base + 1; ; version++) {
            Optional<JsonNode> info = find(version, action -> action.has("commitInfo"));
            if (info.isEmpty()) {
                return commits;
            }
            commits.add(commit(version, info.get().get("commitInfo")));
        }
    }

    /** Whether one of the commits from {@code base} on carries that transaction id. */
    boolean has(String txnAppId, long base) {
        boolean[] found = {false};
        for (long version = Math.max(base, 0); exists(commit(version)) && !found[0]; version++) {
            each(
                    commit(version),
                    action -> found[0] |=
                            action.path("txn").path("appId").asText().equals(txnAppId));
        }
        return found[0];
    }

    /**
     * The largest value of a column of whole numbers in the files that a commit added, by Delta's statistics; empty when
     * they say none.
     */
    OptionalLong largestAdded(String column, long version) {
        List<Long> largest = new ArrayList<>();
        each(commit(version), action -> {
            String stats = action.path("add").path("stats").asText();
            if (!stats.isEmpty()) {
                JsonNode value = Json.parse(stats).path("maxValues").path(column);
                if (value.isIntegralNumber()) {
                    largest.add(value.asLong());
                }
            }
        });
        return largest.stream().mapToLong(number -> number).max();
    }

    /** The version of the newest checkpoint, written every few commits; -1: there is none yet. */
    long lastCheckpoint() {
        Path pointer = new Path(log, "_last_checkpoint");
        try (InputStream in = files.open(pointer)) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .required("version")
                    .asLong();
        } catch (FileNotFoundException e) {
            return -1;
        } catch (IllegalArgumentException | UncheckedIOException e) {
            // Delta writes it over the one before: meanwhile, or when that was cut off, it is empty or half there.
            return names().stream()
                    .filter(path -> path.contains(".checkpoint."))
                    .mapToLong(CommitLog::version)
                    .max()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The table's id, from its first commit; empty when that one was cleaned up. */
    Optional<String> id() {
        return find(0, action -> action.has("metaData"))
                .map(action -> action.get("metaData").get("id").asText());
    }

    /** Every file of the log that is about a version: not the pointer to the last checkpoint. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            for (FileStatus file : files.listStatus(log)) {
                String name = file.getPath().getName();
                if (name.matches("[0-9]{20}\\..*")) {
                    names.add(log.getName() + "/" + name);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    /** The Delta version that one of them is about. */
    static long version(String name) {
        int begins = name.indexOf('/') + 1;
        return Long.parseLong(name.substring(begins, begins + 20));
    }

    /** The files of the log that say how the table came from one version to another: commits, and what Delta made of them. */
    List<String> logFiles(long base, long version) {
        List<String> names = new ArrayList<>();
        for (long v = base + 1; v <= version; v++) {
            for (String kind : List.of("json", "crc", "checkpoint.parquet")) {
                Path file = new Path(log, "%020d.%s".formatted(v, kind));
                if (exists(file)) {
                    names.add(log.getName() + "/" + file.getName());
                }
            }
        }
        return names;
    }

    /**
     * The data files by which the table came from one version to another, by their path below the table: true for those
     * that joined, false for those that left. What came and went in between is neither.
     */
    Map<String, Boolean> dataFiles(long base, long version) {
        Map<String, Boolean> changes = new TreeMap<>();
        for (long v = base + 1; v <= version; v++) {
            each(commit(v), action -> {
                boolean add = action.has("add");
                if (add || action.has("remove")) {
                    String path = decoded(
                            action.get(add ? "add" : "remove").get("path").asText());
                    if (Boolean.valueOf(!add).equals(changes.get(path))) {
                        changes.remove(path);
                    } else {
                        changes.put(path, add);
                    }
                }
            });
        }
        return changes;
    }

    /** Paths in the log are URI-encoded. */
    private static String decoded(String path) {
        URI uri = URI.create(path);
        return uri.isAbsolute() ? path : uri.getPath();
    }

    private void each(Path file, Consumer<JsonNode> action) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(WholeFile.open(files, file), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            if (line == null) {
                throw torn(file);
            }
            for (; line != null; line = lines.readLine()) {
                action.accept(action(file, line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path commit(long version) {
        return new Path(log, "%020d.json".formatted(version));
    }

    private boolean exists(Path file) {
        try {
            return files.exists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<JsonNode> find(long version, Predicate<JsonNode> wanted) {
        return first(commit(version), wanted);
    }

    /** The first line of a file that is asked for; empty when there is no such file. */
    private Optional<JsonNode> first(Path file, Predicate<JsonNode> wanted) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(files.open(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode action = action(file, line);
                if (wanted.test(action)) {
                    return Optional.of(action);
                }
            }
            throw torn(file);
        } catch (FileNotFoundException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode action(Path file, String line) throws IOException {
        try {
            return Json.parse(line);
        } catch (UncheckedIOException e) {
            throw torn(file);
        }
    }

    /** A driver that takes an answer that was cut off for the whole gives a file in part. */
    private static IOException torn(Path file) {
        return new IOException("the log file " + file + " came in part, or is damaged");
    }

    private static Commit commit(long version, JsonNode info) {
        return Commit.of(
                version,
                info.get("operation").asText(),
                Optional.ofNullable(info.get("userMetadata")).map(JsonNode::asText),
                texts(info.get("operationMetrics")),
                texts(info.get("operationParameters")));
    }

    private static Map<String, String> texts(JsonNode node) {
        Map<String, String> texts = new HashMap<>();
        if (node != null) {
            node.fields()
                    .forEachRemaining(
                            field -> texts.put(field.getKey(), field.getValue().asText()));
        }
        return texts;
    }
}
