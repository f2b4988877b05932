package io.lakeproof.jobs.publish;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.publish.Leakage.Determining;
import io.lakeproof.jobs.publish.Leakage.Identical;
import io.lakeproof.jobs.publish.Leakage.Scope;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import io.lakeproof.transforms.Split;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every kind of leak, planted and counted by hand. */
class LeakageTest {

    private static final Optional<String> NONE = Optional.empty();

    @Test
    void keys_in_two_parts_are_counted_once_each() {
        String columns = "AS t(`a.b`, `c d`, x)";
        Leakage leakage = leakage(
                split("a.b", "c d"),
                NONE,
                "VALUES (1, 'u', 1), (1, 'v', 2), (2, 'u', 3), (NULL, 'u', 4) " + columns,
                "VALUES (1, 'u', 5), (1, 'u', 6), (NULL, 'u', 7) " + columns,
                "VALUES (2, 'v', 8), (1, 'u', 9) " + columns);
        assertThat(leakage.keysInTwoParts()).contains(2L);
        assertThat(leakage.identicalExamples()).contains(new Identical(0, 9));
        assertThat(leakage.leaks()).containsExactly("2 keys are in two parts");
    }

    @Test
    void examples_that_differ_by_key_and_time_alone_are_identical_null_by_null() {
        String columns = "AS t(id, at, `x ``y`, `m.p`, list, bytes)";
        Leakage leakage = leakage(
                new Split(List.of("id"), 0, parts(), Optional.of(time("at"))),
                NONE,
                "VALUES (1, DATE'2025-01-01', 7, map('a', 1, 'b', 2), array(1, NULL), X'00FF'),"
                        + " (2, DATE'2025-01-02', NULL, map(), array(), X''),"
                        + " (3, DATE'2025-01-03', 0, map(), array(), X''),"
                        + " (4, DATE'2025-01-03', 1, map(), array(), X''),"
                        + " (5, DATE'2025-01-03', 1, map(), array(), X'') " + columns,
                "VALUES (11, DATE'2026-01-01', 7, map('b', 2, 'a', 1), array(1, NULL), X'00FF'),"
                        + " (12, DATE'2026-01-01', NULL, map(), array(), X''),"
                        + " (13, DATE'2026-01-01', 7, map('b', 2, 'a', 1), array(1), X'00FF') " + columns,
                "VALUES (21, DATE'2027-01-01', NULL, map(), array(), X'') " + columns);
        assertThat(leakage.keysInTwoParts()).contains(0L);
        // Two that are 7, three that are NULL; those that are 1 lie in one part.
        assertThat(leakage.identicalExamples()).contains(new Identical(5, 9));
        assertThat(leakage.leaks())
                .containsExactly("5 of 9 examples (55.56%) equal one of another part in all but key and time");
    }

    @Test
    void examples_that_differ_by_where_a_value_stands_have_one_hash_and_are_not_identical() {
        String columns = "AS t(id, x, y)";
        Leakage leakage = leakage(
                split("id"),
                NONE,
                "VALUES (1, 7, CAST(NULL AS INT)), (2, 8, NULL) " + columns,
                "VALUES (3, CAST(NULL AS INT), 7), (4, 8, NULL) " + columns,
                "VALUES (5, 9, 9) " + columns);
        assertThat(leakage.identicalExamples()).contains(new Identical(2, 5));
    }

    @Test
    void keys_of_a_stratified_split_are_held_against_each_other() {
        String columns = "AS t(id, x)";
        Leakage leakage = leakage(
                new Split(List.of("id"), 0, parts(), Optional.empty(), Optional.of("x")),
                NONE,
                "VALUES (1, 1), (2, 2), (3, 3) " + columns,
                "VALUES (4, 4), (1, 5) " + columns,
                "VALUES (5, 6) " + columns);
        assertThat(leakage.keysInTwoParts()).contains(1L);
    }

    @Test
    void a_column_determines_the_label_if_each_of_its_values_null_among_them_comes_with_one_label_only() {
        String columns = "AS t(id, `the.label`, `leak 1`, rising, honest, constant, `null``ed`, distinct)";
        Leakage leakage = leakage(
                split("id"),
                Optional.of("the.label"),
                "VALUES (1, 0, 'a', 1, 5, 1, CAST(NULL AS INT), 1), (2, 0, 'a', 2, 6, 1, NULL, 2), (3, 0, 'b', 1, 5, 1, NULL, 3) "
                        + columns,
                "VALUES (4, 1, 'c', 3, 5, 1, 8, 4), (5, 1, 'c', 4, 6, 1, 9, 5) " + columns,
                // Without a label it refutes nothing.
                "VALUES (6, 1, 'c', 3, 5, 1, 8, 6), (7, NULL, 'a', 3, 5, 1, 8, 7) " + columns);
        // rising has 4 values in 6 rows with a label, which hardly come twice.
        assertThat(leakage.labelDetermining())
                .contains(List.of(new Determining("leak 1", 3), new Determining("null`ed", 3)));
        assertThat(leakage.leaks())
                .containsExactly(
                        "'leak 1' determines the label alone (3 values)",
                        "'null`ed' determines the label alone (3 values)");
    }

