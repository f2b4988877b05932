package io.lakeproof.transforms.features;

import static io.lakeproof.transforms.Kind.Type.ANYTHING;
import static io.lakeproof.transforms.Kind.Type.INTEGER;
import static io.lakeproof.transforms.Kind.Type.NAMES;
import static io.lakeproof.transforms.Kind.Type.NUMBER;
import static io.lakeproof.transforms.Kind.Type.NUMBERS;
import static io.lakeproof.transforms.Kind.Type.TEXT;
import static io.lakeproof.transforms.Kind.Type.VALUE;

import io.lakeproof.transforms.Assumed;
import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Kind;
import io.lakeproof.transforms.Kind.Parameter;
import io.lakeproof.transforms.Parameters;
import io.lakeproof.transforms.Problem;
import io.lakeproof.transforms.features.FeatureStep.Defaults;
import io.lakeproof.transforms.features.FeatureStep.Parsed;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The kinds of feature steps, and how one is read. */
final class FeatureKinds {

    private static final Parameter COLUMNS = required("columns", NAMES, "The columns.");
    private static final Parameter SUFFIX = optional(
            "suffix",
            TEXT,
            "What comes out is put behind the others, under the column's name and this. Absent: it takes the column's place.");
    private static final Parameter MIN_COUNT = optional(
            "min-count", INTEGER, "A value of fewer rows in train counts as unknown. Absent: 1, every value is known.");
    private static final Parameter UNKNOWN = choice(
            "unknown",
            "What becomes of NULL and of values that train does not know: bucket gives them a place of their own behind"
                    + " the others, error stops the run. Absent: bucket.",
            "bucket",
            "error");
    private static final Parameter LABEL = optional("label", TEXT, "The label. Absent: the spec's label.");
    private static final Parameter KEY =
            optional("key", NAMES, "The columns that tell rows apart. Absent: the split's key.");
    private static final Parameter SEED = optional("seed", INTEGER, "Another seed, another choice. Absent: 0.");

