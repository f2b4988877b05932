package io.lakeproof.jobs.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amazon.deequ.dqdl.EvaluateDataQuality$;
import io.lakeproof.testkit.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.collection.JavaConverters;

class RowRulesTest {

    private static final SparkSession SPARK = LocalSpark.session();

    private static final SparkSession ANSI = SPARK.newSession();

    static {
        ANSI.conf().set("spark.sql.ansi.enabled", true);
    }

    static Rules.Rule rule(String dqdl) {
        return new Rules.Rule(Rules.Level.ROWS, dqdl);
    }

    private static Dataset<Row> judge(Dataset<Row> rows, String... dqdl) {
        return RowRules.of(Stream.of(dqdl).map(RowRulesTest::rule).toList(), rows.schema())
                .judge(rows);
    }

    /** {@code rule | column | value | reason} of every failure, in order. */
    private static List<String> failures(Dataset<Row> judged) {
        List<String> all = new ArrayList<>();
        for (Row row : judged.select(RowRules.FAILURES).collectAsList()) {
            for (Row failure : row.<Row>getList(0)) {
                all.add(failure.mkString(" | "));
            }
        }
        return all;
    }

    /** Which of NULL and the values, given as SQL, break the rule. */
    private static String broken(SparkSession spark, String type, String values, String dqdl) {
        Dataset<Row> rows = spark.sql("select cast(v as " + type + ") as v from values (NULL), "
                + values.replaceAll("([^;]+);?", "($1), ").replaceAll(", $", "") + " as t(v)");
        List<String> broken = new ArrayList<>();
        for (Row row : judge(rows, dqdl).collectAsList()) {
            if (!row.getList(1).isEmpty()) {
                broken.add(row.isNullAt(0) ? "NULL" : shown(row.get(0)));
            }
        }
        return String.join(" ", broken);
    }

