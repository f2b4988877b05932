package io.lakeproof.testkit;

import static io.lakeproof.testkit.SparkAssertions.assertThatDataset;
import static io.lakeproof.testkit.SparkAssertions.assertThatTransform;
import static io.lakeproof.testkit.SparkAssertions.row;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

/** What the assertions let pass, and what they find. */
class SparkAssertionsTest {

    private final Dataset<Row> rows = LocalSpark.session()
            .sql("SELECT * FROM VALUES (1, 'a b', 'x'), (2, 'c', 'x'), (2, 'c', 'x'), (3, CAST(NULL AS STRING), 'y')"
                    + " AS t(id, `no.te`, part)");

    @Test
    void rows_are_compared_in_any_order_and_as_often_as_they_are_there() {
        assertThatDataset(rows)
                .hasRows(row(3, null, "y"), row(2, "c", "x"), row(1, "a b", "x"), row(2, "c", "x"))
                .hasSameRowsAs(rows.orderBy(col("id").desc()).repartition(3))
                .hasCount(4)
                .hasColumns("id", "no.te", "part")
                .hasSchema("id INT, `no.te` STRING, part STRING NOT NULL")
                .hasCounts("part", Map.of("x", 3L, "y", 1L));
        Map<String, Long> notes = new HashMap<>(Map.of("a b", 1L, "c", 2L));
        notes.put(null, 1L);
        assertThatDataset(rows).hasCounts("no.te", notes);
        assertFails(() -> assertThatDataset(rows).hasSameRowsAs(rows.distinct()), "[2,c,x]");
        assertFails(() -> assertThatDataset(rows).hasRows(row(1, "a b", "x")), "[3,null,y]");
        assertFails(() -> assertThatDataset(rows).hasCount(3), "4L");
        assertFails(() -> assertThatDataset(rows).hasSchema("id BIGINT, `no.te` STRING, part STRING"), "id int");
        assertFails(() -> assertThatDataset(rows).hasColumns("id", "part"), "no.te");
        assertFails(() -> assertThatDataset(rows).hasCounts("part", Map.of("x", 4L)), "y");
        assertFails(() -> assertThatDataset(rows).as("the notes").hasCount(3), "the notes");
    }

    @Test
    void a_transform_of_single_rows_passes_everything() {
        assertThatTransform(data -> data.withColumn("n", length(col("`no.te`"))).where("id < 3"), rows)
                .isDeterministic()
                .isRowLocal()
                .isKeyLocal("id")
                .isNullSafe();
    }

    @Test
    void chance_the_clock_and_the_place_of_rows_are_not_deterministic() {
        for (UnaryOperator<Dataset<Row>> transform : java.util.List.<UnaryOperator<Dataset<Row>>>of(
                data -> data.withColumn("r", rand()),
                data -> data.withColumn("t", current_timestamp()),
                data -> data.withColumn("m", monotonically_increasing_id()),
                data -> data.limit(1))) {
            assertFails(() -> assertThatTransform(transform, rows).isDeterministic(), "it gives other rows");
        }
    }

    @Test
    void what_looks_at_other_rows_is_not_row_local_and_at_other_keys_not_key_local() {
        UnaryOperator<Dataset<Row>> ofKey =
                data -> data.withColumn("n", count(lit(1)).over(Window.partitionBy("id")));
        UnaryOperator<Dataset<Row>> ofAll =
                data -> data.withColumn("n", count(lit(1)).over(Window.partitionBy("part")));
        assertThatTransform(ofKey, rows).isDeterministic().isKeyLocal("id").isKeyLocal("id", "part");
        assertFails(() -> assertThatTransform(ofKey, rows).isRowLocal(), "row by row, it gives other rows");
        assertFails(() -> assertThatTransform(ofAll, rows).isKeyLocal("id"), "key by key, it gives other rows");
    }

    @Test
    void a_function_that_fails_on_null_is_not_null_safe_and_the_column_is_named() {
        UDF1<String, Integer> words = text -> text.split(" ", -1).length;
        Dataset<Row> whole = rows.where("id < 3");
        assertFails(
                () -> assertThatTransform(
                                data -> data.withColumn(
                                        "n", udf(words, DataTypes.IntegerType).apply(col("`no.te`"))),
                                whole)
                        .isDeterministic()
                        .isRowLocal()
                        .isNullSafe(),
                "It fails where 'no.te' is NULL");
    }

    private static void assertFails(org.assertj.core.api.ThrowableAssert.ThrowingCallable assertion, String saying) {
        assertThatThrownBy(assertion).isInstanceOf(AssertionError.class).hasMessageContaining(saying);
    }
}
