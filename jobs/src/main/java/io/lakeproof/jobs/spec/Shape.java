package io.lakeproof.jobs.spec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.DidYouMean;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.Kind;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.features.FeatureStep;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What may stand behind a key of the spec: reads it, names it in the reference, and writes its JSON Schema. */
sealed interface Shape {

    /** The value, of the type that the shape names; null, and a problem, when what stands there is something else. */
    Object read(Yaml node, String path, Problems problems);

    /** What it is, as it follows "is not" in a message. */
    String words();

    /** The JSON Schema. */
    ObjectNode schema();

    /**
     * A key of a mapping.
     *
     * @param name as it is written; for a key of the user's own, a placeholder such as {@code <part>-from}
     * @param absent what holds without it; null: it must be there
     * @param example a value, as it is written
     * @param meaning one line
     */
    record SpecKey(String name, Shape shape, String absent, String example, String meaning) {
        /** What a name that holds a placeholder stands for. */
        String pattern() {
            return "^" + name.replaceAll("<[a-z]+>", ".+") + "$";
        }

        boolean required() {
            return absent == null;
        }
    }

    /** One value on its own. */
    enum Single implements Shape {
        /** A string with something in it: String. */
        TEXT("text", "put it in quotes", "string") {
            @Override
            Object value(Yaml.Scalar scalar) {
                boolean text = scalar.isFilled() || scalar.plain() instanceof String;
                return text && !scalar.text().isBlank() ? scalar.text() : null;
            }
        },
        /** A string, which may be empty, or a number as it is written: String. */
        LITERAL("text or a number", "put it in quotes", "string", "number") {
            @Override
            Object value(Yaml.Scalar scalar) {
                Object plain = scalar.plain();
                return plain instanceof String || plain instanceof Number || scalar.isFilled() ? scalar.text() : null;
            }
        },
        /** Anything but a list or a mapping: String. */
        OPTION("text, a number, true or false", "put it in quotes", "string", "number", "boolean") {
            @Override
            Object value(Yaml.Scalar scalar) {
                return scalar.isNull() ? null : scalar.text();
            }
        },
        /** Long. */
        WHOLE("a whole number", "write one such as 42", "integer") {
            @Override
            Object value(Yaml.Scalar scalar) {
                return scalar.plain() instanceof Long whole ? whole : null;
            }
        },
        /** BigDecimal. */
        POSITIVE("a number above 0", "write one such as 80", "number") {
            @Override
            Object value(Yaml.Scalar scalar) {
                Object plain = scalar.plain();
                boolean finite = plain instanceof Number && !(plain instanceof Double);
                return finite && new BigDecimal(plain.toString()).signum() > 0
                        ? new BigDecimal(plain.toString())
                        : null;
            }
        },
        /** From 0 to 1: BigDecimal. */
        SHARE("a share", "write 1% or 0.01", "string", "number") {
            @Override
            Object value(Yaml.Scalar scalar) {
                if (!scalar.text().matches("[0-9]{1,3}(\\.[0-9]{1,9})?%|0|[01]\\.[0-9]{1,9}")) {
                    return null;
                }
                BigDecimal share = scalar.text().endsWith("%")
                        ? new BigDecimal(scalar.text().replace("%", "")).movePointLeft(2)
                        : new BigDecimal(scalar.text());
                return share.compareTo(BigDecimal.ONE) <= 0 ? share.stripTrailingZeros() : null;
            }
        },
        /** A whole number above 0, or a share of something, to which it then scales: Training.Rows. */
        ROWS("a number of rows or a share", "write 1000 or 10%", "string", "integer") {
            @Override
            Object value(Yaml.Scalar scalar) {
                String text = scalar.text();
                if (text.matches("[0-9]{1,3}(\\.[0-9]{1,9})?%")) {
                    BigDecimal share = new BigDecimal(text.replace("%", "")).movePointLeft(2);
                    return share.signum() > 0 ? new Training.Rows(share, true) : null;
                }
                return text.matches("[1-9][0-9]{0,17}") ? new Training.Rows(new BigDecimal(text), false) : null;
            }
        },
        /** VaultSecret. What stands there instead may be the secret itself, and is not shown. */
        SECRET("the name of a secret in a vault", "write kv://VAULT/NAME", "string") {
            @Override
            Object value(Yaml.Scalar scalar) {
                return VaultSecret.names(scalar.text()) ? VaultSecret.parse(scalar.text()) : null;
            }

            @Override
            public Object read(Yaml node, String path, Problems problems) {
                try {
                    Object value = node instanceof Yaml.Scalar scalar ? value(scalar) : null;
                    if (value == null && !problems.below(path)) {
                        problems.at(
                                path,
                                "the value, which is not shown, does not name a secret; write kv://VAULT/NAME, and put the"
                                        + " secret into that vault of Azure Key Vault");
                    }
                    return value;
                } catch (IllegalArgumentException e) {
                    problems.at(path, e.getMessage());
                    return null;
                }
            }
        },
        /** Duration. */
        DURATION("a duration", "write 10s, 5m, 1h or 2d", "string", "number") {
            @Override
            Object value(Yaml.Scalar scalar) {
                if (!scalar.text().matches("0|[0-9]{1,6}[smhd]")) {
                    return null;
                }
                long count = Long.parseLong(scalar.text().replaceAll("[smhd]", ""));
                return switch (scalar.text().charAt(scalar.text().length() - 1)) {
                    case 'm' -> Duration.ofMinutes(count);
                    case 'h' -> Duration.ofHours(count);
                    case 'd' -> Duration.ofDays(count);
                    default -> Duration.ofSeconds(count);
                };
            }
        };

