package io.lakeproof.transforms;

import static io.lakeproof.transforms.Kind.Type.ANYTHING;
import static io.lakeproof.transforms.Kind.Type.INTEGER;
import static io.lakeproof.transforms.Kind.Type.NAMES;
import static io.lakeproof.transforms.Kind.Type.TEXT;
import static io.lakeproof.transforms.Kind.Type.TEXTS;
import static io.lakeproof.transforms.Kind.Type.VALUES;

import io.lakeproof.transforms.Kind.Parameter;
import java.util.List;
import java.util.Optional;

/** The kinds of steps, and how one is read. */
final class Kinds {

    private static final List<Kind> ALL = List.of(
            kind(
                    "select",
                    "Keeps columns, in the order given.",
                    "columns",
                    required("columns", NAMES, "Names or regular expressions; an expression matches whole names.")),
            kind(
                    "drop",
                    "Removes columns.",
                    "columns",
                    required("columns", NAMES, "Names or regular expressions; an expression matches whole names.")),
            kind("rename", "Renames columns in place.", "columns", required("columns", TEXTS, "Old name to new name.")),
            kind(
                    "cast",
                    "Changes the type of columns; a value that the new type cannot hold stops the run.",
                    "columns",
                    required("columns", TEXTS, "Name to SQL type, such as int, date or decimal(10,2).")),
            kind(
                    "filter",
                    "Keeps the rows for which a condition is true; rows for which it is NULL go.",
                    "where",
                    required("where", TEXT, "A SQL condition on one row.")),
            kind(
                    "fill",
                    "Puts a value in the place of NULL.",
                    "columns",
                    required("columns", VALUES, "Name to value, of the column's own type.")),
            kind(
                    "replace",
                    "Puts new values in the place of old ones.",
                    null,
                    required("columns", NAMES, "The columns to look at."),
                    required("values", VALUES, "Old value to new value; null makes it NULL.")),
            kind(
                    "derive",
                    "Computes columns from the columns of the same row.",
                    "columns",
                    required(
                            "columns",
                            TEXTS,
                            "Name to SQL expression over the step's input; a name that is there is replaced.")),
            kind(
                    "deduplicate",
                    "Keeps one row per key.",
                    null,
                    required("by", NAMES, "The columns that make the key; NULL is a value like any other."),
                    optional(
                            "order-by",
                            NAMES,
                            "The greatest value wins, NULL last; all columns break ties. Absent: all columns decide."),
                    choice("keep", "Which end of the order wins. Absent: last.", "last", "first")),
            kind(
                    "sql",
                    "Replaces the rows by the result of one SELECT over input.",
                    "query",
                    optional("query", TEXT, "The SELECT; either this or file."),
                    optional("file", TEXT, "A file with the SELECT, relative to the spec.")),
            kind(
                    "join",
                    "Adds the columns of a pinned version of another Delta table.",
                    null,
                    required("table", TEXT, "A folder, relative to the spec, or a name with its schema: schema.table."),
                    required("version", INTEGER, "The Delta version to read."),
                    required("on", NAMES, "The columns that both share; unique in the other table."),
                    optional("columns", NAMES, "The columns to add. Absent: all but those of on."),
                    choice(
                            "how",
                            "What becomes of rows without a match: left keeps them with NULLs, inner drops them. Absent: left.",
                            "left",
                            "inner")),
            kind(
                    "class",
                    "Runs a transform of your own from the class path.",
                    null,
                    required("class", TEXT, "The class, a record that implements io.lakeproof.transforms.Transform."),
                    optional("with", ANYTHING, "The record's components by name. Absent: none."),
                    choice("scope", "How far it looks. Absent: global.", "row-local", "key-local", "global")));

    private Kinds() {}

    static List<Kind> all() {
        return ALL;
    }

    static Step.Parsed parse(Object item, Surroundings around) {
        return new Step.Parsed(Optional.empty(), List.of(new Problem("", "not yet built")));
    }

    private static Kind kind(String name, String description, String direct, Parameter... parameters) {
        return new Kind(name, description, List.of(parameters), Optional.ofNullable(direct));
    }

    private static Parameter required(String name, Kind.Type type, String description) {
        return new Parameter(name, type, true, description, List.of());
    }

    private static Parameter optional(String name, Kind.Type type, String description) {
        return new Parameter(name, type, false, description, List.of());
    }

    private static Parameter choice(String name, String description, String... choices) {
        return new Parameter(name, TEXT, false, description, List.of(choices));
    }
}
