package io.lakeproof.jobs.spec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** A YAML 1.2 value, {@code ${NAME}} filled in. */
sealed interface Yaml {

    /** The value as maps, lists, strings, numbers, booleans and nulls. */
    Object plain();

    /** The value in a message. */
    String shown();

    /** One scalar; {@code written} is its text before {@code ${NAME}} was filled in. */
    record Scalar(String text, String written, Tag tag) implements Yaml {
        boolean isNull() {
            return tag.equals(Tag.NULL);
        }

        boolean isFilled() {
            return !text.equals(written);
        }

        @Override
        public Object plain() {
            if (tag.equals(Tag.NULL)) {
                return null;
            } else if (tag.equals(Tag.BOOL)) {
                return text.equalsIgnoreCase("true");
            } else if (tag.equals(Tag.INT)) {
                BigInteger whole = text.startsWith("0x")
                        ? new BigInteger(text.substring(2), 16)
                        : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
                return whole.bitLength() < 64 ? (Object) whole.longValue() : whole;
            } else if (tag.equals(Tag.FLOAT)) {
                return switch (text.toLowerCase(Locale.ROOT)) {
                    case ".nan" -> Double.NaN;
                    case ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
                    case "-.inf" -> Double.NEGATIVE_INFINITY;
                    default -> new BigDecimal(text);
                };
            }
            return text;
        }

        @Override
        public String shown() {
            String shown = Problems.oneLine(written);
            return isNull() ? "nothing" : "'" + (shown.length() <= 80 ? shown : shown.substring(0, 77) + "...") + "'";
        }
    }

    /** A list. */
    record Items(List<Yaml> items) implements Yaml {
        @Override
        public Object plain() {
            List<Object> plain = new ArrayList<>();
            items.forEach(item -> plain.add(item.plain()));
            return Collections.unmodifiableList(plain);
        }

        @Override
        public String shown() {
            return "a list";
        }
    }

    /** A mapping, in the order of the file. */
    record Entries(Map<String, Yaml> entries) implements Yaml {
        @Override
        public Map<String, Object> plain() {
            Map<String, Object> plain = new LinkedHashMap<>();
            entries.forEach((key, value) -> plain.put(key, value.plain()));
            return Collections.unmodifiableMap(plain);
        }

        @Override
        public String shown() {
            return "a mapping";
        }
    }

