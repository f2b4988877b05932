package io.lakeproof.transforms;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One step's parameters while they are read: what is wrong with them is collected, never thrown. */
public final class Parameters {

    private final Kind kind;
    private final String example;
    private final boolean written;
    private final Map<String, Object> given = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /**
     * Reads what was given.
     *
     * @param raw what stands behind the kind's key; for a kind without a direct parameter, a map with all of them
     * @param example how a step of the kind is written
     */
    public Parameters(Kind kind, Object raw, String example) {
        this.kind = kind;
        this.example = example;
        Optional<Kind.Parameter> direct = kind.parameters().stream()
                .filter(parameter ->
                        kind.direct().filter(parameter.name()::equals).isPresent())
                .findFirst();
        this.written = direct.isEmpty() || (raw instanceof Map<?, ?> map && longForm(direct.get(), map));
        if (written && !(raw instanceof Map<?, ?>)) {
            problems.add(new Problem(kind.name(), "'%s' is not a map; write %s".formatted(show(raw), example)));
            return;
        }
        Map<String, Object> tree =
                written ? strings((Map<?, ?>) raw) : Map.of(direct.get().name(), absent(raw));
        List<String> known =
                kind.parameters().stream().map(Kind.Parameter::name).toList();
        tree.keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> problems.add(new Problem(
                        path(name),
                        "unknown parameter '%s'%s; %s takes %s"
                                .formatted(
                                        name,
                                        Columns.didYouMean(name, known),
                                        kind.name(),
                                        String.join(", ", known)))));
        for (Kind.Parameter parameter : kind.parameters()) {
            Object value = tree.get(parameter.name());
            if (value == null || value == ABSENT) {
                if (parameter.required()) {
                    problems.add(new Problem(
                            written ? kind.name() : path(parameter.name()),
                            "'%s' is missing; write %s".formatted(parameter.name(), example)));
                }
            } else {
                Object typed = typed(parameter, value);
                if (typed != null) {
                    given.put(parameter.name(), typed);
                }
            }
        }
    }

    /** Everything that is wrong so far. */
    public List<Problem> problems() {
        return Collections.unmodifiableList(problems);
    }

    /** All that was given, short forms written out. */
    public Map<String, Object> given() {
        return Collections.unmodifiableMap(given);
    }

    /** Fills in what was left out. */
    public void put(String name, Object value) {
        given.put(name, value);
    }

    /** Adds a problem with a parameter. */
    public void problem(String name, String message) {
        problems.add(new Problem(path(name), message));
    }

    /** Whether it was given. */
    public boolean has(String name) {
        return given.containsKey(name);
    }

    /** Null when absent. */
    public String text(String name) {
        return (String) given.get(name);
    }

    /** The text of a parameter, or another. */
    public String text(String name, String whenAbsent) {
        return (String) given.getOrDefault(name, whenAbsent);
    }

    /** The whole number of a parameter that was given. */
    public long integer(String name) {
        return (Long) given.get(name);
    }

    long integer(String name, long whenAbsent) {
        return (Long) given.getOrDefault(name, whenAbsent);
    }

    boolean flag(String name) {
        return (Boolean) given.getOrDefault(name, false);
    }

    /** Empty when absent. */
    public List<Double> numbers(String name) {
        return ((List<?>) given.getOrDefault(name, List.of()))
                .stream().map(number -> ((Number) number).doubleValue()).toList();
    }

    /** The number of a parameter that was given. */
    public double number(String name) {
        return (Double) given.get(name);
    }

    /** Null when absent. */
    public Object value(String name) {
        return given.get(name);
    }

    /** Empty when absent. */
    @SuppressWarnings("unchecked")
    public List<String> names(String name) {
        return (List<String>) given.getOrDefault(name, List.of());
    }

    @SuppressWarnings("unchecked")
    Map<String, String> texts(String name) {
        return (Map<String, String>) given.get(name);
    }

    /** Empty when absent. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> map(String name) {
        return (Map<String, Object>) given.getOrDefault(name, Map.of());
    }

    /** Where a parameter stands in the YAML. */
    String path(String name) {
        return !written ? kind.name() : kind.name().equals("class") ? name : kind.name() + "." + name;
    }

    private static final Object ABSENT = new Object();

    private static Object absent(Object raw) {
        return raw == null ? ABSENT : raw;
    }

    /** {@code rename: {columns: {a: b}}} is the long form, {@code rename: {columns: b}} renames a column of that name. */
    private boolean longForm(Kind.Parameter direct, Map<?, ?> map) {
        return switch (direct.type()) {
            case TEXTS, VALUES -> map.get(direct.name()) instanceof Map<?, ?>;
            case TEXT, INTEGER, FLAG, NUMBER, NUMBERS, VALUE, NAMES, ANYTHING -> true;
        };
    }

    private Object typed(Kind.Parameter parameter, Object value) {
        String path = path(parameter.name());
        switch (parameter.type()) {
            case TEXT -> {
                if (!(value instanceof String text) || text.isBlank()) {
                    return wrong(path, value, "is not text");
                }
                if (!parameter.choices().isEmpty() && !parameter.choices().contains(text)) {
                    return wrong(
                            path,
                            value,
                            "is not one of %s%s"
                                    .formatted(
                                            String.join(", ", parameter.choices()),
                                            Columns.didYouMean(text, parameter.choices())));
                }
                return text;
            }
            case INTEGER -> {
                return value instanceof Integer || value instanceof Long || value instanceof Short
                        ? (Object) ((Number) value).longValue()
                        : value instanceof BigInteger big && big.bitLength() < 64
                                ? (Object) big.longValue()
                                : wrong(path, value, "is not a whole number");
            }
            case FLAG -> {
                return value instanceof Boolean ? value : wrong(path, value, "is neither true nor false");
            }
            case NUMBERS -> {
                List<?> list = value instanceof List<?> several ? several : List.of(value);
                return list.isEmpty() || !list.stream().allMatch(Number.class::isInstance)
                        ? wrong(path, value, "is not a number or a list of numbers")
                        : List.copyOf(list);
            }
            case NUMBER -> {
                return value instanceof Number number && Double.isFinite(number.doubleValue())
                        ? (Object) number.doubleValue()
                        : wrong(path, value, "is not a number");
            }
            case VALUE -> {
                return value instanceof Map || value instanceof List
                        ? wrong(path, value, "is not a single value")
                        : value;
            }
            case NAMES -> {
                if (value instanceof String text && !text.isEmpty()) {
                    return List.of(text);
                }
                if (!(value instanceof List<?> list) || list.isEmpty()) {
                    return wrong(path, value, "is not a name or a list of names");
                }
                for (int i = 0; i < list.size(); i++) {
                    if (!(list.get(i) instanceof String text) || text.isEmpty()) {
                        wrong(path + "[" + i + "]", list.get(i), "is not a name; put it in quotes");
                    }
                }
                return Collections.unmodifiableList(new ArrayList<>(list));
            }
            case TEXTS -> {
                Map<String, Object> map = map(path, value);
                if (map != null) {
                    map.forEach((key, text) -> {
                        if (!(text instanceof String) || ((String) text).isBlank()) {
                            wrong(path + "." + key, text, "is not text; put it in quotes");
                        }
                    });
                }
                return map;
            }
            case VALUES -> {
                Map<String, Object> map = map(path, value);
                if (map != null) {
                    map.forEach((key, scalar) -> {
                        if (scalar instanceof Map || scalar instanceof List) {
                            wrong(path + "." + key, scalar, "is not a single value");
                        }
                    });
                }
                return map;
            }
            case ANYTHING -> {
                return value instanceof Map<?, ?> map ? strings(map) : wrong(path, value, "is not a map");
            }
        }
        throw new AssertionError(parameter.type());
    }

    private Map<String, Object> map(String path, Object value) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            return strings(map);
        }
        wrong(path, value, "is not a map of at least one entry; write " + example);
        return null;
    }

    private Object wrong(String path, Object value, String why) {
        problems.add(new Problem(path, "'%s' %s".formatted(show(value), why)));
        return null;
    }

    private static String show(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        Map<String, Object> strings = new LinkedHashMap<>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), value));
        return Collections.unmodifiableMap(strings);
    }
}