        private final String words;
        private final String remedy;
        private final String types;

        Single(String words, String remedy, String... types) {
            this.words = words;
            this.remedy = remedy;
            this.types = String.join(" ", types);
        }

        /** Null when the scalar is something else. */
        abstract Object value(Yaml.Scalar scalar);

        @Override
        public Object read(Yaml node, String path, Problems problems) {
            Object value = node instanceof Yaml.Scalar scalar ? value(scalar) : null;
            if (value == null) {
                String quotes = node instanceof Yaml.Entries ? "put text that holds ': ' in quotes" : remedy;
                problems.at(path, node.shown() + " is not " + words + "; " + quotes);
            }
            return value;
        }

        @Override
        public String words() {
            return words;
        }

        @Override
        public ObjectNode schema() {
            if (types.contains("string")) {
                return typed(types.split(" "));
            }
            ObjectNode schema = Json.object();
            // An editor must not complain about seed: ${SEED}.
            ArrayNode either = schema.putArray("anyOf");
            ObjectNode number = either.addObject().put("type", types);
            if (this == POSITIVE) {
                number.put("exclusiveMinimum", 0);
            }
            either.addObject().put("type", "string").put("pattern", "\\$\\{.+\\}");
            return schema;
        }

        private static ObjectNode typed(String... types) {
            ObjectNode schema = Json.object();
            if (types.length == 1) {
                return schema.put("type", types[0]);
            }
            ArrayNode names = schema.putArray("type");
            Stream.of(types).forEach(names::add);
            return schema;
        }
    }

    /** One of several words: String. */
    record Choice(List<String> names) implements Shape {
        static Choice of(String... names) {
            return new Choice(List.of(names));
        }

        /** The constants of an enum, in lower case, with - for _. */
        static Choice of(Enum<?>[] constants) {
            return new Choice(Stream.of(constants)
                    .map(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .toList());
        }

        @Override
        public Object read(Yaml node, String path, Problems problems) {
            if (node instanceof Yaml.Scalar scalar && names.contains(scalar.text())) {
                return scalar.text();
            }
            String meant = node instanceof Yaml.Scalar scalar ? didYouMean(scalar.text(), names) : "";
            problems.at(path, node.shown() + " is not " + words() + meant);
            return null;
        }

        @Override
        public String words() {
            return "one of " + String.join(", ", names);
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object();
            ArrayNode values = schema.putArray("enum");
            names.forEach(values::add);
            return schema;
        }
    }

    /** One item, or a list of at least one: List. */
    record OneOrMore(Shape item) implements Shape {
        @Override
        public Object read(Yaml node, String path, Problems problems) {
            if (!(node instanceof Yaml.Items items)) {
                Object one = item.read(node, path, problems);
                return one == null ? null : List.of(one);
            }
            if (items.items().isEmpty()) {
                problems.at(path, "the list is empty; name at least one, or remove the key");
                return null;
            }
            return new ListOf(item).read(node, path, problems);
        }

        @Override
        public String words() {
            return item.words() + ", or a list of it";
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object();
            schema.putArray("anyOf")
                    .add(item.schema())
                    .add(new ListOf(item).schema().put("minItems", 1));
            return schema;
        }
    }

    /** A list, its wrong items left out: List. */
    record ListOf(Shape item) implements Shape {
        @Override
        public Object read(Yaml node, String path, Problems problems) {
            if (!(node instanceof Yaml.Items items)) {
                problems.at(
                        path, node.shown() + " is not " + words() + "; begin each item with - on a line of its own");
                return null;
            }
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < items.items().size(); i++) {
                Object value = Shape.read(item, items.items().get(i), path + "[" + i + "]", problems);
                if (value != null) {
                    list.add(value);
                }
            }
            return List.copyOf(list);
        }

