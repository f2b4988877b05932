package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Trainings.Fact;
import io.lakeproof.lineage.Trainings.Status;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every SQL cell of notebooks/, run on a real lake, gives what is known of that lake. */
@Tag("ci")
class NotebooksTest {

    private static final Path NOTEBOOKS = Path.of("..", "notebooks");

    /**
     * What each SQL cell of a notebook gives, cells apart by a line of two dashes: a row a line, or nothing. {@code *} stands
     * for what differs from run to run.
     */
    private static final Map<String, String> EXPECTED = Map.of(
            "01_explore.sql",
            """
            --
            --
            1 | * | append | [] | audit
            2 | * | rebuild | ["the rules changed"] | approved
            --
            quarantine | 1 | 3 | NULL
            quarantine | 2 | 4 | 1
            raw | 1 | 22 | NULL
            raw | 2 | 33 | 11
            test | 1 | 11 | NULL
            test | 2 | 13 | 2
            train | 1 | 9 | NULL
            train | 2 | 17 | 8
            --
            1 | test | SELECT * FROM delta.`file:/lake/claims/test` VERSION AS OF 0
            1 | train | SELECT * FROM delta.`file:/lake/claims/train` VERSION AS OF 0
            2 | test | SELECT * FROM delta.`file:/lake/claims/test` VERSION AS OF 1
            2 | train | SELECT * FROM delta.`file:/lake/claims/train` VERSION AS OF 1
            --
            9
            --
            1 | 1 | n1
            4 | 4 | n4
            5 | 5 | n5
            6 | 6 | n6
            8 | 8 | n8
            --
            approved | 1 | ann | 2026-01-05 00:00:00 | false
            audit | 1 | bob | 2026-01-06 00:00:00 | true
            approved | 2 | ann | 2026-01-07 00:00:00 | true
            """,
            "02_compare.sql",
            """
            --
            --
            --
            --
            quarantine | 3 | 4 | false
            raw | 22 | 33 | false
            test | 11 | 13 | false
            train | 9 | 17 | false
            --
            2 | file:/landing/claims/b.csv | 125 | e82bfe758b8a3ade5953025b28450bbb0a392d7db2989427b10d0b26fcf191ee | 11
            --
            --
            code.commit | true
            code.jarSha256 | true
            contract | true
            features.model.digest | true
            runtime.spark | true
            spec.rules | false
            split | true
            transforms | true
            --
            before | test | 11 | true
            before | train | 9 | true
            after | test | 13 | true
            after | train | 17 | true
            --
            test | 2 | 0
            train | 8 | 0
            --
            before | 20 | 0 | 0 | 9.5 | 19
            after | 30 | 0 | 0 | 17.833333333333332 | 39
            """,
            "03_quality.sql",
            """
            --
            --
            --
            1 | read | 23 | 1 | 0 | 22 | true
            1 | rules | 22 | 2 | 0 | 20 | true
            1 | split | 20 | 0 | 0 | 20 | true
            2 | read | 11 | 0 | 0 | 11 | true
            2 | rules | 33 | 3 | 0 | 30 | true
            2 | split | 30 | 0 | 0 | 30 | true
            --
            1 | rows | ColumnValues "amount" >= 0 | false | 2 rows turned away | every row
            1 | rows | IsComplete "note" | false | 1 row turned away | every row
            1 | batch | RowCount > 5 | true | 22 | > 5
            1 | dataset | Completeness "amount" > 0.5 | true | 1 | > 0.5
            2 | rows | ColumnValues "amount" >= 0 | false | 3 rows turned away | every row
            2 | rows | IsComplete "note" | false | 1 row turned away | every row
            2 | batch | RowCount > 6 | true | 11 | > 6
            2 | dataset | Completeness "amount" > 0.5 | true | 1 | > 0.5
            --
            rejected | 2 | [RowCount > 6: measured 2] | [file:/landing/claims/c.csv]
            --
            --
            rule | ColumnValues "amount" >= 0 | amount | must be >= 0 | 2
            row | NULL | amount | it is not an INT | 1
            rule | ColumnValues "amount" >= 0 | amount | must be >= 0; is NULL | 1
            --
            ColumnValues "amount" >= 0 | amount | 3 | [-1, -5]
            IsComplete "note" | note | 1 | []
            --
            1 | file:/landing/claims/a.csv | 3
            2 | file:/landing/claims/b.csv | 1
            --
            1 | amount | x | 21,x,no number
            1 | amount | -5 | {"id":20,"amount":-5,"note":"negative"}
            1 | amount | -1 | {"id":22,"amount":-1,"note":null}
            2 | amount | -1 | {"id":40,"amount":-1,"note":"bad"}
            """,
            "04_from_model_to_files.sql",
            """
            --
            --
            --
            claims-model | 3 | recorded | 2 | * | job-7 | bob
            --
            2 | true | * | false
            --
            1 | true | true
            2 | true | true
            --
            code.lakeproof | *
            contract | id BIGINT NOT NULL,amount INT,note STRING
            features | NULL
            runtime.delta | *
            runtime.spark | *
            split.key | ["id"]
            split.parts | {"test":40,"train":60}
            split.seed | 7
            transforms | []
            --
            quarantine | 4 | lp1:* | * | file:/lake/claims/quarantine
            raw | 33 | lp1:* | 1 | file:/lake/claims/raw
            test | 13 | lp1:* | 1 | file:/lake/claims/test
            train | 17 | lp1:* | 1 | file:/lake/claims/train
            --
            1 | file:/landing/claims/a.csv | 222 | 619275ef2306c7367e1949a010acc8273ee409859264d9d8a2df2c6a289acbe1 | 22 | 1
            2 | file:/landing/claims/b.csv | 125 | e82bfe758b8a3ade5953025b28450bbb0a392d7db2989427b10d0b26fcf191ee | 11 | 0
            """,
            "05_write_a_spec.sql",
            """
            --
            id | string | NULL
            amount | string | NULL
            note | string | NULL
            --
            36 | 0 | 0 | 1
            --
            21 | x | no number
            --
            36 | 36
            --
            -9 | 13 | 50
            --
            4 | 1
            """);

