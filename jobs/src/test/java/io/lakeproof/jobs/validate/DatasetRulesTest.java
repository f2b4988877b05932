package io.lakeproof.jobs.validate;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.spec.Rules;
import io.lakeproof.testkit.LocalSpark;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class DatasetRulesTest {

    private static final Instant NOON = Instant.parse("2026-01-10T12:00:00Z");

    private static final Dataset<Row> ROWS = LocalSpark.session()
            .range(0, 1000)
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
}