        @Override
        public String words() {
            return "a list of " + item.words();
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object().put("type", "array");
            schema.set("items", item.schema());
            return schema;
        }
    }

    /**
     * A mapping, its wrong keys left out: Map.
     *
     * @param keys those that are known
     * @param others keys of the user's own, whose name is a pattern; absent: there is none
     */
    record Keys(List<SpecKey> keys, Optional<SpecKey> others) implements Shape {
        static Keys of(SpecKey... keys) {
            return new Keys(List.of(keys), Optional.empty());
        }

        Keys and(SpecKey others) {
            return new Keys(keys, Optional.of(others));
        }

        @Override
        public Object read(Yaml node, String path, Problems problems) {
            if (!(node instanceof Yaml.Entries entries)) {
                // What stands in the place of an account may be its key.
                String shown = path.startsWith("storage.") ? "the value, which is not shown," : node.shown();
                problems.at(path, shown + " is not " + words() + "; write " + example(path));
                return null;
            }
            Map<String, SpecKey> known = keys.stream().collect(Collectors.toMap(SpecKey::name, Function.identity()));
            Map<String, Object> values = new LinkedHashMap<>();
            List<String> meant = new ArrayList<>();
            entries.entries().forEach((name, value) -> {
                String below = Yaml.below(path, name);
                SpecKey key = known.getOrDefault(name, own(name));
                if (!known.containsKey(name) && Secrets.named(name)) {
                    problems.at(below, "the key names a credential; " + Secrets.REMEDY);
                } else if (key == null) {
                    Optional<String> near = DidYouMean.closest(name, names());
                    near.ifPresent(meant::add);
                    problems.at(
                            below,
                            "unknown key"
                                    + near.map(other -> ", did you mean '" + other + "'?")
                                            .orElseGet(() -> "; the keys here are " + there()));
                } else if (value instanceof Yaml.Scalar scalar && scalar.isNull() && !problems.below(below)) {
                    problems.at(below, "no value; write one, such as " + key.example() + ", or remove the key");
                } else {
                    Object read = Shape.read(key.shape(), value, below, problems);
                    if (read != null) {
                        values.put(name, read);
                    }
                }
            });
            keys.stream()
                    .filter(SpecKey::required)
                    .filter(key -> !entries.entries().containsKey(key.name()) && !meant.contains(key.name()))
                    .forEach(key -> problems.at(
                            Yaml.below(path, key.name()),
                            "missing; add it, such as " + key.name() + ": " + key.example()));
            return Collections.unmodifiableMap(values);
        }

        private List<String> names() {
            return keys.stream()
                    .filter(key -> !(key.shape() instanceof Later))
                    .map(SpecKey::name)
                    .toList();
        }

        private String there() {
            return Stream.concat(names().stream(), others.stream().map(SpecKey::name))
                    .collect(Collectors.joining(", "));
        }

        private SpecKey own(String name) {
            return others.filter(key -> name.matches(key.pattern())).orElse(null);
        }

        private String example(String path) {
            SpecKey key = keys.isEmpty() ? others.orElseThrow() : keys.get(0);
            return key.name() + ": " + key.example() + (path.isEmpty() ? "" : " below it, indented");
        }

        @Override
        public String words() {
            return "a mapping";
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object().put("type", "object");
            ObjectNode properties = Json.object();
            ArrayNode required = schema.arrayNode();
            for (SpecKey key : keys) {
                if (!(key.shape() instanceof Later)) {
                    properties.set(key.name(), described(key));
                    if (key.required()) {
                        required.add(key.name());
                    }
                }
            }
            if (!properties.isEmpty()) {
                schema.set("properties", properties);
            }
            if (!required.isEmpty()) {
                schema.set("required", required);
            }
            if (others.isPresent()) {
                schema.putObject("patternProperties").set(others.get().pattern(), described(others.get()));
            }
            schema.put("additionalProperties", false);
            return schema;
        }

        private static ObjectNode described(SpecKey key) {
            ObjectNode described = Json.object();
            described.put("description", key.meaning() + (key.required() ? "" : " Absent: " + key.absent() + "."));
            described.setAll(key.shape().schema());
            return described;
        }
    }

