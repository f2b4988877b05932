package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.example.Scrub;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps that look beyond one row, or at other tables, or run code of the user's own. */
class RowStepsTest extends StepTest {

    @TempDir
    private Path folder;

    @Test
    void deduplicate_keeps_the_greatest_and_null_never_wins() {
        Dataset<Row> input = data(
                "`i d` INT, at INT, v STRING",
                row(1, 1, "a"),
                row(1, 3, "b"),
                row(1, null, "c"),
                row(2, null, "d"),
                row(null, 1, "e"),
                row(null, 2, "f"));
        assertThat(rows(run("deduplicate: {by: 'i d', order-by: at}", input)))
                .containsExactly("[1,3,b]", "[2,null,d]", "[null,2,f]");
        assertThat(rows(run("deduplicate: {by: 'i d', order-by: at, keep: first}", input)))
                .containsExactly("[1,1,a]", "[2,null,d]", "[null,1,e]");
        Step step = check("deduplicate: {by: ['i d']}", input).step();
        assertThat(step.scope()).isEqualTo(Scope.KEY_LOCAL);
        assertThat(step.by()).containsExactly("i d");
    }

    @Test
    void deduplicate_decides_ties_by_values_whatever_the_order_and_partitioning() {
        Dataset<Row> input = SPARK.range(2_000)
                .selectExpr(
                        "id % 10 AS k",
                        "0 AS at",
                        "IF(id % 2 = 0, 0.0D, -0.0D) AS d",
                        "array(IF(id % 3 = 0, -0.0D, 0.0D)) AS a",
                        "map('x', id % 7, 'y', id % 5) AS m",
                        "id % 3 AS rank");
        List<String> once = rows(run("deduplicate: {by: k, order-by: at}", input));
        for (int seed = 1; seed <= 5; seed++) {
            Dataset<Row> shuffled =
                    input.orderBy(org.apache.spark.sql.functions.rand(seed)).repartition(seed);
            assertThat(rows(run("deduplicate: {by: k, order-by: at}", shuffled)))
                    .isEqualTo(once);
        }
    }

    @Test
    void deduplicate_refuses_what_has_no_order() {
        Dataset<Row> input = sql("SELECT 1 id, array(map(1, 2)) m");
        assertThat(problems("deduplicate: {by: m}", input))
                .singleElement()
                .asString()
                .contains("makes no key");
        assertThat(problems("deduplicate: {by: id}", input))
                .singleElement()
                .asString()
                .contains("'m' is array<map<int,int>>");
        assertThat(problems("deduplicate: {by: ix}", input))
                .singleElement()
                .asString()
                .contains("did you mean 'id'?");
        assertThat(run("deduplicate: {by: id}", sql("SELECT 1 id").limit(0)).count())
                .isZero();
    }

    @Test
    void sql_sees_its_input_whatever_views_and_tables_there_are() {
        SPARK.range(5).createOrReplaceTempView("input");
        try {
            Dataset<Row> output = run("sql: SELECT `a b` + 1 AS c FROM input;", sql("SELECT 1 `a b`"));
            assertThat(rows(output)).containsExactly("[2]");
        } finally {
            SPARK.catalog().dropTempView("input");
        }
        assertThat(rows(run(
                                "sql: 'WITH x AS (SELECT * FROM input) SELECT x.id, input.id AS j FROM x JOIN input USING (id)'",
                                sql("SELECT 7 id"))
                        .select("id")))
                .containsExactly("[7]");
    }

    @Test
    void sql_leaves_no_view_and_no_cache_behind() {
        Dataset<Row> input = sql("SELECT 1 a").cache();
        long views = SPARK.catalog().listTables().where("isTemporary").count();
        assertThat(rows(run("sql: SELECT * FROM input", input))).containsExactly("[1]");
        assertThat(SPARK.catalog().listTables().where("isTemporary").count()).isEqualTo(views);
        assertThat(input.storageLevel().useMemory()).isTrue();
        assertThat(problems("sql: SELECT z FROM input", input)).hasSize(1);
        assertThat(SPARK.catalog().listTables().where("isTemporary").count()).isEqualTo(views);
        input.unpersist();
    }

