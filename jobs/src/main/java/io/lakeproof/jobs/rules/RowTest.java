package io.lakeproof.jobs.rules;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.to_date;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VarcharType;
import software.amazon.glue.dqdl.model.condition.Condition;
import software.amazon.glue.dqdl.model.condition.date.DateBasedCondition;
import software.amazon.glue.dqdl.model.condition.date.DateExpression;
import software.amazon.glue.dqdl.model.condition.date.NullDateExpression;
import software.amazon.glue.dqdl.model.condition.duration.DurationBasedCondition;
import software.amazon.glue.dqdl.model.condition.number.AtomicNumberOperand;
import software.amazon.glue.dqdl.model.condition.number.NullNumericOperand;
import software.amazon.glue.dqdl.model.condition.number.NumberBasedCondition;
import software.amazon.glue.dqdl.model.condition.number.NumericOperand;
import software.amazon.glue.dqdl.model.condition.string.KeywordStringOperand;
import software.amazon.glue.dqdl.model.condition.string.QuotedStringOperand;
import software.amazon.glue.dqdl.model.condition.string.StringBasedCondition;
import software.amazon.glue.dqdl.model.condition.string.StringBasedConditionOperator;
import software.amazon.glue.dqdl.model.condition.string.StringOperand;

/**
 * A test of one row as a Spark column: true or false, never NULL. A NULL in the tested column fails, unless the rule names
 * NULL; a NaN fails every comparison with numbers.
 */
final class RowTest {

    private static final Set<String> SETS = Set.of("EQUALS", "NOT_EQUALS", "IN", "NOT_IN");

    private static final Map<String, DataType> DATA_TYPES = Map.of(
            "BOOLEAN", DataTypes.BooleanType,
            "DATE", DataTypes.DateType,
            "TIMESTAMP", DataTypes.TimestampType,
            "INTEGER", DataTypes.IntegerType,
            "LONG", DataTypes.LongType,
            "FLOAT", DataTypes.FloatType,
            "DOUBLE", DataTypes.DoubleType);

    private static final Pattern DECIMAL = Pattern.compile("DECIMAL\\((\\d{1,2}), *(\\d{1,2})\\)");

    /** Characters of a value that a reason shows. */
    private static final int SHOWN = 1000;

    private RowTest() {}

    /** Why the test can't be put to the column, with the remedy; absent: it can. */
    static Optional<String> problem(Dqdl.Test test, StructField field) {
        return switch (test.type()) {
            case "ColumnLength" -> isText(field.dataType())
                    ? numbersOnly(test, (NumberBasedCondition) test.condition())
                    : wrongType(test, field, "a STRING");
            case "ColumnDataType" -> dataTypeProblem(test, field);
            case "ColumnValues" -> valuesProblem(test, field);
            case "DataFreshness" -> isTime(field.dataType())
                    ? Optional.empty()
                    : wrongType(test, field, "a DATE or TIMESTAMP");
            default -> Optional.empty();
        };
    }

    /** Whether a row inside the rule's {@code where} passes. */
    static Column holds(Dqdl.Test test, StructType columns, Instant asOf) {
        String name = test.columns().get(0);
        Column column = named(name);
        DataType type = columns.apply(name).dataType();
        Column holds =
                switch (test.type()) {
                    case "IsComplete" -> column.isNotNull();
                    case "ColumnLength" -> {
                        NumberBasedCondition condition = (NumberBasedCondition) test.condition();
                        yield compare(condition.getOperator().name(), length(column), numbers(condition, type));
                    }
                    case "ColumnDataType" -> isOfType(test, column, name);
                    case "DataFreshness" -> isFresh((DurationBasedCondition) test.condition(), column, asOf);
                    case "ColumnValues" -> values(test.condition(), column, type, asOf);
                    default -> throw new IllegalArgumentException(test.type() + " is not about one row");
                };
        return coalesce(holds, lit(false));
    }

    /** Whether the rule is about the row at all. */
    static Optional<Column> where(Dqdl.Test test) {
        return test.where().map(sql -> coalesce(expr(sql), lit(false)));
    }

    static Column named(String column) {
        return col("`" + column.replace("`", "``") + "`");
    }

    /** Whether the answer changes with the day it is asked. */
    static boolean dependsOnTime(Condition condition) {
        return condition instanceof DurationBasedCondition
                || (condition instanceof DateBasedCondition dates
                        && dates.getOperands().stream()
                                .anyMatch(date -> date instanceof DateExpression.CurrentDate
                                        || date instanceof DateExpression.CurrentDateExpression));
    }

