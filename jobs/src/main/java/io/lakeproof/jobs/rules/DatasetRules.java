package io.lakeproof.jobs.rules;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import com.amazon.deequ.analyzers.Analyzer;
import com.amazon.deequ.analyzers.Completeness;
import com.amazon.deequ.analyzers.Correlation;
import com.amazon.deequ.analyzers.CountDistinct;
import com.amazon.deequ.analyzers.Entropy;
import com.amazon.deequ.analyzers.Mean;
import com.amazon.deequ.analyzers.Size;
import com.amazon.deequ.analyzers.StandardDeviation;
import com.amazon.deequ.analyzers.Sum;
import com.amazon.deequ.analyzers.UniqueValueRatio;
import com.amazon.deequ.analyzers.Uniqueness;
import com.amazon.deequ.analyzers.runners.AnalysisRunner;
import com.amazon.deequ.analyzers.runners.AnalyzerContext;
import com.amazon.deequ.analyzers.runners.EmptyStateException;
import com.amazon.deequ.metrics.Metric;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.util.Try;
import software.amazon.glue.dqdl.model.condition.Condition;
import software.amazon.glue.dqdl.model.condition.number.NumberBasedCondition;

/**
 * The rules of the levels {@code batch}, {@code dataset} and {@code examples}, measured by Deequ's analyzers in one scan. Each
 * set of columns whose uniqueness, distinct values or entropy is asked costs two more, and each {@code CustomSql} a query.
 */
public final class DatasetRules {

    private final Dataset<Row> rows;
    private final Instant asOf;

    /** Deequ splits names at dots and pastes them into SQL, so it sees the columns under names of ours. */
    private final Map<String, Column> aliased = new LinkedHashMap<>();

    private final Map<String, String> aliases = new LinkedHashMap<>();
    private final Set<Analyzer<?, Metric<?>>> analyzers = new LinkedHashSet<>();

    private DatasetRules(Dataset<Row> rows, Instant asOf) {
        this.rows = rows;
        this.asOf = asOf;
    }

    /**
     * What became of a rule.
     *
     * @param measured a number as text, or several joined by a comma; absent: there was nothing to measure
     * @param asked of the measure, such as {@code > 0.7}
     * @param message one line: the rule and what was measured
     */
    public record Outcome(Rules.Rule rule, boolean passed, Optional<String> measured, String asked, String message) {}

    /** {@link #evaluate(Dataset, List, Instant)} as of now. */
    public static List<Outcome> evaluate(Dataset<Row> rows, List<Rules.Rule> rules) {
        return evaluate(rows, rules, Instant.now());
    }

    /**
     * Measures the rows and judges each rule, in the order of the rules. Leaves no view, setting or cached data behind.
     *
     * @param asOf what DataFreshness and {@code now()} take for the present, so that a verdict can be reached again
     * @throws IllegalArgumentException if a rule has a problem that {@link RuleCheck} would have told
     */
    public static List<Outcome> evaluate(Dataset<Row> rows, List<Rules.Rule> rules, Instant asOf) {
        DatasetRules evaluation = new DatasetRules(rows, asOf);
        List<Judge> judges = rules.stream()
                .map(rule -> evaluation.judge(RuleCheck.checked(rule, rows.schema())))
                .toList();
        Measures measures = evaluation.measure();
        return IntStream.range(0, rules.size())
                .mapToObj(i -> outcome(rules.get(i), judges.get(i).judge(measures)))
                .toList();
    }

    private static Outcome outcome(Rules.Rule rule, Verdict verdict) {
        return new Outcome(
                rule, verdict.passed(), verdict.measured(), verdict.asked(), rule.dqdl() + ": " + verdict.detail());
    }

    private record Verdict(boolean passed, Optional<String> measured, String asked, String detail) {}

    /** Reaches the verdict when all measures are there. */
    private interface Judge {
        Verdict judge(Measures measures);
    }

    /** What Deequ measured. */
    private record Measures(Optional<AnalyzerContext> context) {

        /** Absent: no value to measure. */
        Optional<Double> find(Analyzer<?, Metric<?>> analyzer) {
            Metric<?> metric = context.orElseThrow().metricMap().apply(analyzer);
            Try<?> value = metric.value();
            if (value.isSuccess()) {
                return Optional.of(((Number) value.get()).doubleValue()).filter(number -> !number.isNaN());
            }
            Throwable why = value.failed().get();
            if (why instanceof EmptyStateException) {
                return Optional.empty();
            }
            // Deequ wraps whatever stopped Spark into a failed metric, which must not pass for a broken rule.
            throw new IllegalStateException("could not measure " + analyzer + ": " + why.getMessage(), why);
        }

        double count(Analyzer<?, Metric<?>> analyzer) {
            return find(analyzer).orElse(0.0);
        }
    }