    static final List<Kind> ALL = List.of(
            kind(
                    "impute",
                    "Puts a value in the place of NULL and NaN.",
                    COLUMNS,
                    choice(
                            "strategy",
                            "mean and median make the column a double; mode takes the most frequent value, of several the"
                                    + " first by their text; constant takes value. Absent: mean.",
                            "mean",
                            "median",
                            "mode",
                            "constant"),
                    optional(
                            "value",
                            VALUE,
                            "The constant, of the columns' own type. Absent: the strategy is another.")),
            kind(
                    "scale",
                    "Moves and stretches numbers: standard to mean 0 and deviation 1, min-max to 0 and 1, robust by median"
                            + " and quartiles.",
                    COLUMNS,
                    choice("strategy", "Which. Absent: standard.", "standard", "min-max", "robust"),
                    SUFFIX),
            kind(
                    "index",
                    "Numbers the values of a column from 0, the most frequent in train first.",
                    COLUMNS,
                    MIN_COUNT,
                    UNKNOWN,
                    SUFFIX),
            kind(
                    "one-hot",
                    "Turns a value into an array of 0s with a 1 at its number; the last place is the bucket for unknown ones.",
                    COLUMNS,
                    MIN_COUNT,
                    UNKNOWN,
                    SUFFIX),
            kind(
                    "target-encode",
                    "Puts the label's mean in the place of a value: of the rows of other folds in train, of all of train"
                            + " elsewhere.",
                    COLUMNS,
                    LABEL,
                    optional("folds", INTEGER, "How many folds train falls into. Absent: 5."),
                    optional(
                            "smoothing",
                            NUMBER,
                            "How many rows the mean of all counts for, beside the value's own. Absent: 10."),
                    KEY,
                    SEED,
                    SUFFIX),
            kind(
                    "bucketize",
                    "Numbers the ranges between bounds from 0; a bound belongs to the range above it.",
                    COLUMNS,
                    required("at", NUMBERS, "The bounds, ascending."),
                    SUFFIX),
            kind(
                    "quantile",
                    "Numbers ranges that hold the same share of train's rows each.",
                    COLUMNS,
                    optional("buckets", INTEGER, "How many, 2 to 1000. Absent: 4."),
                    SUFFIX),
            kind(
                    "assemble",
                    "Puts numbers, and arrays of numbers, behind each other into one array of doubles. A NULL stops the run.",
                    COLUMNS,
                    optional("into", TEXT, "The column that gets the array. Absent: features."),
                    choice("inputs", "What becomes of the columns. Absent: keep.", "keep", "drop")),
            kind(
                    "class-weights",
                    "Adds the weight with which each class of train counts as much as any other.",
                    LABEL,
                    optional("into", TEXT, "The column that gets the weight. Absent: weight.")),
            kind(
                    "resample",
                    "Brings the classes of train to about the size of the smallest by leaving rows out, or of the largest by"
                            + " repeating rows; other parts stay as they are.",
                    LABEL,
                    choice("strategy", "Which. Absent: undersample.", "undersample", "oversample"),
                    KEY,
                    SEED),
            kind(
                    "augment",
                    "Adds copies of train's rows whose image is altered, by key and seed; other parts stay as they are.",
                    required("column", TEXT, "The image: a struct, as decode makes one."),
                    optional("copies", INTEGER, "How many of each row, 1 to 1000, beside the row itself. Absent: 1."),
                    choice(
                            "flip",
                            "By a coin turned left to right (horizontal), upside down (vertical), or by two coins either"
                                    + " (both). Absent: neither.",
                            "horizontal",
                            "vertical",
                            "both"),
                    optional(
                            "shift",
                            INTEGER,
                            "Moved by up to so many pixels, in each direction; 0 comes in. Absent: not moved."),
                    optional(
                            "rotate",
                            NUMBER,
                            "Turned about the centre by up to so many degrees, 0.1 to 180, either way. Absent: not"
                                    + " turned."),
                    optional(
                            "brightness",
                            NUMBER,
                            "Every value but alpha's times a factor from 1 less this to 1 and this, 0.01 to 1."
                                    + " Absent: as it was."),
                    KEY,
                    SEED),
            kind(
                    "estimator",
                    "Fits and applies any Estimator, or applies any Transformer, of Spark ML.",
                    required("class", TEXT, "The class, by its whole name."),
                    optional(
                            "with", ANYTHING, "Its parameters, by the names that Spark ML gives them. Absent: none.")));

    private FeatureKinds() {}

    static Parsed parse(Object item, int number, Defaults defaults) {
        List<String> names = ALL.stream().map(Kind::name).toList();
        if (!(item instanceof Map<?, ?> map) || map.size() != 1) {
            return refused(
                    "",
                    "'%s' is no feature step; write one of %s with its parameters"
                            .formatted(item, String.join(", ", names)));
        }
        String key = String.valueOf(map.keySet().iterator().next());
        Optional<Kind> kind = ALL.stream().filter(k -> k.name().equals(key)).findFirst();
        if (kind.isEmpty()) {
            return refused(
                    key,
                    "unknown feature step '%s'%s; there is %s"
                            .formatted(key, Columns.didYouMean(key, names), String.join(", ", names)));
        }
        Object raw = map.get(key);
        Parameters with = new Parameters(kind.get(), raw == null ? Map.of() : raw, example(key));
        List<String> columns =
                with.names("columns").stream().map(String::valueOf).toList();
        columns.stream()
                .filter(name -> Collections.frequency(columns, name) > 1)
                .distinct()
                .forEach(name -> with.problem("columns", "'%s' stands there twice; name it once".formatted(name)));
        Feature feature = with.problems().isEmpty() ? feature(key, with, number, defaults) : null;
        return with.problems().isEmpty()
                ? new Parsed(Optional.of(new FeatureStep(key, with.given(), feature)), List.of())
                : new Parsed(Optional.empty(), with.problems());
    }

