package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that change columns and keep every row. */
class ColumnStepsTest extends StepTest {

    private final Dataset<Row> odd = data(
            "`a b` INT, `a.b` INT, `a``b` INT, `$a` INT, `a'b` INT",
            row(1, 2, 3, 4, 5),
            row(null, null, null, null, null));

    @Test
    void select_keeps_the_named_and_matching_columns_in_the_order_of_the_entries() {
        Dataset<Row> input = sql("SELECT 1 x_1, 2 id, 3 x_2, 4 y");
        assertThat(run("select: [id, 'x_.*', id]", input).columns()).containsExactly("id", "x_1", "x_2");
        assertThat(run("select: y", input).columns()).containsExactly("y");
        assertThat(run("select: {columns: [y, id]}", input).columns()).containsExactly("y", "id");
    }

    @Test
    void drop_matches_whole_names_only() {
        Dataset<Row> input = sql("SELECT 1 calc, 2 calc_1, 3 xcalc_1");
        assertThat(run("drop: 'calc_.*'", input).columns()).containsExactly("calc", "xcalc_1");
        assertThat(run("drop: calc", input).columns()).containsExactly("calc_1", "xcalc_1");
    }

    @Test
    void an_entry_that_is_a_name_is_not_a_pattern() {
        assertThat(run("drop: a.b", odd).columns()).containsExactly("a b", "a`b", "$a", "a'b");
        assertThat(run("select: ['$a', 'a`b']", odd).columns()).containsExactly("$a", "a`b");
    }

    @Test
    void a_pattern_that_matches_nothing_is_a_problem_that_names_what_there_is() {
        Dataset<Row> input = sql("SELECT 1 ps_calc_01, 2 id");
        assertThat(problems("drop: ['ps_clac_01']", input))
                .containsExactly("drop: no column 'ps_clac_01', did you mean 'ps_calc_01'?; there is ps_calc_01, id");
        assertThat(problems("select: 'x(.*'", input))
                .containsExactly(
                        "select: no column 'x(.*'; there is ps_calc_01, id; nor is it a regular expression: Unclosed group");
        assertThat(problems("drop: '.*'", input)).containsExactly("drop: no column is left; keep at least one");
    }

    @Test
    void rename_keeps_places_and_can_swap() {
        Dataset<Row> input = sql("SELECT 1 a, 2 b, 3 c");
        assertThat(run("rename: {a: b, b: a}", input).columns()).containsExactly("b", "a", "c");
        assertThat(run("rename: {columns: {c: d}}", input).columns()).containsExactly("a", "b", "d");
        assertThat(run("rename: {columns: x}", sql("SELECT 1 columns")).columns())
                .containsExactly("x");
        assertThat(run("rename: {'a.b': 'x y', 'a`b': 'x`.y'}", odd).columns())
                .containsExactly("a b", "x y", "x`.y", "$a", "a'b");
    }

