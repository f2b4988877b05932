package io.lakeproof.jobs.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

class RowRulesPropertyTest {

    private static final StructType COLUMNS = StructType.fromDDL("i INT, x DOUBLE, s STRING");

    /** A rule and what it means, said in plain Java; the row is i, x, s. */
    record Asked(String dqdl, Predicate<Row> passes) {
        @Override
        public String toString() {
            return dqdl;
        }
    }

    @Property(tries = 40)
    void judging_agrees_with_plain_java_and_keeps_every_row(
            @ForAll("rows") List<Row> rows, @ForAll("rules") List<Asked> rules) {
        Dataset<Row> judged = RowRules.of(
                        rules.stream()
                                .map(asked -> RowRulesTest.rule(asked.dqdl()))
                                .toList(),
                        COLUMNS)
                .judge(LocalSpark.session().createDataFrame(rows, COLUMNS));

        List<Row> answers = judged.collectAsList();

        assertThat(answers.stream().map(row -> RowFactory.create(row.get(0), row.get(1), row.get(2))))
                .containsExactlyElementsOf(rows);
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            List<String> broken = answers.get(i).<Row>getList(3).stream()
                    .map(failure -> failure.getString(0))
                    .distinct()
                    .toList();
            assertThat(broken)
                    .as("row %s", row)
                    .containsExactlyElementsOf(rules.stream()
                            .filter(asked -> !asked.passes().test(row))
                            .map(Asked::dqdl)
                            .distinct()
                            .toList());
        }
    }

    @Provide
    Arbitrary<List<Row>> rows() {
        return Combinators.combine(
                        Arbitraries.integers().between(-2, 3).injectNull(0.2),
                        Arbitraries.of(-1.5, -0.0, 0.0, 0.5, 2.0, Double.NaN, Double.POSITIVE_INFINITY)
                                .injectNull(0.2),
                        Arbitraries.of("", " ", "a", "ab", "abc", "B", "a'b", "NULL")
                                .injectNull(0.2))
                .as((i, x, s) -> RowFactory.create(i, x, s))
                .list()
                .ofMaxSize(25);
    }

    @Provide
    Arbitrary<List<Asked>> rules() {
        Arbitrary<Asked> leaf = Arbitraries.oneOf(compared(), sets(), texts(), lengths(), completes());
        Arbitrary<Asked> filtered = leaf.filter(asked -> !asked.dqdl().contains("where"))
                .map(asked -> new Asked(
                        asked.dqdl() + " where \"i > 0\"",
                        row -> row.isNullAt(0)
                                || row.getInt(0) <= 0
                                || asked.passes().test(row)));
        Arbitrary<Asked> composite = Combinators.combine(
                        Arbitraries.oneOf(leaf, filtered),
                        Arbitraries.oneOf(leaf, filtered),
                        Arbitraries.of(true, false))
                .as((a, b, all) -> new Asked(
                        "(" + a.dqdl() + (all ? ") and (" : ") or (") + b.dqdl() + ")",
                        all ? a.passes().and(b.passes()) : a.passes().or(b.passes())));
        return Arbitraries.oneOf(leaf, filtered, composite).list().ofMinSize(1).ofMaxSize(6);
    }

    private static Arbitrary<Asked> completes() {
        return Arbitraries.of("i", "x", "s")
                .map(name -> new Asked("IsComplete \"" + name + "\"", row -> row.getAs(at(name)) != null));
    }

    private static int at(String name) {
        return List.of("i", "x", "s").indexOf(name);
    }

    private static Arbitrary<Asked> compared() {
        return Combinators.combine(
                        Arbitraries.of("i", "x"),
                        Arbitraries.of(">", ">=", "<", "<=", "=", "!=", "between", "not between"),
                        Arbitraries.integers().between(-2, 1),
                        Arbitraries.of(0, 1, 2))
                .as((name, operator, low, width) -> {
                    int high = low + width;
                    String asked = operator.endsWith("between") ? low + " and " + high : String.valueOf(low);
                    return new Asked("ColumnValues \"" + name + "\" " + operator + " " + asked, row -> {
                        Number number = row.getAs(at(name));
                        if (number == null || Double.isNaN(number.doubleValue())) {
                            return false;
                        }
                        double value = number.doubleValue();
                        return switch (operator) {
                            case ">" -> value > low;
                            case ">=" -> value >= low;
                            case "<" -> value < low;
                            case "<=" -> value <= low;
                            case "=" -> value == low;
                            case "!=" -> value != low;
                            case "between" -> value > low && value < high;
                            default -> value <= low || value >= high;
                        };
                    });
                });
    }

    private static Arbitrary<Asked> sets() {
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.integers()
                                .between(-2, 3)
                                .injectNull(0.3)
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(3))
                .as((in, list) -> new Asked(
                        "ColumnValues \"i\" " + (in ? "in" : "not in") + " ["
                                + list.stream()
                                        .map(v -> v == null ? "NULL" : "" + v)
                                        .collect(Collectors.joining(","))
                                + "]",
                        row -> {
                            Integer value = row.getAs(0);
                            boolean listed = list.contains(value);
                            return in ? listed : value != null && !listed;
                        }));
    }

    private static Arbitrary<Asked> texts() {
        List<String> known = new ArrayList<>(List.of("a", "ab", "a'b", "NULL", ""));
        return Combinators.combine(
                        Arbitraries.of("=", "!=", "in", "not in", "matches", "not matches"), Arbitraries.of(known))
                .as((operator, text) -> {
                    String asked = operator.endsWith("matches")
                            ? "\"a.?\""
                            : operator.endsWith("in")
                                    ? "[\"" + text + "\", \"B\", WHITESPACES_ONLY]"
                                    : "\"" + text + "\"";
                    return new Asked("ColumnValues \"s\" " + operator + " " + asked, row -> {
                        String value = row.getString(2);
                        if (value == null) {
                            return false;
                        }
                        boolean listed = value.equals(text) || value.equals("B") || value.equals(" ");
                        return switch (operator) {
                            case "=" -> value.equals(text);
                            case "!=" -> !value.equals(text);
                            case "in" -> listed;
                            case "not in" -> !listed;
                            case "matches" -> value.matches("a.?");
                            default -> !value.matches("a.?");
                        };
                    });
                });
    }

    private static Arbitrary<Asked> lengths() {
        return Combinators.combine(
                        Arbitraries.of("=", "<", ">="), Arbitraries.integers().between(0, 3))
                .as((operator, length) -> new Asked("ColumnLength \"s\" " + operator + " " + length, row -> {
                    String value = row.getString(2);
                    return value != null
                            && switch (operator) {
                                case "=" -> value.length() == length;
                                case "<" -> value.length() < length;
                                default -> value.length() >= length;
                            };
                }));
    }

    @Property(tries = 15)
    void a_rule_means_the_same_of_each_row_and_of_all_rows(
            @ForAll("rows") List<Row> rows, @ForAll("rules") List<Asked> rules) {
        List<Boolean> outcomes = DatasetRules.evaluate(
                        LocalSpark.session().createDataFrame(rows, COLUMNS),
                        rules.stream()
                                .map(asked -> DatasetRulesTest.rule(asked.dqdl()))
                                .filter(rule -> !rule.dqdl().startsWith("("))
                                .toList())
                .stream()
                .map(DatasetRules.Outcome::passed)
                .toList();
        assertThat(outcomes)
                .isEqualTo(rules.stream()
                        .filter(asked -> !asked.dqdl().startsWith("("))
                        .map(asked -> rows.stream().filter(Objects::nonNull).allMatch(asked.passes()))
                        .toList());
    }
}
