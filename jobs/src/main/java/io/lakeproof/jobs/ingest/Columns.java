package io.lakeproof.jobs.ingest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Which column of a file is which of the contract.
 *
 * @param found for each column of the contract its position in the file; -1: the file lacks it
 * @param ignored the file's columns that the contract lacks
 * @param notes what people should know though the file is read
 * @param problem why the file cannot be read by the contract; absent: it can
 */
public record Columns(List<Integer> found, List<String> ignored, List<String> notes, Optional<String> problem) {

    /** Matches by name, ignoring case and surrounding space. {@code names} are the file's columns in its order. */
    static Columns match(StructType contract, List<String> names) {
        List<Integer> found = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (StructField field : contract.fields()) {
            int[] at = IntStream.range(0, names.size())
                    .filter(i -> same(names.get(i), field.name()))
                    .toArray();
            found.add(at.length == 0 ? -1 : at[0]);
            if (at.length > 1) {
                problems.add(
                        "column " + field.name() + " is there " + at.length + " times: rename or remove all but one");
            } else if (at.length == 0 && !field.nullable()) {
                problems.add("column " + field.name()
                        + " is missing, and the contract says NOT NULL: add it to the file, or let the contract allow"
                        + " NULL");
            } else if (at.length == 0) {
                notes.add("column " + field.name() + " is missing: it is filled with NULL");
            } else if (!names.get(at[0]).equals(field.name())) {
                notes.add("column " + names.get(at[0]) + " is taken for " + field.name()
                        + ", which is spelt differently");
            }
        }
        if (found.stream().allMatch(i -> i < 0)) {
            return new Columns(
                    found,
                    List.of(),
                    List.of(),
                    Optional.of("none of its columns is in the contract: it has " + some(names)
                            + "; check source.format, source.options (header, sep, encoding) and the contract"));
        }
        List<String> extra = IntStream.range(0, names.size())
                .filter(i ->
                        !found.contains(i) && Stream.of(contract.fields()).noneMatch(f -> same(names.get(i), f.name())))
                .mapToObj(names::get)
                .toList();
        if (!extra.isEmpty()) {
            notes.add((extra.size() == 1 ? "column " : "columns ") + some(extra) + " not in the contract: ignored");
        }
        List<Integer> order = found.stream().filter(i -> i >= 0).toList();
        List<Integer> sorted = new ArrayList<>(order);
        Collections.sort(sorted);
        if (!order.equals(sorted)) {
            notes.add("its columns are in another order than the contract's: matched by name");
        }
        return new Columns(
                found, extra, notes, problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems)));
    }

    /** Whether two names mean one column: they ignore case and surrounding space. */
    public static boolean same(String name, String other) {
        return name.strip().toLowerCase(Locale.ROOT).equals(other.strip().toLowerCase(Locale.ROOT));
    }

    /** At most ten names, so that a message stays a line. */
    static String some(List<String> names) {
        String shown = String.join(", ", names.subList(0, Math.min(10, names.size())));
        return names.size() > 10 ? shown + " and " + (names.size() - 10) + " more" : shown;
    }
}
