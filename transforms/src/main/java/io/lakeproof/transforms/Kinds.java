package io.lakeproof.transforms;

import static io.lakeproof.transforms.Kind.Type.ANYTHING;
import static io.lakeproof.transforms.Kind.Type.FLAG;
import static io.lakeproof.transforms.Kind.Type.INTEGER;
import static io.lakeproof.transforms.Kind.Type.NAMES;
import static io.lakeproof.transforms.Kind.Type.NUMBERS;
import static io.lakeproof.transforms.Kind.Type.TEXT;
import static io.lakeproof.transforms.Kind.Type.TEXTS;
import static io.lakeproof.transforms.Kind.Type.VALUES;

import io.lakeproof.transforms.Kind.Parameter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.sql.types.DataType;

/** The kinds of steps, and how one is read. */
final class Kinds {

    private static final Parameter INTO =
            optional("into", TEXT, "The column that gets the result. Absent: the same one.");

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
                    optional("column", NAMES, "The column to look at; either this or columns."),
                    optional("columns", NAMES, "The columns to look at."),
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
                    "decode",
                    "Makes an image of a PNG or JPEG file's bytes.",
                    "column",
                    required("column", TEXT, "The column with the bytes."),
                    INTO,
                    optional("max-pixels", INTEGER, "An image with more stops the run. Absent: 25,000,000.")),
            kind(
                    "resize",
                    "Gives images another size, bilinear.",
                    null,
                    required("column", TEXT, "The column with the images."),
                    required("height", INTEGER, "In pixels."),
                    required("width", INTEGER, "In pixels."),
                    INTO),
            kind(
                    "grayscale",
                    "Makes one channel of all.",
                    "column",
                    required("column", TEXT, "The column with the images."),
                    INTO),
            kind(
                    "normalize",
                    "Makes an array of floats of an image: (pixel / 255 - mean) / std.",
                    "column",
                    required("column", TEXT, "The column with the images."),
                    INTO,
                    optional("mean", NUMBERS, "Of each channel, or one for all. Absent: 0."),
                    optional("std", NUMBERS, "Of each channel, or one for all. Absent: 1."),
                    choice(
                            "layout",
                            "Whether a channel's values stand together, or a pixel's. Absent: channels-first.",
                            "channels-first",
                            "channels-last")),
            kind(
                    "infer",
                    "Adds what a model of deep learning says of each row.",
                    null,
                    required("model-url", TEXT, "The model's file, relative to the spec, or any Hadoop URI."),
                    optional(
                            "sha256",
                            TEXT,
                            "What the file's SHA-256 must be. Absent: whatever it is, the version record names it."),
                    optional("engine", TEXT, "The engine of DJL that runs it. Absent: OnnxRuntime."),
                    required("task", TEXT, "What is wanted.", "classify", "embed", "predict"),
                    required(
                            "input-cols",
                            NAMES,
                            "Columns of numbers, arrays of numbers, images, or text, in the order that the model takes them."),
                    required("output-col", TEXT, "The name of the new column."),
                    optional(
                            "output",
                            TEXT,
                            "Which of the model's outputs. Absent: its last one to embed, its first one otherwise."),
                    optional("batch-size", INTEGER, "Rows at once. Absent: what the model fixes, or 64."),
                    optional("top-k", INTEGER, "How many classes to list. Absent: 5."),
                    optional(
                            "apply-softmax",
                            FLAG,
                            "Whether scores become probabilities first. Absent: they are probabilities already."),
                    optional(
                            "translator-factory",
                            TEXT,
                            "A class of DJL's that makes the model's inputs and reads its outputs. Absent: values go in as they are.")),
            kind(
                    "class",
                    "Runs a transform of your own from the class path.",
                    null,
                    required("class", TEXT, "The class, a record that implements io.lakeproof.transforms.Transform."),
                    optional("with", ANYTHING, "The record's components by name. Absent: none."),
                    choice("scope", "How far it looks. Absent: global.", "row-local", "key-local", "global"),
                    optional(
                            "by",
                            NAMES,
                            "The columns that rows must share to see each other; needed when key-local.")));

    private Kinds() {}

    static List<Kind> all() {
        return ALL;
    }

    /** The kind of that name, or the one that may be meant by it. */
    static Optional<Kind> like(String name) {
        List<String> names = ALL.stream().map(Kind::name).toList();
        Optional<String> meant = names.contains(name) ? Optional.of(name) : Columns.nearest(name, names);
        return ALL.stream()
                .filter(kind -> meant.filter(kind.name()::equals).isPresent())
                .findFirst();
    }

    static Step.Parsed parse(Object item, Surroundings around) {
        List<String> names = ALL.stream().map(Kind::name).toList();
        if (!(item instanceof Map<?, ?> map) || map.isEmpty()) {
            return refused(
                    "",
                    "'%s' is no step; write one of %s with its parameters".formatted(item, String.join(", ", names)));
        }
        Optional<Kind> found =
                ALL.stream().filter(kind -> map.containsKey(kind.name())).findFirst();
        if (found.isEmpty()) {
            String key = String.valueOf(map.keySet().iterator().next());
            return refused(
                    key,
                    "unknown step '%s'%s; there is %s"
                            .formatted(key, Columns.didYouMean(key, names), String.join(", ", names)));
        }
        Kind kind = found.get();
        boolean beside = kind.name().equals("class");
        if (!beside && map.size() > 1) {
            String other = map.keySet().stream()
                    .map(String::valueOf)
                    .filter(key -> !key.equals(kind.name()))
                    .findFirst()
                    .orElseThrow();
            return refused(
                    other,
                    "'%s' stands beside '%s'; indent it if it is a parameter, or begin it with - if it is the next step"
                            .formatted(other, kind.name()));
        }
        Parameters parameters = new Parameters(kind, beside ? map : map.get(kind.name()), example(kind.name()));
        Transform transform = parameters.problems().isEmpty() ? transform(kind, parameters, around) : null;
        return parameters.problems().isEmpty()
                ? new Step.Parsed(
                        Optional.of(new Step(kind.name(), parameters.given(), transform, scope(kind, parameters))),
                        List.of())
                : new Step.Parsed(Optional.empty(), parameters.problems());
    }

    /** How a step of the kind is written. */
    static String example(String kind) {
        return switch (kind) {
            case "select", "drop" -> kind + ": [first, \"second_.*\"]";
            case "rename" -> "rename: {old: new}";
            case "cast" -> "cast: {column: int}";
            case "filter" -> "filter: \"column > 0\"";
            case "fill" -> "fill: {column: 0}";
            case "replace" -> "replace: {columns: [column], values: {old: new}}";
            case "derive" -> "derive: {column: \"a * b\"}";
            case "deduplicate" -> "deduplicate: {by: [id], order-by: [updated_at]}";
            case "sql" -> "sql: SELECT * FROM input";
            case "join" -> "join: {table: ../other/train, version: 3, on: [id]}";
            case "decode" -> "decode: bytes";
            case "resize" -> "resize: {column: image, height: 28, width: 28}";
            case "grayscale" -> "grayscale: image";
            case "normalize" -> "normalize: {column: image, into: x, mean: 0.5, std: 0.5}";
            case "infer" -> "infer: {model-url: iris.onnx, task: classify, input-cols: [a, b], output-col: species}";
            case "class" -> "class: com.example.Scrub";
            default -> throw new AssertionError(kind);
        };
    }

    /** Null, or incomplete, exactly if a problem was added. */
    private static Transform transform(Kind kind, Parameters with, Surroundings around) {
        return switch (kind.name()) {
            case "select" -> new Select(with.names("columns"));
            case "drop" -> new Drop(with.names("columns"));
            case "rename" -> new Rename(with.texts("columns"));
            case "cast" -> cast(with);
            case "filter" -> {
                SqlCheck.expressionText(with.text("where")).forEach(problem -> with.problem("where", problem));
                yield new Filter(with.text("where"));
            }
            case "fill" -> fill(with);
            case "replace" -> {
                if (with.has("column") == with.has("columns")) {
                    with.problem("columns", "say which columns: either column or columns");
                }
                yield new Replace(with.names(with.has("column") ? "column" : "columns"), with.map("values"));
            }
            case "derive" -> {
                if (with.texts("columns").keySet().stream().anyMatch(String::isBlank)) {
                    with.problem("columns", "'' is no name for a column; write one before the colon");
                }
                with.texts("columns").forEach((name, sql) -> SqlCheck.expressionText(sql)
                        .forEach(problem -> with.problem("columns", "column '" + name + "': " + problem)));
                yield new Derive(with.texts("columns"));
            }
            case "deduplicate" -> new Deduplicate(
                    with.names("by"),
                    with.names("order-by"),
                    with.text("keep", "last").equals("last"));
            case "sql" -> sql(with, around);
            case "join" -> join(with, around);
            case "decode", "resize", "grayscale", "normalize" -> image(kind.name(), with);
            case "infer" -> infer(with, around);
            case "class" -> {
                if (with.text("scope", "global").equals("key-local") != with.has("by")) {
                    with.problem("scope", "scope: key-local and by: go together; say by which columns it looks");
                }
                yield UserClass.bind(with);
            }
            default -> throw new AssertionError(kind);
        };
    }

    private static Cast cast(Parameters with) {
        Map<String, DataType> types = new LinkedHashMap<>();
        with.texts("columns").forEach((name, sql) -> {
            try {
                types.put(name, Cast.type(sql));
            } catch (BadStep bad) {
                with.problem("columns", "column '" + name + "': " + bad.getMessage());
            }
        });
        return new Cast(types);
    }

    private static Fill fill(Parameters with) {
        with.map("columns").forEach((name, value) -> {
            if (value == null) {
                with.problem("columns", "column '" + name + "': NULL cannot take the place of NULL; write a value");
            }
        });
        return new Fill(with.map("columns"));
    }

    private static Sql sql(Parameters with, Surroundings around) {
        if (with.has("query") == with.has("file")) {
            with.problem("query", "give either the query or its file");
            return null;
        }
        if (with.has("file")) {
            try {
                with.put("query", around.read(with.text("file")));
            } catch (IOException | RuntimeException unreadable) {
                with.problem("file", "'%s' cannot be read: %s".formatted(with.text("file"), unreadable.getMessage()));
                return null;
            }
        }
        SqlCheck.queryText(with.text("query"), SqlCheck.INPUT).forEach(problem -> {
            if (with.has("file")) {
                with.problem("file", Step.inFile(with.text("file"), problem));
            } else {
                with.problem("query", problem);
            }
        });
        return new Sql(with.text("query"));
    }

    private static Join join(Parameters with, Surroundings around) {
        if (with.integer("version") < 0) {
            with.problem(
                    "version",
                    "'%d' is no version of a Delta table; they begin at 0".formatted(with.integer("version")));
        }
        String table = with.text("table");
        return new Join(
                Join.isName(table) ? table : around.resolve(table),
                with.integer("version"),
                with.names("on"),
                with.names("columns"),
                with.text("how", "left").equals("inner"));
    }

    private static ImageStep image(String kind, Parameters with) {
        for (String name : List.of("max-pixels", "height", "width")) {
            atLeastOne(with, name, name.equals("max-pixels") ? Integer.MAX_VALUE / 4 : 10_000);
        }
        if (with.numbers("std").contains(0.0)) {
            with.problem("std", "'0' cannot be divided by; write what the model was trained with");
        }
        ImageStep.Work work =
                switch (kind) {
                    case "decode" -> new ImageStep.Decode((int) with.integer("max-pixels", Picture.MOST_PIXELS));
                    case "resize" -> new ImageStep.Resize((int) with.integer("height"), (int) with.integer("width"));
                    case "grayscale" -> new ImageStep.Grayscale();
                    default -> new ImageStep.Normalize(
                            with.has("mean") ? with.numbers("mean") : List.of(0.0),
                            with.has("std") ? with.numbers("std") : List.of(1.0),
                            with.text("layout", "channels-first").equals("channels-first"));
                };
        return new ImageStep(kind, with.text("column"), Optional.ofNullable(with.text("into")), work);
    }

    private static Infer infer(Parameters with, Surroundings around) {
        Infer.Task task = Infer.Task.valueOf(with.text("task").toUpperCase(Locale.ROOT));
        for (String name : List.of("top-k", "apply-softmax")) {
            if (with.has(name) && task != Infer.Task.CLASSIFY) {
                with.problem(name, "has a meaning with task: classify alone; write that, or remove it");
            }
        }
        if (with.has("output") && with.has("translator-factory")) {
            with.problem("output", "a translator-factory chooses the output; remove one of them");
        }
        atLeastOne(with, "batch-size", 65_536);
        atLeastOne(with, "top-k", 65_536);
        String url = with.text("model-url");
        if (url.matches("(?i)(djl|https?|jar):.*")) {
            with.problem(
                    "model-url",
                    "'%s' would be fetched anew by each run; put the file beside the spec or into the lake, and name it there"
                            .formatted(url));
            return null;
        }
        byte[] bytes;
        try {
            bytes = around.bytes(url);
        } catch (IOException | RuntimeException unreadable) {
            with.problem("model-url", "'%s' cannot be read: %s".formatted(url, unreadable.getMessage()));
            return null;
        }
        String sha256 = DigestUtils.sha256Hex(bytes);
        if (!with.text("sha256", sha256).equalsIgnoreCase(sha256)) {
            with.problem(
                    "sha256",
                    "'%s' is not that of %s, which is %s; bring back the file, or correct it"
                            .formatted(with.text("sha256"), url, sha256));
        }
        with.put("sha256", sha256);
        return new Infer(
                new Infer.ModelFile(with.text("engine", "OnnxRuntime"), sha256, bytes),
                task,
                with.names("input-cols"),
                with.text("output-col"),
                Optional.ofNullable(with.text("output")),
                with.has("batch-size") ? Optional.of((int) with.integer("batch-size")) : Optional.empty(),
                (int) with.integer("top-k", 5),
                with.flag("apply-softmax"),
                Optional.ofNullable(with.text("translator-factory")));
    }

    private static void atLeastOne(Parameters with, String name, int most) {
        long given = with.integer(name, 1);
        if (given < 1 || given > most) {
            with.problem(name, "'%d' is not between 1 and %,d".formatted(given, most));
        }
    }

    private static Scope scope(Kind kind, Parameters with) {
        return switch (kind.name()) {
            case "deduplicate" -> Scope.KEY_LOCAL;
            case "sql" -> Scope.GLOBAL;
            case "class" -> Scope.valueOf(
                    with.text("scope", "global").replace('-', '_').toUpperCase(Locale.ROOT));
            default -> Scope.ROW_LOCAL;
        };
    }

    private static Step.Parsed refused(String path, String message) {
        return new Step.Parsed(Optional.empty(), List.of(new Problem(path, message)));
    }

    private static Kind kind(String name, String description, String direct, Parameter... parameters) {
        return new Kind(name, description, List.of(parameters), Optional.ofNullable(direct));
    }

    private static Parameter required(String name, Kind.Type type, String description, String... choices) {
        return new Parameter(name, type, true, description, List.of(choices));
    }

    private static Parameter optional(String name, Kind.Type type, String description) {
        return new Parameter(name, type, false, description, List.of());
    }

    private static Parameter choice(String name, String description, String... choices) {
        return new Parameter(name, TEXT, false, description, List.of(choices));
    }
}
