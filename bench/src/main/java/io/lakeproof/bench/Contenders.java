package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Starts contenders, each as a process of its own on what {@link Sources} has, and keeps what was measured as JSON, one
 * object a line.
 */
final class Contenders {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Sources sources;
    private final Path file;
    private final List<JsonNode> results = new ArrayList<>();

    Contenders(Sources sources, Path file) {
        this.sources = sources;
        this.file = file;
    }

    Sources sources() {
        return sources;
    }

    List<JsonNode> results() {
        return List.copyOf(results);
    }

    /** What one process is measured as. */
    record Entry(String contender, String columns, long rows, int round) {}

    /** A program of this module with the shape, the source, its contract and a folder of its own. */
    void byHand(Class<?> program, Shape shape, Entry entry) throws IOException, InterruptedException {
        List<Path> files = sources.files(shape, entry.rows());
        String source = (files.size() == 1 ? files.get(0) : files.get(0).getParent()).toString();
        Path folder = sources.scratch().resolve("by-hand");
        program(program, entry, shape.name(), source, sources.schema(shape).toString(), folder.toString());
        Sources.delete(folder);
    }

    /** A program of this module, in a JVM with the launcher's flags. */
    void program(Class<?> program, Entry entry, String... arguments) throws IOException, InterruptedException {
        List<String> command = jvm(List.of("-XX:MaxRAMPercentage=60"), System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        measure(entry, command, Map.of());
    }

    /** A command of the launcher, by words: the command, what follows the spec. */
    void lakeproof(Entry entry, Path spec, String... words) throws IOException, InterruptedException {
        lakeproof(entry, "", spec, words);
    }

    /** The same with flags for its JVM. */
    void lakeproof(Entry entry, String flags, Path spec, String... words) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(sources.root().resolve("lakeproof").toString(), words[0], spec.toString()));
        command.addAll(List.of(words).subList(1, words.length));
        measure(
                entry,
                command,
                Map.of(
                        "LAKEPROOF_JAVA_OPTS",
                        flags + " " + String.join(" ", listening()),
                        "LAKEPROOF_CLASSPATH",
                        sources.root().resolve("bench/target/classes").toString()));
    }

    /** Flags for a command of the launcher that put what is in {@code bench/twice} before the library's. */
    String twice() throws IOException {
        return "-cp %s:%s:%s"
                .formatted(
                        System.getProperty("bench.twice"),
                        sources.root().resolve("jobs/target/lakeproof-0.1.0.jar"),
                        System.getProperty("java.class.path"));
    }

    /** The beginning of a command, up to the main class. */
    List<String> jvm(List<String> flags, String classpath) {
        List<String> command = new ArrayList<>(List.of(java(), "-XX:+UseParallelGC"));
        command.addAll(flags);
        command.addAll(opens());
        command.addAll(listening());
        command.addAll(List.of("-cp", classpath));
        return command;
    }

    /** What Spark asks of Java 17. */
    List<String> opens() {
        return List.of(System.getProperty("bench.opens").strip().split("\\s+", -1));
    }

    private List<String> listening() {
        return List.of("-Dspark.extraListeners=" + Counts.class.getName(), "-Dbench.counts=" + counts());
    }

    private Path counts() {
        return sources.scratch().resolve("counts");
    }

    /** The log of its steps, for a command that is told to write one. */
    Path log() {
        return sources.scratch().resolve("steps.jsonl");
    }

    /** A process that fails is kept with what it said, and the others go on. */
    void measure(Entry entry, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Files.deleteIfExists(counts());
        Files.deleteIfExists(log());
        ObjectNode result = JSON.createObjectNode()
                .put("contender", entry.contender())
                .put("columns", entry.columns())
                .put("rows", entry.rows())
                .put("sourceBytes", sources.bytes(entry.columns(), entry.rows()))
                .put("round", entry.round());
        String told;
        Instant began = Instant.now();
        try {
            Measured measured =
                    Measured.of(command, environment, sources.scratch().resolve("log"));
            result.put("wall", measured.wall()).put("cpu", measured.cpu()).put("memory", measured.memory());
            told = String.format(Locale.ROOT, "%.1f s, %.1f s of CPU", measured.wall(), measured.cpu());
        } catch (IllegalStateException e) {
            result.put("failed", e.getMessage());
            told = e.getMessage();
        }
        if (Files.exists(counts())) {
            result.setAll((ObjectNode) JSON.readTree(counts().toFile()));
        }
        if (Files.exists(log())) {
            result.set("steps", JSON.valueToTree(Steps.of(log(), began, Instant.now())));
        }
        results.add(result);
        // At once: a bench that is broken off leaves what it had.
        Files.writeString(file, result + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.err.printf(
                Locale.ROOT,
                "round %d, %s columns, %,d rows, %s: %s%n",
                entry.round(),
                entry.columns(),
                entry.rows(),
                entry.contender(),
                told);
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
