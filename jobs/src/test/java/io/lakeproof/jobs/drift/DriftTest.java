package io.lakeproof.jobs.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lakeproof.testkit.LocalSpark;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class DriftTest {

    private static Dataset<Row> rows(int count, String... columns) {
        return LocalSpark.session().range(0, count, 1, 3).toDF().selectExpr(columns);
    }

    private static Map<String, Drift> byColumn(List<Drift> drifts) {
        return drifts.stream().collect(Collectors.toMap(Drift::column, Function.identity()));
    }

    @Test
    void a_column_drifts_by_the_share_of_rows_that_would_need_another_value() {
        Dataset<Row> before = rows(
                10_000,
                "id % 100 AS `same one`",
                "id % 100 AS `half a tenth, up`",
                "5800000 + id % 100 AS far_from_zero",
                "5 AS always_the_same",
                "IF(id % 100 < 4, 1, 0) AS rare",
                "IF(id % 10 < 3, 'no', 'yes') AS word",
                "id % 2 = 0 AS flag",
                "CONCAT('customer ', id) AS name",
                "DOUBLE(id) AS nan",
                "id AS emptied",
                "id % 4 AS gone",
                "DATE_ADD(DATE'2026-01-01', INT(id % 100)) AS day",
                "TIMESTAMP_NTZ'2026-01-01 00:00:00' + MAKE_INTERVAL(0, 0, 0, INT(id % 100)) AS moment",
                "ARRAY(id) AS list");
        Dataset<Row> after = rows(
                20_000,
                "id % 100 AS `same one`",
                "id % 100 + 5 AS `half a tenth, up`",
                "5800000 + id % 100 + 50 AS far_from_zero",
                "4 AS always_the_same",
                "IF(id % 100 < 10, 1, 0) AS rare",
                "IF(id % 10 < 3, 'no', IF(id % 10 < 5, 'perhaps', 'yes')) AS word",
                "id % 2 = 1 AS flag",
                "CONCAT('customer ', id + 10000) AS name",
                "IF(id % 10 = 0, DOUBLE('NaN'), id / 2D) AS nan",
                "IF(id % 4 = 0, NULL, id / 2) AS emptied",
                "IF(id % 10 < 7, 'here', NULL) AS new",
                "DATE_ADD(DATE'2026-01-01', INT(id % 100) + 20) AS day",
                "TIMESTAMP_NTZ'2026-01-01 00:00:00' + MAKE_INTERVAL(0, 0, 0, INT(id % 100) + 20) AS moment",
                "ARRAY(id, id) AS list");

        List<Drift> drifts = Drift.between(before, after);
        Map<String, Drift> of = byColumn(drifts);

        assertThat(of.keySet())
                .containsExactlyInAnyOrder(
                        "same one",
                        "half a tenth, up",
                        "far_from_zero",
                        "always_the_same",
                        "rare",
                        "word",
                        "flag",
                        "name",
                        "nan",
                        "emptied",
                        "gone",
                        "new",
                        "day",
                        "moment");
        Map.of("half a tenth, up", 0.05, "far_from_zero", 0.5, "always_the_same", 1.0, "rare", 0.06, "word", 0.2)
                .forEach((column, distance) ->
                        assertThat(of.get(column).distance()).as(column).isCloseTo(distance, within(0.011)));
        Map.of("nan", 0.1, "emptied", 0.25, "gone", 1.0, "new", 0.7, "day", 0.2, "moment", 0.2)
                .forEach((column, distance) ->
                        assertThat(of.get(column).distance()).as(column).isCloseTo(distance, within(0.011)));
        assertThat(of.get("same one").distance()).isZero();
        assertThat(of.get("flag").distance()).isZero();
        // Names that never come again are no drift: there is nothing that a model could have learned of them.
        assertThat(of.get("name").isBeyondChance()).isFalse();
        assertThat(of.get("word").isBeyondChance()).isTrue();
        assertThat(drifts.stream().map(Drift::distance)).isSortedAccordingTo((a, b) -> Double.compare(b, a));

        // However the rows lie, but for the last digits: the tenths are found by a sketch.
        Drift.between(before.repartition(7), after.coalesce(1)).forEach(drift -> assertThat(drift.distance())
                .as(drift.column())
                .isCloseTo(of.get(drift.column()).distance(), within(0.001)));
    }

    @Test
    void profiles_of_the_same_bins_add_up_and_come_back_from_their_file() {
        String[] columns = {"id AS number", "CONCAT('k', id % 7) AS word", "CONCAT('n', id) AS name"};
        Profile profile = Profile.of(rows(500, columns));
        Profile first = profile.again(rows(900, columns).where("number < 600"));
        Profile second = profile.again(rows(900, columns).where("number >= 600"));

        assertThat(first.plus(second)).isEqualTo(profile.again(rows(900, columns)));
        assertThat(Profile.parse(profile.json())).isEqualTo(profile);
        assertThat(profile.json().toString()).doesNotContain("k3", "n17");
        assertThat(profile.again(rows(500, columns))).isEqualTo(profile);
    }

    @Test
    void no_rows_and_no_columns_are_no_drift() {
        Dataset<Row> some = rows(10, "id", "STRING(id) AS word");
        assertThat(Drift.between(some, some.limit(0))).noneMatch(Drift::isBeyondChance);
        assertThat(Drift.between(some.limit(0), some)).noneMatch(Drift::isBeyondChance);
        assertThat(Drift.between(some.selectExpr("ARRAY(id) AS list"), some.selectExpr("ARRAY(id) AS list")))
                .isEmpty();
    }

    @Test
    void small_draws_from_one_place_are_never_beyond_chance_and_large_ones_that_differ_are() {
        Random random = new Random(7);
        double[] shares = {0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01};
        for (int i = 0; i < 2_000; i++) {
            long[] before = draw(random, 5 + random.nextInt(200), shares);
            long[] after = draw(random, 5 + random.nextInt(200), shares);
            Drift drift = Drift.of("x", before, after, 1);
            assertThat(drift.isBeyondChance()).as(drift.toString()).isFalse();
        }
        double[] others = {0.1, 0.2, 0.15, 0.1, 0.1, 0.05, 0.04, 0.03, 0.02, 0.21};
        Drift drift = Drift.of("x", draw(random, 1_000, shares), draw(random, 1_000, others), 50);
        assertThat(drift.distance()).isCloseTo(0.2, within(0.05));
        assertThat(drift.isBeyondChance()).isTrue();
    }

    private static long[] draw(Random random, int rows, double[] shares) {
        long[] counts = new long[shares.length];
        for (int row = 0; row < rows; row++) {
            double at = random.nextDouble();
            int bin = 0;
            while (bin < shares.length - 1 && at >= shares[bin]) {
                at -= shares[bin];
                bin++;
            }
            counts[bin]++;
        }
        return counts;
    }
}
