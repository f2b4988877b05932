package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures group after group, and prints the tables. Arguments: the repository's root, a scratch folder, the numbers of rows
 * by comma, rounds, groups by comma, versions of the long history, the file for the results, as JSON lines: where and what
 * was measured, then one for each process; and such a file of an earlier one, of which what is not measured again is kept.
 * {@code bench/run} starts it.
 */
public final class Bench {

    private static final long MOST = 3_000_000;

    private final Contenders contenders;
    private final long[] sizes;
    private final int rounds;

    private Bench(Contenders contenders, long[] sizes, int rounds) {
        this.contenders = contenders;
        this.sizes = sizes;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        // One that is broken off leaves nothing running.
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy)));
        Path root = Path.of(args[0]);
        Path file = Path.of(args[6]);
        int rounds = Integer.parseInt(args[3]);
        int versions = Integer.parseInt(args[5]);
        ObjectNode where = where().put("groups", args[4]).put("rounds", rounds).put("versions", versions);
        Results kept = args.length > 7 ? Results.of(Path.of(args[7])) : Results.NONE;
        Files.writeString(file, where + "\n");
        Contenders contenders = new Contenders(new Sources(root, Path.of(args[1])), file);
        Bench bench = new Bench(
                contenders,
                Arrays.stream(args[2].split(",", -1))
                        .mapToLong(Long::parseLong)
                        .sorted()
                        .toArray(),
                rounds);
        bench.warmUp();
        for (String group : args[4].split(",", -1)) {
            try {
                bench.measure(group, versions);
            } catch (IllegalStateException e) {
                // What the others measured is not lost.
                System.err.println(group + " is broken off: " + e.getMessage());
            }
        }
        Results all = kept.replacedBy(new Results(List.of(where), contenders.results()));
        all.write(file);
        all.runs().forEach(Bench::say);
        System.out.print(Report.of(all));
    }

    private static void say(JsonNode where) {
        System.out.printf(
                Locale.ROOT,
                "Groups %s: commit %s, %s, %s cores of %s, %s GB, Java %s, Spark %s, Delta %s, Deequ %s, DuckDB %s, rounds: %s.%n",
                where.path("groups").asText(),
                where.get("commit").asText(),
                where.get("date").asText(),
                where.get("cores").asText(),
                where.get("processor").asText(),
                where.get("memory").asText(),
                where.get("java").asText(),
                where.get("spark").asText(),
                where.get("delta").asText(),
                where.get("deequ").asText(),
                where.get("duckdb").asText(),
                where.get("rounds").asText());
    }

    private void measure(String group, int versions) throws IOException, InterruptedException {
        switch (group) {
            case "cost" -> cost();
            case "widths" -> widths();
            case "history" -> History.measure(contenders, large() / versions, versions, rounds);
            case "memory" -> memory();
            case "workers" -> workers();
            case "guarantees" -> guarantees();
            case "images" -> images();
            default -> throw new IllegalArgumentException("No such group: " + group);
        }
    }

    /** The first use of the launcher makes its archive of classes; what is measured is every use after it. */
    private void warmUp() throws IOException, InterruptedException {
        Path spec = contenders.sources().dataset(Shape.CLAIMS, sizes[0]);
        Measured.of(
                List.of(contenders.sources().root().resolve("lakeproof").toString(), "run", spec.toString()),
                Map.of(),
                contenders.sources().scratch().resolve("log"));
    }

    /** Of the sizes that everyone is measured with; more are for {@link #memory}. */
    private long large() {
        return Arrays.stream(sizes).filter(rows -> rows <= MOST).max().orElse(sizes[0]);
    }

    private void cost() throws IOException, InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            for (long rows : sizes) {
                if (rows <= large()) {
                    Cost.all(contenders, rows, round);
                }
            }
        }
        Cost.counted(contenders, sizes[0]);
        Cost.counted(contenders, large());
    }

    /** Fewer rows of what is wider, so that all take about as long. */
    private void widths() throws IOException, InterruptedException {
        for (Shape shape : List.of(Shape.NARROW, Shape.WIDE, Shape.EVENTS)) {
            Cost.some(contenders, shape, sizes[0], 1);
            Cost.some(contenders, shape, shape == Shape.NARROW ? large() : large() / 10, 1);
        }
    }

    private void memory() throws IOException, InterruptedException {
        for (long rows : sizes) {
            if (rows >= large()) {
                Memory.measure(contenders, rows);
            }
        }
    }

    private void workers() throws IOException, InterruptedException {
        for (long rows : new long[] {sizes[0], large()}) {
            Cluster.measure(contenders, 1, rows);
            Cluster.measure(contenders, 2, rows);
        }
    }

    /** Of many rows if there are any; the few tell what every process costs. */
    private void guarantees() throws IOException, InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            Guarantees.measure(contenders, sizes[0], round);
            Guarantees.measure(contenders, Math.min(MOST, sizes[sizes.length - 1]), round);
        }
    }

    private void images() throws IOException, InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            Images.measure(contenders, sizes[0], round);
            Images.measure(contenders, large(), round);
        }
    }

    private static ObjectNode where() throws IOException {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return new ObjectMapper()
                .createObjectNode()
                .put("commit", System.getProperty("bench.commit"))
                .put("date", LocalDate.now(ZoneOffset.UTC).toString())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("processor", first("(?m)^model name\\s*: (.*)$", Files.readString(Path.of("/proc/cpuinfo"))))
                .put("memory", system.getTotalMemorySize() >> 30)
                .put("java", System.getProperty("java.version"))
                .put("spark", version("spark-core_2.12"))
                .put("delta", version("delta-spark_2.12"))
                .put("deequ", System.getProperty("bench.deequ"))
                .put("duckdb", version("duckdb_jdbc"));
    }

    /** As the class path names it. */
    private static String version(String artifact) {
        return first("/" + artifact + "-([^/:]*)\\.jar", System.getProperty("java.class.path"));
    }

    private static String first(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : "unknown";
    }
}
