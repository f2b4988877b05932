package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.jobs.ingest.Arrivals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a batch that breaks a rule leaves behind, and how it is repaired. */
class RejectedTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
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
    void a_waived_rule_lets_the_batch_through_and_the_record_says_by_whose_word() {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n  max-quarantined: 10%\n");
        dataset.drop("a.csv", csv(0, 2) + "8,-1,bad\n");
        assertThat(dataset.run().failures()).hasSize(2);
        String waivers = "  waivers:\n    RowCount > 5: {reason: holidays, by: Ada, until: 2000-01-01}\n"
                + "    max-quarantined: {reason: known, by: Bea, until: 9999-12-31}\n";
        dataset.change("  max-quarantined: 10%\n", "  max-quarantined: 10%\n" + waivers);
        // The batch is tried again, for somebody answers for it; one of the waivers is over.
        assertThat(dataset.run().failures())
                .singleElement()
                .asString()
                .startsWith("RowCount > 5")
                .endsWith("; its waiver ended on 2000-01-01");
        dataset.change("2000-01-01", "9999-12-31");
        Run.Result published = dataset.run();
        assertThat(published.status()).isEqualTo(Status.PUBLISHED);
        assertThat(published.notes())
                .contains(
                        "max-quarantined is broken (1 of 3 rows, 33.33%) and waived until 9999-12-31 by Bea: known",
                        "RowCount > 5 is broken (3) and waived until 9999-12-31 by Ada: holidays");
        assertThat(dataset.version("1").recordTree().get("waivers").toString())
                .isEqualTo(
                        "[{\"by\":\"Bea\",\"reason\":\"known\",\"rule\":\"max-quarantined\",\"until\":\"9999-12-31\"},"
                                + "{\"by\":\"Ada\",\"reason\":\"holidays\",\"rule\":\"RowCount > 5\",\"until\":\"9999-12-31\"}]");
        // Who waives what changes no row.
        dataset.change("by: Ada", "by: Cleo");
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        dataset.drop("b.csv", csv(10, 20)).run();
        assertThat(dataset.version("2").recordTree().get("waivers")).isEmpty();
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "derive: {d: \"element_at(split(note, ' '), amount)\"} | INVALID_INDEX_OF_ZERO",
                "filter: note rlike note                              | INVALID_PARAMETER_VALUE.PATTERN",
                "derive: {d: \"note rlike concat('x', note)\"}          | INVALID_PARAMETER_VALUE.PATTERN",
            })
    void a_row_that_an_expression_cannot_compute_rejects_with_what_sql_says(String step, String why) {
        dataset.change("split:\n", "transforms:\n  - " + step + "\nsplit:\n");
        dataset.drop("a.csv", "id,amount,note\n1,1,n\n2,0,(\n");
        Run.Result result = dataset.run();
        assertThat(result.status()).isEqualTo(Status.REJECTED);
        assertThat(result.failures())
                .singleElement()
                .asString()
                .startsWith("SQL cannot compute a row: ")
                .contains(why);
    }

    @Test
    void versions_are_told_though_the_landing_is_gone() throws IOException {
        dataset.change("rules:\n", "rules:\n  batch: [RowCount > 5]\n");
        dataset.drop("a.csv", csv(0, 3)).run();
        assertThat(Plan.rejected(dataset.lake())).hasSize(1);
        Files.move(dataset.dir().resolve("landing"), dataset.dir().resolve("gone"));
        assertThat(Plan.rejected(dataset.lake())).isEmpty();
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
    void a_batch_of_which_nothing_can_be_read_is_rejected() {
        dataset.drop("bad.csv", "x;y\n1;2\n");
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
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
}
