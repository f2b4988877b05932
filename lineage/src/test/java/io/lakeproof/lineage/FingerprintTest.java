package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** What moves a fingerprint and what doesn't. */
class FingerprintTest {

    private static final SparkSession SPARK = session();

    private static SparkSession session() {
        SparkSession session = LocalSpark.session().newSession();
        // Without these, Spark refuses to write dates before 1582 and timestamps before 1900.
        session.conf().set("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED");
        session.conf().set("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED");
        return session;
    }

    @TempDir
    private Path folder;

    /** A thousand rows in four partitions, with a column of every type. */
    private static Dataset<Row> everyType() {
        return SPARK.range(0, 1000, 1, 4).select(columns());
    }

    private static Column[] columns() {
        return List.of(
                        "id",
                        "id % 2 = 0 AS flag",
                        "CAST(id - 100 AS TINYINT) AS tiny",
                        "CAST(id * -7 AS SMALLINT) AS small",
                        "IF(id % 5 = 0, NULL, CAST(id AS INT)) AS `an-int`",
                        "CAST(id / 3 AS FLOAT) AS single",
                        "CASE id % 7 WHEN 0 THEN double('NaN') WHEN 1 THEN -0.0D ELSE id / 7 END AS `a.double`",
                        "CAST((id - 500) * 1.37 AS DECIMAL(12, 4)) AS price",
                        "CAST(id - 500 AS DECIMAL(38, 2)) AS large",
                        "IF(id % 3 = 0, '', concat('Zoë €', id)) AS `it``s`",
                        "CAST(concat('b', id) AS BINARY) AS bytes",
                        "date_add(DATE'1500-01-01', CAST(id * 211 AS INT)) AS day",
                        "timestamp_micros(id * 86400123456 - 62135596800000000) AS moment",
                        "CAST(timestamp_micros(id * 3600000001) AS TIMESTAMP_NTZ) AS wall_clock",
                        "array(id, NULL, id + 1) AS numbers",
                        "array(array(DATE'2000-02-29', NULL), NULL, array()) AS nested",
                        "IF(id % 4 = 0, NULL, named_struct('z', id, 'a', string(id), 'when', DATE'2024-02-29')) AS pair",
                        "map(concat('k', id % 10), TIMESTAMP'1900-01-01 00:00:00', 'a', NULL) AS lookup",
                        "array(map(1.5D, named_struct('x', 'y'))) AS deep")
                .stream()
                .map(e -> expr(e))
                .toArray(Column[]::new);
    }

    private static Dataset<Row> sql(String query) {
        return SPARK.sql(query);
    }

    private static String of(Dataset<Row> rows) {
        return Fingerprint.of(rows).text();
    }

    @Test
    void order_partitioning_and_file_layout_do_not_matter() {
        Dataset<Row> rows = everyType();
        String expected = of(rows);
        assertThat(expected).matches("lp1:[0-9a-f]{64}");
        assertThat(of(rows.repartition(7))).isEqualTo(expected);
        assertThat(of(rows.repartition(3).sortWithinPartitions(col("id").desc())))
                .isEqualTo(expected);
        assertThat(of(rows.orderBy(col("small"), col("bytes")))).isEqualTo(expected);
        assertThat(of(rows.coalesce(1))).isEqualTo(expected);

        String one = folder.resolve("one").toString();
        rows.coalesce(1).write().parquet(one);
        assertThat(of(SPARK.read().parquet(one))).isEqualTo(expected);
        String partitioned = folder.resolve("partitioned").toString();
        rows.repartition(5).write().format("delta").partitionBy("flag", "tiny").save(partitioned);
        assertThat(of(SPARK.read().format("delta").load(partitioned))).isEqualTo(expected);
        String orc = folder.resolve("orc").toString();
        // ORC has no local timestamps in Delta's sense and cuts column names at a backtick.
        Dataset<Row> plain = rows.drop("wall_clock", "it`s");
        plain.write().orc(orc);
        assertThat(of(SPARK.read().orc(orc))).isEqualTo(of(plain));
    }

