package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs every contender in turn, several times, each as a process of its own on a folder of its own, and writes what was
 * measured as JSON, one object per process. Arguments: the repository's root, a scratch folder, the numbers of rows by comma,
 * rounds, the result's file. {@code bench/run} starts it.
 */
public final class Bench {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final Path scratch;
    private final List<JsonNode> results = new ArrayList<>();

    private Bench(Path root, Path scratch) {
        this.root = root;
        this.scratch = scratch;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Bench bench = new Bench(Path.of(args[0]), Path.of(args[1]));
        long[] sizes =
                Arrays.stream(args[2].split(",")).mapToLong(Long::parseLong).toArray();
        int rounds = Integer.parseInt(args[3]);
        for (long rows : sizes) {
            bench.generate(rows);
        }
        // The first use of the launcher makes its archive of classes; what is measured is every use after it.
        bench.lakeproof("warm-up", sizes[0], 0, bench.dataset(sizes[0]), "run");
        bench.results.clear();
        for (int round = 1; round <= rounds; round++) {
            for (long rows : sizes) {
                bench.round(rows, round);
            }
        }
        Files.write(
                Path.of(args[4]), bench.results.stream().map(JsonNode::toString).toList());
        System.out.println(Report.of(bench.results));
    }

    private void round(long rows, int round) throws IOException, InterruptedException {
        byHand(Floor.class, rows, round);
        byHand(Careful.class, rows, round);
        byHand(Notebook.class, rows, round);
        byHand(Duck.class, rows, round);
        Path dataset = dataset(rows);
        lakeproof("run", rows, round, dataset, "run");
        lakeproof("nothing new", rows, round, dataset, "run");
        lakeproof("versions", rows, round, dataset, "versions");
        lakeproof("verify --deep", rows, round, dataset, "verify", "--deep");
        lakeproof("replay", rows, round, dataset, "replay", "1");
        delete(dataset);
    }

    private Path file(long rows) {
        return scratch.resolve("porto_seguro_safe_driver_prediction_" + rows + ".csv");
    }

    private void generate(long rows) throws IOException, InterruptedException {
        Measured.of(
                List.of(
                        java(),
                        root.resolve("examples/porto-seguro/Generate.java").toString(),
                        "--rows",
                        Long.toString(rows),
                        "--out",
                        file(rows).toString()),
                Map.of(),
                scratch.resolve("log"));
    }

    /** The example, with these rows in its landing folder. */
    private Path dataset(long rows) throws IOException {
        Path dataset = scratch.resolve("dataset");
        delete(dataset);
        Path example = root.resolve("examples/porto-seguro");
        Files.createDirectories(dataset.resolve("landing"));
        for (String name : List.of("dataset.yaml", "schema.ddl")) {
            Files.copy(example.resolve(name), dataset.resolve(name));
        }
        Files.createLink(dataset.resolve("landing").resolve(file(rows).getFileName()), file(rows));
        return dataset;
    }

    private void byHand(Class<?> contender, long rows, int round) throws IOException, InterruptedException {
        Path folder = scratch.resolve("by-hand");
        List<String> command = new ArrayList<>(List.of(java(), "-XX:MaxRAMPercentage=60", "-XX:+UseParallelGC"));
        command.addAll(words(System.getProperty("bench.opens")));
        command.addAll(words(listening()));
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                contender.getName(),
                file(rows).toString(),
                root.resolve("examples/porto-seguro/schema.ddl").toString(),
                folder.toString()));
        measure(contender.getSimpleName().toLowerCase(Locale.ROOT), rows, round, command, Map.of());
        delete(folder);
    }

    private void lakeproof(String name, long rows, int round, Path dataset, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(root.resolve("lakeproof").toString(), words[0]));
        command.add(dataset.resolve("dataset.yaml").toString());
        command.addAll(List.of(words).subList(1, words.length));
        measure(
                name,
                rows,
                round,
                command,
                Map.of(
                        "LAKEPROOF_JAVA_OPTS",
                        listening(),
                        "LAKEPROOF_CLASSPATH",
                        root.resolve("bench/target/classes").toString()));
    }

    private String listening() {
        return "-Dspark.extraListeners=" + Counts.class.getName() + " -Dbench.counts=" + scratch.resolve("counts");
    }

    private void measure(String name, long rows, int round, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path counts = scratch.resolve("counts");
        Files.deleteIfExists(counts);
        Measured measured = Measured.of(command, environment, scratch.resolve("log"));
        ObjectNode result = JSON.createObjectNode()
                .put("contender", name)
                .put("rows", rows)
                .put("sourceBytes", Files.size(file(rows)))
                .put("round", round)
                .put("wall", measured.wall())
                .put("cpu", measured.cpu())
                .put("memory", measured.memory());
        if (Files.exists(counts)) {
            result.setAll((ObjectNode) JSON.readTree(counts.toFile()));
        }
        results.add(result);
        System.err.printf(
                Locale.ROOT,
                "round %d, %,d rows, %s: %.1f s, %.1f s of CPU%n",
                round,
                rows,
                name,
                measured.wall(),
                measured.cpu());
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static List<String> words(String text) {
        return Stream.of(text.trim().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
