package io.lakeproof.jobs.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RuleCheckTest {

    private static final StructType COLUMNS = StructType.fromDDL(
            "id BIGINT, target INT, x DOUBLE, n STRING, d DATE, ts TIMESTAMP, ok BOOLEAN, bytes BINARY,"
                    + " tags ARRAY<STRING>, props MAP<STRING, STRING>, `with space` STRING");

    private static List<String> problems(Rules.Level level, String dqdl) {
        return RuleCheck.problems(new Rules.Rule(level, dqdl), COLUMNS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '~',
            value = {
                "IsComplete \"idd\" => there is no column 'idd', did you mean 'id'?",
                "IsComplete \"ID\" => there is no column 'ID', did you mean 'id'?",
                "IsComplete \"zzzzzz\" => there is no column 'zzzzzz'; the columns are id, target, x, n, d, ts, ok, bytes, tags, props, with space",
                "ColumnValues \"target\" in [0,1 => not DQDL: ColumnValues \"target\" in [0,1 (line 2:1 no viable alternative at input 'Rules=[ColumnValues\"target\"in[0,1]'); docs/rules.md shows each rule type",
                "IsComplete \"id\" ] junk => not DQDL: IsComplete \"id\" ] junk (a ']' or ')' closes what was not opened); docs/rules.md shows each rule type",
                "IsComplete \"id\", IsComplete \"x\" => one entry holds 2 rules: IsComplete \"id\", IsComplete \"x\"; write each as its own entry",
                "ColumnValues \"n\" = $x => not DQDL: ColumnValues \"n\" = $x (variables ($name) have no declaration here); docs/rules.md shows each rule type",
                "IsCompleet \"id\" => unknown rule type IsCompleet, did you mean IsComplete?",
                "NotNull \"id\" => unknown rule type NotNull; docs/rules.md lists the types",
                "IsComplete => IsComplete has the wrong number of arguments in IsComplete; docs/rules.md shows each type, and `and`/`or` join rules in parentheses",
                "RowCount > 10 => RowCount is about many rows, not one; put it under batch or dataset",
                "Mean \"x\" > 1 => Mean is about many rows, not one; put it under batch or dataset",
                "IsUnique \"id\" => IsUnique is about many rows, not one; put it under batch or dataset",
                "Completeness \"x\" > 0.7 => Completeness is about many rows, not one; put it under batch or dataset",
                "(IsComplete \"id\") and (RowCount > 1) => RowCount is about many rows, not one; put it under batch or dataset",
                "ColumnValues \"x\" > 1 with threshold > 0.9 => `with threshold` is about many rows, not one; put the rule under batch or dataset",
                "DataFreshness \"ts\" <= 24 hours => DataFreshness \"ts\" <= 24 hours depends on the day it is asked, so a row could not be judged again; name a date, or put the rule under batch or dataset",
                "ColumnValues \"d\" <= now() => ColumnValues \"d\" <= now() depends on the day it is asked, so a row could not be judged again; name a date, or put the rule under batch or dataset",
                "ColumnValues \"n\" > 1 => ColumnValues \"n\" > 1 needs a number, but column 'n' is STRING; quote the values to compare with text",
                "ColumnValues \"x\" in [\"1\"] => ColumnValues \"x\" in [\"1\"] needs a STRING, but column 'x' is DOUBLE; write numbers without quotes",
                "ColumnValues \"ok\" in [\"yes\"] => ColumnValues \"ok\" in [\"yes\"] needs a STRING, but column 'ok' is BOOLEAN; a BOOLEAN is \"true\" or \"false\"",
                "ColumnValues \"n\" > \"2026-01-01\" => ColumnValues \"n\" > \"2026-01-01\" needs a DATE or TIMESTAMP, but column 'n' is STRING; name another column, or correct its type in the contract",
                "ColumnValues \"d\" > \"10:30\" => ColumnValues \"d\" > \"10:30\" names a time without a day; write a date such as \"2026-01-31\"",
                "ColumnValues \"x\" > NULL => ColumnValues \"x\" > NULL orders by NULL; NULL works with =, !=, in and not in alone",
                "ColumnValues \"x\" between 1 and NULL => ColumnValues \"x\" between 1 and NULL orders by NULL; NULL works with =, !=, in and not in alone",
                "ColumnValues \"x\" > 1 + 2 => ColumnValues \"x\" > 1 + 2 asks for 1+2; write the number itself: functions over earlier runs and arithmetic are not supported",
                "ColumnValues \"n\" matches \"a(\" => \"a(\" is not a regular expression: Unclosed group at character 3",
                "ColumnLength \"x\" > 1 => ColumnLength \"x\" > 1 needs a STRING, but column 'x' is DOUBLE; name another column, or correct its type in the contract",
                "ColumnDataType \"x\" = \"INTEGER\" => ColumnDataType \"x\" = \"INTEGER\" needs a STRING, but column 'x' is DOUBLE; the contract already fixes the type of every other column",
                "ColumnDataType \"n\" = \"MONEY\" => unknown data type \"MONEY\"; BOOLEAN, DATE, TIMESTAMP, INTEGER, LONG, FLOAT, DOUBLE and DECIMAL(p,s) are known",
                "ColumnDataType \"n\" = \"DECIMAL(40,2)\" => unknown data type \"DECIMAL(40,2)\"; BOOLEAN, DATE, TIMESTAMP, INTEGER, LONG, FLOAT, DOUBLE and DECIMAL(p,s) are known",
                "ColumnValues \"d\" > \"2026-13-01\" => ColumnValues \"d\" > \"2026-13-01\" names the day \"2026-13-01\", which no calendar has; write a date such as \"2026-01-31\"",
                "IsComplete \"id\" with team = \"dq\" => `with team` has no effect here; leave it out",
                "IsComplete \"id\" where \"x >\" => where `x >`: [PARSE_SYNTAX_ERROR] Syntax error at or near end of input.; line 1 pos 3",
                "IsComplete \"id\" where \"rand() > 0.5\" => where `rand() > 0.5`: rand() gives another value on every run; derive it from the key, for example xxhash64(id, 42)",
                "IsComplete \"id\" where \"d > current_date()\" => where `d > current_date()`: current_date() depends on when it runs; write the date itself, for example DATE '2026-01-31'",
                "IsComplete \"id\" where \"id in (select 1)\" => where `id in (select 1)`: 'select' looks beyond one row; name its columns alone, or write a query: sql, or CustomSql in rules",
            })
    void a_row_rule_that_cannot_work_is_refused_with_the_remedy(String dqdl, String problem) {
        assertThat(problems(Rules.Level.ROWS, dqdl)).containsExactly(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '~',
            value = {
                "Mean \"n\" > 1 => Mean \"n\" > 1 needs a number, but column 'n' is STRING; name another column, or correct its type in the contract",
                "ColumnCorrelation \"x\" \"n\" > 0.5 => ColumnCorrelation \"x\" \"n\" > 0.5 needs a number, but column 'n' is STRING; name another column, or correct its type in the contract",
                "IsUnique \"props\" => IsUnique \"props\" needs values that can be compared, but column 'props' is MAP<STRING, STRING>; name another column, or correct its type in the contract",
                "DataFreshness \"n\" < 1 days => DataFreshness \"n\" < 1 days needs a DATE or TIMESTAMP, but column 'n' is STRING; name another column, or correct its type in the contract",
                "RowCount > avg(last(3)) => RowCount > avg(last(3)) asks for avg(last(3)); write the number itself: functions over earlier runs and arithmetic are not supported",
                "RowCount => not DQDL: RowCount (Unexpected condition for rule of type RowCount with number return type); docs/rules.md shows each rule type",
                "Completeness \"x\" > NULL => Completeness \"x\" > NULL asks for NULL; write the number itself: functions over earlier runs and arithmetic are not supported",
                "ColumnNamesMatchPattern \"[\" => \"[\" is not a regular expression: Unclosed character class at character 1",
                "CustomSql \"select id from primary\" => CustomSql must compute one number and ask something of it, such as CustomSql \"select count(*) from primary where a > b\" = 0",
                "CustomSql \"selec 1\" = 1 => CustomSql `selec 1`: 'selec' is no query; write one SELECT over primary",
                "CustomSql \"drop table x\" = 1 => CustomSql `drop table x`: 'drop' is no query; write one SELECT over primary",
                "CustomSql \"select count(*) from primary where x > rand()\" = 1 => CustomSql `select count(*) from primary where x > rand()`: rand() gives another value on every run; derive it from the key, for example xxhash64(id, 42)",
                "CustomSql \"select reflect('java.lang.System', 'exit', 1)\" = 1 => CustomSql `select reflect('java.lang.System', 'exit', 1)`: reflect() runs code or reads what the version record cannot name; write a transform of your own (class)",
            })
    void a_rule_about_many_rows_that_cannot_work_is_refused_with_the_remedy(String dqdl, String problem) {
        for (Rules.Level level : List.of(Rules.Level.BATCH, Rules.Level.DATASET, Rules.Level.EXAMPLES)) {
            assertThat(problems(level, dqdl)).containsExactly(problem);
        }
    }

    static Stream<String> refusedTypes() {
        return Stream.of(
                "RowCountMatch \"ref\" = 1",
                "ReferentialIntegrity \"n\" \"ref.n\" = 1",
                "DatasetMatch \"ref\" \"id\" = 1",
                "SchemaMatch \"ref\" = 1",
                "AggregateMatch \"sum(x)\" \"sum(ref.x)\" = 1",
                "DetectAnomalies \"RowCount\"",
                "AllStatistics \"id\"",
                "FileMatch \"a\" \"b\"",
                "FileUniqueness \"a\" > 0.9",
                "FileFreshness \"a\" > \"2026-01-01\"",
                "FileSize \"a\" > 1 KB");
    }

    @ParameterizedTest
    @MethodSource("refusedTypes")
    void a_rule_type_that_does_not_work_here_is_refused_at_every_level(String dqdl) {
        String type = dqdl.substring(0, dqdl.indexOf(' '));
        for (Rules.Level level : Rules.Level.values()) {
            assertThat(problems(level, dqdl)).singleElement().asString().startsWith(type + " is not supported: ");
        }
    }

    @Test
    void every_refused_type_is_tried() {
        assertThat(refusedTypes().map(dqdl -> dqdl.substring(0, dqdl.indexOf(' '))))
                .containsExactlyInAnyOrderElementsOf(RuleTypes.REFUSED.keySet());
    }

    @Test
    void every_problem_is_told_and_each_on_one_line() {
        List<String> problems = problems(
                Rules.Level.ROWS,
                "(IsComplete \"idd\") and (Mean\n\"n\" > 1) and (ColumnLength \"tagz\" > 3 where \"x >\")");
        assertThat(problems)
                .hasSize(5)
                .allSatisfy(problem -> assertThat(problem).doesNotContain("\n"))
                .anyMatch(problem -> problem.contains("'idd'"))
                .anyMatch(problem -> problem.contains("Mean is about many rows"))
                .anyMatch(problem -> problem.contains("needs a number"))
                .anyMatch(problem -> problem.contains("'tagz', did you mean 'tags'?"))
                .anyMatch(problem -> problem.contains("PARSE_SYNTAX_ERROR"));
    }

    @Test
    void char_and_varchar_are_text() {
        StructType columns = StructType.fromDDL("c CHAR(3), v VARCHAR(3)");
        for (String dqdl : List.of(
                "ColumnLength \"c\" = 3", "ColumnValues \"v\" matches \"a\"", "ColumnDataType \"v\" = \"DATE\"")) {
            assertThat(RuleCheck.problems(new Rules.Rule(Rules.Level.ROWS, dqdl), columns))
                    .isEmpty();
        }
    }

    @Test
    void rules_may_span_lines_and_carry_comments() {
        assertThat(problems(Rules.Level.ROWS, "IsComplete\r\n  \"id\" # every policy has one"))
                .isEmpty();
        assertThat(problems(Rules.Level.ROWS, "ColumnValues \"n\" in [\"]\", \")\", \"#\"]"))
                .isEmpty();
    }

    @Test
    void a_rule_that_depends_on_the_day_is_marked() {
        List<String> marked = new ArrayList<>();
        for (String dqdl : List.of(
                "DataFreshness \"ts\" <= 24 hours",
                "ColumnValues \"d\" > (now() - 5 days)",
                "(RowCount > 1) or (ColumnValues \"d\" <= now())",
                "ColumnValues \"d\" > \"2026-01-01\"",
                "RowCount > 1",
                "nonsense")) {
            if (RuleCheck.dependsOnTime(new Rules.Rule(Rules.Level.BATCH, dqdl))) {
                marked.add(dqdl);
            }
        }
        assertThat(marked)
                .containsExactly(
                        "DataFreshness \"ts\" <= 24 hours",
                        "ColumnValues \"d\" > (now() - 5 days)",
                        "(RowCount > 1) or (ColumnValues \"d\" <= now())");
    }

    @Test
    void sql_that_reads_anything_but_the_judged_rows_is_refused() {
        SparkSession spark = LocalSpark.session();
        spark.range(3).createOrReplaceTempView("secret");
        spark.sql("create table if not exists secrets using parquet as select 1 as id");
        try {
            assertThat(sqlProblems(spark, "CustomSql \"select count(*) from primary\" = 0"))
                    .isEmpty();
            assertThat(sqlProblems(
                            spark,
                            "CustomSql \"with a as (select x from primary) select max(a.x) + count(*) from a"
                                    + " join primary p on p.x = a.x\" = 0"))
                    .isEmpty();
            assertThat(sqlProblems(spark, "CustomSql \"select 1\" = 1"))
                    .containsExactly("CustomSql `select 1`: it does not read primary; write SELECT ... FROM primary");
            assertThat(sqlProblems(spark, "IsComplete \"id\" where \"d > current_date\""))
                    .singleElement()
                    .asString()
                    .startsWith("where `d > current_date`: current_date depends on when it runs");
            assertThat(sqlProblems(spark, "IsComplete \"id\" where \"d < 'today'\""))
                    .singleElement()
                    .asString()
                    .startsWith("where `d < 'today'`: 'today' depends on when it runs");
            assertThat(sqlProblems(spark, "CustomSql \"select x, id from primary\" = 0"))
                    .singleElement()
                    .asString()
                    .contains("must answer one number, and answers struct<");
            assertThat(sqlProblems(spark, "CustomSql \"select 'a' from primary\" = 0"))
                    .singleElement()
                    .asString()
                    .contains("must answer one number");
            assertThat(sqlProblems(spark, "CustomSql \"select count(*) from primary, secrets\" = 0"))
                    .singleElement()
                    .asString()
                    .contains("read primary alone");
            assertThat(
                            sqlProblems(
                                    spark,
                                    "CustomSql \"select count(*) from primary where id in (select id from spark_catalog.default.secrets)\" = 0"))
                    .singleElement()
                    .asString()
                    .contains("read primary alone");
            assertThat(sqlProblems(
                            spark,
                            "CustomSql \"select count(*) from primary where id in (select id from secret)\" = 0"))
                    .isNotEmpty();
            assertThat(sqlProblems(spark, "CustomSql \"select count(*) from parquet.`spark-warehouse/secrets`\" = 0"))
                    .isNotEmpty();
            assertThat(sqlProblems(spark, "CustomSql \"select count(nope) from primary\" = 0"))
                    .singleElement()
                    .asString()
                    .contains("UNRESOLVED_COLUMN", "`nope`");
            assertThat(sqlProblems(spark, "IsComplete \"id\" where \"nope > 1\""))
                    .singleElement()
                    .asString()
                    .contains("UNRESOLVED_COLUMN", "`nope`");
            assertThat(sqlProblems(spark, "IsComplete \"id\" where \"x > 1 and n like 'a%'\""))
                    .isEmpty();
        } finally {
            spark.catalog().dropTempView("secret");
            spark.sql("drop table secrets");
        }
        assertThat(spark.catalog().listTables().filter("isTemporary").count()).isZero();
    }

    private static List<String> sqlProblems(SparkSession spark, String dqdl) {
        Rules.Rule rule = new Rules.Rule(Rules.Level.DATASET, dqdl);
        assertThat(RuleCheck.problems(rule, COLUMNS)).isEmpty();
        return RuleCheck.sqlProblems(RuleCheck.sql(spark, COLUMNS), rule);
    }
}