    private static Optional<String> valuesProblem(Dqdl.Test test, StructField field) {
        DataType type = field.dataType();
        if (test.condition() instanceof NumberBasedCondition numbers) {
            boolean onlyNull = numbers.getOperands().stream().allMatch(NullNumericOperand.class::isInstance);
            if (onlyNull && SETS.contains(numbers.getOperator().name())) {
                return Optional.empty();
            }
            if (!(type instanceof NumericType)) {
                return wrongType(test, field, "a number", "; quote the values to compare with text");
            }
            return numbersOnly(test, numbers);
        }
        if (test.condition() instanceof DateBasedCondition dates) {
            if (isText(type) && SETS.contains(dates.getOperator().name()) && !dependsOnTime(dates)) {
                return Optional.empty();
            }
            if (!isTime(type)) {
                return wrongType(test, field, "a DATE or TIMESTAMP");
            }
            if (dates.getOperands().stream().anyMatch(DateExpression.StaticDateTime.class::isInstance)) {
                return Optional.of(test.text() + " names a time without a day; write a date such as \"2026-01-31\"");
            }
            for (DateExpression date : dates.getOperands()) {
                if (!(date instanceof NullDateExpression) && !isDay(date)) {
                    return Optional.of(test.text() + " names the day " + date.getFormattedExpression()
                            + ", which no calendar has; write a date such as \"2026-01-31\"");
                }
            }
            return nullOrdered(
                    test,
                    dates.getOperator().name(),
                    dates.getOperands().stream().anyMatch(NullDateExpression.class::isInstance));
        }
        StringBasedCondition strings = (StringBasedCondition) test.condition();
        boolean matches = strings.getOperator() == StringBasedConditionOperator.MATCHES
                || strings.getOperator() == StringBasedConditionOperator.NOT_MATCHES;
        if (matches && isText(type)) {
            return patternProblem(text(strings.getOperands().get(0)));
        }
        if (type instanceof BooleanType && !matches) {
            return strings.getOperands().stream().allMatch(operand -> isNull(operand) || isTruth(operand))
                    ? Optional.empty()
                    : wrongType(test, field, "a STRING", "; a BOOLEAN is \"true\" or \"false\"");
        }
        return isText(type) ? Optional.empty() : wrongType(test, field, "a STRING", "; write numbers without quotes");
    }