    /** The path of a key in a mapping. */
    static String below(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The one document of a file; absent when it cannot be read as one, which is then among the problems. */
    static Optional<Yaml> parse(String text, Map<String, String> env, Problems problems) {
        // The text in one piece: the engine's reader fails where a pair of surrogates lies across the end of its
        // buffer.
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setBufferSize(text.length() + 1)
                .build();
        List<Node> documents = new ArrayList<>();
        try {
            new Compose(settings).composeAllFromString(text).forEach(documents::add);
            if (documents.isEmpty()) {
                problems.at(1, "", "the file is empty; it must describe a dataset, beginning with its name:");
                return Optional.empty();
            }
            if (documents.size() > 1) {
                problems.at(
                        line(documents.get(1)),
                        "",
                        "a second document begins; write one file per dataset, without ---");
                return Optional.empty();
            }
            return Optional.of(new Filled(env, problems).node(documents.get(0), "", 0));
        } catch (MarkedYamlEngineException e) {
            // What was never closed is found missing further down, and repaired where it began.
            boolean unclosed = e.getProblem().matches(".*(stream end|end of stream).*");
            Optional<Mark> bracket = openBracket(settings, text);
            int found = e.getProblemMark().map(Yaml::line).orElse(1);
            int line = bracket.or(() -> unclosed ? e.getContextMark() : Optional.empty())
                    .map(Yaml::line)
                    .orElse(found);
            String where = line == found || unclosed ? "" : " on line " + found;
            problems.at(line, "", "not YAML: " + e.getProblem() + where + "; check indentation, quotes and brackets");
        } catch (YamlEngineException e) {
            problems.at(0, "", "not YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            problems.at(0, "", "not YAML: nested too deeply; a spec needs fewer than " + Filled.DEPTH + " levels");
        }
        return Optional.empty();
    }

    /** Where the innermost [ or { stands that is open where the text stops being YAML; absent: none is. */
    private static Optional<Mark> openBracket(LoadSettings settings, String text) {
        Deque<Mark> open = new ArrayDeque<>();
        try {
            for (Event event : new Parse(settings).parseString(text)) {
                if (event instanceof CollectionStartEvent start && start.isFlow()) {
                    start.getStartMark().ifPresent(open::push);
                } else if (event instanceof CollectionEndEvent && !open.isEmpty()) {
                    // Within brackets there is nothing but brackets.
                    open.pop();
                }
            }
        } catch (YamlEngineException broken) {
            return Optional.ofNullable(open.peek());
        }
        return Optional.empty();
    }

    private static int line(Node node) {
        return node.getStartMark().map(Yaml::line).orElse(1);
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }

    /** Turns nodes into values, once the environment is known. */
    final class Filled {
        private static final int DEPTH = 50;
        private static final int SIZE = 100_000;
        private static final Pattern VARIABLE = Pattern.compile("\\$(\\$\\{)|\\$\\{([^}]*)\\}");
        // A scalar that is nothing but ${NAME} has a tag of its own.
        private static final Set<Tag> TAGS =
                Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.SEQ, Tag.MAP, Tag.ENV_TAG);
        private static final Scalar NOTHING = new Scalar("", "", Tag.NULL);

        private final Map<String, String> env;
        private final Problems problems;
        private int size;

        private Filled(Map<String, String> env, Problems problems) {
            this.env = env;
            this.problems = problems;
        }

        private Yaml node(Node node, String path, int depth) {
            problems.stands(path, line(node));
            if (depth > DEPTH) {
                problems.at(line(node), "", "nested deeper than " + DEPTH + " levels; flatten it");
                return NOTHING;
            }
            if (!TAGS.contains(node.getTag())) {
                problems.at(
                        path,
                        "the tag " + node.getTag().getValue().replace(Tag.PREFIX, "!!")
                                + " means nothing here; remove it");
                return NOTHING;
            }
            if (++size == SIZE) {
                problems.at("", "more than 100,000 values, aliases written out; describe less in one file");
            }
            if (size >= SIZE) {
                return NOTHING;
            }
            if (node instanceof ScalarNode scalar) {
                return scalar(scalar, path);
            } else if (node instanceof SequenceNode sequence) {
                List<Yaml> items = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    items.add(node(item, path + "[" + items.size() + "]", depth + 1));
                }
                return new Items(Collections.unmodifiableList(items));
            }
            return entries((MappingNode) node, path, depth);
        }

        private Yaml entries(MappingNode mapping, String path, int depth) {
            Map<String, Yaml> entries = new LinkedHashMap<>();
            Map<String, Integer> lines = new HashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                int line = line(tuple.getKeyNode());
                if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                    problems.at(line, path, "a key is a list or a mapping; put text that begins with [ or { in quotes");
                    continue;
                }
                String below = below(path, key.getValue());
                Integer first = lines.putIfAbsent(key.getValue(), line);
                if (first != null) {
                    problems.at(line, below, "the key stands here again, first on line " + first + "; remove one");
                    continue;
                }
                problems.stands(below, line);
                entries.put(key.getValue(), node(tuple.getValueNode(), below, depth + 1));
            }
            return new Entries(Collections.unmodifiableMap(entries));
        }

        private Scalar scalar(ScalarNode node, String path) {
            String written = node.getValue();
            String text = fill(written, path);
            if (Secrets.carriedBy(text)) {
                problems.at(path, "the value carries a credential; " + Secrets.REMEDY);
            } else if (text.matches("(?s).*\\{\\{\\s*secrets/.*")) {
                problems.at(
                        path,
                        "Databricks fills in {{secrets/…}} in a cluster's environment variables and Spark configuration alone;"
                                + " put it there");
            } else if (VaultSecret.names(text) && !path.startsWith("storage.")) {
                problems.at(
                        path, "no secret can stand here; storage alone names secrets, of the accounts that it opens");
            }
            Scalar scalar = new Scalar(
                    text, written, text.equals(written) ? node.getTag() : new CoreScalarResolver().resolve(text, true));
            if (!canBeKept(scalar)) {
                problems.at(path, scalar.shown() + " is not a number that can be kept; put it in quotes if it is text");
                return NOTHING;
            }
            return scalar;
        }

        /** Version records hold numbers as JSON does: as doubles. */
        private static boolean canBeKept(Scalar scalar) {
            try {
                double number = scalar.plain() instanceof Number n ? n.doubleValue() : 0;
                boolean vanished = number == 0 && scalar.plain() instanceof BigDecimal d && d.signum() != 0;
                return !vanished && (scalar.plain() instanceof Double || Double.isFinite(number));
            } catch (NumberFormatException e) {
                return false;
            }
        }

        private String fill(String text, String path) {
            Matcher variable = VARIABLE.matcher(text);
            StringBuilder filled = new StringBuilder();
            while (variable.find()) {
                String name = variable.group(2);
                String value = variable.group(1) != null ? "${" : value(name, path);
                variable.appendReplacement(filled, Matcher.quoteReplacement(value));
            }
            int end = filled.length();
            variable.appendTail(filled);
            if (filled.indexOf("${", end) >= 0) {
                problems.at(
                        path,
                        "'%s' is never closed; write ${NAME}, or $${ for the text itself"
                                .formatted(filled.substring(filled.indexOf("${", end))));
            }
            return filled.toString();
        }

        private String value(String name, String path) {
            if (Secrets.named(name)) {
                problems.at(path, "${" + name + "} names a credential; " + Secrets.REMEDY);
                return "";
            }
            String value = env.get(name);
            if (value == null) {
                problems.at(
                        path,
                        "${" + name + "} is not set in the environment; set it, or write $${" + name
                                + "} for the text itself");
                return "${" + name + "}";
            }
            return value;
        }
    }
}
