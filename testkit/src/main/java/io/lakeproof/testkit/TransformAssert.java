package io.lakeproof.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/**
 * Assertions about a transform, shown on rows: {@link SparkAssertions#assertThatTransform}. A pass says that these rows
 * reveal nothing, not that none would.
 */
public final class TransformAssert extends AbstractAssert<TransformAssert, UnaryOperator<Dataset<Row>>> {

    private final Dataset<Row> given;
    private final List<Row> rows;

    TransformAssert(UnaryOperator<Dataset<Row>> actual, Dataset<Row> given) {
        super(actual, TransformAssert.class);
        this.given = given;
        this.rows = given.collectAsList();
    }

    /**
     * The same rows give the same rows and columns: run twice, in other orders, and in one, two and five partitions. Finds
     * unseeded randomness, the clock, and what depends on where rows lie.
     */
    public TransformAssert isDeterministic() {
        isNotNull();
        Dataset<Row> once = actual.apply(of(rows).coalesce(1));
        List<Row> reversed = new ArrayList<>(rows);
        Collections.reverse(reversed);
        List<Row> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(1));
        List<Row> expected = once.collectAsList();
        same("run again", once.schema(), expected, actual.apply(of(rows).coalesce(1)));
        same(
                "in reverse, in two partitions",
                once.schema(),
                expected,
                actual.apply(of(reversed).repartition(2)));
        same(
                "shuffled, in five partitions",
                once.schema(),
                expected,
                actual.apply(of(shuffled).repartition(5)));
        return this;
    }

    /** Every row alone gives what it gives among the others: what {@code scope: row-local} claims. One Spark job a row. */
    public TransformAssert isRowLocal() {
        isNotNull();
        return local("row by row", rows.stream().map(List::of).toList());
    }

    /**
     * The rows of every key alone give what they give among the others: what {@code scope: key-local} claims. One Spark job
     * a key.
     *
     * @param by the columns that make the key
     */
    public TransformAssert isKeyLocal(String... by) {
        isNotNull();
        Map<List<Object>, List<Row>> keys = new LinkedHashMap<>();
        for (Row row : rows) {
            List<Object> key = Arrays.stream(by)
                    .map(column -> row.get(given.schema().fieldIndex(column)))
                    .toList();
            keys.computeIfAbsent(key, any -> new ArrayList<>()).add(row);
        }
        return local("key by key", keys.values());
    }

    private TransformAssert local(String how, Collection<List<Row>> groups) {
        List<Row> apart = groups.stream()
                .flatMap(group -> actual.apply(of(group)).collectAsList().stream())
                .toList();
        Assertions.assertThat(apart)
                .as("%s, it gives other rows than all together", how)
                .containsExactlyInAnyOrderElementsOf(actual.apply(of(rows)).collectAsList());
        return this;
    }

    /**
     * It fails neither where a column is NULL, one after the other and all at once, nor where there are no rows, and gives
     * the same columns. Columns that are declared NOT NULL are left alone. One Spark job a column.
     */
    public TransformAssert isNullSafe() {
        isNotNull();
        StructType expected = actual.apply(of(rows)).schema();
        StructField[] fields = given.schema().fields();
        List<Integer> nullable = new ArrayList<>();
        for (int i = 0; i < fields.length; i++) {
            if (fields[i].nullable()) {
                nullable.add(i);
            }
        }
        for (int column : nullable) {
            runs("where '" + fields[column].name() + "' is NULL", expected, with(List.of(column)));
        }
        runs("where all is NULL", expected, with(nullable));
        runs("where there are no rows", expected, List.of());
        return this;
    }

    private List<Row> with(List<Integer> nulls) {
        return rows.stream()
                .map(row -> {
                    Object[] values = new Object[row.size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = nulls.contains(i) ? null : row.get(i);
                    }
                    return RowFactory.create(values);
                })
                .toList();
    }

    private void runs(String where, StructType expected, List<Row> input) {
        try {
            Dataset<Row> output = actual.apply(of(input));
            output.collectAsList();
            Assertions.assertThat(DatasetAssert.columns(output.schema()))
                    .as(where)
                    .isEqualTo(DatasetAssert.columns(expected));
        } catch (Exception e) {
            throw new AssertionError("It fails " + where + ": " + e.getMessage(), e);
        }
    }

    private static void same(String how, StructType columns, List<Row> expected, Dataset<Row> output) {
        Assertions.assertThat(DatasetAssert.columns(output.schema()))
                .as("%s, it gives other columns", how)
                .isEqualTo(DatasetAssert.columns(columns));
        Assertions.assertThat(output.collectAsList())
                .as("%s, it gives other rows", how)
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    private Dataset<Row> of(List<Row> some) {
        return given.sparkSession().createDataFrame(some, given.schema());
    }
}
