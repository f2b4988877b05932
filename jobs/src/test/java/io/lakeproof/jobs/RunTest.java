package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From dropped files to a published version, and what happens when they come again. */
class RunTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
    }

    @Test
    void a_dropped_file_becomes_version_1() {
        dataset.drop("a.csv", csv(0, 100) + "100,-5,negative\n101,x,no number\n");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(result.version()).isEqualTo(1);
        assertThat(result.rowsIn()).isEqualTo(102);
        assertThat(result.rowsQuarantined()).isEqualTo(2);
        assertThat(dataset.ids("1")).isEqualTo(LongStream.range(0, 100).boxed().toList());
        assertThat(dataset.rows("1", "quarantine")
                        .orderBy("kind")
                        .select("kind", "column", "value", "text")
                        .collectAsList())
                .extracting(Row::toString)
                .containsExactly(
                        "[row,amount,x,101,x,no number]",
                        "[rule,amount,-5,{\"id\":100,\"amount\":-5,\"note\":\"negative\"}]");
        assertThat(dataset.lake().ledger().all()).singleElement().satisfies(entry -> {
            assertThat(entry.path()).endsWith("/landing/a.csv");
            assertThat(entry.rows()).isEqualTo(101);
            assertThat(entry.unreadable()).isEqualTo(1);
            assertThat(entry.version()).isEqualTo(1);
        });
    }

    @Test
    void a_run_with_nothing_new_does_nothing_and_says_so() {
        dataset.drop("a.csv", csv(0, 10)).run();
        Run.Result again = dataset.run();
        assertThat(again.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(again.version()).isEqualTo(1);
        assertThat(dataset.lake().table("train").newest()).isZero();
    }

    @Test
    void a_second_file_makes_version_2_with_only_its_rows_added_and_version_1_still_reads_the_same() {
        dataset.drop("a.csv", csv(0, 50)).run();
        List<Long> before = dataset.ids("1");
        Run.Result second = dataset.drop("b.csv", csv(50, 80)).run();
        assertThat(second.version()).isEqualTo(2);
        assertThat(second.because()).isEmpty();
        assertThat(second.rowsIn()).isEqualTo(30);
        assertThat(dataset.ids("1")).isEqualTo(before);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 80).boxed().toList());
        assertThat(dataset.lake().table("train").commitsSince(0).get(0).rows()).isLessThan(30);
    }

    @Test
    void the_fingerprint_of_appended_batches_is_that_of_the_rows_they_make_together() {
        dataset.drop("a.csv", csv(0, 50)).run();
        Run.Result result = dataset.drop("b.csv", csv(50, 80) + "90,-1,bad\n").run();
        for (TableVersion table : result.tables()) {
            if (dataset.lake().parts().contains(table.name())) {
                assertThat(Fingerprint.of(dataset.rows("2", table.name())).text())
                        .isEqualTo(table.fingerprint());
            }
            assertThat(dataset.rows("2", table.name()).count()).isEqualTo(table.rows());
        }
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

    @Test
    void a_snapshot_replaces_all_and_the_old_version_stays() {
        dataset.change("  format: csv", "  format: csv\n  load: snapshot");
        dataset.drop("monday.csv", csv(0, 10)).run();
        dataset.drop("tuesday.csv", csv(5, 12)).run();
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(5, 12).boxed().toList());
        assertThat(dataset.ids("1")).isEqualTo(LongStream.range(0, 10).boxed().toList());
        dataset.drop("wednesday.csv", csv(0, 10)).run();
        assertThat(dataset.ids("3")).isEqualTo(LongStream.range(0, 10).boxed().toList());
        assertThat(dataset.version("3").table("train").orElseThrow().fingerprint())
                .isEqualTo(dataset.version("1").table("train").orElseThrow().fingerprint());
    }

    @Test
    void an_upsert_keeps_the_last_arrival_of_each_key_and_quarantines_ties() {
        dataset.change("  format: csv", "  format: csv\n  load: upsert\n  upsert: {key: [id]}");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n2,2,a\n3,3,a\n").run();
        Run.Result result = dataset.drop("b.csv", "id,amount,note\n2,20,b\n3,30,b\n3,31,b\n4,4,b\n4,4,b\n")
                .run();
        assertThat(result.rowsQuarantined()).isEqualTo(2);
        assertThat(dataset.rows("2", "train")
                        .unionByName(dataset.rows("2", "test"))
                        .orderBy("id")
                        .collectAsList())
                .extracting(Row::toString)
                .containsExactly("[1,1,a]", "[2,20,b]", "[3,3,a]", "[4,4,b]");
    }

    @Test
    void an_upsert_can_order_by_a_column_and_delete() {
        dataset.change(
                "  format: csv",
                "  format: csv\n  load: upsert\n  upsert: {key: [id], order-by: [amount], delete-when: note = 'gone'}");
        dataset.drop("a.csv", "id,amount,note\n1,5,newer\n2,2,a\n").run();
        dataset.drop("b.csv", "id,amount,note\n1,4,older\n2,3,gone\n").run();
        assertThat(dataset.rows("2", "train")
                        .unionByName(dataset.rows("2", "test"))
                        .collectAsList())
                .extracting(Row::toString)
                .containsExactly("[1,5,newer]");
    }

    @Test
    void a_broken_batch_rule_rejects_the_batch_and_nothing_is_published() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        Run.Result result = dataset.drop("a.csv", csv(0, 3)).run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.failures())
                .singleElement()
                .asString()
                .contains("RowCount > 5")
                .contains("3");
        assertThat(dataset.lake().versions().latest()).isEmpty();
        assertThat(dataset.lake().ledger().all()).isEmpty();
    }

    @Test
    void a_rejected_batch_waits_while_later_files_go_on() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        Run.Result waiting = dataset.run();
        assertThat(waiting.status()).isEqualTo(Status.REJECTED);
        assertThat(waiting.rowsIn()).isZero();
        Run.Result next = dataset.drop("b.csv", csv(10, 20)).run();
        assertThat(next.status()).isEqualTo(Status.PUBLISHED);
        assertThat(next.notes()).anyMatch(note -> note.contains("waits, rejected"));
        assertThat(dataset.ids("1")).isEqualTo(LongStream.range(10, 20).boxed().toList());
    }

    @Test
    void a_rejected_batch_is_taken_once_its_rule_is_changed() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        dataset.change("RowCount > 5", "RowCount > 2");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).isEqualTo(List.of(0L, 1L, 2L));
    }

    @Test
    void a_rejected_batch_is_taken_once_its_file_is_replaced() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        dataset.drop("a.csv", csv(0, 7));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).hasSize(7);
    }

    @Test
    void removing_the_rejected_file_or_withdrawing_it_ends_the_wait() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        Withdraw.of(dataset.lake(), "a.csv", "a test", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        dataset.drop("b.csv", csv(0, 2)).run();
        assertThat(dataset.remove("b.csv").run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void trying_a_rejected_batch_again_joins_it_with_what_is_new() {
        dataset.change("rules:\n", "rules:\n  dataset: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        dataset.drop("b.csv", csv(3, 6));
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
        assertThat(dataset.run(Arrivals.Retry.ALWAYS).status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).hasSize(6);
    }

    @Test
    void too_many_quarantined_rows_reject_the_batch() {
        dataset.change("rules:\n", "rules:\n  max-quarantined: 10%\n");
        Run.Result result =
                dataset.drop("a.csv", csv(0, 8) + "8,-1,bad\n9,x,bad\n").run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.failures())
                .containsExactly(
                        "max-quarantined 10%: 2 of 10 rows (20%) are unreadable or broke a row rule; `lakeproof quarantine` shows why");
    }

    @Test
    void a_dataset_rule_sees_what_was_published_before() {
        dataset.change("rules:\n", "rules:\n  dataset: ['IsUnique \"id\"']\n");
        dataset.drop("a.csv", csv(0, 10)).run();
        Run.Result result = dataset.drop("b.csv", csv(9, 12)).run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.failures()).singleElement().asString().contains("IsUnique \"id\"");
        assertThat(dataset.ids("latest")).hasSize(10);
    }

    @Test
    void an_example_rule_sees_what_the_transforms_made() {
        dataset.change("split:\n", "transforms:\n  - derive: {double: amount * 2}\nsplit:\n");
        dataset.change("rules:\n", "rules:\n  examples: ['ColumnValues \"double\" < 100']\n");
        assertThat(dataset.drop("a.csv", csv(0, 50)).run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.drop("b.csv", csv(50, 60)).run().status()).isEqualTo(Status.REJECTED);
    }

    @Test
    void a_changed_rule_judges_every_row_again() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("\"amount\" >= 0", "\"amount\" < 50");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(result.because()).containsExactly("the rules changed");
        assertThat(result.rowsQuarantined()).isEqualTo(50);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 50).boxed().toList());
        assertThat(dataset.ids("1")).hasSize(100);
        assertThat(dataset.version("2").table("quarantine").orElseThrow().rows())
                .isEqualTo(50);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_changed_split_or_transform_rebuilds_from_raw() {
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.change("seed: 7", "seed: 8");
        assertThat(dataset.run().because()).containsExactly("the split changed");
        dataset.change("split:\n", "transforms:\n  - drop: note\nsplit:\n");
        assertThat(dataset.run().because()).containsExactly("the transforms changed");
        assertThat(dataset.rows("3", "train").columns()).containsExactly("id", "amount");
        assertThat(dataset.rows("1", "train").columns()).containsExactly("id", "amount", "note");
    }

    @Test
    void a_new_nullable_column_widens_raw_without_reading_files_again() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("note STRING", "note STRING, extra STRING").remove("a.csv");
        dataset.drop("b.csv", "id,amount,note,extra\n10,1,n,e\n").run();
        assertThat(dataset.ids("2")).hasSize(11);
        assertThat(dataset.lake().table("train").head().columns()).contains("extra");
    }

    @Test
    void a_changed_contract_reads_the_files_again() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("amount INT", "amount DOUBLE");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.rows("2", "train")
                        .schema()
                        .apply("amount")
                        .dataType()
                        .typeName())
                .isEqualTo("double");
        assertThat(dataset.ids("2")).hasSize(10);
        assertThat(dataset.ids("1")).hasSize(10);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_changed_contract_is_refused_when_files_are_gone() {
        dataset.drop("a.csv", csv(0, 10)).drop("b.csv", csv(10, 20)).run();
        dataset.change("amount INT", "amount DOUBLE").remove("a.csv");
        assertThatThrownBy(dataset::run).isInstanceOf(Failure.BadSpec.class).hasMessageContaining("a.csv");
    }

    @Test
    void a_transform_that_looks_at_several_rows_rebuilds_and_says_why() {
        dataset.change("split:\n", "transforms:\n  - deduplicate: {by: [id], order-by: [amount]}\nsplit:\n");
        dataset.drop("a.csv", csv(0, 10)).run();
        Run.Result result = dataset.drop("b.csv", csv(5, 12)).run();
        assertThat(result.because()).singleElement().asString().contains("deduplicate");
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 12).boxed().toList());
        assertThat(result.accounts())
                .anyMatch(account -> account.step().contains("deduplicate") && account.dropped() == 5);
    }

    @Test
    void every_row_is_accounted_for() {
        dataset.change("split:\n", "transforms:\n  - filter: id % 2 = 0\nsplit:\n");
        Run.Result result =
                dataset.drop("a.csv", csv(0, 100) + "100,-5,bad\nx,1,bad\n").run();
        assertThat(result.accounts())
                .extracting(Object::toString)
                .containsExactly(
                        "Account[step=read, in=102, quarantined=1, dropped=0, out=101]",
                        "Account[step=rules, in=101, quarantined=1, dropped=0, out=100]",
                        "Account[step=1 filter, in=100, quarantined=0, dropped=50, out=50]",
                        "Account[step=split, in=50, quarantined=0, dropped=0, out=50]");
        assertThat(Json.canonical(dataset.version("1").recordTree().get("accounts")))
                .isEqualTo(Json.canonical(Json.tree(result.accounts())));
    }

    @Test
    void a_row_that_breaks_two_rules_is_one_quarantined_row() {
        dataset.change("\"amount\" >= 0", "\"amount\" >= 0\n    - ColumnValues \"amount\" > -3");
        Run.Result result =
                dataset.drop("a.csv", csv(0, 10) + "10,-5,both\n11,-1,one\n").run();
        assertThat(result.rowsQuarantined()).isEqualTo(2);
        assertThat(dataset.rows("1", "quarantine").selectExpr("size(failures)").collectAsList())
                .extracting(row -> row.getInt(0))
                .containsExactlyInAnyOrder(2, 1);
    }

    @Test
    void a_null_split_key_is_an_error_that_says_how_many() {
        dataset.change("key: id", "key: note");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n2,1,\n3,1,\n");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.failures())
                .containsExactly(
                        "2 rows have no part: NULL in the split's [note]. Reject such rows by a rule, IsComplete, or fill them.");
        assertThat(dataset.lake().versions().latest()).isEmpty();
        // The batch waits for a repair, and is not read again until there is one.
        assertThat(dataset.lake().batches().rejected()).hasSize(1);
        assertThat(dataset.run().failures())
                .singleElement()
                .asString()
                .contains("waits, rejected (2 rows have no part");
        dataset.change("key: note", "key: id");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).containsExactly(1L, 2L, 3L);
    }

    @Test
    void a_changed_contract_is_refused_while_a_file_that_must_be_read_again_holds_other_content() {
        dataset.drop("a.csv", csv(0, 20)).drop("b.csv", csv(20, 30)).run();
        dataset.change("amount INT", "amount BIGINT").drop("a.csv", csv(100, 101));
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("1 hold other content than was taken in")
                .hasMessageContaining("a.csv");
        assertThat(dataset.ids("latest")).hasSize(30);
        dataset.drop("a.csv", csv(0, 20));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).hasSize(30);
    }

    @Test
    void content_that_only_a_waiting_file_has_is_taken_from_a_copy_of_it() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", csv(10, 20)).drop("c.csv", csv(10, 20));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).hasSize(20);
    }

    @Test
    void under_add_a_changed_contract_reads_every_file_again() {
        dataset.change("format: csv", "format: csv\n  on-changed: add");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("amount INT", "amount BIGINT");
        assertThat(dataset.run().notes()).isEmpty();
        assertThat(dataset.ids("2")).hasSize(10);
        assertThat(dataset.rows("2", "raw").schema().apply("amount").dataType().sql())
                .isEqualTo("BIGINT");
    }

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

    @Test
    void a_changed_contract_brings_no_earlier_snapshot_back() {
        dataset.change("format: csv", "format: csv\n  load: snapshot");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("b.csv", csv(10, 13)).run();
        dataset.change("amount INT", "amount BIGINT");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("3")).containsExactly(10L, 11L, 12L);
        dataset.change("amount BIGINT", "amount INT").drop("c.csv", csv(20, 22));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("4")).containsExactly(20L, 21L);
    }

    @Test
    void a_changed_contract_is_refused_where_the_order_of_arrival_counts() {
        dataset.change("format: csv", "format: csv\n  load: upsert\n  upsert: {key: [id]}");
        dataset.drop("a.csv", "id,amount,note\n1,1,a\n").run();
        dataset.drop("b.csv", "id,amount,note\n1,2,b\n").run();
        dataset.change("amount INT", "amount BIGINT");
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("source.upsert.order-by");
        dataset.change("{key: [id]}", "{key: [id], order-by: [amount]}");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.rows("latest", "train")
                        .unionByName(dataset.rows("latest", "test"))
                        .collectAsList())
                .extracting(row -> row.get(2))
                .containsExactly("b");
    }

    @Test
    void tables_of_another_dataset_are_never_written_to() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("name: claims", "name: policies").drop("b.csv", csv(10, 20));
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("the tables hold the dataset 'claims'");
    }

    @Test
    void a_lost_table_of_versions_is_told_and_nothing_is_begun_anew() throws IOException {
        dataset.drop("a.csv", csv(0, 10)).run();
        FileUtils.deleteDirectory(dataset.dir().resolve("lake/lineage/versions").toFile());
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("lineage/versions is gone");
    }

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
    void max_quarantined_is_the_share_of_all_rows_where_all_are_judged_again() {
        dataset.change("rules:\n", "rules:\n  max-quarantined: 20%\n");
        dataset.drop("a.csv", csv(0, 90)).run();
        dataset.change("\"amount\" >= 0", "\"amount\" >= 10").drop("b.csv", csv(90, 100));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        dataset.change("\"amount\" >= 10", "\"amount\" >= 50");
        assertThat(dataset.run().failures())
                .containsExactly(
                        "max-quarantined 20%: 50 of 100 rows (50%) are unreadable or broke a row rule; `lakeproof quarantine` shows why");
        assertThat(dataset.ids("latest")).hasSize(90);
    }

    @Test
    void one_bad_file_never_blocks_the_others() {
        dataset.drop("a.csv", csv(0, 10)).drop("bad.csv", "x;y\n1;2\n");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).hasSize(10);
        assertThat(dataset.rows("1", "quarantine").where("kind = 'file'").count())
                .isEqualTo(1);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(dataset.drop("bad.csv", csv(20, 25)).run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).hasSize(15);
    }

    @Test
    void a_batch_of_which_nothing_can_be_read_is_rejected() {
        dataset.drop("bad.csv", "x;y\n1;2\n");
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
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
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(dataset.version("2").record()).contains("sent by mistake");
    }

    @Test
    void plan_and_run_refuse_when_a_table_is_lost_and_name_the_version_that_pins_it() throws Exception {
        dataset.drop("a.csv", csv(0, 10)).run();
        Path train = dir.resolve("lake/train");
        Files.move(train, dir.resolve("elsewhere"));
        String gone = "the table file:" + train
                + " is gone: version 1 of claims pins its Delta version 0; restore it from a backup, or start anew with other tables";
        assertThatThrownBy(dataset::run).isInstanceOf(Failure.Remote.class).hasMessage(gone);
        assertThatThrownBy(this::plan).isInstanceOf(Failure.Remote.class).hasMessage(gone);
        dataset.drop("b.csv", csv(10, 20));
        assertThatThrownBy(this::plan).hasMessage(gone);
        dataset.lake().table("train").append(dataset.lake().table("test").head(), Stamp.of("somebody"));
        assertThatThrownBy(this::plan)
                .hasMessageContaining("was made anew")
                .hasMessageContaining("version 1 of claims");
    }

    private Plan.Result plan() {
        return Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute();
    }

    private Run.Result withdraw(String what) {
        return Withdraw.of(dataset.lake(), what, "a test", TestDataset.options(Arrivals.Retry.IF_CHANGED))
                .execute();
    }

    /** Version 1 holds a.csv; a changed a.csv and b.csv were rejected together. */
    private void rejectAChangedFile() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.change("rules:\n", "rules:\n  batch: ['Sum \"amount\" < 100']\n");
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("a.csv", "id,amount,note\n0,500,n\n").drop("b.csv", csv(20, 23));
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
    }

    @Test
    void withdrawing_the_changed_file_of_a_rejected_batch_lets_the_others_go_on() {
        rejectAChangedFile();
        Run.Result withdrawn = withdraw("a.csv");
        assertThat(withdrawn.status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(withdrawn.notes()).anyMatch(note -> note.contains("waited with other content"));
        assertThat(plan().files()).hasSize(1);
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2"))
                .isEqualTo(LongStream.concat(LongStream.range(0, 10), LongStream.range(20, 23))
                        .boxed()
                        .toList());
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void what_was_published_of_a_file_is_known_after_its_waiting_content_was_withdrawn() {
        rejectAChangedFile();
        withdraw("a.csv");
        dataset.drop("a.csv", csv(30, 31));
        assertThat(dataset.run().because()).contains("rows leave the dataset");
        assertThat(dataset.ids("2")).containsExactly(20L, 21L, 22L, 30L);
        dataset.drop("a.csv", "id,amount,note\n0,500,n\n");
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
        withdraw("a.csv");
        assertThat(withdraw("a.csv").version()).isEqualTo(3);
        assertThat(dataset.ids("3")).containsExactly(20L, 21L, 22L);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_rejection_accounts_for_what_was_counted_and_keeps_the_tables_that_stand() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("rules:\n", "rules:\n  max-quarantined: 10%\n");
        dataset.run();
        Run.Result result =
                dataset.drop("b.csv", csv(10, 18) + "18,-1,bad\n19,x,bad\n").run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.accounts())
                .extracting(Object::toString)
                .containsExactly(
                        "Account[step=read, in=10, quarantined=1, dropped=0, out=9]",
                        "Account[step=rules, in=9, quarantined=1, dropped=0, out=8]");
        assertThat(result.rowsQuarantined()).isEqualTo(2);
        assertThat(result.tables()).isEqualTo(dataset.version("latest").tables());
    }

    @Test
    void a_landing_that_is_not_there_is_a_problem_of_the_spec_with_its_line() {
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessage(dir + "/dataset.yaml:3 source.path: file:" + dir
                        + "/landing does not exist; create the folder or correct the path");
    }

    private Run.Result sample(int rows) {
        return Sample.of(dataset.lake(), rows, TestDataset.options(Arrivals.Retry.ALWAYS))
                .execute();
    }

    @Test
    void a_sample_takes_the_first_new_rows_and_leaves_the_dataset_as_it_is() throws Exception {
        dataset.change("  format: csv", "  format: csv\n  after: archive");
        dataset.drop(
                "a.csv", "id,amount,note\n1,-1,bad\nx,1,bad\n" + csv(2, 100).replace("id,amount,note\n", ""));
        Run.Result first = sample(10);
        assertThat(first.status()).isEqualTo(Status.SAMPLED);
        assertThat(first.rowsIn()).isEqualTo(10);
        assertThat(first.rowsQuarantined()).isEqualTo(2);
        assertThat(first.version()).isZero();
        assertThat(first.notes())
                .contains("sample: 1 turned away by ColumnValues \"amount\" >= 0, such as amount -1: must be >= 0")
                .filteredOn(note -> note.contains("would be in"))
                .hasSize(2);
        assertThat(dir.resolve("lake")).doesNotExist();
        assertThat(dir.resolve("landing/a.csv")).exists();

        assertThat(dataset.run().rowsIn()).isEqualTo(100);
        dataset.drop("b.csv", csv(200, 300));
        try (var before = Files.walk(dir.resolve("lake"))) {
            List<Path> files = before.toList();
            Run.Result second = sample(1000);
            assertThat(second.rowsIn()).isEqualTo(100);
            assertThat(second.version()).isEqualTo(1);
            assertThat(second.tables()).isEqualTo(dataset.version("1").tables());
            try (var after = Files.walk(dir.resolve("lake"))) {
                assertThat(after.toList()).isEqualTo(files);
            }
        }
    }

    @Test
    void a_sample_that_breaks_a_rule_says_so() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 100));
        assertThat(sample(3).failures()).singleElement().asString().contains("RowCount > 5");
        assertThat(sample(6).failures()).isEmpty();
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

    @Test
    void a_truncated_file_is_found_out_and_the_others_go_on() throws Exception {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        try (var gzip = new java.util.zip.GZIPOutputStream(bytes)) {
            gzip.write(csv(1000, 9000).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        dataset.drop("a.csv", csv(0, 10));
        Files.write(dir.resolve("landing/b.csv.gz"), java.util.Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).hasSize(10);
        assertThat(dataset.rows("1", "quarantine").where("kind = 'file'").count())
                .isEqualTo(1);
    }

    @Test
    void rows_that_a_run_replaced_and_never_published_come_back() {
        dataset.drop("a.csv", csv(0, 10)).run();
        Lake lake = dataset.lake();
        lake.raw().replace(lake.raw().head().limit(1), Stamp.of("killed"));
        dataset.change("split:\n", "transforms:\n  - deduplicate: {by: [id]}\nsplit:\n");
        dataset.drop("b.csv", csv(10, 20)).run();
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 20).boxed().toList());
    }

    @Test
    void a_publication_is_told_as_one_whatever_others_write_meanwhile() {
        dataset.drop("a.csv", csv(0, 50)).run();
        dataset.drop("b.csv", csv(50, 80));
        Table train = dataset.lake().table("train");
        List<String> steps = new ArrayList<>();
        Progress interfering = step -> {
            steps.add(step);
            if (step.startsWith("publish version")) {
                train.append(train.head().limit(3), Stamp.of("another"));
            }
        };
        Run.Result result = Run.of(
                        dataset.lake(),
                        new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, interfering))
                .execute();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 80).boxed().toList());
        assertThat(train.head().count()).isEqualTo(dataset.rows("2", "train").count());
        assertThat(steps).noneMatch(step -> step.startsWith("start over"));
    }

    @Test
    void tables_may_be_names_in_a_catalog() {
        io.lakeproof.testkit.LocalSpark.session()
                .sql("CREATE DATABASE claims LOCATION '"
                        + dir.resolve("warehouse").toUri() + "'");
        dataset.change("root: ${ROOT}", "schema: claims");
        dataset.drop("a.csv", csv(0, 30) + "30,-1,bad\n").run();
        Run.Result second = dataset.drop("b.csv", csv(40, 60)).run();
        assertThat(second.version()).isEqualTo(2);
        assertThat(dataset.ids("1")).isEqualTo(LongStream.range(0, 30).boxed().toList());
        assertThat(dataset.ids("2")).hasSize(50);
        assertThat(dataset.lake().spark().table("claims.lineage_versions").count())
                .isEqualTo(2);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        dataset.change("seed: 7", "seed: 8");
        assertThat(dataset.run().because()).containsExactly("the split changed");
        assertThat(dataset.ids("3")).hasSize(50);
    }

    @Test
    void a_changed_rule_and_a_new_file_are_counted_together() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("\"amount\" >= 0", "\"amount\" < 5").drop("b.csv", csv(100, 103));
        Run.Result result = dataset.run();
        assertThat(result.rowsIn()).isEqualTo(13);
        assertThat(result.rowsQuarantined()).isEqualTo(5);
        assertThat(dataset.ids("2")).hasSize(8);
    }

    @Test
    void a_batch_that_adds_nothing_to_a_part_is_published() {
        dataset.drop("a.csv", csv(0, 50)).run();
        Run.Result result = dataset.drop("b.csv", csv(50, 51)).run();
        assertThat(result.version()).isEqualTo(2);
        assertThat(dataset.ids("2")).hasSize(51);
    }

    @Test
    void records_are_chained_by_their_digests() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.drop("b.csv", csv(10, 20)).run();
        DatasetVersion first = dataset.version("1");
        DatasetVersion second = dataset.version("2");
        assertThat(first.digest()).isEqualTo(Json.sha256(first.record()));
        assertThat(second.previous()).contains(first.digest());
        assertThat(second.recordTree().get("previous").asText()).isEqualTo(first.digest());
    }

    @Test
    void steps_of_one_run_end_where_a_run_ends() {
        dataset.drop("a.csv", csv(0, 20) + "99,-1,bad\n");
        Run.Options options = TestDataset.options(Arrivals.Retry.IF_CHANGED);
        assertThat(Steps.of(dataset.lake(), options).ingest().status()).isEqualTo(Status.INGESTED);
        assertThat(Steps.of(dataset.lake(), options).validate().status()).isEqualTo(Status.VALIDATED);
        assertThat(dataset.lake().versions().latest()).isEmpty();
        String output = dir.resolve("out").toUri().toString();
        assertThat(Steps.of(dataset.lake(), options)
                        .transform(java.util.Optional.of(output + "examples"))
                        .accounts())
                .isNotEmpty();
        Steps.of(dataset.lake(), options).split(output + "parts");
        Run.Result published = Steps.of(dataset.lake(), options).publish();
        assertThat(published.status()).isEqualTo(Status.PUBLISHED);
        assertThat(dataset.ids("1")).hasSize(20);
        assertThat(dataset.lake()
                        .spark()
                        .read()
                        .format("delta")
                        .load(output + "parts/train")
                        .count())
                .isEqualTo(dataset.rows("1", "train").count());
        assertThat(Steps.of(dataset.lake(), options).publish().status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_plan_says_what_a_run_would_do_and_writes_nothing() {
        dataset.drop("a.csv", csv(0, 20));
        Plan.Result plan = Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute();
        assertThat(plan.next()).isEqualTo(1);
        assertThat(plan.files()).hasSize(1);
        assertThat(dir.resolve("lake")).doesNotExist();
        dataset.run();
        assertThat(Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute().next())
                .isEqualTo(1);
        dataset.change("seed: 7", "seed: 9");
        assertThat(Plan.of(dataset.lake(), Arrivals.Retry.IF_CHANGED).execute().rebuildBecause())
                .containsExactly("the split changed");
    }
}
