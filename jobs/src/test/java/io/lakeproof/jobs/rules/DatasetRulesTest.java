package io.lakeproof.jobs.rules;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.amazon.deequ.dqdl.EvaluateDataQuality$;
import io.lakeproof.testkit.LocalSpark;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;

class DatasetRulesTest {

    private static final Instant NOON = Instant.parse("2026-01-10T12:00:00Z");

    private static final SparkSession SPARK = LocalSpark.session();

    private static final Dataset<Row> ROWS = SPARK.range(0, 1000)
            .selectExpr(
                    "id",
                    "cast(id % 2 as int) as target",
                    "cast(id as double) / 10 as x",
                    "concat('c', id % 5) as c",
                    "case when id % 10 = 0 then null else 'a' end as n",
                    "date_sub(date'2026-01-10', cast(id % 3 as int)) as dt",
                    "timestamp'2026-01-10 11:00:00' as ts",
                    "cast(id % 7 as string) as digits",
                    "id % 2 = 0 as even");

    static Rules.Rule rule(String dqdl) {
        return new Rules.Rule(Rules.Level.DATASET, dqdl);
    }

    private static List<DatasetRules.Outcome> evaluate(Dataset<Row> rows, String... dqdl) {
        return DatasetRules.evaluate(
                rows, Stream.of(dqdl).map(DatasetRulesTest::rule).toList(), NOON);
    }

    @Test
    void every_supported_rule_type_says_what_was_measured() {
        List<String> expected = List.of(
                "+ RowCount > 10: measured 1000",
                "- RowCount between 10 and 1000: measured 1000",
                "+ ColumnCount = 9: measured 9",
                "+ ColumnExists \"id\": the column exists",
                "+ IsComplete \"id\": measured 1 (0 of 1000 rows break it)",
                "- IsComplete \"n\": measured 0.9 (100 of 1000 rows break it)",
                "+ Completeness \"n\" > 0.8: measured 0.9",
                "+ IsUnique \"id\": measured uniqueness 1, completeness 1",
                "- IsUnique \"c\": measured uniqueness 0, completeness 1",
                "+ Uniqueness \"id\" > 0.9: measured 1",
                "+ UniqueValueRatio \"c\" >= 0: measured 0",
                "+ DistinctValuesCount \"c\" = 5: measured 5",
                "+ IsPrimaryKey \"id\": measured uniqueness 1, completeness 1",
                "+ IsPrimaryKey \"id\" \"c\": measured uniqueness 1, completeness 1",
                "- IsPrimaryKey \"id\" \"n\": measured uniqueness 1, completeness 0.9",
                "+ ColumnDataType \"id\" = \"Long\": measured 1 (0 of 1000 rows break it)",
                "+ ColumnDataType \"digits\" = \"INTEGER\": measured 1 (0 of 1000 rows break it)",
                "+ ColumnLength \"c\" = 2: measured 1 (0 of 1000 rows break it)",
                "+ ColumnLength \"c\" between 1 and 3: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"target\" in [0,1]: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"c\" in [\"c0\",\"c1\",\"c2\",\"c3\",\"c4\"]: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"c\" not in [\"z\"]: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"x\" >= 0: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"x\" between -1 and 101: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"c\" matches \"c[0-4]\": measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"dt\" > (now() - 5 days): measured 1 (0 of 1000 rows break it)",
                "- ColumnValues \"n\" = NULL: measured 0.1 (900 of 1000 rows break it)",
                "+ ColumnValues \"id\" != NULL: measured 1 (0 of 1000 rows break it)",
                "+ ColumnValues \"even\" in [\"true\", \"false\"]: measured 1 (0 of 1000 rows break it)",
                "+ Mean \"x\" between 40 and 60: measured 49.95",
                "+ Sum \"x\" > 10: measured 49950",
                "+ StandardDeviation \"x\" > 1: measured 28.867499025720583",
                "+ Entropy \"c\" > 1: measured 1.6094379124341005",
                "+ ColumnCorrelation \"id\" \"x\" > 0.9: measured 1",
                "+ DataFreshness \"ts\" <= 24 hours: measured 1 (0 of 1000 rows break it)",
                "- DataFreshness \"ts\" < 60 minutes: measured 0 (1000 of 1000 rows break it)",
                "+ CustomSql \"select count(*) from primary\" between 1 and 2000: measured 1000",
                "+ ColumnNamesMatchPattern \"[a-z]+\": every name matches",
                "- ColumnNamesMatchPattern \"[a-s]+\": not matched by target, x, dt, ts, digits, even",
                "+ (IsComplete \"id\") and (IsUnique \"id\"): measured 1 (0 of 1000 rows break it); measured uniqueness 1, completeness 1",
                "+ (IsComplete \"n\") or (IsUnique \"id\"): measured 0.9 (100 of 1000 rows break it); measured uniqueness 1, completeness 1",
                "+ IsComplete \"n\" where \"id > 5000\": measured 1 (0 of 0 rows break it)",
                "+ ColumnValues \"x\" > 1 with threshold > 0.9: measured 0.989 (11 of 1000 rows break it)",
                "- ColumnValues \"x\" > 1 with threshold > 0.99: measured 0.989 (11 of 1000 rows break it)");
        List<String> messages = evaluate(
                        ROWS,
                        expected.stream()
                                .map(line -> line.substring(2, line.lastIndexOf(": ")))
                                .toArray(String[]::new))
                .stream()
                .map(outcome -> (outcome.passed() ? "+ " : "- ") + outcome.message())
                .toList();
        assertThat(messages).isEqualTo(expected);
    }