    @Test
    void rename_onto_a_name_that_is_taken_is_a_problem() {
        Dataset<Row> input = sql("SELECT 1 a, 2 b");
        assertThat(problems("rename: {a: B}", input))
                .containsExactly("rename: two columns would be named 'b'; choose another name, or drop one before");
        assertThat(problems("rename: {x: y}", input)).containsExactly("rename: no column 'x'; there is a, b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'7'            | int           | 7",
                "' 7 '          | bigint        | 7",
                "7              | string        | 7",
                "2.0D           | int           | 2",
                "2.50BD         | double        | 2.5",
                "3.0BD          | smallint      | 3",
                "'2026-01-31'   | date          | 2026-01-31",
                "'1.25'         | decimal(10,2) | 1.25",
                "'true'         | boolean       | true",
                "1L             | int           | 1",
                "DATE'2026-1-1' | timestamp     | 2026-01-01 00:00:00.0",
                "CAST(NULL AS STRING) | int     | null",
            })
    void cast_gives_the_value_in_the_new_type(String from, String type, String to) {
        Dataset<Row> output = run("cast: {v: '" + type + "'}", sql("SELECT " + from + " v, 1 w"));
        assertThat(columns(output)).containsEntry("v", type).containsEntry("w", "int");
        assertThat(String.valueOf(output.first().get(0))).isEqualTo(to);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'abc'          | int     | abc",
                "''             | int     | ~~",
                "'1.5'          | int     | 1.5",
                "1.5D           | int     | 1.5",
                "1.5BD          | bigint  | 1.5",
                "1e300          | bigint  | 1.0E300",
                "double('NaN')  | int     | NaN",
                "double('Infinity') | bigint | Infinity",
                "3000000000L    | int     | 3000000000",
                "-129           | tinyint | -129",
                "'2026-02-30'   | date    | 2026-02-30",
                "'12:30'        | timestamp | 12:30",
                "'T7:00'        | timestamp | T7:00",
                "'yes!'         | boolean | yes!",
                "123.4BD        | decimal(3,1) | 123.4",
            })
    void cast_stops_the_run_at_a_value_that_would_become_null_or_another(String from, String type, String shown) {
        Dataset<Row> output = run("cast: {v: '" + type + "'}", sql("SELECT " + from + " v"));
        assertThatThrownBy(() -> output.collectAsList()).satisfies(thrown -> assertThat(BadRow.in(thrown))
                .contains("cast: column 'v' holds '" + shown + "', which is not " + type
                        + "; turn such rows away with a rule, or convert them with derive"));
    }

    @Test
    void cast_takes_odd_names_and_empty_input() {
        assertThat(columns(run("cast: {'a.b': string, 'a`b': double}", odd)))
                .containsEntry("a.b", "string")
                .containsEntry("a`b", "double");
        assertThat(run("cast: {'a b': string}", odd.limit(0)).count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"array<int>", "a int, b int", "varchar(3)", "nonsense", "map<int,int>"})
    void cast_to_what_is_no_simple_type_is_a_problem(String type) {
        assertThat(problems("cast: {v: '" + type + "'}"))
                .singleElement()
                .asString()
                .contains("cast: column 'v': '" + type);
    }

    @Test
    void cast_of_nested_values_is_a_problem() {
        assertThat(problems("cast: {v: string}", sql("SELECT array(1) v")))
                .containsExactly("cast: column 'v' is array<int>; use derive for nested types");
    }

    @Test
    void fill_puts_values_of_the_columns_type_in_the_place_of_null_alone() {
        Dataset<Row> input = data(
                "i INT, d DOUBLE, s STRING, b BOOLEAN, t DATE, n DECIMAL(5,2)",
                row(null, null, null, null, null, null),
                row(1, Double.NaN, "", false, null, null));
        Dataset<Row> output = run("fill: {i: 0, d: 1.5, s: 'x', b: true, t: '2026-01-31', n: 2.5}", input);
        assertThat(rows(output)).containsExactly("[0,1.5,x,true,2026-01-31,2.50]", "[1,NaN,,false,2026-01-31,2.50]");
        assertThat(columns(output)).isEqualTo(columns(input));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{i: 1.5}         | '1.5' is not of the column's type int",
                "{i: '1'}         | '1' is not of the column's type int",
                "{i: 3000000000}  | '3000000000' is not of the column's type int",
                "{s: 0}           | '0' is not of the column's type string; put it in quotes",
                "{t: yesterday}   | 'yesterday' is not of the column's type date; write 2026-01-31 or 2026-01-31T00:00:00Z",
                "{n: 1.234}       | '1.234' is not of the column's type decimal(5,2)",
                "{n: 12345}       | '12345' is not of the column's type decimal(5,2)",
                "{b: 1}           | '1' is not of the column's type boolean",
                "{a: 1}           | '1' is not of the column's type array<int>",
            })
    void fill_with_a_value_of_another_type_is_a_problem(String columns, String problem) {
        Dataset<Row> input = data("i INT, s STRING, b BOOLEAN, t DATE, n DECIMAL(5,2), a ARRAY<INT>");
        assertThat(problems("fill: " + columns, input))
                .singleElement()
                .asString()
                .endsWith("': " + problem);
    }

    @Test
    void fill_names_the_missing_column_and_refuses_null() {
        assertThat(problems("fill: {x: 1}", sql("SELECT 1 a"))).containsExactly("fill: no column 'x'; there is a");
        assertThat(problems("fill: {a: null}"))
                .containsExactly("fill: column 'a': NULL cannot take the place of NULL; write a value");
    }

    @Test
    void replace_puts_all_values_at_once_and_never_chains() {
        Dataset<Row> input = data("s STRING, o STRING", row("a", "a"), row("b", "b"), row(null, null), row("-1", "-1"));
        assertThat(rows(run("replace: {column: s, values: {a: b, b: a, '-1': null}}", input)))
                .containsExactly("[a,b]", "[b,a]", "[null,-1]", "[null,null]");
        assertThat(rows(run("replace: {columns: [s, o], values: {a: x}}", input)))
                .containsExactly("[-1,-1]", "[b,b]", "[null,null]", "[x,x]");
    }

    @Test
    void replace_reads_old_values_in_the_columns_type() {
        Dataset<Row> input = data("`n.n` DOUBLE, i BIGINT", row(-1.0, -1L), row(Double.NaN, 5L));
        assertThat(rows(run("replace: {columns: [n.n, i], values: {-1: null}}", input)))
                .containsExactly("[NaN,5]", "[null,null]");
        assertThat(rows(run("replace: {column: n.n, values: {NaN: 0.5}}", input)))
                .containsExactly("[-1.0,-1]", "[0.5,5]");
        assertThat(problems("replace: {column: i, values: {abc: 1}}", input))
                .containsExactly("replace: column 'i': 'abc' is not of the column's type bigint");
        assertThat(problems("replace: {column: i, values: {1: abc}}", input))
                .containsExactly("replace: column 'i': 'abc' is not of the column's type bigint");
    }

    @Test
    void derive_computes_from_the_steps_input_and_replaces_in_place() {
        Dataset<Row> input = sql("SELECT 2 a, 3 b");
        Dataset<Row> output = run("derive: {c: a * b, a: a + 10, 'd e': a}", input);
        assertThat(output.columns()).containsExactly("a", "b", "c", "d e");
        assertThat(rows(output)).containsExactly("[12,3,6,2]");
    }

    @Test
    void derive_refuses_what_it_cannot_compute_from_one_row() {
        Dataset<Row> input = sql("SELECT 2 a");
        assertThat(problems("derive: {c: sum(a)}", input))
                .containsExactly(
                        "derive: column 'c': it looks beyond one row; name its columns alone, or write a query: sql, or CustomSql in rules");
        assertThat(problems("derive: {c: 'Explode(array(a, b))'}"))
                .containsExactly("derive: column 'c': Explode() makes several rows of one, or none; use sql");
        assertThat(problems("derive: {c: x + 1}", input))
                .singleElement()
                .asString()
                .contains("'c'")
                .contains("`x`");
        assertThat(problems("derive: {c: rand()}")).singleElement().asString().contains("rand() gives another value");
        assertThat(problems("derive: {c: 'row_number() over (order by a)'}"))
                .containsExactly(
                        "derive: column 'c': 'over' looks beyond one row; name its columns alone, or write a query: sql, or CustomSql in rules");
        assertThat(problems("derive: {c: '1) FROM input --'}"))
                .singleElement()
                .asString()
                .contains("no '('");
    }

    @Test
    void filter_keeps_rows_for_which_the_condition_is_true_and_drops_null() {
        Dataset<Row> input = data("`x y` INT", row(1), row(5), row((Object) null));
        assertThat(rows(run("filter: '`x y` > 1'", input))).containsExactly("[5]");
        assertThat(rows(run("filter: {where: '`x y` IS NULL OR `x y` = 1 -- comment'}", input)))
                .containsExactly("[1]", "[null]");
        assertThat(problems("filter: 'z > 1'", input))
                .singleElement()
                .asString()
                .contains("`z`")
                .contains("`x y`");
        assertThat(problems("filter: '`x y` + 1'", input))
                .singleElement()
                .asString()
                .contains("BOOLEAN");
    }

    @Test
    void steps_that_look_at_one_row_say_so() {
        Dataset<Row> input = sql("SELECT 1 a, 2 b");
        for (String yaml : List.of(
                "select: a",
                "drop: a",
                "rename: {a: x}",
                "cast: {a: string}",
                "filter: a > 1",
                "fill: {a: 1}",
                "replace: {column: a, values: {1: 2}}",
                "derive: {c: a}")) {
            assertThat(check(yaml, input).step().scope()).as(yaml).isEqualTo(Scope.ROW_LOCAL);
        }
    }
}
