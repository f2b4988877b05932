package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What this process reads by itself is what Spark reads. */
class DirectReadTest {

    private static final StructType SCHEMA = StructType.fromDDL("number BIGINT, text STRING, at TIMESTAMP, "
            + "one STRUCT<texts: ARRAY<STRING>, n: BIGINT>, many ARRAY<STRUCT<a: STRING, b: BIGINT, at: TIMESTAMP>>");
    private static final List<String> COLUMNS = List.of(SCHEMA.fieldNames());

    @TempDir
    Path dir;

    private final SparkSession spark = LocalSpark.session();

    @Test
    void every_row_comes_as_spark_has_it_through_checkpoints_deletions_and_compaction() {
        // A checkpoint comes every ten commits.
        LongStream.range(0, 12).forEach(this::append);
        same(Optional.empty());
        spark.sql("ALTER TABLE " + name() + " SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')");
        spark.sql("DELETE FROM " + name() + " WHERE number = 7");
        same(Optional.empty());
        spark.sql("OPTIMIZE " + name());
        same(Optional.empty());
        assertThat(direct(COLUMNS, Optional.empty(), Long.MAX_VALUE).orElseThrow())
                .hasSize(22);
        same(Optional.of(Range.of("number", 5)));
        same(Optional.of(Range.upTo("number", 5)));
        same(Optional.of(Range.of("text", "text 3")));
        same(Optional.of(Range.around("text", List.of("text 9", "text 11", "ü"))));
    }

    @Test
    void columns_come_in_the_order_asked_for_whatever_their_physical_names() {
        append(1);
        spark.sql("ALTER TABLE " + name() + " SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', "
                + "'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')");
        spark.sql("ALTER TABLE " + name() + " RENAME COLUMN text TO word");
        append(2, spark.createDataFrame(List.of(row(2)), SCHEMA).withColumnRenamed("text", "word"));
        assertThat(direct(List.of("word", "number"), Optional.of(Range.of("number", 2)), Long.MAX_VALUE))
                .contains(List.of(RowFactory.create("text 2", 2L)));
    }

    @Test
    void what_is_too_much_or_cannot_be_read_is_left_to_spark() throws IOException {
        append(1);
        assertThat(direct(COLUMNS, Optional.empty(), 10)).isEmpty();
        assertThat(direct(List.of("no such column"), Optional.empty(), Long.MAX_VALUE))
                .isEmpty();
        assertThat(table().fewRows(COLUMNS, Optional.empty())).isPresent();
        try (Stream<Path> files = Files.list(dir.resolve("table"))) {
            Path data = files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            Files.write(data, new byte[100]);
        }
        assertThat(direct(COLUMNS, Optional.empty(), Long.MAX_VALUE)).isEmpty();
        assertThat(Table.of(
                                Session.of(spark),
                                new TableName.Folder(
                                        dir.resolve("nothing").toUri().toString()))
                        .rows(COLUMNS, Optional.empty()))
                .isEmpty();
    }

    @Test
    void rows_come_in_the_order_of_a_number_be_they_few_or_many() {
        LongStream.of(3, 1, 2).forEach(this::append);
        assertThat(inOrder(new Range("number", 2L, 9L))).containsExactly(2L, 2L, 3L, 3L);

        // So much that Spark is the reader.
        Random random = new Random(1);
        List<Row> large = LongStream.of(6, 4, 5)
                .mapToObj(number -> {
                    byte[] text = new byte[6 << 20];
                    random.nextBytes(text);
                    return RowFactory.create(number, Base64.getEncoder().encodeToString(text), null, null, null);
                })
                .toList();
        append(4, spark.createDataFrame(large, SCHEMA));
        Range range = new Range("number", 2L, 5L);
        assertThat(table().fewRows(COLUMNS, Optional.of(range))).isEmpty();
        assertThat(inOrder(range)).containsExactly(2L, 2L, 3L, 3L, 4L, 5L);
    }

    private Stream<Long> inOrder(Range range) {
        return table().inOrder(List.of("text", "number"), range).map(row -> row.getLong(1));
    }

    private void same(Optional<Range> range) {
        Column[] columns = COLUMNS.stream().map(functions::col).toArray(Column[]::new);
        List<Row> asked = table().head()
                .where(range.map(Range::condition).orElse(functions.lit(true)))
                .select(columns)
                .collectAsList();
        assertThat(direct(COLUMNS, range, Long.MAX_VALUE).orElseThrow()).containsExactlyInAnyOrderElementsOf(asked);
        assertThat(asked).isNotEmpty();
    }

    private Optional<List<Row>> direct(List<String> columns, Optional<Range> range, long mostBytes) {
        return DirectRead.rows(
                Hadoop.configuration(spark), dir.resolve("table").toUri().toString(), columns, range, mostBytes);
    }

    private void append(long number) {
        append(number, spark.createDataFrame(List.of(row(number), empty(number)), SCHEMA));
    }

    private void append(long number, org.apache.spark.sql.Dataset<Row> rows) {
        table().append(rows, Stamp.of("claims", "run " + number));
    }

    private static Row row(long number) {
        Timestamp at = Timestamp.valueOf("1965-03-04 05:06:07.123456");
        return RowFactory.create(
                number, "text " + number, at, RowFactory.create(new String[] {"ü", null, ""}, number), new Row[] {
                    RowFactory.create("a", 1L, at), null, RowFactory.create(null, null, null)
                });
    }

    private static Row empty(long number) {
        return RowFactory.create(number, null, null, null, new Row[0]);
    }

    private Table table() {
        return Table.of(
                Session.of(spark),
                new TableName.Folder(dir.resolve("table").toUri().toString()));
    }

    private String name() {
        return "delta.`" + dir.resolve("table").toUri() + "`";
    }
}
