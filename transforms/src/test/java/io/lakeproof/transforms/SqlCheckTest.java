package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlCheckTest extends StepTest {

    private static final StructType INPUT = StructType.fromDDL(
            "id BIGINT, d DOUBLE, n DECIMAL(10,2), s STRING, t TIMESTAMP, a ARRAY<INT>, current_date DATE, `user` STRING");

    private static final SqlCheck CHECK = SqlCheck.over(SPARK, SqlCheck.INPUT, INPUT);

    private static SqlCheck.Verdict query(String sql) {
        return CHECK.query(sql);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT rand() r FROM input                             | rand() gives another value",
                "SELECT RAND(42) r FROM input                           | rand() gives another value",
                "SELECT `rand`() r FROM input                           | rand() gives another value",
                "SELECT rand /* x */ -- y\\n (1) r FROM input           | rand() gives another value",
                "SELECT /*+ BROADCAST(input) */ rand() r FROM input     | rand() gives another value",
                "SELECT 'it''s', rand() FROM input                      | rand() gives another value",
                "SELECT 'a\\\\', rand() AS r FROM input                 | rand() gives another value",
                "SELECT r'\\\\', rand() AS r FROM input                 | rand() gives another value",
                "SELECT \"--\", rand() AS r FROM input                  | rand() gives another value",
                "SELECT '\\u0027', rand() AS r FROM input               | rand() gives another value",
                "SELECT s AS `/*`, rand() AS `*/` FROM input            | rand() gives another value",
                "SELECT * FROM input ORDER BY randn()                   | randn() gives another value",
                "SELECT uuid() FROM input                               | uuid() gives another value",
                "SELECT shuffle(a) FROM input                           | shuffle() gives another value",
                "SELECT monotonically_increasing_id() i FROM input      | monotonically_increasing_id() depends on how the data lies",
                "SELECT spark_partition_id() FROM input                 | spark_partition_id() depends on how",
                "SELECT now() FROM input                                | now() depends on when it runs",
                "SELECT current_timestamp FROM input                    | current_timestamp depends on when it runs",
                "SELECT `current_timestamp` FROM input                  | current_timestamp depends on when it runs",
                "SELECT current_date() FROM input                       | current_date() depends on when",
                "SELECT unix_timestamp() FROM input                     | unix_timestamp() depends on when",
                "SELECT * FROM input WHERE t < 'today'                  | 'today' depends on when",
                "SELECT * FROM input WHERE t < TIMESTAMP ' Now '        | ' Now ' depends on when",
                "SELECT * FROM input WHERE t < 'today UTC'              | 'today UTC' depends on when",
                "SELECT date_add('tomorrow', length(s)) FROM input      | 'tomorrow' depends on when",
                "SELECT id + unix_timestamp(timestamp('now')) FROM input | 'now' depends on when",
                "SELECT year(date 'today') FROM input                   | 'today' depends on when",
                "SELECT * FROM input JOIN VALUES (date 'today') AS v(x) | 'today' depends on when",
                "SELECT * FROM input WHERE t < '12:30'                  | '12:30' depends on when",
                "SELECT to_timestamp('T7:00:01') AS x FROM input        | 'T7:00:01' depends on when",
                "SELECT CAST(concat('no', 'w') AS TIMESTAMP) FROM input | a text in it is taken for the present time, which depends",
                "SELECT year(date(concat('to', 'day'))) FROM input      | a text in it is taken for the present time",
                "SELECT CAST(concat('to', 'day') AS DATE) > '2026-01-31' AS c FROM input | a text in it is taken for the present",
                "SELECT CASE WHEN t < concat('no','w') THEN 1 END FROM input | a text in it is taken for the present",
                "SELECT * FROM input, (SELECT CAST(reverse('won') AS TIMESTAMP_NTZ) AS x) | a text in it is taken",
                "SELECT first(id) FROM input                            | first() depends on the order",
                "SELECT collect_list(id) FROM input                     | collect_list() depends on the order",
                "SELECT any_value(id) FROM input                        | any_value() depends on the order",
                "SELECT * FROM input LIMIT 10                           | LIMIT takes whichever rows",
                "SELECT * FROM input TABLESAMPLE (5 ROWS)               | TABLESAMPLE takes whichever",
                "SELECT java_method('java.lang.System', 'exit', 1) FROM input | java_method() runs code",
                "SELECT reflect('java.util.UUID', 'randomUUID') FROM input | reflect() runs code",
                "SELECT input_file_name() FROM input                    | input_file_name() runs code or reads",
                "SELECT current_user() FROM input                       | current_user() depends on who",
                "SELECT version() FROM input                            | version() depends on who",
                "SELECT identifier('rand')() FROM input           | identifier() runs code",
                "SELECT default.f(id) FROM input                        | function f has a prefix",
                "SELECT TRANSFORM(id) USING 'cat' AS x FROM input       | TRANSFORM ... USING runs code",
                "SELECT '${env:HOME}' FROM input                        | '${' would be filled in",
                "DROP TABLE x                                           | 'DROP' is no query",
                "INSERT INTO x SELECT * FROM input                      | 'INSERT' is no query",
                "WITH x AS (SELECT 1) INSERT INTO y SELECT * FROM x     | INSERT",
                "FROM input INSERT INTO y SELECT *                      | INSERT",
                "SELECT 1) FROM input; DROP TABLE x; SELECT (1          | a ')' has no '('",
                "SELECT 1 FROM input; DROP TABLE x                      | ';'",
                "SELECT 1                                               | it does not read input",
                "SELECT * FROM parquet.`/etc/x`                         | it reads 'parquet./etc/x'",
                "SELECT * FROM input, other                             | other",
                "SELECT * FROM input WHERE id IN (SELECT id FROM default.other) | other",
                "SELECT * FROM input, read_files('/x')                  | read_files() runs code",
                "SELECT /* /* */ rand() */ */ 1 FROM input              | a comment lies within a comment",
                "SELECT 'abc FROM input                                 | a string is not closed",
                "SELECT id, id FROM input                               | two columns are named 'id'",
                "SELECT x FROM input                                    | `x`",
            })
    void refuses_with_the_reason(String sql, String reason) {
        assertThat(query(sql.replace("\\n", "\n")).problems())
                .as(sql)
                .anySatisfy(problem -> assertThat(problem).contains(reason).doesNotContain("\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'rand()' AS r FROM input",
                "SELECT * FROM input WHERE s = 'now'",
                "SELECT * FROM input WHERE s < '12:30'",
                "SELECT * FROM input WHERE s = '2026-02-30 10:00:00' OR s = '2026-13-45 25:61:61'",
                "SELECT CASE s WHEN 'today' THEN 1 ELSE 0 END AS c FROM input",
                "SELECT * FROM input WHERE t < TIMESTAMP '2026-01-31 10:00:00' AND t > DATE '2025-01-01'",
                "SELECT * FROM input WHERE t < TIMESTAMP '2026-01-31T10:00:00Z' OR t = timestamp_seconds(86400)",
                "SELECT * FROM input WHERE t > 'epoch' AND t < '2026-01-31 10:00:00+02:00'",
                "SELECT date_add('2026-01-31', 1) AS d, s = '2026-01-31 now' AS e FROM input",
                "SELECT \"now()\" AS r FROM input",
                "SELECT id AS `rand` FROM input -- rand()",
                "SELECT id /* rand() LIMIT */ FROM input",
                "SELECT '\\'rand()\\'' AS r FROM input",
                "SELECT r'\\' AS r, id AS rand FROM input",
                "SELECT current_date, user FROM input",
                "SELECT i.current_date, `user` FROM input i",
                "SELECT unix_timestamp(t) AS now FROM input",
                "SELECT xxhash64(id, 42) AS r FROM input;",
                "SELECT transform(a, x -> x + 1) AS b FROM input",
                "WITH x AS (SELECT * FROM input) SELECT * FROM x",
                "WITH x AS (SELECT id FROM input), y AS (SELECT id i FROM x) SELECT * FROM x, y",
                "SELECT id, sort_array(collect_list(s)) AS c FROM input GROUP BY id",
                "SELECT i.* FROM input i JOIN VALUES ('a', 1), ('b', 2) AS m(k, v) ON i.s = m.k",
                "SELECT * FROM input LATERAL VIEW explode(a) AS e",
                "FROM input SELECT id",
                "(SELECT id FROM input)",
            })
    void lets_pass_what_only_looks_like_it(String sql) {
        assertThat(query(sql).problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ROW_LOCAL | SELECT *, d * 2 AS e FROM input WHERE id > 3",
                "ROW_LOCAL | SELECT id, explode(a) AS e FROM input",
                "ROW_LOCAL | WITH x AS (SELECT * FROM input) SELECT * FROM x WHERE s LIKE 'a%'",
                "ROW_LOCAL | SELECT id FROM input UNION ALL SELECT id + 1 FROM input",
                "GLOBAL    | SELECT DISTINCT id FROM input",
                "GLOBAL    | SELECT s, count(*) AS c FROM input GROUP BY s",
                "GLOBAL    | SELECT *, rank() OVER (ORDER BY id) AS r FROM input",
                "GLOBAL    | SELECT a.id FROM input a JOIN input b ON a.id = b.id",
                "GLOBAL    | SELECT id, (SELECT max(id) FROM input) AS m FROM input",
                "GLOBAL    | SELECT id FROM input WHERE EXISTS (SELECT 1 FROM input WHERE id > 5)",
                "GLOBAL    | SELECT id FROM input ORDER BY id",
                "GLOBAL    | SELECT id FROM input UNION SELECT id FROM input",
                "GLOBAL    | SELECT /*+ REPARTITION(3) */ id FROM input",
            })
    void knows_how_far_a_query_looks(Scope scope, String sql) {
        assertThat(query(sql).problems()).isEmpty();
        assertThat(query(sql).scope()).isEqualTo(scope);
    }

    @Test
    void warns_of_sums_of_doubles_and_of_ties() {
        assertThat(query("SELECT s, sum(d) AS x FROM input GROUP BY s").warnings())
                .singleElement()
                .asString()
                .startsWith("sum() depends in its last digits on how the data is partitioned");
        assertThat(query("SELECT s, avg(DISTINCT d) AS x, stddev(n) AS y FROM input GROUP BY s")
                        .warnings())
                .hasSize(2);
        assertThat(query("SELECT s, sum(id) AS x, sum(n) AS y, avg(n) AS z, max(d) AS m FROM input GROUP BY s")
                        .warnings())
                .isEmpty();
        assertThat(query("SELECT id, sum(id) OVER (ORDER BY t ROWS UNBOUNDED PRECEDING) AS x FROM input")
                        .warnings())
                .singleElement()
                .asString()
                .startsWith("ROWS picks among rows that tie");
        assertThat(query("SELECT id, sum(id) OVER (ORDER BY t RANGE UNBOUNDED PRECEDING) AS x FROM input")
                        .warnings())
                .isEmpty();
        assertThat(query("SELECT *, row_number() OVER (PARTITION BY s ORDER BY id) AS r FROM input")
                        .warnings())
                .singleElement()
                .asString()
                .startsWith("row_number() picks among rows that tie");
    }

    @Test
    void a_table_of_the_catalog_is_refused_even_under_the_name_of_a_common_table_expression() {
        SPARK.sql("CREATE OR REPLACE TABLE default.hidden (id BIGINT) USING delta");
        assertThat(query(
                                "SELECT h.id FROM input JOIN (WITH hidden AS (SELECT 1 AS id) SELECT * FROM hidden) q ON true JOIN"
                                        + " hidden h ON true")
                        .problems())
                .anySatisfy(problem -> assertThat(problem).contains("it reads").contains("hidden"));
        assertThat(query("SELECT count(*) AS c FROM hidden").problems())
                .anySatisfy(problem -> assertThat(problem).contains("it reads 'hidden'"));
        SPARK.sql("DROP TABLE default.hidden");
    }

    @Test
    void refuses_a_text_without_sql() {
        assertThat(query(" -- nothing").problems()).containsExactly("there is no SQL; write one SELECT over input");
    }

    @Test
    void conditions_and_expressions_may_look_at_one_row_only() {
        assertThat(CHECK.condition("id > 3 AND s LIKE 'a%' -- why").problems()).isEmpty();
        assertThat(CHECK.expression("upper(s)").problems()).isEmpty();
        for (String sql : List.of(
                "sum(id) > 3",
                "id IN (SELECT 1)",
                "rand() > 0.5",
                "exists(select 1)",
                "id; DROP TABLE x",
                "x > 3",
                "")) {
            assertThat(CHECK.condition(sql).problems()).as(sql).isNotEmpty();
            assertThat(CHECK.expression(sql).problems()).as(sql).isNotEmpty();
        }
    }
}