    private Measures measure() {
        if (analyzers.isEmpty()) {
            return new Measures(Optional.empty());
        }
        // A constant keeps the rows countable when no rule names a column.
        Column[] columns = Stream.concat(
                        Stream.of(lit(true).as("one")),
                        aliased.entrySet().stream().map(e -> e.getValue().as(e.getKey())))
                .toArray(Column[]::new);
        return new Measures(Optional.of(AnalysisRunner.onData(rows.select(columns))
                .addAnalyzers(seq(List.copyOf(analyzers)))
                .run()));
    }

    private Judge judge(Dqdl node) {
        if (node instanceof Dqdl.Test test) {
            return judge(test);
        }
        Dqdl.Composite composite = (Dqdl.Composite) node;
        List<Judge> parts = composite.parts().stream().map(this::judge).toList();
        return measures -> {
            List<Verdict> verdicts =
                    parts.stream().map(part -> part.judge(measures)).toList();
            return new Verdict(
                    composite.all()
                            ? verdicts.stream().allMatch(Verdict::passed)
                            : verdicts.stream().anyMatch(Verdict::passed),
                    joined(verdicts.stream().flatMap(v -> v.measured().stream())),
                    verdicts.stream()
                            .map(Verdict::asked)
                            .collect(Collectors.joining(composite.all() ? " and " : " or ")),
                    verdicts.stream().map(Verdict::detail).collect(Collectors.joining("; ")));
        };
    }

    private Judge judge(Dqdl.Test test) {
        return switch (test.type()) {
            case "IsComplete", "ColumnValues", "ColumnLength", "ColumnDataType", "DataFreshness" -> everyRow(test);
            case "ColumnCount" -> known(test, rows.columns().length);
            case "ColumnExists" -> measures -> new Verdict(true, Optional.of("1"), "exists", "the column exists");
            case "ColumnNamesMatchPattern" -> columnNames(test);
            case "CustomSql" -> {
                String sql = test.arguments().get(0);
                yield measures -> verdict(test, Sql.number(rows, sql));
            }
            case "RowCount" -> {
                Analyzer<?, Metric<?>> size = add(new Size(where(test)));
                yield measures -> verdict(test, Optional.of(measures.count(size)));
            }
            case "IsUnique", "IsPrimaryKey" -> key(test);
                // Of no values all are complete and unique.
            case "Completeness" -> {
                Analyzer<?, Metric<?>> complete = add(new Completeness(alias(test, 0), where(test), Option.empty()));
                yield measures -> verdict(test, measures.find(complete).or(() -> Optional.of(1.0)));
            }
            case "Uniqueness" -> measured(
                    test, new Uniqueness(seq(List.of(alias(test, 0))), where(test), Option.empty()), Optional.of(1.0));
            case "UniqueValueRatio" -> measured(
                    test,
                    new UniqueValueRatio(seq(List.of(alias(test, 0))), where(test), Option.empty()),
                    Optional.of(1.0));
            case "DistinctValuesCount" -> measured(
                    test, new CountDistinct(seq(List.of(masked(test)))), Optional.of(0.0));
            case "Mean" -> measured(test, new Mean(alias(test, 0), where(test)), Optional.empty());
            case "Sum" -> measured(test, new Sum(alias(test, 0), where(test)), Optional.empty());
            case "StandardDeviation" -> measured(
                    test, new StandardDeviation(alias(test, 0), where(test)), Optional.empty());
            case "Entropy" -> measured(test, new Entropy(alias(test, 0), where(test)), Optional.empty());
            case "ColumnCorrelation" -> measured(
                    test, new Correlation(alias(test, 0), alias(test, 1), where(test)), Optional.empty());
            default -> throw new IllegalArgumentException("unknown rule type " + test.type());
        };
    }

    private Judge measured(Dqdl.Test test, Object analyzer, Optional<Double> ofNothing) {
        Analyzer<?, Metric<?>> added = add(analyzer);
        Column isValue = RowTest.named(test.arguments().get(0)).isNotNull();
        // Deequ fails in several ways when there is no value, so values are counted in the same scan.
        Analyzer<?, Metric<?>> values = add(new Size(Option.apply(alias(
                "values " + test.where() + test.arguments().get(0),
                RowTest.where(test).map(isValue::and).orElse(isValue)))));
        return measures -> verdict(test, measures.count(values) == 0 ? ofNothing : measures.find(added));
    }

    private static Judge known(Dqdl.Test test, double value) {
        return measures -> verdict(test, Optional.of(value));
    }

    private static Verdict verdict(Dqdl.Test test, Optional<Double> measured) {
        Optional<Double> value = measured.filter(number -> !number.isNaN());
        return new Verdict(
                value.isPresent() && meets(test.condition(), value.get()),
                value.map(DatasetRules::text),
                test.asked(),
                value.map(v -> "measured " + text(v)).orElse("no value to measure"));
    }

