package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.tables.DeltaTable;
import io.lakeproof.jobs.Run.Status;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a source file that is there again, changed, gone or withdrawn does to the dataset. */
class ChangedFilesTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
    }

    /** It looks new, and its rows would be there twice, in a version that is signed. */
    @Test
    void a_file_that_somebody_took_off_the_ledger_is_not_taken_twice() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("b.csv", csv(10, 20)).run();
        String ledger = dir.resolve("lake/lineage/files").toString();
        DeltaTable.forPath(LocalSpark.session(), ledger).delete("path LIKE '%a.csv'");
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.Unverified.class)
                .hasMessageContaining("somebody else wrote to lineage/files")
                .hasMessageContaining("ledger row missing: version 1")
                .hasMessageContaining("a.csv");
        DeltaTable.forPath(LocalSpark.session(), ledger).restoreToVersion(1);
        assertThat(dataset.drop("c.csv", csv(20, 30)).run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("3")).hasSize(30).doesNotHaveDuplicates();
    }

    @Test
    void a_renamed_copy_of_a_known_file_is_not_taken_twice() {
        dataset.drop("a.csv", csv(0, 10)).run();
        Run.Result result = dataset.drop("copy.csv", csv(0, 10)).run();
        assertThat(result.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(result.notes())
                .singleElement()
                .asString()
                .contains("copy.csv is a copy of")
                .contains("on-copy");
        assertThat(dataset.run().notes()).isEmpty();
    }

    /** Otherwise the rows would keep the labels that somebody corrected, without a word. */
    @ParameterizedTest
    @ValueSource(strings = {"wait", "replace", "add"})
    void labels_belong_to_their_images_whatever_other_labels_are_the_same_bytes(String onChanged) throws IOException {
        dataset.spec(
                """
                name: pictures
                source: {path: 'landing/*', format: idx, on-changed: %s}
                tables: {root: lake}
                split: {key: [path, index], seed: 1, parts: {train: 50, test: 50}}
                """
                        .formatted(onChanged));
        idx("a-images-idx3-ubyte", 0x803, new int[] {2, 1, 1}, 1, 2);
        idx("a-labels-idx1-ubyte", 0x801, new int[] {2}, 7, 7);
        idx("b-images-idx3-ubyte", 0x803, new int[] {2, 1, 1}, 3, 4);
        idx("b-labels-idx1-ubyte", 0x801, new int[] {2}, 7, 7);
        Run.Result first = dataset.run();
        assertThat(first.status()).isEqualTo(Status.PUBLISHED);
        assertThat(first.notes()).noneMatch(note -> note.contains("copy"));
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        for (String corrected : new String[] {"a-labels-idx1-ubyte", "b-labels-idx1-ubyte"}) {
            idx(corrected, 0x801, new int[] {2}, 8, 9);
        }
        Run.Result second = dataset.run();
        assertThat(second.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(second.notes())
                .hasSize(2)
                .allMatch(
                        note -> note.contains("holds labels that changed after their images were taken in, and waits"));
        idx("a-images-idx3-ubyte", 0x803, new int[] {2, 1, 1}, 5, 6);
        Run.Result third = dataset.run();
        assertThat(third.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(third.notes())
                .hasSize(3)
                .anyMatch(note -> note.endsWith("a-images-idx3-ubyte waits: its labels do"));
    }

    /** A version of no rows is what labels alone would make, and a training on nothing. */
    @Test
    void labels_wait_for_their_images_and_are_a_copy_when_those_are() throws IOException {
        dataset.spec(
                """
                name: pictures
                source: {path: 'landing/*', format: idx}
                tables: {root: lake}
                split: {key: [path, index], seed: 1, parts: {train: 50, test: 50}}
                """);
        idx("a-labels-idx1-ubyte", 0x801, new int[] {2}, 7, 7);
        Run.Result alone = dataset.run();
        assertThat(alone.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(alone.notes())
                .singleElement()
                .asString()
                .endsWith("waits: it holds labels, and their images are not taken with them");
        idx("a-images-idx3-ubyte", 0x803, new int[] {2, 1, 1}, 1, 2);
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        idx("b-images-idx3-ubyte", 0x803, new int[] {2, 1, 1}, 1, 2);
        idx("b-labels-idx1-ubyte", 0x801, new int[] {2}, 7, 7);
        Run.Result again = dataset.run();
        assertThat(again.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(again.notes()).singleElement().asString().contains("is a copy of");
        assertThat(dataset.run().notes()).isEmpty();
    }

    private void idx(String name, int magic, int[] sizes, int... values) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(4 + 4 * sizes.length + values.length).putInt(magic);
        IntStream.of(sizes).forEach(bytes::putInt);
        IntStream.of(values).forEach(value -> bytes.put((byte) value));
        Files.createDirectories(dir.resolve("landing"));
        Files.write(dir.resolve("landing").resolve(name), bytes.array());
    }

    @Test
    void a_copy_is_taken_once_its_content_is_not_held_any_more() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.drop("a.csv", csv(0, 3))
                .drop("b.csv", csv(0, 3))
                .drop("z.csv", csv(9, 10))
                .run();
        assertThat(dataset.ids("1")).containsExactly(0L, 1L, 2L, 9L);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        dataset.drop("a.csv", csv(50, 51)).run();
        assertThat(dataset.ids("2")).containsExactly(0L, 1L, 2L, 9L, 50L);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_copy_of_a_rejected_file_is_taken_when_that_one_goes() throws Exception {
        dataset.change("rules:", "rules:\n  batch: [RowCount > 3]");
        dataset.drop("a.csv", csv(0, 3)).drop("b.csv", csv(0, 3));
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
        assertThat(dataset.run().status()).isNotEqualTo(Status.PUBLISHED);
        dataset.remove("a.csv").change("RowCount > 3", "RowCount > 2");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).containsExactly(0L, 1L, 2L);
    }

    @Test
    void a_name_that_several_files_have_withdraws_none() {
        dataset.drop("jan/part.csv", csv(0, 3)).drop("feb/part.csv", csv(3, 6)).run();
        assertThatThrownBy(() -> dataset.withdraw("part.csv"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("'part.csv' names 2 files: ");
        assertThat(dataset.withdraw("feb/part.csv").version()).isEqualTo(2);
        assertThat(dataset.ids("2")).containsExactly(0L, 1L, 2L);
    }

    @Test
    void a_snapshot_is_not_withdrawn_to_nothing() {
        dataset.change("  format: csv", "  format: csv\n  load: snapshot");
        dataset.drop("a.csv", csv(0, 3)).run();
        dataset.drop("b.csv", csv(3, 4)).run();
        assertThatThrownBy(() -> dataset.withdraw("2"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("drop the earlier file again");
        dataset.drop("c.csv", csv(0, 3)).run();
        assertThat(dataset.ids("3")).isEqualTo(dataset.ids("1"));
    }

    @Tag("long")
    @Test
    void a_copy_is_taken_when_the_spec_says_so() {
        dataset.change("  format: csv", "  format: csv\n  on-copy: take");
        dataset.drop("a.csv", csv(0, 10)).drop("copy.csv", csv(0, 10)).run();
        assertThat(dataset.ids("1")).hasSize(20);
    }

    @Test
    void a_file_overwritten_with_other_content_waits_and_is_reported_every_time() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", csv(0, 20));
        for (int i = 0; i < 2; i++) {
            Run.Result result = dataset.run();
            assertThat(result.status()).isEqualTo(Status.NOTHING_NEW);
            assertThat(result.notes()).singleElement().asString().contains("changed after it was taken in");
        }
    }

    @Test
    void a_changed_file_replaces_its_old_rows_when_the_spec_says_so() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.drop("a.csv", csv(0, 10)).drop("b.csv", csv(10, 20)).run();
        Run.Result result = dataset.drop("a.csv", csv(100, 105)).run();
        assertThat(result.version()).isEqualTo(2);
        assertThat(result.because()).contains("rows leave the dataset");
        assertThat(dataset.ids("2"))
                .isEqualTo(LongStream.concat(LongStream.range(10, 20), LongStream.range(100, 105))
                        .boxed()
                        .toList());
        assertThat(dataset.ids("1")).isEqualTo(LongStream.range(0, 20).boxed().toList());
    }

    @Tag("long")
    @Test
    void a_file_renamed_while_its_name_gets_other_content_is_no_copy_of_what_is_replaced() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.drop("current.csv", csv(0, 2)).drop("other.csv", csv(10, 12)).run();
        dataset.drop("current.csv", csv(20, 22)).drop("current-1.csv", csv(0, 2));
        assertThat(dataset.run().version()).isEqualTo(2);
        assertThat(dataset.ids("2")).containsExactly(0L, 1L, 10L, 11L, 20L, 21L);

        dataset.drop("again.csv", csv(0, 2)).run();
        dataset.withdraw("other.csv");
        assertThat(dataset.drop("delivered-again.csv", csv(10, 12)).run().status())
                .isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("latest")).containsExactly(0L, 1L, 10L, 11L, 20L, 21L);

        dataset.drop("current.csv", csv(0, 2))
                .drop("current-1.csv", csv(20, 22))
                .run();
        assertThat(dataset.ids("latest")).containsExactly(0L, 1L, 10L, 11L, 20L, 21L);
        // What the path held twice it holds no more; again.csv still does.
        dataset.drop("current.csv", csv(30, 31))
                .drop("current-1.csv", csv(40, 41))
                .run();
        assertThat(dataset.ids("latest")).containsExactly(0L, 1L, 10L, 11L, 30L, 40L);
        dataset.drop("late.csv", csv(20, 22)).run();
        assertThat(dataset.ids("latest")).containsExactly(0L, 1L, 10L, 11L, 20L, 21L, 30L, 40L);
    }

    @Tag("long")
    @Test
    void a_changed_file_is_taken_as_well_when_the_spec_says_so() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: add");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", csv(100, 105)).run();
        assertThat(dataset.ids("2"))
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(100, 105))
                        .boxed()
                        .toList());
    }

    @Test
    void a_touched_file_is_known_by_its_content() {
        dataset.drop("a.csv", csv(0, 10)).run();
        assertThat(dataset.drop("a.csv", csv(0, 10)).run().status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(dataset.run().notes()).isEmpty();
    }

    @Tag("long")
    @Test
    void a_file_is_taken_whatever_its_time() throws Exception {
        dataset.drop("a.csv", csv(0, 10)).run();
        FileTime known = Files.getLastModifiedTime(dir.resolve("landing/a.csv"));
        dataset.drop("same.csv", csv(10, 20)).drop("older.csv", csv(20, 30));
        Files.setLastModifiedTime(dir.resolve("landing/same.csv"), known);
        Files.setLastModifiedTime(dir.resolve("landing/older.csv"), FileTime.fromMillis(known.toMillis() - 86_400_000));
        assertThat(dataset.run().rowsIn()).isEqualTo(20);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 30).boxed().toList());
    }

    @Tag("long")
    @Test
    void content_that_only_a_waiting_file_has_is_taken_from_a_copy_of_it() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", csv(10, 20)).drop("c.csv", csv(10, 20));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).hasSize(20);
    }

    @Tag("long")
    @Test
    void content_that_a_file_had_before_is_added_once() {
        dataset.change("format: csv", "format: csv\n  on-changed: add");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", csv(10, 20)).run();
        assertThat(dataset.ids("2")).hasSize(20);
        assertThat(dataset.drop("a.csv", csv(0, 10)).run().status()).isEqualTo(Status.NOTHING_NEW);
        // What it held before lies nowhere any more, so it cannot be read otherwise.
        dataset.change("amount INT", "amount BIGINT");
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("a.csv as it was before it changed");
    }

    @Tag("long")
    @Test
    void replacing_a_file_under_upsert_brings_back_the_row_that_had_tied_with_one_of_its_rows() {
        dataset.change("format: csv", "format: csv\n  on-changed: replace\n  load: upsert\n  upsert: {key: [id]}");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n")
                .drop("b.csv", "id,amount,note\n1,2,b\n2,2,c\n")
                .run();
        assertThat(dataset.ids("1")).containsExactly(2L);
        dataset.drop("b.csv", "id,amount,note\n2,2,c\n");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).containsExactly(1L, 2L);
    }

    @Test
    void a_withdrawn_file_leaves_the_next_version_and_stays_in_the_old_one() {
        dataset.drop("a.csv", csv(0, 10)).drop("b.csv", csv(10, 20)).run();
        Run.Result result = Withdraw.of(
                        dataset.lake(), "b.csv", "sent by mistake", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();
        assertThat(result.version()).isEqualTo(2);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 10).boxed().toList());
        assertThat(dataset.ids("1")).hasSize(20);
        Run.Result again = dataset.run();
        assertThat(again.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(again.notes()).singleElement().asString().contains("b.csv waits: it was withdrawn");
        assertThat(dataset.version("2").record()).contains("sent by mistake");
    }

    /** Version 1 holds a.csv; a changed a.csv and b.csv were rejected together. */
    private void rejectAChangedFile() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.change("rules:\n", "rules:\n  batch: ['Sum \"amount\" < 100']\n");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", "id,amount,note\n0,500,n\n").drop("b.csv", csv(20, 23));
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
    }

    @Tag("long")
    @Test
    void withdrawing_the_changed_file_of_a_rejected_batch_lets_the_others_go_on() {
        rejectAChangedFile();
        Run.Result withdrawn = dataset.withdraw("a.csv");
        assertThat(withdrawn.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(withdrawn.notes()).anyMatch(note -> note.contains("waited with other content"));
        assertThat(dataset.plan().files()).hasSize(1);
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2"))
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(20, 23))
                        .boxed()
                        .toList());
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Tag("long")
    @Test
    void what_was_published_of_a_file_is_known_after_its_waiting_content_was_withdrawn() {
        rejectAChangedFile();
        dataset.withdraw("a.csv");
        dataset.drop("a.csv", csv(30, 31));
        assertThat(dataset.run().because()).contains("rows leave the dataset");
        assertThat(dataset.ids("2")).containsExactly(20L, 21L, 22L, 30L);
        dataset.drop("a.csv", "id,amount,note\n0,500,n\n");
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
        dataset.withdraw("a.csv");
        assertThat(dataset.withdraw("a.csv").version()).isEqualTo(3);
        assertThat(dataset.ids("3")).containsExactly(20L, 21L, 22L);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void published_files_leave_the_landing_when_the_spec_says_so() {
        dataset.change("  format: csv", "  format: csv\n  after: archive");
        dataset.drop("a.csv", csv(0, 10)).drop("sub/b.csv", csv(10, 20)).run();
        assertThat(dir.resolve("landing/_archive/a.csv")).exists();
        assertThat(dir.resolve("landing/_archive/sub/b.csv")).exists();
        assertThat(dir.resolve("landing/a.csv")).doesNotExist();
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        Run.Result again = dataset.drop("a.csv", csv(0, 10)).run();
        assertThat(again.status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Tag("long")
    @Test
    void rows_that_a_run_replaced_and_never_published_come_back() {
        dataset.drop("a.csv", csv(0, 10)).run();
        Lake lake = dataset.lake();
        lake.raw().replace(lake.raw().head().limit(1), Stamp.of("claims", "killed"));
        dataset.change("split:\n", "transforms:\n  - deduplicate: {by: [id]}\nsplit:\n");
        dataset.drop("b.csv", csv(10, 20)).run();
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 20).boxed().toList());
    }
}
