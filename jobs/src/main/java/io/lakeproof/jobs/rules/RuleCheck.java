package io.lakeproof.jobs.rules;

import io.lakeproof.jobs.DidYouMean;
import io.lakeproof.transforms.SqlCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import software.amazon.glue.dqdl.model.condition.Condition;
import software.amazon.glue.dqdl.model.condition.number.AtomicNumberOperand;
import software.amazon.glue.dqdl.model.condition.number.NumberBasedCondition;
import software.amazon.glue.dqdl.model.condition.number.NumericOperand;

/** What is wrong with a rule, found before any data is read. */
public final class RuleCheck {

    private RuleCheck() {}

    /**
     * Every problem of the rule that its text and the columns show, each one line with the offending value and the remedy.
     * Needs no Spark session.
     *
     * @param columns of the rows that the rule is about; names must be met exactly
     * @return none: the rule can be judged, but for what {@link #sqlProblems} finds in its SQL
     */
    public static List<String> problems(Rules.Rule rule, StructType columns) {
        return problems(rule, Optional.of(columns));
    }

    /**
     * The same.
     *
     * @param columns absent: they are not known, and only the rule's own text is looked at
     */
    public static List<String> problems(Rules.Rule rule, Optional<StructType> columns) {
        try {
            return Dqdl.parse(rule.dqdl())
                    .tests()
                    .flatMap(test -> problems(rule.level(), test, columns))
                    .distinct()
                    .toList();
        } catch (Dqdl.Malformed e) {
            return List.of(e.getMessage());
        }
    }

    /** A check of the SQL of rules about rows of these columns. */
    public static SqlCheck sql(SparkSession spark, StructType columns) {
        return SqlCheck.over(spark, Sql.PRIMARY, columns);
    }

    /**
     * What only Spark can tell of the rule's {@code where} and {@code CustomSql}: columns that do not exist, tables other than
     * {@code primary}, texts taken for the present time. Says nothing of SQL that {@link #problems} refuses already. Analyses
     * them over no rows; reads no data and runs no job.
     *
     * @param check over the columns of the rows that the rule is about, from {@link #sql}
     */
    public static List<String> sqlProblems(SqlCheck check, Rules.Rule rule) {
        try {
            return Dqdl.parse(rule.dqdl())
                    .tests()
                    .flatMap(test -> Stream.concat(
                            test.where().stream()
                                    .filter(sql ->
                                            Sql.whereProblems(sql).findAny().isEmpty())
                                    .flatMap(sql -> Sql.whereProblems(check, sql)),
                            test.arguments().stream()
                                    .limit(isCustomSql(test) ? 1 : 0)
                                    .filter(sql ->
                                            Sql.queryProblems(sql).findAny().isEmpty())
                                    .flatMap(sql -> Sql.queryProblems(check, sql))))
                    .distinct()
                    .toList();
        } catch (Dqdl.Malformed e) {
            return List.of(e.getMessage());
        }
    }

    /** Whether the verdict on the same data may change with the day it is asked: DataFreshness and {@code now()}. */
    public static boolean dependsOnTime(Rules.Rule rule) {
        try {
            return Dqdl.parse(rule.dqdl()).tests().anyMatch(test -> RowTest.dependsOnTime(test.condition()));
        } catch (Dqdl.Malformed e) {
            return false;
        }
    }