    /** The columns behind a step that is wrong; absent: nobody can say. */
    static Optional<Assumed> assumed(Assumed input, Object item) {
        if (!(item instanceof Map<?, ?> map) || map.size() != 1) {
            return Optional.empty();
        }
        String key = String.valueOf(map.keySet().iterator().next());
        Optional<Kind> kind = ALL.stream().filter(k -> k.name().equals(key)).findFirst();
        if (kind.isEmpty() || key.equals("estimator")) {
            return Optional.empty();
        }
        Parameters with = new Parameters(kind.get(), map.get(key), "");
        List<String> names = with.names("columns").stream().map(String::valueOf).toList();
        Set<String> made = new LinkedHashSet<>();
        Stream.concat(names.stream(), input.meant(names).stream())
                .map(name -> name + suffix(with))
                // A name that is there under no suffix is what the step is about, not what it makes.
                .filter(name ->
                        with.has("suffix") || Columns.of(input.columns()).contains(name))
                .forEach(made::add);
        Stream.of("assemble", "class-weights")
                .filter(key::equals)
                .map(it -> with.text("into", it.equals("assemble") ? "features" : "weight"))
                .forEach(made::add);
        return Optional.of(input.guess(made));
    }

    /** Null, or incomplete, exactly if a problem was added. */
    private static Feature feature(String kind, Parameters with, int number, Defaults defaults) {
        return switch (kind) {
            case "impute" -> {
                Impute.Strategy strategy = word(with, Impute.Strategy.class, "mean");
                if ((strategy == Impute.Strategy.CONSTANT) != with.has("value")) {
                    with.problem("value", "strategy: constant and value: go together; write both, or neither");
                }
                yield new Impute(with.names("columns"), strategy, with.value("value"));
            }
            case "scale" -> new Scale(
                    with.names("columns"), word(with, Scale.Strategy.class, "standard"), suffix(with));
            case "index" -> new Index(with.names("columns"), minCount(with), refuses(with), suffix(with));
            case "one-hot" -> new OneHot(with.names("columns"), minCount(with), refuses(with), suffix(with));
            case "target-encode" -> new TargetEncode(
                    with.names("columns"),
                    label(with, defaults),
                    (int) between(with, "folds", 5, 2, 100),
                    smoothing(with),
                    key(with, defaults),
                    whole(with, "seed", 0),
                    suffix(with));
            case "bucketize" -> {
                List<Double> at = with.numbers("at");
                for (int i = 1; i < at.size(); i++) {
                    if (at.get(i) <= at.get(i - 1)) {
                        with.problem(
                                "at",
                                "'%s' is not above '%s'; write the bounds in ascending order"
                                        .formatted(at.get(i), at.get(i - 1)));
                    }
                }
                yield new Bucketize(with.names("columns"), at, suffix(with));
            }
            case "quantile" -> new Quantile(
                    with.names("columns"), (int) between(with, "buckets", 4, 2, 1000), suffix(with));
            case "assemble" -> new Assemble(
                    with.names("columns"),
                    with.text("into", "features"),
                    with.text("inputs", "keep").equals("drop"));
            case "class-weights" -> new ClassWeights(label(with, defaults), with.text("into", "weight"));
            case "resample" -> new Resample(
                    label(with, defaults),
                    with.text("strategy", "undersample").equals("undersample"),
                    key(with, defaults),
                    whole(with, "seed", 0));
            case "augment" -> new Augment(
                    with.text("column"),
                    (int) between(with, "copies", 1, 1, 1000),
                    range(with),
                    key(with, defaults),
                    whole(with, "seed", 0));
            case "estimator" -> {
                try {
                    yield Estimated.of(with.text("class"), with.map("with"), "feature_" + number);
                } catch (Estimated.Refused refused) {
                    with.problem(refused.key(), refused.getMessage());
                    yield null;
                }
            }
            default -> throw new AssertionError(kind);
        };
    }