    @Test
    void an_observed_write_has_the_fingerprint_of_what_was_written() {
        Dataset<Row> rows = everyType();
        FingerprintObserver observer = FingerprintObserver.of(rows.schema());
        String path = folder.resolve("table").toString();
        observer.observe(rows).write().format("delta").partitionBy("flag").save(path);
        Dataset<Row> written = SPARK.read().format("delta").load(path);
        assertThat(observer.result()).isEqualTo(Fingerprint.of(written)).isEqualTo(Fingerprint.of(rows));
        assertThat(observer.result().rows()).isEqualTo(1000);
    }

    @Test
    void the_fingerprint_of_a_union_is_the_sum_of_the_fingerprints() {
        Dataset<Row> rows = everyType();
        Fingerprint old = Fingerprint.of(rows.where("id < 300"));
        Fingerprint appended = Fingerprint.of(rows.where("id >= 300"));
        assertThat(Fingerprint.parse(old.state()).plus(appended)).isEqualTo(Fingerprint.of(rows));
        assertThat(appended.plus(old)).isEqualTo(Fingerprint.of(rows));
        assertThat(Fingerprint.empty(rows.schema()).plus(appended)).isEqualTo(appended);
        assertThat(Fingerprint.of(rows.where("id < 0"))).isEqualTo(Fingerprint.empty(rows.schema()));
        assertThatThrownBy(() -> old.plus(Fingerprint.of(rows.drop("id"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("different columns");
    }

    @Test
    void a_second_implementation_over_the_files_agrees() throws Exception {
        Path table = folder.resolve("files");
        everyType().write().format("delta").save(table.toString());
        assertThat(ParquetFingerprint.of(parquetFiles(table))).isEqualTo(of(everyType()));
    }

    /** The specification's examples: rows as SQL, and the text that every implementation must reach. */
    @ParameterizedTest
    @CsvFileSource(files = "../docs/reference/fingerprint-vectors.csv", delimiter = '|', numLinesToSkip = 1)
    void the_documented_vectors_hold(String query, String rows, String schema, String sum, String text)
            throws Exception {
        Fingerprint fingerprint = Fingerprint.of(sql(query));
        assertThat(fingerprint.state()).isEqualTo("lp1/" + rows + "/" + schema + "/" + sum);
        assertThat(fingerprint.text()).isEqualTo(text);
        Path table = folder.resolve("vector");
        sql(query).write().parquet(table.toString());
        if (fingerprint.rows() > 0) {
            assertThat(ParquetFingerprint.of(parquetFiles(table))).isEqualTo(text);
        }
    }

    private static List<Path> parquetFiles(Path table) throws IOException {
        try (Stream<Path> files = Files.list(table)) {
            return files.filter(f -> f.toString().endsWith(".parquet")).toList();
        }
    }

    @Test
    void a_repeated_row_counts() {
        Dataset<Row> one = sql("SELECT 1 AS a");
        assertThat(Fingerprint.of(one.union(one))).isNotEqualTo(Fingerprint.of(one));
        assertThat(Fingerprint.of(one.union(one)).rows()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 AS a | 1L AS a",
                "1 AS a | 1 AS b",
                "1 AS a | 1 AS A",
                "1 AS a | 2 AS a",
                "CAST(NULL AS STRING) AS a | '' AS a",
                "CAST(NULL AS INT) AS a | 0 AS a",
                "CAST(NULL AS INT) AS a | CAST(NULL AS BIGINT) AS a",
                "CAST(NULL AS INT) AS a, 1 AS b | 1 AS a, CAST(NULL AS INT) AS b",
                "1 AS a, 2 AS b | 2 AS a, 1 AS b",
                "'ab' AS a, 'c' AS b | 'a' AS a, 'bc' AS b",
                "'a' AS a | binary('a') AS a",
                "'a' AS a | 'a ' AS a",
                "'a' AS a | 'A' AS a",
                "0.0D AS a | -0.0D AS a",
                "0.0D AS a | 0.0F AS a",
                "double('NaN') AS a | double('Infinity') AS a",
                "1.0 AS a | 1.00 AS a",
                "-1.0 AS a | 1.0 AS a",
                "true AS a | false AS a",
                "DATE'2024-01-01' AS a | TIMESTAMP'2024-01-01' AS a",
                "TIMESTAMP'2024-01-01' AS a | TIMESTAMP_NTZ'2024-01-01' AS a",
                "TIMESTAMP'2024-01-01 00:00:00' AS a | TIMESTAMP'2024-01-01 00:00:00.000001' AS a",
                "array() AS a | CAST(NULL AS ARRAY<VOID>) AS a",
                "array(1, 2) AS a | array(2, 1) AS a",
                "array(array(1), array()) AS a | array(array(), array(1)) AS a",
                "array(1, NULL) AS a | array(1) AS a",
                "named_struct('x', CAST(NULL AS INT)) AS a | CAST(NULL AS STRUCT<x: INT>) AS a",
                "named_struct('x', 1) AS a | named_struct('y', 1) AS a",
                "map('x', 1) AS a | map('x', 2) AS a",
                "map('x', CAST(NULL AS INT)) AS a | CAST(map() AS MAP<STRING, INT>) AS a",
                "map(0.0D, 1) AS a | map(-0.0D, 1) AS a"
            })
    void any_difference_shows(String left, String right) {
        assertThat(of(sql("SELECT " + left))).isNotEqualTo(of(sql("SELECT " + right)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 AS a, 'x' AS b | 'x' AS b, 1 AS a",
                "named_struct('x', 1, 'y', '2') AS a | named_struct('y', '2', 'x', 1) AS a",
                "map('x', 1, 'y', 2) AS a | map('y', 2, 'x', 1) AS a",
                "1 AS a | IF(rand(1) < 2, 1, NULL) AS a",
                "double('NaN') AS a | CAST(float('NaN') AS DOUBLE) AS a"
            })
    void equal_content_has_equal_fingerprints(String left, String right) {
        assertThat(of(sql("SELECT " + left))).isEqualTo(of(sql("SELECT " + right)));
    }

    @Test
    void changing_any_one_value_of_any_column_shows() {
        Dataset<Row> rows = everyType();
        String original = of(rows);
        for (String name : rows.columns()) {
            Column column = col("`" + name.replace("`", "``") + "`");
            Dataset<Row> changed = rows.withColumn("seen", col("id"))
                    .withColumn(name, when(col("seen").notEqual(611), column))
                    .drop("seen");
            assertThat(of(changed)).as(name).isNotEqualTo(original);
        }
    }

    @Test
    void the_session_time_zone_and_date_api_do_not_matter() {
        String path = folder.resolve("zones").toString();
        everyType().write().parquet(path);
        String expected = of(SPARK.read().parquet(path));
        for (String zone : List.of("America/St_Johns", "Asia/Kathmandu")) {
            for (String java8 : List.of("true", "false")) {
                SparkSession other = SPARK.newSession();
                other.conf().set("spark.sql.session.timeZone", zone);
                other.conf().set("spark.sql.datetime.java8API.enabled", java8);
                assertThat(of(other.read().parquet(path))).isEqualTo(expected);
            }
        }
    }

    @Test
    void generated_code_does_not_matter() {
        Dataset<Row> rows = everyType();
        String expected = of(rows);
        SparkSession interpreted = SPARK.newSession();
        interpreted.conf().set("spark.sql.codegen.wholeStage", "false");
        interpreted.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        assertThat(of(interpreted.range(0, 1000, 1, 4).select(columns()))).isEqualTo(expected);
    }

    @Test
    void rows_of_another_schema_than_declared_are_refused() {
        FingerprintObserver observer = FingerprintObserver.of(StructType.fromDDL("a BIGINT"));
        assertThatThrownBy(() -> observer.observe(sql("SELECT 1 AS a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("struct<a:int>")
                .hasMessageContaining("struct<a:bigint>");
    }

    @Test
    void a_type_without_an_encoding_is_refused_by_name() {
        assertThatThrownBy(() -> Fingerprint.of(sql("SELECT array(INTERVAL 1 DAY) AS waits")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'waits[]'")
                .hasMessageContaining("interval day");
    }

    @Test
    void a_state_that_is_none_is_refused() {
        assertThatThrownBy(() -> Fingerprint.parse("lp1/3/ab/cd"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'lp1/3/ab/cd'");
    }
}