    private static String shown(Object value) {
        return value.toString().isBlank() ? "'" + value + "'" : value.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " | ",
            quoteCharacter = '~',
            value = {
                "int | 1;2;3 | IsComplete \"v\" | NULL",
                "int | 1;2;3 | ColumnValues \"v\" > 1 | NULL 1",
                "int | 1;2;3 | ColumnValues \"v\" >= 2 | NULL 1",
                "int | 1;2;3 | ColumnValues \"v\" < 3 | NULL 3",
                "int | 1;2;3 | ColumnValues \"v\" <= 2 | NULL 3",
                "int | 1;2;3 | ColumnValues \"v\" = 2 | NULL 1 3",
                "int | 1;2;3 | ColumnValues \"v\" != 2 | NULL 2",
                "int | 1;2;3 | ColumnValues \"v\" in [1,2] | NULL 3",
                "int | 1;2;3 | ColumnValues \"v\" not in [1,2] | NULL 1 2",
                "int | 1;2;3 | ColumnValues \"v\" between 1 and 3 | NULL 1 3",
                "int | 1;2;3 | ColumnValues \"v\" not between 1 and 3 | NULL 2",
                "int | 1;2;3 | ColumnValues \"v\" in [1,NULL] | 2 3",
                "int | 1;2;3 | ColumnValues \"v\" not in [1,NULL] | NULL 1",
                "int | 1;2;3 | ColumnValues \"v\" = NULL | 1 2 3",
                "int | 1;2;3 | ColumnValues \"v\" != NULL | NULL",
                "int | 1;2;3 | ColumnValues \"v\" in [NULL] | 1 2 3",
                "int | -1;0;1 | ColumnValues \"v\" > -1 | NULL -1",
                "int | 1;2;3 | ColumnValues \"v\" > 1.5 | NULL 1",
                "int | 1;2;3 | ColumnValues \"v\" > 1 where \"v is null or v < 3\" | NULL 1",
                "int | 1;2;3 | ColumnValues \"v\" > 1 where \"v < 3\" | 1",
                "bigint | 9007199254740993;9007199254740992 | ColumnValues \"v\" = 9007199254740992 | NULL 9007199254740993",
                "decimal(38,18) | 0.1;0.100000000000000001 | ColumnValues \"v\" = 0.1 | NULL 0.100000000000000001",
                "double | 0.1;0.2 | ColumnValues \"v\" in [0.1] | NULL 0.2",
                "float | 0.1;0.2 | ColumnValues \"v\" in [0.1] | NULL 0.2",
                "double | 1D;double('NaN');double('Infinity') | ColumnValues \"v\" > 0 | NULL NaN",
                "double | 1D;double('NaN') | ColumnValues \"v\" != 1 | NULL 1.0 NaN",
                "double | 1D;double('NaN') | ColumnValues \"v\" != NULL | NULL",
                "string | 'a';'b';'' | ColumnValues \"v\" = \"a\" | NULL b ''",
                "string | 'a';'b' | ColumnValues \"v\" != \"a\" | NULL a",
                "string | 'a';'b' | ColumnValues \"v\" in [\"a\"] | NULL b",
                "string | 'a';'b' | ColumnValues \"v\" in [\"a\", NULL] | b",
                "string | 'a';'b' | ColumnValues \"v\" not in [\"a\", NULL] | NULL a",
                "string | 'a';'A' | ColumnValues \"v\" in [\"a\"] | NULL A",
                "string | 'a';'';' ' | ColumnValues \"v\" not in [EMPTY, WHITESPACES_ONLY] | NULL '' ' '",
                "string | 'a';'x' | ColumnValues \"v\" = EMPTY | NULL a x",
                "string | 'o\\'k';'n' | ColumnValues \"v\" in [\"o'k\"] | NULL n",
                "string | 'q\"q';'n' | ColumnValues \"v\" = \"q\\\"q\" | NULL n",
                "string | 'q\"q';'n' | ColumnValues \"v\" in [\"q\\\"q\"] | NULL n",
                "string | 'c1';'c12';'xc1' | ColumnValues \"v\" matches \"c[0-9]\" | NULL c12 xc1",
                "string | 'a';'ab';'b' | ColumnValues \"v\" matches \"a|b\" | NULL ab",
                "string | '1';'x' | ColumnValues \"v\" matches \"\\d\" | NULL x",
                "string | 'a';'b' | ColumnValues \"v\" not matches \"a\" | NULL a",
                "string | '2026-01-01';'x' | ColumnValues \"v\" = \"2026-01-01\" | NULL x",
                "string | '10:30';'x' | ColumnValues \"v\" in [\"10:30\"] | NULL x",
                "boolean | true;false | ColumnValues \"v\" = \"true\" | NULL false",
                "date | '2026-01-01';'2026-01-02' | ColumnValues \"v\" > \"2026-01-01\" | NULL 2026-01-01",
                "date | '2026-01-01';'2026-01-02' | ColumnValues \"v\" in [\"2026-01-01\", NULL] | 2026-01-02",
                "timestamp | '2026-01-01 10:00:00' | ColumnValues \"v\" > \"2026-01-01\" | NULL 2026-01-01 10:00:00.0",
                "string | 'ab';'é€';'' | ColumnLength \"v\" = 2 | NULL ''",
                "string | 'ab';'a' | ColumnLength \"v\" between 1 and 3 | NULL a",
                "string | 'ab';'a' | ColumnLength \"v\" in [1, 5] | NULL ab",
                "string | '1';'1.5';'x' | ColumnDataType \"v\" = \"INTEGER\" | NULL 1.5 x",
                "string | '1';'x' | ColumnDataType \"v\" != \"INTEGER\" | NULL 1",
                "string | '2026-02-28';'2026-02-30' | ColumnDataType \"v\" = \"Date\" | NULL 2026-02-30",
                "string | '1.25';'1234.5' | ColumnDataType \"v\" = \"DECIMAL(5,2)\" | NULL 1234.5",
                "int | 1;2 | ColumnDataType \"v\" = \"INTEGER\" | NULL",
                "int | 1;2;3 | (ColumnValues \"v\" > 1) and (ColumnValues \"v\" < 3) | NULL 1 3",
                "int | 1;2;3 | (ColumnValues \"v\" = 1) or (ColumnValues \"v\" = 3) | NULL 2",
                "int | 1;2;3 | (ColumnValues \"v\" = NULL) or ((ColumnValues \"v\" > 1) and (ColumnValues \"v\" < 3)) | 1 3",
            })
    void a_null_breaks_a_rule_that_does_not_name_it(String type, String values, String dqdl, String expected) {
        assertThat(broken(SPARK, type, values, dqdl)).isEqualTo(expected);
        // Plain comparisons of whole numbers are the same there.
        if (!type.equals("int")) {
            assertThat(broken(ANSI, type, values, dqdl)).as("ANSI").isEqualTo(expected);
        }
    }

    @Test
    void a_failure_names_rule_column_value_and_reason() {
        Dataset<Row> rows = SPARK.sql("select * from values (1, 'long'), (NULL, 'ok') as t(n, s)");
        assertThat(failures(judge(
                        rows,
                        "ColumnValues \"n\" in [2,3]",
                        "IsComplete \"n\"",
                        "ColumnLength \"s\" < 4",
                        "ColumnValues \"s\" not matches \"l.*\"",
                        "ColumnDataType \"s\" = \"INTEGER\" where \"n = 1\"")))
                .containsExactly(
                        "ColumnValues \"n\" in [2,3] | n | 1 | must be in [2,3]",
                        "ColumnLength \"s\" < 4 | s | long | must have length < 4",
                        "ColumnValues \"s\" not matches \"l.*\" | s | long | must not match \"l.*\"",
                        "ColumnDataType \"s\" = \"INTEGER\" where \"n = 1\" | s | long | must have type = \"INTEGER\"",
                        "ColumnValues \"n\" in [2,3] | n | null | is NULL",
                        "IsComplete \"n\" | n | null | is NULL");
    }