    /** Version 1 with 20 examples, version 2 with 30, and a rejected batch with a bad row. */
    @TempDir
    private static Path dir;

    private static TestDataset dataset;

    @BeforeAll
    static void publish() {
        dataset = TestDataset.in(dir)
                .change(
                        "\"amount\" >= 0",
                        """
                        "amount" >= 0
                            - IsComplete "note"
                          dataset:
                            - Completeness "amount" > 0.5
                          batch:
                            - RowCount > 5""");
        dataset.drop("a.csv", csv(0, 20) + "20,-5,negative\n21,x,no number\n22,-1,\n")
                .run();
        dataset.change("RowCount > 5", "RowCount > 6")
                .drop("b.csv", csv(30, 40) + "40,-1,bad\n")
                .run();
        dataset.drop("c.csv", csv(50, 51) + "51,-9,worse\n").run();
        Lake lake = dataset.lake();
        tag(lake, "approved", "1", "ann", "2026-01-05T00:00:00Z");
        tag(lake, "audit", "1", "bob", "2026-01-06T00:00:00Z");
        tag(lake, "approved", "2", "ann", "2026-01-07T00:00:00Z");
        train(lake, "older-model", "1");
        train(lake, "claims-model", "2");
    }

    private static void tag(Lake lake, String tag, String version, String by, String at) {
        lake.tags().put(tag, lake.version(version), by, Stamp.of("claims", "test"), Instant.parse(at));
    }

    private static void train(Lake lake, String model, String version) {
        Fact fact =
                new Fact(Status.RECORDED, Optional.empty(), Optional.of(model), Optional.of("3"), Optional.of("job-7"));
        lake.trainings().put(fact, lake.version(version), "bob", Stamp.of("claims", "test"), Instant.now());
    }

