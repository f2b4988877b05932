package io.lakeproof.jobs.suggest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A first spec as text. */
record Draft(Place place, String format, Map<String, String> options, List<Facts> columns, long rows, boolean whole) {

    /**
     * Where things are.
     *
     * @param name the dataset's name
     * @param landing {@code source.path}
     * @param root {@code tables.root}
     * @param from what was read, in words
     */
    record Place(String name, String landing, String root, String from) {}

    String text() {
        Optional<Facts> key =
                columns.stream().filter(column -> column.names(rows)).findFirst();
        StringBuilder spec = new StringBuilder();
        spec.append(
                "# A first spec, from %s%,d rows of %s. What a sample shows need not hold for all: read it, and change it.\n"
                        .formatted(whole ? "all " : "the first ", rows, place.from()));
        spec.append("name: ").append(place.name()).append('\n');
        spec.append(
                """
                # description: what one row is, and what is to be predicted
                # owner: who answers for it, such as team@example.com
                # label: the column that is to be predicted
                # For the record of every version, to be answered by a person:
                # purpose: what the data may be used for
                # legal-basis: what allows to use it
                # jurisdiction: whose law applies
                # period-covered: from when to when
                # supplier: who delivered it
                # retention-class: how long it is kept

                """);
        spec.append("source:\n  path: ").append(quoted(place.landing())).append('\n');
        spec.append("  format: ").append(format).append('\n');
        if (!options.isEmpty()) {
            spec.append(options.entrySet().stream()
                    .map(option -> option.getKey() + ": "
                            + (option.getValue().equals("true") ? "true" : quoted(option.getValue())))
                    .collect(Collectors.joining(", ", "  options: {", "}\n")));
        }
        spec.append("  schema: |\n");
        spec.append(columns.stream()
                .map(column -> "    `" + column.name().replace("`", "``").replace("${", "$${") + "` " + column.type())
                .collect(Collectors.joining(",\n", "", "\n\n")));
        spec.append("tables:\n  root: ").append(quoted(place.root())).append("\n\n");
        rules(spec, key);
        split(spec, key);
        return spec.toString();
    }

    private void rules(StringBuilder spec, Optional<Facts> key) {
        spec.append("rules:\n");
        List<String> ofRows = columns.stream().flatMap(this::rowRules).toList();
        if (!ofRows.isEmpty()) {
            spec.append("  rows:\n");
            ofRows.forEach(rule -> spec.append("    - ").append(quoted(rule)).append('\n'));
        }
        spec.append("  batch:\n    - RowCount > 0\n");
        List<String> unique = columns.stream()
                .filter(column -> column.names(rows) && inRule(column.name()))
                .map(column -> quoted("IsUnique " + dqdl(column.name())))
                .toList();
        if (!unique.isEmpty()) {
            String name = key.orElseThrow().name();
            spec.append(whole && inRule(name) ? "  dataset:\n" : "  # dataset:\n");
            for (String rule : unique) {
                boolean asked = whole && rule.equals(quoted("IsUnique " + dqdl(name)));
                spec.append(asked ? "    - " : "    # - ").append(rule).append('\n');
            }
        }
        spec.append('\n');
    }

    private Stream<String> rowRules(Facts column) {
        List<String> rules = new ArrayList<>();
        if (!inRule(column.name()) || rows == 0) {
            return Stream.of();
        }
        boolean complete = column.present() == rows;
        if (complete) {
            rules.add("IsComplete " + dqdl(column.name()));
        }
        if (column.isChoice() && column.few().stream().allMatch(Draft::inRule)) {
            rules.add("ColumnValues " + dqdl(column.name()) + " in "
                    + Stream.concat(column.few().stream().map(Draft::dqdl), complete ? Stream.of() : Stream.of("NULL"))
                            .collect(Collectors.joining(", ", "[", "]")));
        }
        return rules.stream();
    }

    private void split(StringBuilder spec, Optional<Facts> key) {
        if (key.isEmpty()) {
            spec.append("# No column names a row: equal rows stay together, by a digest of all their values.\n");
            spec.append("transforms:\n  - derive:\n      ").append(rowKey()).append(": ");
            spec.append(quoted(columns.stream()
                    .map(column -> "`" + column.name().replace("`", "``") + "`")
                    .collect(Collectors.joining(", ", "sha2(to_json(struct(", ")), 256)"))));
            spec.append("\n\n");
        }
        spec.append(
                "split:\n  # What belongs together in the world, such as a customer or a day, should stay together here.\n");
        spec.append("  key: ")
                .append(quoted(key.map(Facts::name).orElseGet(this::rowKey)))
                .append('\n');
        spec.append("  seed: 42\n  parts: {train: 80, validation: 10, test: 10}\n");
    }

    private String rowKey() {
        String name = "row_key";
        while (columns.stream().map(Facts::name).anyMatch(name::equalsIgnoreCase)) {
            name += "_";
        }
        return name;
    }

    /** DQDL has no way to write a line break or a backslash before a quote. */
    private static boolean inRule(String text) {
        return !text.contains("\\") && text.chars().noneMatch(Character::isISOControl);
    }

    private static String dqdl(String text) {
        return "\"" + text.replace("\"", "\\\"") + "\"";
    }

    /** YAML text in single quotes, which escape nothing but themselves; a control character needs double ones. */
    private static String quoted(String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t") + "\"";
        }
        // ${ begins a variable in a spec, also within quotes.
        String safe = text.replace("${", "$${");
        return safe.matches("[A-Za-z0-9_./-]+") ? safe : "'" + safe.replace("'", "''") + "'";
    }
}
