package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.lakeproof.jobs.Diff.Change;
import io.lakeproof.jobs.Diff.Kind;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.ingest.Arrivals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What differs between two versions, and why. */
class DiffTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void begin() {
        dataset = TestDataset.in(dir);
    }

    private Diff.Result diff(String before, String after) {
        return diff(before, after, Diff.Rows.COUNTED);
    }

    private Diff.Result diff(String before, String after, Diff.Rows rows) {
        Lake lake = dataset.lake();
        Diff.Drifts drifts = rows == Diff.Rows.COUNTED ? Diff.Drifts.NOT_MEASURED : Diff.Drifts.MEASURED;
        return Diff.of(lake, lake.version(before), lake.version(after), rows, drifts, Progress.SILENT)
                .execute();
    }

    /** As {@code what name: before -> after because version kind}, files by their last name. */
    private static List<String> changes(Diff.Result result) {
        return result.changes().stream().map(DiffTest::text).toList();
    }

    private static String text(Change change) {
        return change.what() + " " + change.name().replaceFirst(".*/", "") + ": "
                + change.before().orElse("none") + " -> " + change.after().orElse("none") + " because "
                + change.causes().stream()
                        .map(cause -> cause.version() + " " + cause.kind().text())
                        .toList();
    }

    private static List<Kind> causes(Diff.Part part) {
        return part.causes().stream().map(Diff.Cause::kind).toList();
    }

    private static Diff.Part part(Diff.Result result, String name) {
        return result.parts().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static long added(Diff.Result result) {
        return result.parts().stream().mapToLong(Diff.Part::added).sum();
    }

    private static long removed(Diff.Result result) {
        return result.parts().stream().mapToLong(Diff.Part::removed).sum();
    }

    @Tag("ci")
    @Test
    void appended_rows_are_counted_without_reading_any() throws IOException {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.drop("b.csv", csv(200, 250)).run();
        dataset.drop("c.csv", csv(300, 310) + "310,-1,low\n").run();
        Files.move(dir.resolve("lake/train"), dir.resolve("away"));

        Diff.Result result = diff("1", "latest");

        assertThat(changes(result))
                .containsExactly(
                        "files b.csv: none -> 50 rows because [2 new file]",
                        "files c.csv: none -> 11 rows because [3 new file]");
        assertThat(added(result)).isEqualTo(60);
        assertThat(removed(result)).isZero();
        assertThat(causes(part(result, "train"))).containsExactly(Kind.NEW_FILE, Kind.NEW_FILE);
        Lake lake = dataset.lake();
        assertThatThrownBy(() -> Diff.of(
                                lake,
                                lake.version("1"),
                                lake.version("2"),
                                Diff.Rows.COUNTED,
                                Diff.Drifts.MEASURED,
                                Progress.SILENT)
                        .execute())
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("/lake/train is gone");
    }

    @Tag("long")
    @Test
    void a_version_does_not_differ_from_itself_and_the_earlier_one_comes_first() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.drop("b.csv", csv(200, 250)).run();
        assertThat(diff("2", "latest").empty()).isTrue();
        assertThatThrownBy(() -> diff("latest", "1"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessage("version 2 is later than version 1: write the earlier one first.");
    }

    @Test
    void a_withdrawn_file_takes_its_rows_along_and_its_reason_is_told() {
        dataset.drop("a.csv", csv(0, 100)).drop("b.csv", csv(200, 250)).run();
        Withdraw.of(dataset.lake(), "b.csv", "sent twice", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();

        Diff.Result result = diff("1", "2", Diff.Rows.WITH_KEYS);

        assertThat(changes(result)).containsExactly("files b.csv: 50 rows -> none because [2 withdrawn file]");
        assertThat(result.causes())
                .singleElement()
                .extracting(Diff.Cause::detail)
                .asString()
                .endsWith("b.csv, because sent twice");
        assertThat(added(result)).isZero();
        assertThat(removed(result)).isEqualTo(50);
        assertThat(part(result, "train").keysRemoved())
                .hasSize(Diff.KEYS)
                .allMatch(key -> Long.parseLong(key) >= 200)
                .isSortedAccordingTo(Comparator.comparing(Long::parseLong));
        assertThat(part(result, "train").keysAdded()).isEmpty();
        // Half of the amounts were those of the file; the key tells rows apart and drifts with every file.
        assertThat(part(result, "train").drifts())
                .extracting(Drift::column)
                .containsExactlyInAnyOrder("amount", "note");
        assertThat(part(result, "train").drifts().stream()
                        .filter(drift -> drift.column().equals("amount"))
                        .map(Drift::distance))
                .allMatch(distance -> distance > 0.05 && distance < 0.35);
        assertThat(part(diff("1", "2"), "train").drifts()).isEmpty();
    }

    @Tag("long")
    @Test
    void a_replaced_file_leaves_and_comes() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.drop("a.csv", csv(0, 90) + "200,1,new\n").run();

        Diff.Result result = diff("1", "2");

        assertThat(changes(result))
                .containsExactly(
                        "files a.csv: 100 rows -> none because [2 replaced file]",
                        "files a.csv: none -> 91 rows because [2 replaced file]");
        assertThat(added(result)).isEqualTo(1);
        assertThat(removed(result)).isEqualTo(10);
    }

    @Tag("long")
    @Test
    void repeated_rows_count_and_so_do_nulls() {
        dataset.change("  format: csv", "  format: csv\n  load: snapshot");
        dataset.change("\"amount\" >= 0", "\"amount\" in [NULL, 1]");
        dataset.drop("a.csv", "id,amount,note\n1,1,x\n1,1,x\n1,1,x\n2,,\n").run();
        dataset.drop("b.csv", "id,amount,note\n1,1,x\n2,,\n2,,\n").run();

        Diff.Result result = diff("1", "2", Diff.Rows.WITH_KEYS);

        assertThat(added(result)).isEqualTo(1);
        assertThat(removed(result)).isEqualTo(2);
        assertThat(result.parts().stream().flatMap(part -> part.keysAdded().stream()))
                .containsExactly("2");
        assertThat(result.parts().stream().flatMap(part -> part.keysRemoved().stream()))
                .containsExactly("1");
        assertThat(result.causes()).extracting(Diff.Cause::kind).containsOnly(Kind.NEW_SNAPSHOT);
    }

    @Tag("ci")
    @Test
    void changed_rules_are_told_one_by_one_with_what_they_measured() {
        dataset.change(
                "rules:\n",
                "rules:\n  dataset: [RowCount > 10, 'Completeness \"note\" > 0.5']\n  max-quarantined: 90%\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("\"amount\" >= 0", "\"amount\" < 50");
        dataset.change("RowCount > 10, ", "");
        dataset.change("max-quarantined: 90%", "max-quarantined: 80%");
        dataset.change("'Completeness", "'Mean \"amount\" > 1', 'Completeness").run();

        Diff.Result result = diff("1", "2");

        assertThat(changes(result))
                .containsExactly(
                        "rules rows: ColumnValues \"amount\" >= 0 -> ColumnValues \"amount\" < 50 because [2 changed rule]",
                        "rules dataset: RowCount > 10 -> none because [2 changed rule]",
                        "rules dataset: none -> Mean \"amount\" > 1 because [2 changed rule]",
                        "rules max-quarantined: 90% -> 80% because [2 changed rule]");
        assertThat(removed(result)).isEqualTo(50);
        assertThat(causes(part(result, "train"))).containsExactly(Kind.CHANGED_RULE);
        assertThat(result.measures())
                .filteredOn(measure -> measure.level().equals("dataset"))
                .extracting(Diff.Measure::rule, Diff.Measure::before, Diff.Measure::after)
                .containsExactlyInAnyOrder(
                        tuple("RowCount > 10", Optional.of("100"), Optional.empty()),
                        tuple("Mean \"amount\" > 1", Optional.empty(), Optional.of("24.5")));
    }

    @Tag("long")
    @Test
    void changed_transforms_and_contract_are_told_and_rows_compared_by_what_both_have() {
        dataset.change("split:\n", "transforms:\n  - filter: amount <> 7\n  - drop: note\nsplit:\n");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("amount <> 7", "amount <> 8");
        dataset.change("  - drop: note\n", "  - derive: {double: amount * 2}\n").run();
        dataset.change("note STRING", "note STRING, extra INT").run();

        Diff.Result result = diff("1", "3");

        assertThat(changes(result))
                .containsExactly(
                        "contract extra: none -> INT because [3 changed contract]",
                        "transforms 2: drop {\"columns\":[\"note\"]} -> none because [2 changed transform]",
                        "transforms 1: filter {\"where\":\"amount <> 7\"} -> filter {\"where\":\"amount <> 8\"} because [2 changed transform]",
                        "transforms 2: none -> derive {\"columns\":{\"double\":\"amount * 2\"}} because [2 changed transform]");
        assertThat(added(result)).isEqualTo(1);
        assertThat(removed(result)).isEqualTo(1);
        assertThat(part(result, "train").columnsAdded()).containsExactlyInAnyOrder("note", "extra", "double");
        assertThat(part(result, "train").columnsRemoved()).isEmpty();
    }

    @Tag("long")
    @Test
    void a_changed_split_moves_rows_and_its_parts_may_have_other_names() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("seed: 7", "seed: 8").run();
        dataset.change("{train: 60, test: 40}", "{train: 60, holdout: 40}").run();
        dataset.change("{train: 60, holdout: 40}", "{holdout: 40, train: 60}").run();

        Diff.Result seed = diff("1", "2");
        assertThat(changes(seed)).containsExactly("split seed: 7 -> 8 because [2 changed split]");
        assertThat(added(seed)).isEqualTo(removed(seed)).isPositive();
        assertThat(causes(part(seed, "train"))).containsExactly(Kind.CHANGED_SPLIT);

        Diff.Result names = diff("2", "3");
        assertThat(changes(names))
                .containsExactly(
                        "split parts: {\"test\":40,\"train\":60} -> {\"holdout\":40,\"train\":60} because [3 changed split]");
        assertThat(part(names, "test").removed())
                .isEqualTo(part(names, "holdout").added());
        assertThat(part(names, "train").changed()).isFalse();
        assertThat(part(names, "train").causes()).isEmpty();

        assertThat(diff("3", "4").changes())
                .singleElement()
                .extracting(Change::name)
                .isEqualTo("order of the parts");
    }

    @Tag("long")
    @Test
    void other_source_options_read_the_same_files_again() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("  format: csv", "  format: csv\n  null-values: [n5]").run();

        Diff.Result result = diff("1", "2");

        assertThat(changes(result))
                .containsExactly("source null-values: none -> [\"n5\"] because [2 changed source options]");
        assertThat(added(result)).isEqualTo(1);
        assertThat(removed(result)).isEqualTo(1);
        assertThat(result.causes()).extracting(Diff.Cause::kind).containsExactly(Kind.CHANGED_SOURCE_OPTIONS);
    }

    @Tag("long")
    @Test
    void other_code_and_another_runtime_are_told() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("seed: 7", "seed: 8").run();
        dataset.lake()
                .spark()
                .sql("UPDATE delta.`" + dir.resolve("lake/lineage/versions")
                        + "` SET record = replace(replace(record, '\"spark\":\"3.5.7\"', '\"spark\":\"3.4.1\"'), "
                        + "'\"jarSha256\":null', '\"jarSha256\":\"abc\"') WHERE version = 1");

        Diff.Result result = diff("1", "2");

        assertThat(changes(result))
                .contains(
                        "code jarSha256: abc -> none because [2 changed code]",
                        "runtime spark: 3.4.1 -> 3.5.7 because [2 changed runtime]");
        assertThat(causes(part(result, "train")))
                .containsExactly(Kind.CHANGED_SPLIT, Kind.CHANGED_CODE, Kind.CHANGED_RUNTIME);
    }

    @Tag("long")
    @Test
    void odd_column_names_and_maps_are_compared_too() throws IOException {
        dataset.change("format: csv", "format: json\n  load: snapshot");
        dataset.change(
                "schema: id BIGINT NOT NULL, amount INT, note STRING",
                "schema: id BIGINT NOT NULL, amount INT, `a.b $c` STRING, n STRING, m MAP<STRING, INT>");
        dataset.change("key: id", "key: [id, a.b $c]");
        dataset.drop("a.json", "{\"id\":1,\"amount\":1,\"a.b $c\":\"x\",\"n\":\"y\",\"m\":{\"k\":1}}\n")
                .run();
        dataset.drop("b.json", "{\"id\":1,\"amount\":1,\"a.b $c\":\"x\",\"n\":\"y\",\"m\":{\"k\":2}}\n")
                .run();

        Diff.Result result = diff("1", "2", Diff.Rows.WITH_KEYS);

        assertThat(added(result)).isEqualTo(1);
        assertThat(removed(result)).isEqualTo(1);
        assertThat(result.parts().stream().flatMap(part -> part.keysAdded().stream()))
                .containsExactly("1, x");
    }
}
