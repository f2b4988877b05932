package io.lakeproof.testkit;

import static org.apache.spark.sql.functions.col;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/** Assertions about rows: {@link SparkAssertions#assertThatDataset}. The order of rows never matters. */
public final class DatasetAssert extends AbstractAssert<DatasetAssert, Dataset<Row>> {

    DatasetAssert(Dataset<Row> actual) {
        super(actual, DatasetAssert.class);
    }

    /** Holds these rows, each as often as it is named, and no others. {@link SparkAssertions#row} makes one. */
    public DatasetAssert hasRows(Row... expected) {
        isNotNull();
        Assertions.assertThat(actual.collectAsList()).as(info.description()).containsExactlyInAnyOrder(expected);
        return this;
    }

    /** Holds the same rows, each as often, in columns of the same names and types. */
    public DatasetAssert hasSameRowsAs(Dataset<Row> expected) {
        return hasSchema(expected.schema().toDDL())
                .hasRows(expected.collectAsList().toArray(Row[]::new));
    }

    /** Holds so many rows. */
    public DatasetAssert hasCount(long rows) {
        isNotNull();
        Assertions.assertThat(actual.count()).as(info.description()).isEqualTo(rows);
        return this;
    }

    /**
     * Holds so many rows of each value of a column, and none of another: of the parts, where {@code part} names them, or of
     * the classes of a label.
     */
    public DatasetAssert hasCounts(String column, Map<?, Long> rows) {
        isNotNull();
        Map<Object, Long> counts = new LinkedHashMap<>();
        actual.groupBy(col("`" + column.replace("`", "``") + "`"))
                .count()
                .collectAsList()
                .forEach(row -> counts.put(row.get(0), row.getLong(1)));
        Assertions.assertThat(counts).as(info.description()).isEqualTo(new LinkedHashMap<Object, Long>(rows));
        return this;
    }

    /** Has these columns, in this order. */
    public DatasetAssert hasColumns(String... names) {
        isNotNull();
        Assertions.assertThat(actual.columns()).as(info.description()).containsExactly(names);
        return this;
    }

    /** Has these columns, in this order and of these types: {@code "id BIGINT, note STRING"}. Whether NULL is allowed is not compared. */
    public DatasetAssert hasSchema(String ddl) {
        isNotNull();
        Assertions.assertThat(columns(actual.schema()))
                .as(info.description())
                .isEqualTo(columns(StructType.fromDDL(ddl)));
        return this;
    }

    static List<String> columns(StructType schema) {
        return Arrays.stream(schema.fields())
                .map(field -> field.name() + " " + field.dataType().catalogString())
                .toList();
    }
}
