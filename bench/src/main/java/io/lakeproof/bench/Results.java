package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What was measured, asked for its medians over the rounds; NaN is what was not measured, or failed.
 *
 * @param runs where, and with which options, an object for each run of the bench
 * @param all an object for each process
 */
record Results(List<JsonNode> runs, List<JsonNode> all) {

    static final Results NONE = new Results(List.of(), List.of());

    private static final ObjectMapper JSON = new ObjectMapper();

    /** As {@link #write} leaves them. */
    static Results of(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return new Results(
                lines.stream().filter(line -> line.has("commit")).toList(),
                lines.stream().filter(line -> line.has("contender")).toList());
    }

    void write(Path file) throws IOException {
        Files.write(
                file,
                Stream.concat(runs.stream(), all.stream())
                        .map(JsonNode::toString)
                        .toList());
    }

    /** These, but for what the others measured again. */
    Results replacedBy(Results others) {
        Set<Group> again = Set.copyOf(others.groups());
        return new Results(
                Stream.concat(runs.stream(), others.runs.stream()).toList(),
                Stream.concat(all.stream().filter(result -> !again.contains(group(result))), others.all.stream())
                        .toList());
    }

    /** What was measured several times. */
    record Group(String contender, String columns, long rows) {}

    /** In the order in which they were first measured. */
    List<Group> groups() {
        return all.stream().map(Results::group).distinct().toList();
    }

    private static Group group(JsonNode result) {
        return new Group(
                result.get("contender").asText(),
                result.get("columns").asText(),
                result.get("rows").asLong());
    }

    Stream<JsonNode> of(Group group) {
        return all.stream().filter(result -> group(result).equals(group));
    }

    /** From the least to the most. */
    double[] sorted(Group group, String what) {
        return of(group)
                .filter(result -> result.has(what))
                .mapToDouble(result -> result.get(what).asDouble())
                .sorted()
                .toArray();
    }

    double median(Group group, String what) {
        double[] sorted = sorted(group, what);
        return sorted.length == 0 ? Double.NaN : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    boolean failed(Group group) {
        return of(group).anyMatch(result -> result.has("failed"));
    }

    /** The sizes at which a contender was measured, from the smallest. */
    long[] sizes(String contender, String columns) {
        return groups().stream()
                .filter(group ->
                        group.contender().equals(contender) && group.columns().equals(columns))
                .mapToLong(Group::rows)
                .sorted()
                .toArray();
    }

    /** Seconds per million rows between two sizes. */
    double slope(String contender, String columns, long small, long large, String what) {
        return (median(new Group(contender, columns, large), what) - median(new Group(contender, columns, small), what))
                / (large - small)
                * 1e6;
    }

    /** Seconds that no row causes. */
    double fixed(String contender, String columns, long small, long large, String what) {
        return median(new Group(contender, columns, small), what)
                - slope(contender, columns, small, large, what) * small / 1e6;
    }
}
