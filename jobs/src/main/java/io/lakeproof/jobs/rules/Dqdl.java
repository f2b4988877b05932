package io.lakeproof.jobs.rules;

import io.lakeproof.jobs.DidYouMean;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import software.amazon.glue.dqdl.exception.InvalidDataQualityRulesetException;
import software.amazon.glue.dqdl.model.DQRule;
import software.amazon.glue.dqdl.model.DQRuleLogicalOperator;
import software.amazon.glue.dqdl.model.condition.Condition;
import software.amazon.glue.dqdl.parser.DQDLParser;

/** A rule as DQDL's own parser reads it, made into a tree of one-line tests. */
sealed interface Dqdl {

    /** The text does not parse; the message is one line with the remedy. */
    @SuppressWarnings("serial")
    final class Malformed extends Exception {
        Malformed(String message) {
            super(message);
        }
    }

    /**
     * One test.
     *
     * @param text as DQDL writes it
     * @param type such as {@code IsComplete}
     * @param arguments column names, a pattern or SQL, escapes resolved
     * @param where the rows that the test is about, as SQL; absent: all
     * @param threshold the share of rows that must hold; absent: every row
     * @param tags what stands behind {@code with}, other than the threshold
     */
    record Test(
            String text,
            String type,
            List<String> arguments,
            Condition condition,
            Optional<String> where,
            Optional<Condition> threshold,
            Map<String, String> tags)
            implements Dqdl {

        /** The columns it names, none for those about the whole. */
        List<String> columns() {
            return switch (type) {
                case "CustomSql", "ColumnNamesMatchPattern" -> List.of();
                default -> arguments;
            };
        }

        /** What is asked of the measure, such as {@code > 0.7}; empty when the type says it all. */
        String asked() {
            return condition.getFormattedCondition();
        }
    }

    /** Several, of which all or any must hold. */
    record Composite(boolean all, List<Dqdl> parts) implements Dqdl {}

    /** The tests of the tree, from left to right. */
    default Stream<Test> tests() {
        return this instanceof Composite composite
                ? composite.parts().stream().flatMap(Dqdl::tests)
                : Stream.of((Test) this);
    }

    /** Reads one rule. */
    static Dqdl parse(String text) throws Malformed {
        if (text.isBlank()) {
            throw new Malformed("the rule is empty; write one such as IsComplete \"id\"");
        }
        if (closesEarly(text)) {
            throw malformed(text, "a ']' or ')' closes what was not opened");
        }
        List<DQRule> rules;
        try {
            // Carriage returns are no white space to DQDL; a comment must not swallow the bracket.
            rules = QuietParser.PARSER
                    .parse("Rules = [" + text.replace('\r', ' ') + "\n]")
                    .getRules();
        } catch (InvalidDataQualityRulesetException e) {
            throw explained(text, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // The parser trips over variables, which only a whole ruleset can declare.
            throw malformed(text, text.contains("$") ? "variables ($name) have no declaration here" : "" + e);
        }
        if (rules.size() != 1) {
            throw new Malformed(
                    "one entry holds " + rules.size() + " rules: " + text + "; write each as its own entry");
        }
        return node(rules.get(0));
    }

    private static Dqdl node(DQRule rule) {
        if (rule.getNestedRules() != null && !rule.getNestedRules().isEmpty()) {
            return new Composite(
                    rule.getOperator() == DQRuleLogicalOperator.AND,
                    rule.getNestedRules().stream().map(Dqdl::node).toList());
        }
        return new Test(
                rule.toString(),
                rule.getRuleType(),
                rule.getParameters().values().stream().map(Dqdl::unescaped).toList(),
                rule.getCondition(),
                Optional.ofNullable(rule.getWhereClause()).map(Dqdl::unescaped),
                Optional.ofNullable(rule.getThresholdCondition()),
                rule.getTags() == null ? Map.of() : rule.getTags());
    }

    /** The parser keeps escapes everywhere but in lists. Only quotes are unescaped: a pattern needs its backslashes. */
    static String unescaped(String text) {
        return text.replace("\\\"", "\"");
    }

    /** The parser stops at the first complete ruleset and ignores the rest, so a stray bracket would hide it. */
    private static boolean closesEarly(String text) {
        int depth = 0;
        for (char c : text.replaceAll("\"(?:\\\\.|[^\"])*\"", "")
                .replaceAll("#.*", "")
                .toCharArray()) {
            depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
            if (depth < 0) {
                return true;
            }
        }
        return false;
    }

    private static Malformed explained(String text, String message) {
        Matcher unknown =
                Pattern.compile("(?:Rule|Analyzer) Type: (\\S+) is not").matcher(message);
        if (!unknown.find()) {
            return malformed(text, message.replaceFirst("^Parsing Error: ?", "").replaceFirst("^No rules.*?, ", ""));
        }
        String type = unknown.group(1);
        if (RuleTypes.REFUSED.containsKey(type)) {
            return new Malformed(refusal(type));
        }
        if (RuleTypes.all().anyMatch(type::equals)) {
            return new Malformed(type + " has the wrong number of arguments in " + oneLine(text)
                    + "; docs/rules.md shows each type, and `and`/`or` join rules in parentheses");
        }
        return new Malformed("unknown rule type " + type
                + DidYouMean.closest(type, RuleTypes.all().toList())
                        .map(near -> ", did you mean " + near + "?")
                        .orElse("; docs/rules.md lists the types"));
    }

    static String refusal(String type) {
        return type + " is not supported: " + RuleTypes.REFUSED.get(type);
    }

    private static Malformed malformed(String text, String why) {
        return new Malformed(
                "not DQDL: " + oneLine(text) + " (" + oneLine(why) + "); docs/rules.md shows each rule type");
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    /** DQDL's parser, loaded without the lines about ANTLR's patch version that its classes print. */
    final class QuietParser {
        static final DQDLParser PARSER = load();

        private QuietParser() {}

        private static DQDLParser load() {
            PrintStream err = System.err;
            System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
            try {
                DQDLParser parser = new DQDLParser();
                parser.parse("Rules = [RowCount > 0]");
                return parser;
            } catch (InvalidDataQualityRulesetException e) {
                throw new IllegalStateException(e);
            } finally {
                System.setErr(err);
            }
        }
    }
}