    private static List<String> cells(String notebook) throws IOException {
        String text = Files.readString(NOTEBOOKS.resolve(notebook));
        String header = "-- Databricks notebook source\n";
        assertThat(text).startsWith(header);
        return Stream.of(text.substring(header.length()).split("\n-- COMMAND ----------\n"))
                .map(String::strip)
                .toList();
    }

    private static boolean isText(String cell) {
        return cell.startsWith("-- MAGIC %md\n");
    }

    @Test
    void every_cell_of_every_notebook_gives_what_is_known_of_the_lake() throws IOException {
        try (Stream<Path> files = Files.list(NOTEBOOKS)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".sql")))
                    .containsExactlyInAnyOrderElementsOf(EXPECTED.keySet());
        }
        for (String notebook : EXPECTED.keySet().stream().sorted().toList()) {
            List<String> queries =
                    cells(notebook).stream().filter(cell -> !isText(cell)).toList();
            // The first cell's result stands before the first line of dashes.
            List<String> expected = Arrays.asList(EXPECTED.get(notebook).split("(?m)^--$", -1));
            assertThat(queries)
                    .as("cells of %s, each with its expected rows", notebook)
                    .hasSameSizeAs(expected);
            SparkSession session = Lake.session(LocalSpark.session());
            assertSoftly(softly -> {
                for (int i = 0; i < queries.size(); i++) {
                    softly.assertThat(result(session, queries.get(i)))
                            .as("%s: %s", notebook, queries.get(i))
                            .matches(pattern(expected.get(i).strip()));
                }
            });
        }
    }

    @Test
    void text_cells_are_text_throughout_and_lead_the_notebook() throws IOException {
        for (String notebook : EXPECTED.keySet()) {
            List<String> cells = cells(notebook);
            assertThat(cells.get(0)).startsWith("-- MAGIC %md\n-- MAGIC # ");
            assertThat(cells).allSatisfy(cell -> assertThat(cell.lines())
                    .allMatch(line -> line.startsWith("-- MAGIC") == isText(cell)));
        }
    }

    @Test
    void the_spec_that_the_last_notebook_ends_with_takes_in_the_files_that_it_looked_at() throws IOException {
        String text = cells("05_write_a_spec.sql").stream()
                .filter(NotebooksTest::isText)
                .reduce((before, after) -> after)
                .orElseThrow()
                .replaceAll("(?m)^-- MAGIC ?", "");
        String spec = text.substring(text.indexOf("```yaml\n") + "```yaml\n".length(), text.lastIndexOf("```"));
        Run.Result result = TestDataset.in(dir.resolve("written"))
                .spec(here(spec.replace("/lake/claims", "lake")))
                .run();
        assertThat(result.status()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.rowsIn()).isEqualTo(36);
        assertThat(result.rowsQuarantined()).isEqualTo(5);
    }

    private static String here(String text) {
        return text.replace("/landing/claims", dir.resolve("landing").toString())
                .replace("/lake/claims", dir.resolve("lake").toString());
    }

    /** What the cell gives, a row a line, with the folders as the notebooks name them. */
    private static String result(SparkSession session, String cell) {
        Dataset<Row> rows = session.sql(here(cell));
        return rows
                .select(Arrays.stream(rows.columns())
                        .map(name -> Lake.column(name).cast("string"))
                        .toArray(Column[]::new))
                .collectAsList()
                .stream()
                .map(row -> Stream.iterate(0, i -> i < row.size(), i -> i + 1)
                        .map(i -> row.isNullAt(i) ? "NULL" : row.getString(i))
                        .collect(joining(" | ")))
                .collect(joining("\n"))
                .replace(dir.resolve("landing").toString(), "/landing/claims")
                .replace(dir.resolve("lake").toString(), "/lake/claims");
    }

    private static Pattern pattern(String expected) {
        // Within a cell of the result alone: a star is no row.
        return Pattern.compile(
                Stream.of(expected.split("\\*", -1)).map(Pattern::quote).collect(joining("[^|\n]+")));
    }
}