    private static boolean isDay(DateExpression date) {
        try {
            day(date, Instant.EPOCH);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static Optional<String> dataTypeProblem(Dqdl.Test test, StructField field) {
        StringBasedCondition condition = (StringBasedCondition) test.condition();
        String operator = condition.getOperator().name();
        String asked = text(condition.getOperands().get(0));
        if (!Set.of("EQUALS", "NOT_EQUALS").contains(operator)) {
            return Optional.of(test.text() + " takes = or != alone");
        }
        Optional<DataType> wanted = dataType(asked);
        if (wanted.isEmpty()) {
            return Optional.of("unknown data type \"" + asked
                    + "\"; BOOLEAN, DATE, TIMESTAMP, INTEGER, LONG, FLOAT, DOUBLE and DECIMAL(p,s) are known");
        }
        DataType type = field.dataType();
        if (isText(type) || type.equals(wanted.get())) {
            return Optional.empty();
        }
        return wrongType(test, field, "a STRING", "; the contract already fixes the type of every other column");
    }

    private static Optional<String> numbersOnly(Dqdl.Test test, NumberBasedCondition condition) {
        for (NumericOperand operand : condition.getOperands()) {
            if (operand instanceof NullNumericOperand && test.type().equals("ColumnValues")) {
                continue;
            }
            if (!(operand instanceof AtomicNumberOperand)) {
                return notANumber(test, operand);
            }
            if (new BigDecimal(operand.getOperand()).precision() > 38) {
                return Optional.of(operand.getOperand() + " has more than 38 digits");
            }
        }
        return nullOrdered(
                test,
                condition.getOperator().name(),
                condition.getOperands().stream().anyMatch(NullNumericOperand.class::isInstance));
    }

    static Optional<String> notANumber(Dqdl.Test test, NumericOperand operand) {
        return Optional.of(test.text() + " asks for " + operand.getOperand()
                + "; write the number itself: functions over earlier runs and arithmetic are not supported");
    }

    private static Optional<String> nullOrdered(Dqdl.Test test, String operator, boolean namesNull) {
        return namesNull && !SETS.contains(operator)
                ? Optional.of(test.text() + " orders by NULL; NULL works with =, !=, in and not in alone")
                : Optional.empty();
    }

    static Optional<String> patternProblem(String pattern) {
        try {
            Pattern.compile(pattern);
            return Optional.empty();
        } catch (PatternSyntaxException e) {
            return Optional.of("\"" + pattern + "\" is not a regular expression: " + e.getDescription()
                    + " at character " + (e.getIndex() + 1));
        }
    }

    static Optional<String> wrongType(Dqdl.Test test, StructField field, String needed, String... remedy) {
        return Optional.of(test.text() + " needs " + needed + ", but column '" + field.name() + "' is "
                + field.dataType().sql()
                + (remedy.length == 0
                        ? "; name another column, or correct its type in the contract"
                        : String.join("", remedy)));
    }

    private static boolean isText(DataType type) {
        return type instanceof StringType || type instanceof VarcharType || type instanceof CharType;
    }

    private static boolean isTime(DataType type) {
        return type instanceof DateType || type instanceof TimestampType || type instanceof TimestampNTZType;
    }

    private static Column values(Condition condition, Column column, DataType type, Instant asOf) {
        if (condition instanceof NumberBasedCondition numbers) {
            boolean namesNull = numbers.getOperands().stream().anyMatch(NullNumericOperand.class::isInstance);
            Column holds = compare(numbers.getOperator().name(), column, numbers(numbers, type));
            boolean mayBeNaN = type instanceof FloatType || type instanceof DoubleType;
            return orNull(
                    numbers.getOperator().name(),
                    namesNull,
                    column,
                    // To Spark a NaN is greater than any number.
                    mayBeNaN && hasNumbers(numbers) ? not(isnan(column)).and(holds) : holds);
        }
        if (condition instanceof DateBasedCondition dates) {
            String operator = dates.getOperator().name();
            boolean namesNull = dates.getOperands().stream().anyMatch(NullDateExpression.class::isInstance);
            List<DateExpression> operands = dates.getOperands().stream()
                    .filter(date -> !(date instanceof NullDateExpression))
                    .toList();
            Column holds = isText(type)
                    ? compare(
                            operator,
                            column,
                            operands.stream()
                                    .map(date ->
                                            lit(date.getFormattedExpression().replace("\"", "")))
                                    .toList())
                    : compare(
                            operator,
                            to_date(column),
                            operands.stream().map(date -> day(date, asOf)).toList());
            return orNull(operator, namesNull, column, holds);
        }
        StringBasedCondition strings = (StringBasedCondition) condition;
        String operator = strings.getOperator().name();
        List<StringOperand> operands = strings.getOperands();
        return switch (strings.getOperator()) {
            case MATCHES -> fullyMatches(column, text(operands.get(0)));
            case NOT_MATCHES -> not(fullyMatches(column, text(operands.get(0))));
            case EQUALS, NOT_EQUALS, IN, NOT_IN -> {
                Column equals = any(operands.stream()
                        .filter(operand -> !isNull(operand))
                        .map(operand -> equalsText(column, type, operand))
                        .toList());
                yield orNull(
                        operator,
                        operands.stream().anyMatch(RowTest::isNull),
                        column,
                        operator.startsWith("NOT") ? not(equals) : equals);
            }
        };
    }

    /** Adds what the rule says of NULL itself: {@code in} and {@code =} let it pass, all others do not. */
    private static Column orNull(String operator, boolean namesNull, Column column, Column holds) {
        Column known = column.isNotNull().and(holds);
        return namesNull && !operator.startsWith("NOT") ? column.isNull().or(known) : known;
    }

    private static boolean hasNumbers(NumberBasedCondition condition) {
        return condition.getOperands().stream().anyMatch(AtomicNumberOperand.class::isInstance);
    }

    private static Column equalsText(Column column, DataType type, StringOperand operand) {
        if (operand instanceof KeywordStringOperand) {
            return operand.formatOperand().equals("EMPTY") ? column.equalTo("") : column.rlike("\\A\\s+\\z");
        }
        return type instanceof BooleanType
                ? column.equalTo(Boolean.parseBoolean(text(operand)))
                : column.equalTo(text(operand));
    }

    /** The whole value, as DQDL documents it, line ends included. */
    private static Column fullyMatches(Column column, String pattern) {
        return column.rlike("\\A(?:" + pattern + ")\\z");
    }

    private static boolean isTruth(StringOperand operand) {
        return operand instanceof QuotedStringOperand
                && Set.of("true", "false").contains(text(operand).toLowerCase(Locale.ROOT));
    }

    private static boolean isNull(StringOperand operand) {
        return operand instanceof KeywordStringOperand
                && operand.formatOperand().equals("NULL");
    }

    private static String text(StringOperand operand) {
        return Dqdl.unescaped(String.valueOf(operand.getOperand()));
    }

    private static List<Column> numbers(NumberBasedCondition condition, DataType type) {
        return condition.getOperands().stream()
                .filter(AtomicNumberOperand.class::isInstance)
                .map(operand -> number(operand.getOperand(), type))
                .toList();
    }

    /** Exact beside integers and decimals; beside floating columns the number nearest to what was written. */
    private static Column number(String written, DataType type) {
        if (type instanceof FloatType) {
            return lit(Float.parseFloat(written));
        }
        return type instanceof DoubleType ? lit(Double.parseDouble(written)) : lit(new BigDecimal(written));
    }

    private static Column day(DateExpression date, Instant asOf) {
        if (date instanceof DateExpression.CurrentDate) {
            return to_date(lit(asOf));
        }
        if (date instanceof DateExpression.CurrentDateExpression now) {
            Duration shift = duration(now.getDuration());
            return to_date(lit(
                    now.getOperator() == DateExpression.DateExpressionOperator.MINUS
                            ? asOf.minus(shift)
                            : asOf.plus(shift)));
        }
        return lit(date.getEvaluatedExpression().toLocalDate());
    }

    private static Column isFresh(DurationBasedCondition condition, Column column, Instant asOf) {
        Column age = lit(asOf)
                .cast(DataTypes.LongType)
                .minus(column.cast(DataTypes.TimestampType).cast(DataTypes.LongType));
        return compare(
                condition.getOperator().name(),
                age,
                condition.getOperands().stream()
                        .map(duration -> lit(duration(duration).toSeconds()))
                        .toList());
    }

    private static Duration duration(software.amazon.glue.dqdl.model.condition.duration.Duration duration) {
        return switch (duration.getUnit()) {
            case MINUTES -> Duration.ofMinutes(duration.getAmount());
            case HOURS -> Duration.ofHours(duration.getAmount());
            case DAYS -> Duration.ofDays(duration.getAmount());
        };
    }

    private static Column isOfType(Dqdl.Test test, Column column, String name) {
        StringBasedCondition condition = (StringBasedCondition) test.condition();
        // A plain cast cuts "1.5" down to the INTEGER 1, or fails, as the session's ANSI setting has it.
        Column castable = expr("try_cast(`" + name.replace("`", "``") + "` AS "
                        + dataType(text(condition.getOperands().get(0)))
                                .orElseThrow()
                                .sql() + ")")
                .isNotNull();
        return condition.getOperator() == StringBasedConditionOperator.EQUALS
                ? castable
                : column.isNotNull().and(not(castable));
    }

    /** By DQDL's name, in any case; absent: unknown, or a decimal that can't be. */
    private static Optional<DataType> dataType(String dqdl) {
        String name = dqdl.toUpperCase(Locale.ROOT);
        Matcher decimal = DECIMAL.matcher(name);
        if (!decimal.matches()) {
            return Optional.ofNullable(DATA_TYPES.get(name));
        }
        int precision = Integer.parseInt(decimal.group(1));
        int scale = Integer.parseInt(decimal.group(2));
        return precision >= 1 && precision <= 38 && scale <= precision
                ? Optional.of(DataTypes.createDecimalType(precision, scale))
                : Optional.empty();
    }

    /** DQDL's operators have one name in all its condition types. Its {@code between} leaves both bounds out. */
    private static Column compare(String operator, Column value, List<Column> operands) {
        return switch (operator) {
            case "BETWEEN" -> value.gt(operands.get(0)).and(value.lt(operands.get(1)));
            case "NOT_BETWEEN" -> value.leq(operands.get(0)).or(value.geq(operands.get(1)));
            case "GREATER_THAN" -> value.gt(operands.get(0));
            case "GREATER_THAN_EQUAL_TO" -> value.geq(operands.get(0));
            case "LESS_THAN" -> value.lt(operands.get(0));
            case "LESS_THAN_EQUAL_TO" -> value.leq(operands.get(0));
            case "EQUALS", "IN" -> any(operands.stream().map(value::equalTo).toList());
            case "NOT_EQUALS", "NOT_IN" -> not(
                    any(operands.stream().map(value::equalTo).toList()));
            default -> throw new IllegalArgumentException("unknown operator " + operator);
        };
    }

    /** Whether any condition holds; none does if there is none. */
    static Column any(List<Column> conditions) {
        return conditions.isEmpty() ? lit(false) : tree(conditions, Column::or);
    }

    /** Whether all conditions hold; all do if there is none. */
    static Column all(List<Column> conditions) {
        return conditions.isEmpty() ? lit(true) : tree(conditions, Column::and);
    }

    /** In halves of halves: Spark goes down an expression by recursion, and a thousand in a row overflow its stack. */
    private static Column tree(List<Column> conditions, BinaryOperator<Column> of) {
        int half = conditions.size() / 2;
        return half == 0
                ? conditions.get(0)
                : of.apply(
                        tree(conditions.subList(0, half), of), tree(conditions.subList(half, conditions.size()), of));
    }

    /** A value as people may read it: bytes as their count, long text cut, so that a reason stays small. */
    static Column shown(String column, DataType type) {
        Column value = named(column);
        if (type instanceof BinaryType) {
            return concat(length(value).cast("string"), lit(" bytes"));
        }
        Column text = value.cast("string");
        return org.apache
                .spark
                .sql
                .functions
                .when(length(text).gt(SHOWN), concat(text.substr(1, SHOWN), lit("…")))
                .otherwise(text);
    }
}
