package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.tables.DeltaTable;
import io.lakeproof.jobs.Run.Status;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a changed contract, rule, transform or split does to what was published before. */
class ChangedSpecTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
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
    void a_column_that_files_have_already_is_read_from_them_and_not_filled_with_null() {
        dataset.change("amount INT, note STRING", "amount INT");
        dataset.drop("a.csv", "id,amount,note\n1,1,x\n2,2,y\n").run();
        dataset.change("amount INT", "amount INT, note STRING");
        assertThat(dataset.run().because()).contains("the contract changed");
        assertThat(notes("2")).containsExactlyInAnyOrder("x", "y");
        // Of a column that no file has, nothing need be read again, nor lie there.
        dataset.remove("a.csv")
                .change("note STRING", "note STRING, more STRING")
                .run();
        assertThat(notes("3")).containsExactlyInAnyOrder("x", "y");
    }

    private List<String> notes(String version) {
        return Stream.of("train", "test")
                .flatMap(part ->
                        dataset.rows(version, part).select("note").as(Encoders.STRING()).collectAsList().stream())
                .toList();
    }

    @Test
    void a_rebuild_that_judges_nothing_records_what_the_rules_say_of_its_rows() {
        dataset.change("\"amount\" >= 0", "\"amount\" < 90");
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.drop("b.csv", csv(180, 220)).run();
        dataset.change("seed: 7", "seed: 8");
        dataset.run();
        assertThat(rowRules("1")).containsExactly("10 rows turned away");
        assertThat(rowRules("2")).containsExactly("10 rows turned away");
        assertThat(rowRules("3")).containsExactly("20 rows turned away");
        assertThat(dataset.version("3")
                        .recordTree()
                        .get("accounts")
                        .get(0)
                        .get("quarantined")
                        .asLong())
                .isEqualTo(20);
        dataset.withdraw("b.csv");
        assertThat(rowRules("4")).containsExactly("10 rows turned away");
    }

    private List<String> rowRules(String version) {
        List<String> measured = new ArrayList<>();
        dataset.version(version).recordTree().get("rules").forEach(rule -> {
            if (rule.get("level").asText().equals("rows")) {
                measured.add(rule.get("measured").asText());
            }
        });
        return measured;
    }

    @Tag("ci")
    @Test
    void a_rebuild_takes_no_row_that_somebody_else_wrote_under_a_batchs_id() {
        dataset.drop("a.csv", csv(0, 100)).run();
        String raw = dataset.lake().raw().name().text();
        DeltaTable table = DeltaTable.forPath(LocalSpark.session(), raw);
        dataset.rows("1", "raw")
                .limit(1)
                .withColumn("id", lit(1000L))
                .write()
                .format("delta")
                .mode("append")
                .save(raw);
        dataset.drop("b.csv", csv(100, 110)).change("seed: 7", "seed: 8");
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.Unverified.class)
                .hasMessageContaining(
                        "no longer holds the 100 rows that version 1 was published with, and those alone");
        // A commit that takes rows away or changes them, no run makes: ingest puts raw back.
        table.delete("id = 1000");
        table.updateExpr("id = 7", Map.of("amount", "8"));
        assertThat(dataset.run().version()).isEqualTo(2);
        assertThat(dataset.ids("2")).isEqualTo(LongStream.range(0, 110).boxed().toList());
        assertThat(dataset.lake().raw().head().where("id = 7 AND amount = 7").count())
                .isEqualTo(1);
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
    void a_contract_that_was_widened_while_no_file_came_is_verified_and_withdrawn_from() {
        dataset.drop("a.csv", csv(0, 10)).drop("b.csv", csv(10, 12)).run();
        dataset.change("note STRING", "note STRING, extra STRING");
        assertThat(dataset.run().version()).isEqualTo(2);
        assertThat(Verify.of(
                                dataset.lake(),
                                new Verify.Options(
                                        Optional.of("2"), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                        .execute()
                        .findings())
                .extracting(Finding::text)
                .isEmpty();
        assertThat(dataset.withdraw("b.csv").version()).isEqualTo(3);
        assertThat(dataset.ids("3")).hasSize(10);
    }

    @Test
    void a_withdrawal_leaves_a_changed_contract_to_the_next_run() {
        dataset.drop("a.csv", csv(0, 10)).drop("b.csv", csv(10, 12)).run();
        dataset.change("amount INT", "amount BIGINT");
        Run.Result withdrawn = dataset.withdraw("b.csv");
        assertThat(withdrawn.notes()).anyMatch(note -> note.contains("the next run reads the files again"));
        assertThat(type("2")).isEqualTo("integer");
        dataset.run();
        assertThat(type("3")).isEqualTo("long");
        dataset.drop("c.csv", "id,amount,note\n20,3000000000,n\n").run();
        assertThat(dataset.ids("4")).hasSize(11);
    }

    private String type(String version) {
        return dataset.rows(version, "train")
                .schema()
                .apply("amount")
                .dataType()
                .typeName();
    }

    @Tag("ci")
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

    @Tag("long")
    @Test
    void a_contract_changed_while_nothing_is_there_to_read_again_counts_from_the_next_file_on() {
        dataset.drop("a.csv", csv(0, 3)).run();
        dataset.withdraw("1");
        dataset.change("amount INT", "amount BIGINT");
        assertThat(dataset.plan().next()).isEqualTo(2);
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        assertThat(dataset.drop("b.csv", csv(10, 12)).run().version()).isEqualTo(3);
        assertThat(dataset.ids("3")).containsExactly(10L, 11L);
        assertThat(dataset.rows("3", "raw").schema().apply("amount").dataType()).isEqualTo(DataTypes.LongType);
    }

    @Tag("long")
    @Test
    void files_that_exchanged_their_contents_are_read_again_under_a_changed_contract() {
        dataset.change("  format: csv", "  format: csv\n  on-changed: replace");
        dataset.drop("a.csv", csv(0, 3)).drop("b.csv", csv(10, 13)).run();
        dataset.drop("a.csv", csv(10, 13)).drop("b.csv", csv(0, 3));
        dataset.change("amount INT", "amount BIGINT");
        assertThat(dataset.run().version()).isEqualTo(2);
        assertThat(dataset.ids("2")).containsExactly(0L, 1L, 2L, 10L, 11L, 12L);
        assertThat(dataset.drop("c.csv", csv(20, 21)).run().version()).isEqualTo(3);
        assertThat(dataset.ids("3")).containsExactly(0L, 1L, 2L, 10L, 11L, 12L, 20L);
        assertThat(dataset.rows("3", "train").schema().apply("amount").dataType())
                .isEqualTo(DataTypes.LongType);
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

    @Tag("long")
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

    @Tag("long")
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

    @Tag("long")
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

    @Tag("long")
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

    @Tag("long")
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

    @Tag("ci")
    @Test
    void a_changed_rule_and_a_new_file_are_counted_together() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("\"amount\" >= 0", "\"amount\" < 5").drop("b.csv", csv(100, 103));
        Run.Result result = dataset.run();
        assertThat(result.rowsIn()).isEqualTo(13);
        assertThat(result.rowsQuarantined()).isEqualTo(5);
        assertThat(dataset.ids("2")).hasSize(8);
    }
}
