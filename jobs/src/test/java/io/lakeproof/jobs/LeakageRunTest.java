package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Run.Status;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.spec.Recipe;
import java.nio.file.Path;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run says of leaks among its examples, and what it does about them. */
class LeakageRunTest {

    private static final String SAME = "3,same";

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
    }

    @Tag("long")
    @Test
    void the_first_version_tells_of_identical_examples_among_all() {
        Run.Result result =
                dataset.drop("a.csv", same(0, 20) + different(20, 30)).run();
        JsonNode leakage = leakage("1");
        assertThat(leakage.toString())
                .isEqualTo(
                        "{\"identicalExamples\":{\"of\":30,\"rows\":20,\"share\":0.6666666666666666},\"keysInTwoParts\":0,"
                                + "\"labelDetermining\":null,\"olderThanTrain\":null,\"scope\":\"all examples\"}");
        assertThat(result.notes())
                .containsExactly(
                        "leakage: 20 of 30 examples (66.67%) equal one of another part in all but key and time");
    }

    @Test
    void an_append_looks_at_its_new_examples_alone() {
        dataset.drop("a.csv", same(0, 20)).run();
        Run.Result result =
                dataset.drop("b.csv", same(20, 21) + different(21, 30)).run();
        assertThat(leakage("2").get("scope").asText()).isEqualTo("new examples");
        assertThat(leakage("2").at("/identicalExamples/rows").asLong()).isZero();
        assertThat(leakage("2").at("/identicalExamples/of").asLong()).isEqualTo(10);
        assertThat(result.notes()).isEmpty();

        dataset.drop("c.csv", same(30, 50)).run();
        assertThat(leakage("3").at("/identicalExamples/rows").asLong()).isEqualTo(20);
    }

    @Tag("long")
    @Test
    void on_leakage_report_looks_at_all_examples_and_publishes() {
        dataset.change("seed: 7", "seed: 7\n  on-leakage: report");
        dataset.drop("a.csv", same(0, 20)).run();
        dataset.drop("b.csv", same(20, 21) + different(21, 30)).run();
        assertThat(leakage("2").get("scope").asText()).isEqualTo("all examples");
        assertThat(leakage("2").at("/identicalExamples/rows").asLong()).isEqualTo(21);
        assertThat(leakage("2").at("/identicalExamples/of").asLong()).isEqualTo(30);
        assertThat(Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute().scansAll())
                .containsExactly("split.on-leakage: report");
    }

    @Tag("ci")
    @Test
    void on_leakage_reject_publishes_nothing_and_names_what_leaks() {
        dataset.change("seed: 7", "seed: 7\n  on-leakage: reject");
        dataset.drop("a.csv", different(0, 20)).run();
        dataset.drop("b.csv", same(20, 40));
        assertThat(dataset.run().failures())
                .containsExactly(
                        "20 of 40 examples (50.00%) equal one of another part in all but key and time. Remove what leaks"
                                + " by a rule or a transform, or write split.on-leakage: report.");
        assertThat(dataset.lake().batches().rejected()).hasSize(1);
        assertThat(dataset.version("latest").version()).isEqualTo(1);
        for (String part : dataset.lake().parts()) {
            assertThat(dataset.lake().table(part).head().count())
                    .isEqualTo(dataset.rows("1", part).count());
        }

        Run.Result result = dataset.change("reject", "report").run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(result.because()).isEmpty();
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 40).boxed().toList());
    }

    @Tag("long")
    @Test
    void a_column_that_determines_the_label_is_named_and_under_reject_publishes_nothing() {
        dataset.change(
                "schema: id BIGINT NOT NULL, amount INT, note STRING",
                "schema: 'id BIGINT, `a mount` INT, `n.ote` STRING'");
        dataset.change("rules:\n  rows:\n    - ColumnValues \"amount\" >= 0\n", "label: a mount\n");
        dataset.drop(
                "a.csv",
                rows("id,a mount,n.ote", 0, 20, id -> id % 2 + "," + (id % 4 == 0 ? "a" : id % 4 == 2 ? "b" : "c")));
        assertThat(dataset.run().notes()).contains("leakage: 'n.ote' determines the label alone (3 values)");
        assertThat(leakage("1").get("labelDetermining").toString()).isEqualTo("[{\"column\":\"n.ote\",\"values\":3}]");

        dataset.change("seed: 7", "seed: 7\n  on-leakage: reject");
        dataset.drop("b.csv", rows("id,a mount,n.ote", 20, 24, id -> "1,c"));
        assertThat(dataset.run().failures())
                .singleElement()
                .asString()
                .contains("'n.ote' determines the label alone (3 values)");
        assertThat(dataset.version("latest").version()).isEqualTo(1);
    }

    @Test
    void a_label_that_is_no_column_of_the_examples_is_a_problem_of_the_spec() {
        dataset.change("name: claims", "name: claims\nlabel: amonut");
        assertThatThrownBy(() -> dataset.lake())
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("dataset.yaml:2 label: there is no column 'amonut', did you mean 'amount'?");
    }

    @Tag("long")
    @Test
    void what_people_answer_for_is_recorded_as_it_is_and_changes_no_recipe() {
        Recipe before = Recipe.of(dataset.lake().spec());
        dataset.change(
                "name: claims",
                "name: claims\nlabel: amount\npurpose: to try it\nlegal-basis: 'Art. 6: (1)'\nretention-class: 10 years");
        dataset.change("seed: 7", "seed: 7\n  on-leakage: report");
        assertThat(Recipe.of(dataset.lake().spec())).isEqualTo(before);
        dataset.drop("a.csv", different(0, 20)).run();
        assertThat(dataset.version("1").recordTree().get("about").toString())
                .isEqualTo("{\"jurisdiction\":null,\"legal-basis\":\"Art. 6: (1)\",\"period-covered\":null,"
                        + "\"purpose\":\"to try it\",\"retention-class\":\"10 years\",\"supplier\":null}");
    }

    private JsonNode leakage(String version) {
        return dataset.version(version).recordTree().get("leakage");
    }

    private static String same(long from, long to) {
        return rows("id,amount,note", from, to, id -> SAME);
    }

    /** Like {@link #same}, but each of them unlike all others; without a header unless it begins with 0. */
    private static String different(long from, long to) {
        String rows = rows("id,amount,note", from, to, id -> id % 100 + ",n" + id);
        return from == 0 ? rows : rows.substring(rows.indexOf('\n') + 1);
    }

    private static String rows(String header, long from, long to, LongFunction<String> values) {
        return LongStream.range(from, to)
                .mapToObj(id -> id + "," + values.apply(id) + "\n")
                .collect(Collectors.joining("", header + "\n", ""));
    }
}