    @Test
    void sql_runs_in_parallel_and_on_input_of_another_session() {
        Transform add = step("sql: SELECT id + 1 AS id FROM input").transform();
        List<String> sums = IntStream.range(0, 40)
                .parallel()
                .mapToObj(i -> {
                    SparkSession other = i % 4 == 0 ? SPARK.newSession() : SPARK;
                    Dataset<Row> sum = add.apply(add.apply(other.range(i, i + 1).toDF()));
                    return i + " + 2 = " + sum.first().getLong(0);
                })
                .toList();
        assertThat(sums)
                .isEqualTo(IntStream.range(0, 40)
                        .mapToObj(i -> i + " + 2 = " + (i + 2))
                        .toList());
    }

    @Test
    void sql_says_how_far_it_looks_once_it_is_checked() {
        Dataset<Row> input = sql("SELECT 1 id, 2.0D d");
        assertThat(step("sql: SELECT id FROM input").scope()).isEqualTo(Scope.GLOBAL);
        assertThat(check("sql: SELECT id FROM input", input).step().scope()).isEqualTo(Scope.ROW_LOCAL);
        Step.Checked sum = check("sql: SELECT id, sum(d) AS s FROM input GROUP BY id", input);
        assertThat(sum.step().scope()).isEqualTo(Scope.GLOBAL);
        assertThat(sum.warnings()).hasSize(1);
    }

    @Test
    void sql_is_read_from_a_file_and_recorded_as_text() {
        Surroundings files = new Surroundings() {
            @Override
            public String read(String file) {
                return "SELECT 1 AS x, '" + file + "' AS f FROM input";
            }

            @Override
            public byte[] bytes(String file) {
                throw new AssertionError(file);
            }

            @Override
            public String resolve(String path) {
                return path;
            }
        };
        Step step = Step.of(yaml("sql: {file: features.sql}"), files).step().orElseThrow();
        assertThat(step.with())
                .isEqualTo(Map.of("file", "features.sql", "query", "SELECT 1 AS x, 'features.sql' AS f FROM input"));
        assertThat(problems("sql: {file: gone.sql}")).containsExactly("sql.file: 'gone.sql' cannot be read: gone.sql");
    }

    private String table(String query) {
        String path = folder.resolve("t able").toUri().toString();
        sql(query).write().format("delta").mode("append").save(path);
        return path;
    }

    @Test
    void join_adds_columns_of_the_pinned_version_alone() {
        String path = table("SELECT CAST(1 AS BIGINT) id, 'a' `v.v`, 10 w");
        table("SELECT CAST(2 AS BIGINT) id, 'b' `v.v`, 20 w");
        Dataset<Row> input = data("x STRING, id INT", row("p", 1), row("q", 2), row("r", null));
        assertThat(rows(run("join: {table: '" + path + "', version: 0, on: id}", input)))
                .containsExactly("[p,1,a,10]", "[q,2,null,null]", "[r,null,null,null]");
        assertThat(rows(run("join: {table: '" + path + "', version: 1, on: [id], columns: v.v, how: inner}", input)))
                .containsExactly("[p,1,a]", "[q,2,b]");
        assertThat(problems("join: {table: '" + path + "', version: 9, on: id}", input))
                .singleElement()
                .asString()
                .startsWith("join: " + path + " cannot be read at version 9: ")
                .endsWith("; name a Delta table, and a version that it has");
        assertThat(problems("join: {table: '" + path + "', version: 0, on: id, columns: u}", input))
                .singleElement()
                .asString()
                .contains("no column 'u'")
                .contains("id, v.v, w");
        assertThat(problems("join: {table: '" + path + "', version: 0, on: id}", sql("SELECT 1 id, 2 W")))
                .singleElement()
                .asString()
                .contains("'w' is in both");
        assertThat(problems("join: {table: '" + path + "', version: 0, on: id}", sql("SELECT '1' id")))
                .containsExactly(
                        "join: column 'id' is string here and bigint in " + path + " version 0; cast it before");
        assertThat(problems("join: {table: '" + folder + "/none', version: 0, on: id}", input))
                .singleElement()
                .asString()
                .startsWith("join: " + folder + "/none cannot be read at version 0: ");
    }