    /** A row test holds where every row, or the share that the threshold asks for, passes. Of no rows, all do. */
    private Judge everyRow(Dqdl.Test test) {
        Column holds = RowTest.holds(test, rows.schema(), asOf);
        Column broken = RowTest.where(test).map(where -> where.and(not(holds))).orElse(not(holds));
        Analyzer<?, Metric<?>> brokenRows = add(new Size(Option.apply(alias("broken " + test.text(), broken))));
        Analyzer<?, Metric<?>> allRows = add(new Size(where(test)));
        String asked = Stream.of(
                        test.asked(),
                        test.threshold()
                                .map(t -> "threshold " + t.getFormattedCondition())
                                .orElse(""))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" with "));
        return measures -> {
            double bad = measures.count(brokenRows);
            double all = measures.count(allRows);
            double share = all == 0 ? 1 : (all - bad) / all;
            return new Verdict(
                    test.threshold().map(threshold -> meets(threshold, share)).orElse(bad == 0),
                    Optional.of(text(share)),
                    asked.isEmpty() ? "every row" : asked,
                    "measured " + text(share) + " (" + text(bad) + " of " + text(all) + " rows break it)");
        };
    }

    /** Unique and without NULL: NULL is no value that could tell rows apart. */
    private Judge key(Dqdl.Test test) {
        List<String> columns = IntStream.range(0, test.arguments().size())
                .mapToObj(i -> alias(test, i))
                .toList();
        Analyzer<?, Metric<?>> uniqueness = add(new Uniqueness(seq(columns), where(test), Option.empty()));
        List<Analyzer<?, Metric<?>>> complete = columns.stream()
                .<Analyzer<?, Metric<?>>>map(column -> add(new Completeness(column, where(test), Option.empty())))
                .toList();
        return measures -> {
            double unique = measures.find(uniqueness).orElse(1.0);
            double present = complete.stream()
                    .mapToDouble(analyzer -> measures.find(analyzer).orElse(1.0))
                    .min()
                    .orElse(1.0);
            return new Verdict(
                    unique == 1 && present == 1,
                    Optional.of(text(Math.min(unique, present))),
                    "every row",
                    "measured uniqueness " + text(unique) + ", completeness " + text(present));
        };
    }

    private Judge columnNames(Dqdl.Test test) {
        List<String> others = Stream.of(rows.columns())
                .filter(name -> !name.matches(test.arguments().get(0)))
                .toList();
        return measures -> new Verdict(
                others.isEmpty(),
                Optional.of(text(others.size())),
                "matches \"" + test.arguments().get(0) + "\"",
                others.isEmpty() ? "every name matches" : "not matched by " + String.join(", ", others));
    }

    private Option<String> where(Dqdl.Test test) {
        return Option.apply(RowTest.where(test)
                .map(where -> alias("where " + test.where().orElseThrow(), where))
                .orElse(null));
    }

    private String alias(Dqdl.Test test, int argument) {
        String name = test.arguments().get(argument);
        return alias("column " + name, RowTest.named(name));
    }

    /** CountDistinct takes no filter, but leaves NULLs out. */
    private String masked(Dqdl.Test test) {
        Column column = RowTest.named(test.arguments().get(0));
        return RowTest.where(test)
                .map(where -> alias("masked " + test.where() + test.arguments(), when(where, column)))
                .orElseGet(() -> alias(test, 0));
    }

    private String alias(String key, Column column) {
        String alias = aliases.computeIfAbsent(key, k -> "c" + aliases.size());
        aliased.putIfAbsent(alias, column);
        return alias;
    }

    @SuppressWarnings("unchecked") // Analyzers have Java's raw type parameters from Scala's view of Metric.
    private Analyzer<?, Metric<?>> add(Object analyzer) {
        Analyzer<?, Metric<?>> added = (Analyzer<?, Metric<?>>) analyzer;
        analyzers.add(added);
        return added;
    }

    private static boolean meets(Condition condition, double value) {
        NumberBasedCondition numbers = (NumberBasedCondition) condition;
        List<Double> operands = numbers.getOperands().stream()
                .map(operand -> Double.parseDouble(operand.getOperand()))
                .toList();
        boolean any = operands.stream().anyMatch(operand -> same(value, operand));
        return switch (numbers.getOperator()) {
            case BETWEEN -> value > operands.get(0) && value < operands.get(1);
            case NOT_BETWEEN -> value <= operands.get(0) || value >= operands.get(1);
            case GREATER_THAN -> value > operands.get(0);
            case GREATER_THAN_EQUAL_TO -> value >= operands.get(0);
            case LESS_THAN -> value < operands.get(0);
            case LESS_THAN_EQUAL_TO -> value <= operands.get(0);
            case EQUALS, IN -> any;
            case NOT_EQUALS, NOT_IN -> !any;
        };
    }

    /** DQDL's own evaluation lets 0.00001 pass: at a million rows, ten without a value would count as complete. */
    private static boolean same(double value, double operand) {
        return Math.abs(value - operand) <= 1e-12 * Math.max(1, Math.abs(operand));
    }

    /** All digits, no exponent, no trailing zeros. */
    private static String text(double value) {
        return Double.isInfinite(value)
                ? "" + value
                : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    private static Optional<String> joined(Stream<String> parts) {
        List<String> list = new ArrayList<>(parts.toList());
        return list.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", list));
    }

    private static <T> Seq<T> seq(List<T> list) {
        return JavaConverters.asScalaBuffer(list).toSeq();
    }
}
