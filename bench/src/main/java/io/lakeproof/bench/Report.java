package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** The tables of {@code docs/performance.md}: medians over the rounds, and the targets' ratios. */
final class Report {

    private final List<JsonNode> results;
    private final long small;
    private final long large;

    private Report(List<JsonNode> results) {
        this.results = results;
        small = results.stream()
                .mapToLong(result -> result.get("rows").asLong())
                .min()
                .orElseThrow();
        large = results.stream()
                .mapToLong(result -> result.get("rows").asLong())
                .max()
                .orElseThrow();
    }

    static String of(List<JsonNode> results) {
        Report report = new Report(results);
        return report.measures() + "\n" + report.targets();
    }

    private DoubleStream of(String contender, long rows, ToDoubleFunction<JsonNode> what) {
        return results.stream()
                .filter(result -> result.get("contender").asText().equals(contender)
                        && result.get("rows").asLong() == rows)
                .mapToDouble(what)
                .sorted();
    }

    private double median(String contender, long rows, String what) {
        double[] sorted =
                of(contender, rows, result -> result.path(what).asDouble()).toArray();
        return sorted.length == 0 ? Double.NaN : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** Seconds per million rows between the two sizes. */
    private double slope(String contender, String what) {
        return (median(contender, large, what) - median(contender, small, what)) / (large - small) * 1e6;
    }

    /** Seconds that no row causes. */
    private double fixed(String contender, String what) {
        return median(contender, small, what) - slope(contender, what) * small / 1e6;
    }

    private String measures() {
        StringBuilder table = new StringBuilder(
                """
                | contender | rows | wall, s (median, least to most) | CPU, s | memory, MB | Spark jobs | tasks | read, MB | written, MB | shuffled, MB |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        results.stream()
                .map(result -> List.of(
                        result.get("contender").asText(), result.get("rows").asText()))
                .distinct()
                .forEach(group -> {
                    String contender = group.get(0);
                    long rows = Long.parseLong(group.get(1));
                    ToDoubleFunction<JsonNode> wall =
                            result -> result.get("wall").asDouble();
                    table.append(String.format(
                            Locale.ROOT,
                            "| %s | %,d | %.1f (%.1f to %.1f) | %.1f | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f |%n",
                            contender,
                            rows,
                            median(contender, rows, "wall"),
                            of(contender, rows, wall).min().orElseThrow(),
                            of(contender, rows, wall).max().orElseThrow(),
                            median(contender, rows, "cpu"),
                            median(contender, rows, "memory") / 1e6,
                            median(contender, rows, "jobs"),
                            median(contender, rows, "tasks"),
                            median(contender, rows, "bytesRead") / 1e6,
                            median(contender, rows, "bytesWritten") / 1e6,
                            median(contender, rows, "bytesShuffled") / 1e6));
                });
        return table.toString();
    }

    private String targets() {
        StringBuilder table = new StringBuilder(
                """
                | what | target | wall | CPU |
                | --- | --- | --- | --- |
                """);
        for (String[] target : new String[][] {
            {"floor", "1.5"}, {"notebook", "0.4"}, {"careful", "0.7"}, {"duck", "1.5"},
        }) {
            row(
                    table,
                    "`run` per million rows / " + target[0],
                    target[1],
                    what -> slope("run", what) / slope(target[0], what));
        }
        row(table, "`run`'s fixed cost / careful's", "0.75", what -> fixed("run", what) / fixed("careful", what));
        row(
                table,
                "nothing new / `run`'s fixed cost",
                "0.4",
                what -> median("nothing new", small, what) / fixed("run", what));
        row(
                table,
                "`replay` / `run`, " + large + " rows",
                "1.2",
                what -> median("replay", large, what) / median("run", large, what));
        return table.toString();
    }

    private interface Ratio {
        double of(String what);
    }

    private static void row(StringBuilder table, String name, String target, Ratio ratio) {
        table.append(String.format(
                Locale.ROOT, "| %s | ≤ %s | %.2f | %.2f |%n", name, target, ratio.of("wall"), ratio.of("cpu")));
    }
}