    @Test
    void join_reads_a_table_by_name() {
        SPARK.sql("CREATE OR REPLACE TABLE default.regions USING delta AS SELECT 1 id, 'north' region");
        long version = SPARK.sql("DESCRIBE HISTORY default.regions").first().getLong(0);
        try {
            assertThat(rows(run(
                            "join: {table: default.regions, version: " + version + ", on: id}", sql("SELECT 1 id"))))
                    .containsExactly("[1,north]");
        } finally {
            SPARK.sql("DROP TABLE default.regions");
        }
    }

    @Test
    void join_never_multiplies_rows() {
        String path = table("SELECT explode(array(7, 7, 7, 8)) id, 'a' v");
        Dataset<Row> joined =
                run("join: {table: '" + path + "', version: 0, on: id}", sql("SELECT explode(array(7, 8)) id"));
        assertThatThrownBy(joined::collectAsList).satisfies(thrown -> assertThat(BadRow.in(thrown))
                .contains("join: key (7) occurs 3 times in " + path
                        + " version 0, where it must be unique; deduplicate that table first"));
    }

    public record Typed(int times, List<String> names, Optional<Double> share) implements Transform {
        public Typed {
            if (times < 0) {
                throw new IllegalArgumentException("times must not be negative");
            }
        }

        @Override
        public Dataset<Row> apply(Dataset<Row> input) {
            return input.selectExpr("'" + this + "' AS t");
        }
    }

    public static final class Plain implements Transform {
        @Override
        public Dataset<Row> apply(Dataset<Row> input) {
            return input.filter("id > 1");
        }
    }

    public record Broken() implements Transform {
        @Override
        public Dataset<Row> apply(Dataset<Row> input) {
            throw new IllegalStateException("no idea");
        }
    }

    private static final String TYPED = "class: 'io.lakeproof.transforms.RowStepsTest$Typed'\n";

    @Test
    void a_class_takes_its_components_by_name() {
        Dataset<Row> input = data("id INT, notes STRING", row(1, "call 0301234567"), row(2, null));
        String scrub = "class: " + Scrub.class.getName() + "\nwith: {column: notes}\n";
        assertThat(rows(run(scrub, input))).containsExactly("[1,call #]", "[2,null]");
        assertThat(rows(run("class: 'io.lakeproof.transforms.RowStepsTest$Plain'", input)))
                .containsExactly("[2,null]");
        assertThat(rows(run(TYPED + "with: {times: 3, names: [a, b], share: 0.5}", sql("SELECT 1"))))
                .containsExactly("[Typed[times=3, names=[a, b], share=Optional[0.5]]]");
        assertThat(rows(run(TYPED + "with: {times: 3, names: []}", sql("SELECT 1"))))
                .containsExactly("[Typed[times=3, names=[], share=Optional.empty]]");
        assertThat(step(scrub).scope()).isEqualTo(Scope.GLOBAL);
        assertThat(check(scrub + "scope: row-local", input).step().scope()).isEqualTo(Scope.ROW_LOCAL);
        assertThat(step(scrub + "scope: key-local\nby: id").by()).containsExactly("id");
    }

