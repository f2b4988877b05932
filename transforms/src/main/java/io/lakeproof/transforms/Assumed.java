package io.lakeproof.transforms;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns between the steps of a spec that may be wrong. A wrong step is stepped over with the columns that it would most
 * likely have made, so that one mistake hides no other; and what may come of the mistake alone is no problem of its own.
 *
 * @param columns in their order; the guessed ones are of type void
 * @param guessed the names of those that a wrong step may have made, changed or removed
 */
public record Assumed(StructType columns, Set<String> guessed) {

    /**
     * What comes of a step.
     *
     * @param step the step, its scope settled if it fits; absent: it could not be read
     * @param columns behind it; absent: nobody can say
     * @param problems what keeps it from running, whatever the guessed columns are
     * @param warnings what may keep its result from being the same every time
     */
    public record Tried(
            Optional<Step> step, Optional<Assumed> columns, List<Problem> problems, List<String> warnings) {}

    private static final Pattern MISSING = Pattern.compile("\\bno column '|cannot be resolved");

    public Assumed {
        guessed = Set.copyOf(guessed);
        Set<String> unknown = guessed;
        columns = new StructType(Stream.of(columns.fields())
                .map(field -> unknown.contains(field.name())
                        ? DataTypes.createStructField(field.name(), DataTypes.NullType, true)
                        : field)
                .toArray(StructField[]::new));
    }

    /** Columns that are known. */
    public static Assumed known(StructType columns) {
        return new Assumed(columns, Set.of());
    }

    /**
     * Tries an item of the spec's {@code transforms}.
     *
     * @param item the YAML as maps, lists and scalars
     * @param step what was read of it; absent: it could not be read
     */
    public Tried behind(SparkSession spark, Object item, Optional<Step> step) {
        // A class may ask anything of the types.
        if (step.isEmpty() || (step.get().kind().equals("class") && !guessed.isEmpty())) {
            return new Tried(step, assumed(item), List.of(), List.of());
        }
        Step.Checked checked = step.get().check(spark, columns);
        if (checked.problems().isEmpty()) {
            return new Tried(
                    Optional.of(checked.step()),
                    Optional.of(fitting(step.get(), checked.output())),
                    List.of(),
                    checked.warnings());
        }
        return new Tried(
                step,
                assumed(item),
                checked.problems().stream()
                        .filter(problem -> holds(step.get().with(), problem.message()))
                        .toList(),
                checked.warnings());
    }

    /**
     * Whether a problem holds whatever the guessed columns are: their names are known, their types are not.
     *
     * @param text what the problem is about: text, or lists and maps of it
     */
    public boolean holds(Object text, String problem) {
        return !mentioned(text) || MISSING.matcher(problem).find();
    }

    /** With columns of which the name alone is known; one that is there may have become another. */
    public Assumed guess(Collection<String> names) {
        StructType all = columns;
        Set<String> guesses = new HashSet<>(guessed);
        for (String name : names) {
            Optional<String> there =
                    Columns.of(all).stream().filter(name::equalsIgnoreCase).findFirst();
            if (there.isEmpty()) {
                all = all.add(name, DataTypes.NullType);
            }
            guesses.add(there.orElse(name));
        }
        return new Assumed(all, guesses);
    }

    /** The columns that are there and may be meant by names, well or badly spelt: all, where a name is like none of them. */
    public List<String> meant(Collection<String> names) {
        List<String> there = Columns.of(columns);
        return names.stream()
                .map(name -> there.contains(name) ? Optional.of(name) : Columns.nearest(name, there))
                .flatMap(near -> near.map(List::of).orElse(there).stream())
                .toList();
    }

    private boolean mentioned(Object text) {
        if (text instanceof Map<?, ?> map) {
            return map.entrySet().stream().anyMatch(entry -> mentioned(entry.getKey()) || mentioned(entry.getValue()));
        } else if (text instanceof Collection<?> items) {
            return items.stream().anyMatch(this::mentioned);
        }
        String plain = String.valueOf(text).replace("`", "");
        return guessed.stream().anyMatch(name -> Pattern.compile(
                        "(?<!\\w)" + Pattern.quote(name.replace("`", "")) + "(?!\\w)",
                        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                .matcher(plain)
                .find());
    }

    /** Behind a step that fits: what it makes of guessed columns is guessed too. */
    private Assumed fitting(Step step, StructType output) {
        Set<String> guesses = new HashSet<>(guessed);
        Map<String, String> texts = texts(step.with());
        switch (step.kind()) {
            case "cast" -> guesses.removeAll(texts.keySet());
            case "rename" -> {
                guesses.removeAll(texts.keySet());
                guessed.forEach(name -> guesses.add(texts.getOrDefault(name, name)));
            }
            case "derive" -> texts.forEach((name, sql) -> {
                guesses.remove(name);
                if (mentioned(sql)) {
                    guesses.add(name);
                }
            });
            case "sql" -> {
                if (mentioned(step.with())) {
                    guesses.addAll(Columns.of(output));
                }
            }
            default -> {}
        }
        guesses.retainAll(Columns.of(output));
        return new Assumed(output, guesses);
    }

    /** Behind a step that is wrong; absent: nobody can say. */
    private Optional<Assumed> assumed(Object item) {
        if (!(item instanceof Map<?, ?> map)) {
            return Optional.empty();
        }
        Optional<Assumed> behind = Optional.of(this);
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            behind = behind.flatMap(before -> before.assumed(String.valueOf(entry.getKey()), entry.getValue()));
        }
        return behind;
    }