    @Test
    void deequ_itself_comes_to_the_same_verdicts_on_rows_without_nulls() {
        List<String> rules = List.of(
                "RowCount > 10",
                "RowCount = 1000",
                "Completeness \"c\" = 1.0",
                "IsUnique \"id\"",
                "IsUnique \"c\"",
                "Uniqueness \"id\" > 0.9",
                "Uniqueness \"c\" > 0.9",
                "UniqueValueRatio \"c\" > 0.5",
                "DistinctValuesCount \"c\" = 5",
                "DistinctValuesCount \"c\" between 4 and 5",
                "IsPrimaryKey \"id\"",
                "IsPrimaryKey \"c\" \"digits\"",
                "Mean \"x\" between 49 and 50",
                "Mean \"x\" > 50 where \"id > 500\"",
                "Sum \"x\" = 49950",
                "StandardDeviation \"x\" between 28.8 and 28.9",
                "Entropy \"c\" between 1.6 and 1.7",
                "ColumnCorrelation \"id\" \"x\" > 0.99",
                "ColumnCount = 9",
                "ColumnValues \"x\" >= 0",
                "ColumnValues \"x\" > 0",
                "ColumnNamesMatchPattern \"[a-z]+\"",
                "(RowCount > 10) and (IsUnique \"c\")",
                "(RowCount > 10) or (IsUnique \"c\")");
        List<String> ours = evaluate(ROWS, rules.toArray(String[]::new)).stream()
                .map(outcome -> outcome.rule().dqdl() + (outcome.passed() ? " Passed" : " Failed"))
                .toList();
        List<String> theirs = rules.stream()
                .map(dqdl -> dqdl + " "
                        + EvaluateDataQuality$.MODULE$
                                .process(ROWS, "Rules = [" + dqdl + "]")
                                .first()
                                .getString(1))
                .toList();
        assertThat(ours).isEqualTo(theirs);
    }

    @Test
    void outcomes_come_in_the_order_of_the_rules_and_the_same_text_twice_gives_two() {
        assertThat(evaluate(
                        ROWS, "Mean \"x\" > 1", "RowCount > 1", "Mean \"x\" > 1", "RowCount > 1", "Mean \"x\" > 99"))
                .extracting(DatasetRules.Outcome::message)
                .containsExactly(
                        "Mean \"x\" > 1: measured 49.95",
                        "RowCount > 1: measured 1000",
                        "Mean \"x\" > 1: measured 49.95",
                        "RowCount > 1: measured 1000",
                        "Mean \"x\" > 99: measured 49.95");
    }

    @Test
    void an_outcome_keeps_rule_measure_and_demand_apart() {
        assertThat(evaluate(ROWS, "Completeness \"n\" > 0.95"))
                .containsExactly(new DatasetRules.Outcome(
                        rule("Completeness \"n\" > 0.95"),
                        false,
                        Optional.of("0.9"),
                        "> 0.95",
                        "Completeness \"n\" > 0.95: measured 0.9"));
    }