    @Test
    void a_class_that_does_not_fit_is_a_problem_with_its_place() {
        assertThat(problems("class: com.example.Gone"))
                .containsExactly(
                        "class: class com.example.Gone is not on the class path; add its jar with --jars or LAKEPROOF_CLASSPATH");
        assertThat(problems("class: java.lang.String"))
                .containsExactly("class: class java.lang.String does not implement io.lakeproof.transforms.Transform");
        assertThat(problems("class: com.example.Scrub\nwith: {colum: x}"))
                .containsExactly(
                        "with.colum: unknown parameter 'colum', did you mean 'column'?; com.example.Scrub takes column",
                        "with: 'column' is missing; com.example.Scrub needs it as java.lang.String");
        assertThat(problems(TYPED + "with: {times: three, names: x}"))
                .containsExactly(
                        "with.times: 'three' is not of type int",
                        "with.names: 'x' is not of type java.util.List<java.lang.String>");
        assertThat(problems(TYPED + "with: {times: -1, names: []}"))
                .containsExactly(
                        "with: io.lakeproof.transforms.RowStepsTest$Typed refuses them: times must not be negative");
        assertThat(problems("class: com.example.Scrub\nwit: {column: x}"))
                .anyMatch(p -> p.contains("did you mean 'with'?"));
        assertThat(problems("class: com.example.Scrub\nwith: {column: x}\nscope: local"))
                .singleElement()
                .asString()
                .contains("row-local, key-local, global");
        assertThat(problems("class: com.example.Scrub\nwith: {column: x}\nscope: key-local"))
                .singleElement()
                .asString()
                .contains("go together");
        assertThat(problems("class: 'io.lakeproof.transforms.RowStepsTest$Broken'", sql("SELECT 1")))
                .containsExactly("class: no idea");
        assertThat(problems("class: com.example.Scrub\nwith: {column: x}", sql("SELECT 1 y")))
                .singleElement()
                .asString()
                .contains("`x`");
    }

    @Test
    void a_step_that_cannot_be_read_is_a_problem_with_its_place() {
        assertThat(problems("dorp: x"))
                .singleElement()
                .asString()
                .startsWith("dorp: unknown step 'dorp', did you mean 'drop'?; there is select,");
        assertThat(problems("drop: {colums: x}"))
                .containsExactly(
                        "drop.colums: unknown parameter 'colums', did you mean 'columns'?; drop takes columns",
                        "drop: 'columns' is missing; write drop: [first, \"second_.*\"]");
        assertThat(problems("drop: [a, 3]")).containsExactly("drop[1]: '3' is not a name; put it in quotes");
        assertThat(problems("drop: {columns: [3]}"))
                .containsExactly("drop.columns[0]: '3' is not a name; put it in quotes");
        assertThat(problems("rename: {a: 1}")).containsExactly("rename.a: '1' is not text; put it in quotes");
        assertThat(problems("drop: x\nrename: {a: b}"))
                .singleElement()
                .asString()
                .startsWith("rename: 'rename' stands beside 'drop'");
        assertThat(problems("drop:")).singleElement().asString().contains("'columns' is missing");
        assertThat(problems("just text")).singleElement().asString().contains("'just text' is no step");
        assertThat(problems("filter: true")).containsExactly("filter: 'true' is not text");
        assertThat(problems("deduplicate: id"))
                .singleElement()
                .asString()
                .contains("'id' is not a map; write deduplicate: {by: [id]");
        assertThat(problems("deduplicate: {by: id, keep: newest}"))
                .containsExactly("deduplicate.keep: 'newest' is not one of last, first");
        assertThat(problems("join: {table: x, on: id}"))
                .singleElement()
                .asString()
                .startsWith("join: 'version' is missing");
        assertThat(problems("join: {table: x, on: id, version: latest}"))
                .containsExactly("join.version: 'latest' is not a whole number");
        assertThat(problems("sql: {}")).singleElement().asString().contains("either the query or its file");
        assertThat(problems("replace: {values: {a: b}}"))
                .singleElement()
                .asString()
                .contains("say which columns");
        assertThat(problems("cast: {}")).singleElement().asString().contains("'{}' is not a map of at least one entry");
    }

    @Test
    void every_kind_has_an_example_that_can_be_read() {
        for (Kind kind : Step.kinds()) {
            String example = Kinds.example(kind.name());
            if (!kind.name().equals("class")) {
                assertThat(problems(example)).as(example).isEmpty();
            }
        }
    }
}