    @Test
    void a_composite_rule_names_the_parts_that_broke_it() {
        Dataset<Row> rows = SPARK.sql("select * from values (1, 1), (1, 9), (9, 9) as t(a, b)");
        assertThat(failures(judge(rows, "(ColumnValues \"a\" < 5) or (ColumnValues \"b\" < 5)")))
                .containsExactly(
                        "(ColumnValues \"a\" < 5) or (ColumnValues \"b\" < 5) | a | 9 | must be < 5",
                        "(ColumnValues \"a\" < 5) or (ColumnValues \"b\" < 5) | b | 9 | must be < 5");
        assertThat(failures(judge(rows.limit(2), "(ColumnValues \"a\" < 5) and (ColumnValues \"b\" < 5)")))
                .containsExactly("(ColumnValues \"a\" < 5) and (ColumnValues \"b\" < 5) | b | 9 | must be < 5");
    }

    @Test
    void two_rules_with_the_same_text_both_speak() {
        assertThat(failures(judge(SPARK.sql("select 1 as n"), "ColumnValues \"n\" = 2", "ColumnValues \"n\" = 2")))
                .hasSize(2);
    }

    @Test
    void columns_may_have_any_name() {
        for (String name : List.of(
                "with space",
                "a.b",
                "back`tick",
                "quo\"te",
                "dol$lar",
                "com,ma]",
                "from",
                "é",
                "rule",
                "1st",
                "select *")) {
            Dataset<Row> rows = SPARK.createDataFrame(
                    List.of(RowFactory.create((Object) null), RowFactory.create("x"), RowFactory.create("y")),
                    new StructType().add(name, "string"));
            String quoted = "\"" + name.replace("\"", "\\\"") + "\"";
            Dataset<Row> judged =
                    judge(rows, "ColumnValues " + quoted + " in [\"x\"]", "ColumnDataType " + quoted + " != \"DATE\"");
            assertThat(judged.columns()).containsExactly(name, RowRules.FAILURES);
            assertThat(judged.collectAsList().stream()
                            .map(row -> row.getList(1).size())
                            .toList())
                    .as(name)
                    .containsExactly(2, 0, 1);
            assertThat(DatasetRules.evaluate(
                                    rows,
                                    List.of(
                                            DatasetRulesTest.rule("Completeness " + quoted + " > 0.6"),
                                            DatasetRulesTest.rule("IsUnique " + quoted + " where \"`"
                                                    + name.replace("`", "``").replace("\"", "\\\"")
                                                    + "` is not null\"")))
                            .stream()
                            .map(DatasetRules.Outcome::passed))
                    .as(name)
                    .containsExactly(true, true);
        }
    }

    @Test
    void bytes_and_long_text_stay_out_of_the_value() {
        Dataset<Row> rows = SPARK.sql("select cast('abc' as binary) as b, repeat('x', 5000) as s");
        List<String> failures = failures(judge(rows, "ColumnValues \"b\" = NULL", "ColumnLength \"s\" < 10"));
        assertThat(failures.get(0)).isEqualTo("ColumnValues \"b\" = NULL | b | 3 bytes | must be = NULL");
        assertThat(failures.get(1)).hasSizeLessThan(1100).contains("x…");
    }