    @Test
    void of_no_rows_everything_is_complete_and_unique_but_nothing_can_be_averaged() {
        assertThat(evaluate(
                                ROWS.limit(0),
                                "RowCount = 0",
                                "IsComplete \"n\"",
                                "Completeness \"n\" > 0.7",
                                "IsUnique \"id\"",
                                "IsPrimaryKey \"id\" \"c\"",
                                "Uniqueness \"id\" > 0.5",
                                "UniqueValueRatio \"id\" > 0.5",
                                "DistinctValuesCount \"c\" = 0",
                                "ColumnValues \"x\" > 5",
                                "Mean \"x\" < 100",
                                "Sum \"x\" < 100",
                                "StandardDeviation \"x\" < 100",
                                "Entropy \"c\" < 100",
                                "ColumnCorrelation \"id\" \"x\" != 5",
                                "CustomSql \"select max(x) from primary\" < 100")
                        .stream()
                        .map(o -> (o.passed() ? "+ " : "- ") + o.message()))
                .containsExactly(
                        "+ RowCount = 0: measured 0",
                        "+ IsComplete \"n\": measured 1 (0 of 0 rows break it)",
                        "+ Completeness \"n\" > 0.7: measured 1",
                        "+ IsUnique \"id\": measured uniqueness 1, completeness 1",
                        "+ IsPrimaryKey \"id\" \"c\": measured uniqueness 1, completeness 1",
                        "+ Uniqueness \"id\" > 0.5: measured 1",
                        "+ UniqueValueRatio \"id\" > 0.5: measured 1",
                        "+ DistinctValuesCount \"c\" = 0: measured 0",
                        "+ ColumnValues \"x\" > 5: measured 1 (0 of 0 rows break it)",
                        "- Mean \"x\" < 100: no value to measure",
                        "- Sum \"x\" < 100: no value to measure",
                        "- StandardDeviation \"x\" < 100: no value to measure",
                        "- Entropy \"c\" < 100: no value to measure",
                        "- ColumnCorrelation \"id\" \"x\" != 5: no value to measure",
                        "- CustomSql \"select max(x) from primary\" < 100: no value to measure");
    }

    @Test
    void a_null_is_neither_complete_nor_a_key_nor_a_value() {
        Dataset<Row> rows = SPARK.sql("select * from values (1, 1), (2, NULL), (3, NULL), (3, 1) as t(a, b)");
        assertThat(evaluate(
                                rows,
                                "IsUnique \"b\"",
                                "IsUnique \"b\" where \"b is null or a = 1\"",
                                "IsUnique \"b\" where \"a = 1\"",
                                "Uniqueness \"b\" >= 0",
                                "DistinctValuesCount \"b\" = 1",
                                "DistinctValuesCount \"a\" = 2 where \"b is null\"",
                                "Mean \"b\" = 1",
                                "Completeness \"b\" = 0.5",
                                "Completeness \"b\" = 0.5 where \"a = 3\"",
                                "IsPrimaryKey \"a\" \"b\"",
                                "ColumnValues \"b\" in [1]",
                                "ColumnValues \"b\" in [1, NULL]")
                        .stream()
                        .map(o -> (o.passed() ? "+ " : "- ") + o.message()))
                .containsExactly(
                        "- IsUnique \"b\": measured uniqueness 0, completeness 0.5",
                        "- IsUnique \"b\" where \"b is null or a = 1\": measured uniqueness 1, completeness 0.3333333333333333",
                        "+ IsUnique \"b\" where \"a = 1\": measured uniqueness 1, completeness 1",
                        "+ Uniqueness \"b\" >= 0: measured 0",
                        "+ DistinctValuesCount \"b\" = 1: measured 1",
                        "+ DistinctValuesCount \"a\" = 2 where \"b is null\": measured 2",
                        "+ Mean \"b\" = 1: measured 1",
                        "+ Completeness \"b\" = 0.5: measured 0.5",
                        "+ Completeness \"b\" = 0.5 where \"a = 3\": measured 0.5",
                        "- IsPrimaryKey \"a\" \"b\": measured uniqueness 1, completeness 0.5",
                        "- ColumnValues \"b\" in [1]: measured 0.5 (2 of 4 rows break it)",
                        "+ ColumnValues \"b\" in [1, NULL]: measured 1 (0 of 4 rows break it)");
    }