    /** A mapping, or in short the list that stands behind one of its keys: Map. */
    record OrList(String list, Keys keys) implements Shape {
        @Override
        public Object read(Yaml node, String path, Problems problems) {
            return node instanceof Yaml.Items ? Map.of(list, node) : keys.read(node, path, problems);
        }

        @Override
        public String words() {
            return "a list of steps, or a mapping";
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object();
            ObjectNode all = keys.schema();
            ObjectNode inShort = ((ObjectNode) all.at("/properties/" + list)).deepCopy();
            inShort.remove("description");
            schema.putArray("anyOf").add(inShort).add(all);
            return schema;
        }
    }

    /** Steps, which read themselves: the node. */
    enum Steps implements Shape {
        TRANSFORMS,
        FEATURES;

        @Override
        public Object read(Yaml node, String path, Problems problems) {
            if (node instanceof Yaml.Items items) {
                return items;
            }
            problems.at(path, node.shown() + " is not " + words() + "; begin each with - on a line of its own");
            return null;
        }

        @Override
        public String words() {
            return "a list of steps";
        }

        @Override
        public ObjectNode schema() {
            ObjectNode schema = Json.object().put("type", "array");
            ArrayNode kinds = schema.putObject("items").putArray("anyOf");
            (this == FEATURES ? FeatureStep.kinds() : Step.kinds()).forEach(kind -> kinds.add(schema(kind)));
            return schema;
        }

        private static ObjectNode schema(Kind kind) {
            ObjectNode parameters = Json.object().put("type", "object").put("additionalProperties", false);
            ObjectNode properties = parameters.putObject("properties");
            ArrayNode required = parameters.arrayNode();
            for (Kind.Parameter parameter : kind.parameters()) {
                ObjectNode described = Json.object().put("description", parameter.description());
                described.setAll(schema(parameter));
                properties.set(parameter.name(), described);
                if (parameter.required()) {
                    required.add(parameter.name());
                }
            }
            if (!required.isEmpty()) {
                parameters.set("required", required);
            }
            if (properties.has(kind.name())) {
                return parameters.put("description", kind.description());
            }
            ObjectNode step = Json.object().put("type", "object").put("additionalProperties", false);
            step.putArray("required").add(kind.name());
            ObjectNode value = step.putObject("properties").putObject(kind.name());
            value.put("description", kind.description());
            ArrayNode either = value.putArray("anyOf").add(parameters);
            kind.parameters().stream()
                    .filter(parameter ->
                            kind.direct().filter(parameter.name()::equals).isPresent())
                    .forEach(parameter -> either.add(schema(parameter)));
            return step;
        }

        private static ObjectNode schema(Kind.Parameter parameter) {

            return switch (parameter.type()) {
                case TEXT -> parameter.choices().isEmpty()
                        ? Single.TEXT.schema()
                        : new Choice(parameter.choices()).schema();
                case INTEGER -> Single.WHOLE.schema();
                case FLAG -> Single.typed("boolean");
                case NUMBERS -> {
                    ObjectNode either = Json.object();
                    ObjectNode list = Json.object().put("type", "array").put("minItems", 1);
                    list.set("items", Single.typed("number"));
                    either.putArray("anyOf").add(Single.typed("number")).add(list);
                    yield either;
                }
                case NUMBER -> Single.typed("number");
                case VALUE -> Single.typed("string", "number", "boolean");
                case NAMES -> new OneOrMore(Single.TEXT).schema();
                case TEXTS -> {
                    ObjectNode texts = Json.object().put("type", "object").put("minProperties", 1);
                    texts.set("additionalProperties", Single.TEXT.schema());
                    yield texts;
                }
                case VALUES -> {
                    ObjectNode scalars = Json.object().put("type", "object").put("minProperties", 1);
                    scalars.set("additionalProperties", Single.typed("string", "number", "boolean", "null"));
                    yield scalars;
                }
                case ANYTHING -> Json.object().put("type", "object");
            };
        }
    }

    /** A key that a later version will read. */
    enum Later implements Shape {
        LATER;

        @Override
        public Object read(Yaml node, String path, Problems problems) {
            problems.at(path, "not supported in this version; remove it");
            return null;
        }

        @Override
        public String words() {
            return "for a later version";
        }

        @Override
        public ObjectNode schema() {
            return Json.object().put("not", true);
        }
    }

    /** Null for a scalar that is among the problems already, such as a credential, which must not be shown. */
    private static Object read(Shape shape, Yaml node, String path, Problems problems) {
        return node instanceof Yaml.Scalar && problems.below(path) ? null : shape.read(node, path, problems);
    }

    private static String didYouMean(String name, List<String> names) {
        return DidYouMean.closest(name, names)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("");
    }
}
