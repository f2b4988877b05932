package io.lakeproof.jobs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Models.Model;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** One dataset whose feature steps are fitted again when a column drifts, batch after batch. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RefitTest {

    private static TestDataset dataset;

    @BeforeAll
    static void a_published_dataset(@TempDir Path dir) {
        dataset = TestDataset.in(dir)
                .spec(
                        TestDataset.SPEC
                                + """
                        features:
                          refit: on-drift
                          drift: 0.2
                          steps:
                            - scale: {columns: [amount]}
                        """)
                .drop("1.csv", csv(0, 600, id -> id % 100));
        assertThat(dataset.run().status()).isEqualTo(Run.Status.PUBLISHED);
    }

    /** The note of every row is another word: nothing is learned from it. */
    private static String csv(long from, long to, LongUnaryOperator amount) {
        return "id,amount,note\n"
                + LongStream.range(from, to)
                        .mapToObj(id -> "%d,%d,%s\n".formatted(id, amount.applyAsLong(id), from == 0 ? "a" : "b"))
                        .collect(joining());
    }

    private static JsonNode drift() {
        return latest().recordTree().at("/features/drift");
    }

    private static DatasetVersion latest() {
        return dataset.version("latest");
    }

    private static Model model() {
        return Models.named(latest()).orElseThrow();
    }

    private static void replays(long version) {
        Lake lake = dataset.lake();
        Replay.Result replayed = Replay.of(
                        lake, lake.version(String.valueOf(version)), Optional.empty(), "test", Progress.SILENT)
                .execute();
        assertThat(replayed.differing()).isEmpty();
    }

    @Test
    @Order(1)
    void a_batch_like_those_before_keeps_the_model_and_the_record_says_why() {
        assertThat(drift().isMissingNode()).isTrue();
        dataset.drop("2.csv", csv(600, 660, id -> id % 100));
        Plan.Result plan = dataset.plan();
        assertThat(plan.rebuildBecause()).isEmpty();
        assertThat(plan.undecided())
                .containsExactly(
                        "features.refit: on-drift fits the feature steps again, and the parts are rebuilt, if a column drifts by 0.2");
        Run.Result kept = dataset.run();
        assertThat(kept.because()).isEmpty();
        assertThat(latest().recordTree().get("mode").asText()).isEqualTo("append");
        assertThat(model().fittedAt()).isEqualTo(1);
        assertThat(drift().get("refit").asBoolean()).isFalse();
        assertThat(drift().get("reason").asText())
                .matches("train drifted since version 1 by 0\\.0\\d+ at the most, in amount, less than 0\\.2"
                        + " \\(features\\.drift\\)");
        assertThat(kept.notes())
                .contains("the feature steps are as they were: "
                        + drift().get("reason").asText());
        // What the batch brought was counted, and nothing else was read.
        assertThat(rowsCounted())
                .isEqualTo(latest().table("train").orElseThrow().rows());
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(
                                Path.of("../docs/reference/record.schema.json").toUri())
                        .validate(latest().recordTree()))
                .isEmpty();
    }

    private static long rowsCounted() {
        long rows = 0;
        for (JsonNode count : drift().at("/counts/amount")) {
            rows += count.asLong();
        }
        return rows;
    }

    @Test
    @Order(2)
    void a_batch_that_moves_a_column_fits_the_steps_again_and_replay_takes_the_recorded_decision() {
        dataset.drop("3.csv", csv(660, 1_100, id -> 1_000 + id % 100));
        Run.Result again = dataset.run();
        assertThat(again.because())
                .singleElement()
                .asString()
                .matches("features\\.refit: on-drift: train drifted since version 1, amount by 0\\.[34]\\d*,"
                        + " at least 0\\.2 \\(features\\.drift\\)");
        JsonNode record = latest().recordTree();
        assertThat(record.get("mode").asText()).isEqualTo("rebuild");
        assertThat(Json.tree(again.because())).isEqualTo(record.get("because"));
        assertThat(drift().get("refit").asBoolean()).isTrue();
        assertThat(model().fittedAt()).isEqualTo(3);
        assertThat(latest().table("train").orElseThrow().rows()
                        + latest().table("test").orElseThrow().rows())
                .isEqualTo(1_100);
        replays(3);
        replays(2);
        assertThat(diff(1).causes()).extracting(Diff.Cause::kind).containsExactly(Diff.Kind.NEW_FILE);
        Diff.Result refitted = diff(2);
        assertThat(refitted.parts()).allSatisfy(part -> assertThat(part.causes())
                .extracting(Diff.Cause::kind)
                .containsExactly(Diff.Kind.NEW_FILE, Diff.Kind.REFITTED_FEATURES));
        assertThat(refitted.causes().get(1).detail()).isEqualTo(again.because().get(0));
        assertThat(refitted.changes())
                .filteredOn(change -> change.what().equals("features"))
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.name()).isEqualTo("fittedAt");
                    assertThat(change.before()).contains("1");
                    assertThat(change.after()).contains("3");
                });
    }

    /** Between a version and the next. */
    private static Diff.Result diff(long before) {
        Lake lake = dataset.lake();
        return Diff.of(
                        lake,
                        lake.version(String.valueOf(before)),
                        lake.version(String.valueOf(before + 1)),
                        Diff.Rows.COUNTED,
                        Diff.Drifts.NOT_MEASURED,
                        Progress.SILENT)
                .execute();
    }

    @Test
    @Order(3)
    void drift_is_measured_from_the_last_fit_and_adds_up_over_batches() {
        for (long batch = 4; batch <= 5; batch++) {
            dataset.drop(batch + ".csv", csv(batch * 1_000, batch * 1_000 + 130, id -> 1_000 + id % 100));
            assertThat(dataset.run().because()).isEmpty();
            assertThat(drift().get("reason").asText()).startsWith("train drifted since version 3 by 0.");
            assertThat(rowsCounted())
                    .isEqualTo(latest().table("train").orElseThrow().rows());
        }
        assertThat(model().fittedAt()).isEqualTo(3);
        replays(5);
    }

    @Test
    @Order(4)
    void what_cannot_be_measured_is_taken_for_drift() {
        dataset.change("refit: on-drift\n  drift: 0.2", "refit: never");
        dataset.drop("6.csv", csv(6_000, 6_010, id -> 5));
        assertThat(dataset.run().because()).isEmpty();
        assertThat(drift().isMissingNode()).isTrue();
        dataset.change("refit: never", "refit: on-drift\n  drift: 0.2");
        dataset.drop("7.csv", csv(7_000, 7_010, id -> 5));
        assertThat(dataset.run().because())
                .isEqualTo(
                        List.of(
                                "features.refit: on-drift: how far train drifted since version 3 cannot be measured: features.refit was not on-drift in version 6"));
        assertThat(model().fittedAt()).isEqualTo(7);
    }

    @Test
    @Order(5)
    void diff_names_the_step_that_changed_and_not_its_fit() {
        dataset.change("scale: {columns: [amount]}", "scale: {columns: [amount], suffix: _z}");
        assertThat(dataset.run().because()).containsExactly("the feature steps changed");
        Diff.Result diff = diff(7);
        assertThat(diff.causes()).extracting(Diff.Cause::kind).containsExactly(Diff.Kind.CHANGED_FEATURES);
        assertThat(diff.changes()).singleElement().satisfies(change -> {
            assertThat(change.what()).isEqualTo("features");
            assertThat(change.name()).isEqualTo("1");
            assertThat(change.after())
                    .hasValueSatisfying(step -> assertThat(step).contains("_z"));
        });
    }
}