    @Test
    void one_missing_value_in_a_million_is_not_complete() {
        Dataset<Row> rows = SPARK.range(0, 1_000_000).selectExpr("if(id = 7, null, id) as id");
        assertThat(evaluate(rows, "Completeness \"id\" = 1.0"))
                .extracting(DatasetRules.Outcome::passed, DatasetRules.Outcome::message)
                .containsExactly(tuple(false, "Completeness \"id\" = 1.0: measured 0.999999"));
    }

    @Test
    void all_rules_but_those_about_groups_and_queries_share_one_scan() {
        String[] scanned = {
            "RowCount > 1",
            "Completeness \"n\" > 0.5",
            "Mean \"x\" > 1",
            "Sum \"x\" > 1",
            "StandardDeviation \"x\" > 1",
            "ColumnCorrelation \"id\" \"x\" > 0.5",
            "IsComplete \"id\"",
            "ColumnValues \"target\" in [0,1]",
            "ColumnLength \"c\" = 2",
            "DataFreshness \"ts\" < 2 hours",
            "IsComplete \"n\" where \"id > 5\"",
            "(Mean \"x\" > 1) or (Sum \"x\" > 1)"
        };
        assertThat(rowsRead(scanned)).isEqualTo(1000);
        assertThat(rowsRead("ColumnCount > 1", "ColumnExists \"id\"", "ColumnNamesMatchPattern \".*\""))
                .isZero();
        // Beside the shared scan, each grouping counts its rows first, then the rows of each group.
        assertThat(rowsRead(
                        "IsUnique \"id\"",
                        "Uniqueness \"id\" > 0",
                        "UniqueValueRatio \"id\" > 0",
                        "Entropy \"id\" > 0"))
                .isEqualTo(3000);
        assertThat(rowsRead("DistinctValuesCount \"id\" > 0", "DistinctValuesCount \"c\" > 0"))
                .isEqualTo(5000);
        assertThat(rowsRead("CustomSql \"select count(id) from primary\" > 0")).isEqualTo(1000);
    }

    /** How many rows an evaluation over 1000 looks at, counted where they are made. */
    private static long rowsRead(String... dqdl) {
        LongAccumulator read = SPARK.sparkContext().longAccumulator();
        UserDefinedFunction count = udf(
                        (UDF1<Long, Long>) id -> {
                            read.add(1);
                            return id;
                        },
                        DataTypes.LongType)
                .asNondeterministic();
        // As a Dataset of its own, so that no column is pruned away.
        Dataset<Row> rows = SPARK.createDataFrame(
                ROWS.withColumn("id", count.apply(col("id"))).toJavaRDD(), ROWS.schema());
        evaluate(rows, dqdl);
        return read.value();
    }

    @Test
    void the_session_is_left_as_it_was() {
        Dataset<Row> cached = ROWS.select("id", "x").cache();
        try {
            String settings = SPARK.conf().getAll().toString();
            evaluate(
                    cached,
                    "CustomSql \"select count(*) from primary\" > 1",
                    "IsUnique \"id\"",
                    "Uniqueness \"id\" > 0",
                    "Mean \"x\" > 1");
            assertThat(SPARK.conf().getAll().toString()).isEqualTo(settings);
            assertThat(SPARK.catalog().listTables().filter("isTemporary").count())
                    .isZero();
            assertThat(cached.storageLevel()).isNotEqualTo(StorageLevel.NONE());
        } finally {
            cached.unpersist();
        }
    }

    @Test
    void a_measure_that_cannot_be_taken_is_an_error_and_not_a_broken_rule() {
        Dataset<Row> broken = SPARK.range(10).selectExpr("raise_error('disk on fire') is null as x", "id");
        assertThatThrownBy(() -> evaluate(broken.selectExpr("id", "if(x, 1, 2) as x"), "Mean \"x\" > 0"))
                .hasMessageContaining("disk on fire");
        assertThatThrownBy(() -> evaluate(ROWS, "DetectAnomalies \"RowCount\""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not supported");
        assertThatThrownBy(() -> evaluate(ROWS, "CustomSql \"select id, x from primary\" > 0"))
                .hasMessageContaining("must answer one number");
        // A query that answers several rows has no number that could keep the rule.
        assertThat(evaluate(ROWS, "CustomSql \"select id from primary\" > 0"))
                .singleElement()
                .matches(outcome -> !outcome.passed() && outcome.measured().isEmpty());
    }
}