    @Test
    void judging_starts_no_job_and_moves_no_row() {
        AtomicInteger stages = new AtomicInteger();
        SparkListener listener = new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted stage) {
                stages.incrementAndGet();
            }
        };
        Dataset<Row> rows = SPARK.range(0, 1000, 1, 4).selectExpr("id % 10 as n");
        SPARK.sparkContext().addSparkListener(listener);
        try {
            Dataset<Row> judged =
                    judge(rows, "ColumnValues \"n\" < 5", "(IsComplete \"n\") or (ColumnValues \"n\" = 3)");
            assertThat(stages).hasValue(0);
            judged.write().format("noop").mode("overwrite").save();
        } finally {
            SPARK.sparkContext().removeSparkListener(listener);
        }
        assertThat(stages).hasValueLessThanOrEqualTo(1);
    }

    @Test
    void hundreds_of_rules_over_hundreds_of_columns_can_be_judged() {
        Dataset<Row> rows = SPARK.range(0, 100)
                .select(IntStream.range(0, 300)
                        .mapToObj(i -> functions.col("id").as("c" + i))
                        .toArray(Column[]::new));
        Dataset<Row> judged = judge(
                rows,
                IntStream.range(0, 300)
                        .mapToObj(i -> "ColumnValues \"c" + i + "\" != " + i)
                        .toArray(String[]::new));
        assertThat(judged.where("size(_failures) = 1").count()).isEqualTo(100);
    }

    @Test
    void thousands_of_rules_and_of_values_need_no_deep_stack() {
        Dataset<Row> rows = SPARK.range(0, 4000).toDF();
        String values = IntStream.range(0, 3000).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        assertThat(judge(rows, "ColumnValues \"id\" in [" + values + "]")
                        .where("size(_failures) = 1")
                        .count())
                .isEqualTo(1000);
        Dataset<Row> judged = judge(
                rows.limit(2),
                IntStream.range(1, 2000)
                        .mapToObj(i -> "ColumnValues \"id\" > -" + i)
                        .toArray(String[]::new));
        assertThat(judged.where("size(_failures) = 0").count()).isEqualTo(2);
    }

    @Test
    void without_rules_every_row_passes() {
        assertThat(judge(SPARK.range(3).toDF()).where("size(_failures) = 0").count())
                .isEqualTo(3);
    }

    @Test
    void rows_that_already_have_the_column_are_refused() {
        assertThatThrownBy(() -> judge(SPARK.range(1).toDF(RowRules.FAILURES)))
                .hasMessage("the rows already have a column _failures");
    }

    @Test
    void duplicate_rows_are_kept_one_by_one() {
        Dataset<Row> rows = SPARK.sql("select * from values (1), (1), (NULL), (NULL), (2) as t(n)");
        Dataset<Row> judged = judge(rows, "ColumnValues \"n\" = 1");
        assertThat(judged.where("size(_failures) = 0").count()).isEqualTo(2);
        assertThat(judged.where("size(_failures) > 0").count()).isEqualTo(3);
    }

    @Test
    void rows_without_nulls_are_judged_as_deequ_judges_them() {
        Dataset<Row> rows = SPARK.range(0, 40)
                .selectExpr(
                        "id",
                        "cast(id % 4 as int) as i",
                        "cast(id as double) / 4 as x",
                        "repeat('a', cast(id % 4 + 1 as int)) as s",
                        "date_add(date'2026-01-01', cast(id % 3 as int)) as d",
                        "if(id % 2 = 0, '7', 'seven') as t")
                .cache();
        for (String dqdl : List.of(
                "IsComplete \"s\"",
                "ColumnValues \"i\" in [0,1]",
                "ColumnValues \"i\" not in [0,1]",
                "ColumnValues \"i\" = 2",
                "ColumnValues \"i\" != 2",
                "ColumnValues \"x\" > 3",
                "ColumnValues \"x\" >= 3",
                "ColumnValues \"x\" < 3",
                "ColumnValues \"x\" <= 3",
                "ColumnValues \"x\" between 1 and 3",
                "ColumnValues \"x\" not between 1 and 3",
                "ColumnValues \"s\" in [\"a\",\"aa\"]",
                "ColumnValues \"s\" not in [\"a\",\"aa\"]",
                "ColumnValues \"s\" = \"a\"",
                "ColumnValues \"s\" != \"a\"",
                "ColumnValues \"s\" matches \"a{2,3}\"",
                "ColumnValues \"d\" > \"2026-01-01\"",
                "ColumnValues \"d\" = \"2026-01-02\"",
                "ColumnValues \"i\" = NULL",
                "ColumnValues \"i\" != NULL",
                "ColumnLength \"s\" = 2",
                "ColumnLength \"s\" between 1 and 4",
                "ColumnLength \"s\" >= 3",
                "ColumnLength \"s\" in [1,2]",
                "ColumnValues \"x\" > 3 where \"id > 20\"",
                "(ColumnValues \"x\" > 3) and (ColumnValues \"i\" in [0,1])",
                "(ColumnValues \"x\" > 3) or (ColumnValues \"i\" in [0,1])")) {
            Dataset<Row> deequ = JavaConverters.mapAsJavaMap(
                            EvaluateDataQuality$.MODULE$.processRows(rows, "Rules = [" + dqdl + "]"))
                    .get("rowLevelOutcomes");
            Map<Long, Boolean> theirs = new TreeMap<>();
            for (Row row : deequ.select("id", "DataQualityEvaluationResult").collectAsList()) {
                theirs.put(row.getLong(0), "Passed".equals(row.getString(1)));
            }
            Map<Long, Boolean> ours = new TreeMap<>();
            for (Row row : judge(rows, dqdl)
                    .select(functions.col("id"), functions.size(functions.col(RowRules.FAILURES)))
                    .collectAsList()) {
                ours.put(row.getLong(0), row.getInt(1) == 0);
            }
            assertThat(ours).as(dqdl).isEqualTo(theirs);
        }
        rows.unpersist();
    }
}
