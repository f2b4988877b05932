package io.lakeproof.jobs.rules;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * The rules of level {@code rows}. Judging looks at one row at a time: no Spark job, no shuffle, every row kept in its place.
 *
 * <p>A NULL in a rule's column breaks the rule, unless the rule names NULL; rows outside its {@code where} pass.
 */
public final class RowRules {

    /** The column that {@link #judge} adds: {@code ARRAY<STRUCT<rule, column, value, reason>>}, all of type STRING. */
    public static final String FAILURES = "_failures";

    /** What {@value #FAILURES} is. */
    public static final DataType FAILURES_TYPE =
            DataType.fromDDL("ARRAY<STRUCT<`rule`: STRING, `column`: STRING, `value`: STRING, `reason`: STRING>>");

    private static final Column NONE = array().cast(FAILURES_TYPE);

    private final List<Judgement> judgements;

    private RowRules(List<Judgement> judgements) {
        this.judgements = judgements;
    }

    /**
     * Rules that {@link RuleCheck#problems} has nothing to say about.
     *
     * @param columns of the rows that will be judged
     * @throws IllegalArgumentException if a rule has a problem, or the rows already have a column {@value #FAILURES}
     */
    public static RowRules of(List<Rules.Rule> rules, StructType columns) {
        if (List.of(columns.fieldNames()).contains(FAILURES)) {
            throw new IllegalArgumentException("the rows already have a column " + FAILURES);
        }
        List<Judgement> judgements = new ArrayList<>();
        for (Rules.Rule rule : rules) {
            judgements.add(judgement(rule.dqdl(), RuleCheck.checked(rule, columns), columns));
        }
        return new RowRules(judgements);
    }

    /**
     * Adds {@value #FAILURES}: an empty array where the row passes every rule, else one entry for each test that broke one,
     * in the order of the rules. {@code value} is NULL where the row's value is.
     */
    public Dataset<Row> judge(Dataset<Row> rows) {
        Column[] failures =
                judgements.stream().flatMap(j -> j.failures().stream()).toArray(Column[]::new);
        Column passes = RowTest.all(judgements.stream().map(Judgement::holds).toList());
        // Rows that pass, nearly all, stop at compiled code; `filter` keeps the rest out of one method too big to
        // compile.
        return rows.withColumn(
                FAILURES,
                failures.length == 0
                        ? NONE
                        : when(passes, NONE)
                                .otherwise(filter(array(failures), Column::isNotNull)
                                        .cast(FAILURES_TYPE)));
    }

    /**
     * @param holds whether the row passes
     * @param failures of a row that does not, each an entry, or NULL where that test is not what broke the rule
     */
    private record Judgement(Column holds, List<Column> failures) {}

    private static Judgement judgement(String rule, Dqdl node, StructType columns) {
        if (node instanceof Dqdl.Test test) {
            // No rule of this level may depend on the time.
            Column holds = RowTest.holds(test, columns, Instant.EPOCH);
            Column applies =
                    RowTest.where(test).map(where -> not(where).or(holds)).orElse(holds);
            return new Judgement(applies, List.of(failure(rule, test, columns, not(applies))));
        }
        Dqdl.Composite composite = (Dqdl.Composite) node;
        List<Judgement> parts = composite.parts().stream()
                .map(part -> judgement(rule, part, columns))
                .toList();
        List<Column> held = parts.stream().map(Judgement::holds).toList();
        Column holds = composite.all() ? RowTest.all(held) : RowTest.any(held);
        return new Judgement(
                holds,
                parts.stream()
                        .flatMap(part -> part.failures().stream())
                        // A part of `or` that does not hold breaks nothing while another does.
                        .map(failure -> composite.all() ? failure : when(not(holds), failure))
                        .toList());
    }

    private static Column failure(String rule, Dqdl.Test test, StructType columns, Column broken) {
        String name = test.columns().get(0);
        Column entry = struct(
                lit(rule).as("rule"),
                lit(name).as("column"),
                RowTest.shown(name, columns.apply(name).dataType()).as("value"),
                when(RowTest.named(name).isNull(), lit("is NULL"))
                        .otherwise(lit("must " + demand(test)))
                        .as("reason"));
        return when(broken, entry);
    }

    private static String demand(Dqdl.Test test) {
        return switch (test.type()) {
            case "IsComplete" -> "not be NULL";
            case "ColumnLength" -> "have length " + test.asked();
            case "ColumnDataType" -> "have type " + test.asked();
            default -> test.asked().startsWith("matches ")
                    ? test.asked().replaceFirst("matches", "match")
                    : test.asked().startsWith("not matches ")
                            ? test.asked().replaceFirst("matches", "match")
                            : "be " + test.asked();
        };
    }
}
