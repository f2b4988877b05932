package io.lakeproof.jobs.suggest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is suggested for real files is a spec that a run publishes with. */
@Tag("ci")
class SuggestTest {

    private static final SparkSession SPARK = Lake.session(LocalSpark.session());

    @TempDir
    Path dir;

    private Suggest.Result suggest(Path path, int rows) {
        return Suggest.of(
                        SPARK,
                        path.toString(),
                        Optional.of(dir.resolve("dataset.yaml").toString()),
                        rows,
                        Progress.SILENT)
                .execute();
    }

    private Lake lake(Suggest.Result suggested) throws IOException {
        Path spec = Files.writeString(dir.resolve("dataset.yaml"), suggested.spec());
        return new Lake(
                SPARK, SpecReader.check(spec.toString(), Map.of(), SPARK).spec());
    }

    private Run.Result run(Suggest.Result suggested) throws IOException {
        Run.Options options = new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT);
        return Run.of(lake(suggested), options).execute();
    }

    private Path drop(String name, String text) throws IOException {
        Path file = dir.resolve("landing").resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** Measures of which no single one names a flower, and some flowers that measure the same. */
    private static String iris() {
        return IntStream.range(0, 150)
                .mapToObj(i -> "%s,%s,%s"
                        .formatted(
                                4.3 + i % 36 / 10.0,
                                2 + i % 9 / 10.0,
                                List.of("setosa", "versicolor", "virginica").get(i / 50)))
                .collect(Collectors.joining("\n", "sepal_length,sepal_width,species\n", "\n"));
    }

    @Test
    void a_file_without_a_key_is_published_whole_with_what_is_suggested() throws IOException {
        Suggest.Result suggested = suggest(drop("iris.csv", iris()), 10_000);
        assertThat(suggested.spec())
                .contains("name: iris\n", "  path: landing/iris.csv\n", "`sepal_length` DOUBLE")
                .contains("- 'IsComplete \"sepal_length\"'")
                .contains("- 'ColumnValues \"species\" in [\"setosa\", \"versicolor\", \"virginica\"]'")
                .contains("key: row_key")
                .contains("# purpose:", "# legal-basis:", "# jurisdiction:", "# period-covered:", "# supplier:")
                .contains("# retention-class:");
        Run.Result result = run(suggested);
        assertThat(result.status()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.rowsIn()).isEqualTo(150);
        assertThat(result.rowsQuarantined()).isZero();
    }

    @Test
    void the_birdstrikes_are_published_whole_with_what_is_suggested() throws IOException {
        Path csv = Path.of("../examples/birdstrikes/landing/birdstrikes.csv");
        Suggest.Result suggested = suggest(csv.toRealPath(), 20_000);
        assertThat(suggested.whole()).isTrue();
        assertThat(suggested.spec()).contains("`Flight Date` DATE", "`Cost Total $` BIGINT");
        Run.Result result = run(suggested);
        assertThat(result.status()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.rowsIn()).isEqualTo(10_000);
        assertThat(result.rowsQuarantined()).isZero();
    }

    @Test
    void the_first_column_that_names_a_row_is_the_key_and_what_a_part_of_the_rows_shows_is_not_asked_of_all()
            throws IOException {
        Path csv = drop(
                "a.csv",
                IntStream.range(0, 100)
                        .mapToObj(i -> i / 2 + ";" + (1000 + i) + ";0" + i + ";" + (i == 7 ? "" : "x"))
                        .collect(Collectors.joining("\n", "group;id;code;flag\n", "\n")));
        Suggest.Result whole = suggest(csv, 100);
        assertThat(whole.whole()).isTrue();
        assertThat(whole.spec())
                .contains("sep: ';'", "key: id\n", "`code` STRING", "\n    - 'IsUnique \"id\"'")
                .contains("\n    # - 'IsUnique \"code\"'")
                .contains("- 'ColumnValues \"flag\" in [\"x\", NULL]'")
                .doesNotContain("IsComplete \"flag\"");
        Suggest.Result part = suggest(csv, 50);
        assertThat(part.whole()).isFalse();
        assertThat(part.rows()).isEqualTo(50);
        assertThat(part.spec())
                .contains("# dataset:\n    # - 'IsUnique \"id\"'")
                .doesNotContain("\n    - 'IsUnique");
        assertThat(run(part).rowsIn()).isEqualTo(100);
    }

    @Test
    void hostile_names_and_values_make_a_spec_that_is_read() throws IOException {
        String header = "\"a,b\",it's,\"say \"\"x\"\"\",back`tick,a.b,$x{,# no: comment\n";
        String row = "1,'q',\"say \"\"y\"\"\",b\\s,-,${X},: #\n";
        Suggest.Result suggested = suggest(drop("odd.csv", header + row.repeat(20)), 1000);
        assertThat(lake(suggested).spec().source().columns().fieldNames())
                .containsExactly("a,b", "it's", "say \"x\"", "back`tick", "a.b", "$x{", "# no: comment");
        Run.Result result = run(suggested);
        assertThat(result.status()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.rowsQuarantined()).isZero();
    }

    @Test
    void json_and_parquet_in_a_folder_are_told_by_their_names() throws IOException {
        drop("a.json", "{\"id\": 1, \"tags\": [\"x\"], \"at\": {\"x\": 1.5}}\n{\"id\": 2, \"tags\": []}\n");
        drop("b.json", "{\"id\": 3}\n");
        Suggest.Result json = suggest(dir.resolve("landing"), 1000);
        assertThat(json.spec()).contains("path: 'landing/*.json'", "format: json", "`tags` ARRAY<STRING>", "key: id");
        assertThat(run(json).rowsIn()).isEqualTo(3);

        SPARK.range(40).write().parquet(dir.resolve("typed").toString());
        Suggest.Result parquet = suggest(dir.resolve("typed"), 1000);
        assertThat(parquet.spec()).contains("format: parquet", "`id` BIGINT");
        assertThat(lake(parquet).spec().name()).isEqualTo("typed");
    }

    @Test
    void a_few_broken_lines_and_texts_that_are_times_are_told_from_documents_and_words() throws IOException {
        String good = IntStream.range(0, 20)
                .mapToObj(i ->
                        "{\"id\": \"e%d\", \"at\": \"2026-01-02T12:34:%d.411%s\", \"day\": \"2026-01-02\", \"code\": \"007\"}\n"
                                .formatted(i, 10 + i, i % 2 == 0 ? "Z" : "+01:00"))
                .collect(Collectors.joining());
        drop("events.json", "{\"id\": \"e\n" + good + "nothing\n");
        Suggest.Result events = suggest(dir.resolve("landing"), 1000);
        assertThat(events.spec())
                .contains("`at` TIMESTAMP", "`day` DATE", "`code` STRING", "key: id", "IsComplete \"at\"")
                .doesNotContain("multiLine");
        Run.Result result = run(events);
        assertThat(result.rowsIn()).isEqualTo(22);
        assertThat(result.rowsQuarantined()).isEqualTo(2);

        for (String document : List.of(
                "[" + good.replace("}\n", "},\n").replaceFirst(",\n$", "\n]"),
                "{\n\"id\": \"e1\",\n\"code\":\n{\"a\": 1}\n}\n")) {
            drop("events.json", document);
            assertThat(suggest(dir.resolve("landing"), 1000).spec()).contains("multiLine: true");
        }
    }

    @Test
    void what_is_not_there_or_cannot_be_told_is_one_line() throws IOException {
        assertThatThrownBy(() -> suggest(dir.resolve("none"), 10))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("none' does not exist");
        drop("a.xlsx", "");
        assertThatThrownBy(() -> suggest(dir.resolve("landing"), 10))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining(".parquet");
    }
}