    /** The rule's tree. */
    static Dqdl checked(Rules.Rule rule, StructType columns) {
        List<String> problems = problems(rule, columns);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(rule.dqdl() + ": " + String.join("; ", problems));
        }
        try {
            return Dqdl.parse(rule.dqdl());
        } catch (Dqdl.Malformed e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<String> problems(Rules.Level level, Dqdl.Test test, Optional<StructType> columns) {
        if (RuleTypes.REFUSED.containsKey(test.type())) {
            return Stream.of(Dqdl.refusal(test.type()));
        }
        List<String> problems = new ArrayList<>();
        if (level == Rules.Level.ROWS) {
            rowLevelProblem(test).ifPresent(problems::add);
        }
        test.tags().keySet().stream()
                .map(tag -> "`with " + tag + "` has no effect here; leave it out")
                .forEach(problems::add);
        test.where().stream().flatMap(Sql::whereProblems).forEach(problems::add);
        columns.ifPresent(known -> {
            for (String name : test.columns()) {
                Optional<StructField> field = Stream.of(known.fields())
                        .filter(f -> f.name().equals(name))
                        .findFirst();
                field.ifPresentOrElse(
                        f -> fieldProblem(test, f).ifPresent(problems::add), () -> problems.add(unknown(name, known)));
            }
        });
        measureProblem(test).ifPresent(problems::add);
        return problems.stream();
    }

    private static String unknown(String name, StructType columns) {
        List<String> names = List.of(columns.fieldNames());
        return "there is no column '" + name + "'"
                + DidYouMean.closest(name, names)
                        .map(near -> ", did you mean '" + near + "'?")
                        .orElse("; the columns are " + String.join(", ", names));
    }

    private static Optional<String> rowLevelProblem(Dqdl.Test test) {
        if (test.type().equals("DataFreshness") || RowTest.dependsOnTime(test.condition())) {
            return Optional.of(
                    test.text() + " depends on the day it is asked, so a row could not be judged again; name a date,"
                            + " or put the rule under batch or dataset");
        }
        if (!RuleTypes.ROW.contains(test.type())) {
            return Optional.of(test.type() + " is about many rows, not one; put it under batch or dataset");
        }
        return test.threshold()
                .map(threshold -> "`with threshold` is about many rows, not one; put the rule under batch or dataset");
    }

    private static Optional<String> fieldProblem(Dqdl.Test test, StructField field) {
        DataType type = field.dataType();
        return switch (test.type()) {
            case "Mean", "Sum", "StandardDeviation", "ColumnCorrelation" -> type instanceof NumericType
                    ? Optional.empty()
                    : RowTest.wrongType(test, field, "a number");
            case "IsUnique", "Uniqueness", "UniqueValueRatio", "DistinctValuesCount", "IsPrimaryKey", "Entropy" -> type
                            instanceof MapType
                    ? RowTest.wrongType(test, field, "values that can be compared")
                    : Optional.empty();
            default -> RowTest.problem(test, field);
        };
    }

    private static Optional<String> measureProblem(Dqdl.Test test) {
        Optional<String> threshold = test.threshold().flatMap(condition -> atomic(test, condition));
        if (threshold.isPresent()) {
            return threshold;
        }
        return switch (test.type()) {
            case "CustomSql" -> test.condition() instanceof NumberBasedCondition
                    ? test.threshold()
                            .map(t -> "CustomSql takes no threshold here; let the query compute the share")
                            .or(() -> atomic(test, test.condition()))
                            .or(() -> Sql.queryProblems(test.arguments().get(0)).findFirst())
                    : Optional.of("CustomSql must compute one number and ask something of it, such as"
                            + " CustomSql \"select count(*) from primary where a > b\" = 0");
            case "ColumnNamesMatchPattern" -> RowTest.patternProblem(
                    test.arguments().get(0));
            case "IsComplete", "ColumnValues", "ColumnLength", "ColumnDataType", "DataFreshness" -> Optional.empty();
            default -> atomic(test, test.condition());
        };
    }

    private static Optional<String> atomic(Dqdl.Test test, Condition condition) {
        if (condition instanceof NumberBasedCondition numbers) {
            for (NumericOperand operand : numbers.getOperands()) {
                if (!(operand instanceof AtomicNumberOperand)) {
                    return RowTest.notANumber(test, operand);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isCustomSql(Dqdl.Test test) {
        return test.type().equals("CustomSql");
    }
}