    @Test
    void a_label_that_is_always_the_same_is_determined_by_nothing() {
        Leakage leakage = leakage(
                split("id"),
                Optional.of("y"),
                "VALUES (1, 0, 'a'), (2, 0, 'a') AS t(id, y, x)",
                "VALUES (3, 0, 'a'), (4, 0, 'b') AS t(id, y, x)",
                "VALUES (5, 0, 'b') AS t(id, y, x)");
        assertThat(leakage.labelDetermining()).contains(List.of());
    }

    @Test
    void a_column_that_only_the_last_of_many_rows_refutes_is_not_reported() {
        Leakage leakage = leakage(
                split("id"),
                Optional.of("y"),
                "SELECT id, id % 2 y, id % 2 x, id % 2 z FROM range(30000)",
                "SELECT id, id % 2 y, 0 x, id % 2 z FROM range(30000, 30002)",
                "SELECT id, id % 2 y, id % 2 x, id % 2 z FROM range(30002, 30003)");
        assertThat(leakage.labelDetermining()).contains(List.of(new Determining("z", 2)));
    }

    @Test
    void rows_of_later_parts_older_than_the_newest_of_the_first_are_counted_by_part() {
        for (String type : List.of("DATE", "TIMESTAMP")) {
            String columns = "AS t(`the day`, x)";
            Leakage leakage = leakage(
                    new Split(List.of(), 0, parts(), Optional.of(time("the day"))),
                    NONE,
                    "VALUES (%1$s'2025-01-01', 1), (%1$s'2025-06-01', 2) ".formatted(type) + columns,
                    "VALUES (%1$s'2025-05-31', 3), (%1$s'2025-06-01', 4), (%1$s'2025-01-01', 5) ".formatted(type)
                            + columns,
                    "VALUES (%1$s'2025-06-02', 6) ".formatted(type) + columns);
            assertThat(leakage.keysInTwoParts()).isEmpty();
            assertThat(leakage.olderThanTrain()).contains(Map.of("validation", 2L, "test", 0L));
            assertThat(leakage.leaks())
                    .containsExactly("2 rows of validation are older than the newest of the first part");
        }
    }

    @Test
    void nothing_leaks_from_empty_parts() {
        Leakage leakage = leakage(
                split("id"),
                Optional.of("y"),
                "SELECT 1 id, 2 y, 3 x WHERE false",
                "SELECT 1 id, 2 y, 3 x WHERE false",
                "SELECT 1 id, 2 y, 3 x WHERE false");
        assertThat(leakage.leaks()).isEmpty();
        assertThat(leakage.text()).isEqualTo("none found among all examples");
    }

    @Test
    void examples_of_nothing_but_a_key_cannot_be_identical() {
        Leakage leakage = leakage(split("id"), NONE, "SELECT 1 id", "SELECT 2 id", "SELECT 3 id");
        assertThat(leakage.identicalExamples()).isEmpty();
        assertThat(leakage.labelDetermining()).isEmpty();
        assertThat(leakage.olderThanTrain()).isEmpty();
    }

    @Test
    void a_record_gives_back_what_was_counted() {
        Leakage all = new Leakage(
                Scope.NEW_EXAMPLES,
                Optional.of(2L),
                Optional.of(new Identical(1, 3)),
                Optional.of(List.of(new Determining("x", 4))),
                Optional.of(Map.of("test", 5L)));
        Leakage nothing =
                new Leakage(Scope.ALL_EXAMPLES, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        for (Leakage leakage : List.of(all, nothing)) {
            assertThat(Leakage.of(Json.object().set("leakage", leakage.json()))).contains(leakage);
        }
        assertThat(Leakage.of(Json.object())).isEmpty();
    }

    private static Leakage leakage(Split split, Optional<String> label, String... parts) {
        List<Leakage.Examples> examples = new ArrayList<>();
        for (String sql : parts) {
            examples.add(new Leakage.Examples(
                    LocalSpark.session().sql(sql.startsWith("VALUES") ? "SELECT * FROM " + sql : sql),
                    lit(examples.size())));
        }
        return Leakage.of(Scope.ALL_EXAMPLES, examples, split, label);
    }

    private static Split split(String... key) {
        return new Split(List.of(key), 0, parts(), Optional.empty());
    }

    private static Map<String, BigDecimal> parts() {
        Map<String, BigDecimal> parts = new LinkedHashMap<>();
        List.of("train", "validation", "test").forEach(part -> parts.put(part, BigDecimal.ONE));
        return parts;
    }

    private static Split.Time time(String column) {
        return new Split.Time(column, Map.of("validation", "2025-07-01", "test", "2025-08-01"));
    }
}