    private Optional<Assumed> assumed(String key, Object raw) {
        Optional<Kind> kind = Kinds.like(key);
        if (kind.isEmpty()) {
            return Optional.of(guess(words(raw)));
        }
        Map<String, Object> with = new Parameters(kind.get(), raw, "").given();
        List<String> names = strings(with.get("columns"));
        Map<String, String> texts = texts(with);
        return switch (kind.get().name()) {
            case "filter", "deduplicate", "fill", "replace" -> Optional.of(this);
            case "select" -> Optional.of(guess(unmatched(names)));
            case "drop" -> Optional.of(dropped(names));
            case "cast" -> Optional.of(guess(meant(texts.keySet())));
            case "rename" -> texts.isEmpty() ? Optional.empty() : Optional.of(renamed(texts));
            case "derive" -> texts.isEmpty()
                    ? Optional.empty()
                    : Optional.of(guess(texts.keySet().stream()
                            .filter(name -> !name.isBlank())
                            .toList()));
            case "join" -> names.isEmpty() ? Optional.empty() : Optional.of(guess(names));
            case "infer" -> Optional.ofNullable(with.get("output-col")).map(name -> guess(List.of((String) name)));
            case "decode", "resize", "grayscale", "normalize" -> Optional.ofNullable(with.get("into"))
                    .map(name -> guess(List.of((String) name)))
                    .or(() ->
                            Optional.ofNullable(with.get("column")).map(name -> guess(meant(List.of((String) name)))));
            default -> Optional.empty();
        };
    }

    /** A wrong choice says little of what it leaves out: those columns stay. */
    private List<String> unmatched(List<String> entries) {
        List<String> rest = new ArrayList<>(Columns.of(columns));
        entries.forEach(entry -> rest.removeAll(matching(entry)));
        return rest;
    }

    private Assumed dropped(List<String> entries) {
        List<String> gone =
                entries.stream().flatMap(entry -> matching(entry).stream()).toList();
        List<String> wrong =
                entries.stream().filter(entry -> matching(entry).isEmpty()).toList();
        StructType left = new StructType(Stream.of(columns.fields())
                .filter(field -> !gone.contains(field.name()))
                .toArray(StructField[]::new));
        if (left.isEmpty()) {
            return guess(gone);
        }
        Assumed rest = new Assumed(left, guessed);
        // What an entry that means nothing was to remove may be a column made anew further down.
        return rest.guess(rest.meant(wrong));
    }

    private List<String> matching(String entry) {
        try {
            return Columns.matching(columns, entry);
        } catch (PatternSyntaxException none) {
            return List.of();
        }
    }

    private Assumed renamed(Map<String, String> texts) {
        Set<String> taken = new HashSet<>();
        boolean clear = Columns.of(columns).stream()
                .allMatch(name -> taken.add(texts.getOrDefault(name, name).toLowerCase(Locale.ROOT)));
        List<String> guesses = new ArrayList<>(texts.values());
        if (!clear) {
            guesses.addAll(meant(texts.keySet()));
            return guess(guesses);
        }
        Set<String> carried = new HashSet<>();
        guessed.forEach(name -> carried.add(texts.getOrDefault(name, name)));
        Assumed renamed = new Assumed(
                new StructType(Stream.of(columns.fields())
                        .map(field -> DataTypes.createStructField(
                                texts.getOrDefault(field.name(), field.name()), field.dataType(), field.nullable()))
                        .toArray(StructField[]::new)),
                carried);
        List<String> absent = texts.keySet().stream()
                .filter(name -> !Columns.of(columns).contains(name))
                .toList();
        guesses.removeIf(name -> Columns.of(renamed.columns).contains(name));
        guesses.addAll(renamed.meant(absent));
        return renamed.guess(guesses);
    }

    private static Map<String, String> texts(Map<String, Object> with) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (with.get("columns") instanceof Map<?, ?> map) {
            map.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }

    private static List<String> strings(Object names) {
        return names instanceof List<?> list
                ? list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList()
                : List.of();
    }

    /** Whatever may be a name in a step of no kind. */
    private static List<String> words(Object raw) {
        if (raw instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .flatMap(entry -> Stream.concat(words(entry.getKey()).stream(), words(entry.getValue()).stream()))
                    .toList();
        } else if (raw instanceof Collection<?> items) {
            return items.stream().flatMap(item -> words(item).stream()).toList();
        }
        return raw instanceof String text && !text.isBlank() ? List.of(text) : List.of();
    }
}