    private static String example(String kind) {
        return switch (kind) {
            case "impute" -> "impute: {columns: [column], strategy: median}";
            case "bucketize" -> "bucketize: {columns: [column], at: [0, 10, 100]}";
            case "augment" -> "augment: {column: image, flip: horizontal}";
            case "class-weights", "resample" -> kind + ": {label: target}";
            case "estimator" -> "estimator: {class: org.apache.spark.ml.feature.PCA, with: {inputCol: features, outputCol: pca, k: 3}}";
            default -> kind + ": {columns: [column]}";
        };
    }

    private static <E extends Enum<E>> E word(Parameters with, Class<E> type, String absent) {
        return Enum.valueOf(
                type, with.text("strategy", absent).replace('-', '_').toUpperCase(Locale.ROOT));
    }

    private static String suffix(Parameters with) {
        return with.text("suffix", "");
    }

    private static boolean refuses(Parameters with) {
        return with.text("unknown", "bucket").equals("error");
    }

    private static long minCount(Parameters with) {
        return between(with, "min-count", 1, 1, Long.MAX_VALUE);
    }

    private static double smoothing(Parameters with) {
        double smoothing = with.has("smoothing") ? with.number("smoothing") : 10;
        if (smoothing < 0) {
            with.problem("smoothing", "'%s' is below 0; write 0 or more".formatted(smoothing));
        }
        return smoothing;
    }

    private static Alteration.Range range(Parameters with) {
        String flip = with.text("flip", "");
        Alteration.Range range = new Alteration.Range(
                flip.equals("horizontal") || flip.equals("both"),
                flip.equals("vertical") || flip.equals("both"),
                with.has("shift") ? (int) between(with, "shift", 0, 1, 10_000) : 0,
                amount(with, "rotate", 0.1, 180),
                amount(with, "brightness", 0.01, 1));
        if (Stream.of("flip", "shift", "rotate", "brightness").noneMatch(with::has)) {
            with.problem(
                    "flip", "missing, and so are shift, rotate and brightness: write one, such as flip: horizontal");
        }
        return range;
    }

    /** 0 when absent. */
    private static double amount(Parameters with, String name, double least, double most) {
        if (!with.has(name)) {
            return 0;
        }
        double value = with.number(name);
        if (value < least || value > most) {
            with.problem(name, "'%s' is not from %s to %s".formatted(value, least, most));
        }
        return value;
    }

    private static long whole(Parameters with, String name, long absent) {
        return with.has(name) ? with.integer(name) : absent;
    }

    private static long between(Parameters with, String name, long absent, long least, long most) {
        long value = whole(with, name, absent);
        if (value < least || value > most) {
            with.problem(
                    name,
                    most == Long.MAX_VALUE
                            ? "'%d' is below %d".formatted(value, least)
                            : "'%d' is not from %d to %d".formatted(value, least, most));
        }
        return value;
    }

    /** What the spec says elsewhere counts as a parameter: another label is another step. */
    private static String label(Parameters with, Defaults defaults) {
        if (!with.has("label")) {
            defaults.label()
                    .ifPresentOrElse(
                            label -> with.put("label", label),
                            () -> with.problem("label", "missing, and the spec names none; write label: target"));
        }
        return with.text("label", "");
    }

    private static List<String> key(Parameters with, Defaults defaults) {
        if (!with.has("key")) {
            with.put("key", defaults.key());
        }
        return with.names("key");
    }

    private static Parsed refused(String path, String message) {
        return new Parsed(Optional.empty(), List.of(new Problem(path, message)));
    }

    private static Kind kind(String name, String description, Parameter... parameters) {
        return new Kind(name, description, List.of(parameters), Optional.empty());
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
