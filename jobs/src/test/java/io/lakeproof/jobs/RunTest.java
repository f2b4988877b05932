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
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From dropped files to a published version, and what a run says and leaves. */
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
    void tables_of_another_dataset_are_never_written_to() {
        dataset.drop("a.csv", csv(0, 10)).run();
        dataset.change("name: claims", "name: policies").drop("b.csv", csv(10, 20));
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("the tables hold the dataset 'claims'");
    }

    @Test
    void a_table_that_the_dataset_did_not_write_is_never_written_to() {
        dataset.drop("a.csv", csv(0, 10)).run();
        TestDataset other = TestDataset.in(dir.resolve("other"));
        other.change(
                        "  root: ${ROOT}",
                        "  root: ${ROOT}\n  train: " + dataset.dir().resolve("lake/train"))
                .change("name: claims", "name: policies")
                .drop("b.csv", csv(10, 20));
        String refusal = "tables.train: the table file:" + dataset.dir().resolve("lake/train")
                + " holds what the dataset 'policies' did not write; place it elsewhere";
        assertThatThrownBy(other::run).isInstanceOf(Failure.BadSpec.class).hasMessageContaining(refusal);
        assertThatThrownBy(other::plan).hasMessageContaining(refusal);
        assertThat(dataset.lake().table("train").newest()).isZero();
        assertThat(other.lake().raw().exists()).isFalse();
    }

    @Test
    void a_table_of_somebody_elses_rows_is_never_written_to() {
        dataset.drop("a.csv", csv(0, 10));
        LocalSpark.session()
                .range(5)
                .write()
                .format("delta")
                .save(dir.resolve("lake/test").toString());
        assertThatThrownBy(dataset::run).isInstanceOf(Failure.BadSpec.class).hasMessageContaining("tables.test: ");
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
    void plan_and_run_refuse_when_a_table_is_lost_and_name_the_version_that_pins_it() throws Exception {
        dataset.drop("a.csv", csv(0, 10)).run();
        Path train = dir.resolve("lake/train");
        Files.move(train, dir.resolve("elsewhere"));
        String gone = "the table file:" + train
                + " is gone: version 1 of claims pins its Delta version 0; restore it from a backup, or start anew with other tables";
        assertThatThrownBy(dataset::run).isInstanceOf(Failure.Remote.class).hasMessage(gone);
        assertThatThrownBy(dataset::plan).isInstanceOf(Failure.Remote.class).hasMessage(gone);
        dataset.drop("b.csv", csv(10, 20));
        assertThatThrownBy(dataset::plan).hasMessage(gone);
        dataset.lake().table("train").append(dataset.lake().table("test").head(), Stamp.of("claims", "somebody"));
        assertThatThrownBy(dataset::plan)
                .hasMessageContaining("was made anew")
                .hasMessageContaining("version 1 of claims");
    }

    @Test
    void a_place_that_holds_no_table_is_a_problem_of_the_spec_that_names_where_it_is() throws Exception {
        dataset.drop("a.csv", csv(0, 10)).run();
        Path spec = dir.resolve("dataset.yaml");
        Files.writeString(spec, Files.readString(spec).replace("root: ${ROOT}", "root: ${ROOT}\n  train: other"));
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("tables.train: there is no table at file:" + dir
                        + "/other, and version 1 of claims has it at file:" + dir + "/lake/train; name that place, or");
    }

    @Test
    void a_landing_that_is_not_there_is_a_problem_of_the_spec_with_its_line() {
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessage(dir + "/dataset.yaml:3 source.path: file:" + dir
                        + "/landing does not exist; create it or correct the path");
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

    @org.junit.jupiter.api.Tag("ci")
    @Test
    void a_publication_is_told_as_one_whatever_others_write_meanwhile() {
        dataset.drop("a.csv", csv(0, 50)).run();
        dataset.drop("b.csv", csv(50, 80));
        Table train = dataset.lake().table("train");
        List<String> steps = new ArrayList<>();
        Progress interfering = step -> {
            steps.add(step);
            if (step.startsWith("publish version")) {
                train.append(train.head().limit(3), Stamp.of("claims", "another"));
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

    @org.junit.jupiter.api.Tag("ci")
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
        aTagIsAViewThere();
    }

    /** In the lake of the test before, for a catalog costs seconds. */
    private void aTagIsAViewThere() {
        assertThat(tag("1", "approved-2026").view()).contains("`claims`.`claims_approved_2026`");
        assertThat(shown("claims_approved_2026")).containsExactlyElementsOf(pinned("1"));
        assertThat(tag("3", "approved-2026").version()).isEqualTo(3);
        assertThat(shown("claims_approved_2026"))
                .containsExactlyElementsOf(pinned("3"))
                .doesNotContainSequence(pinned("1"));
        SparkSession spark = dataset.lake().spark();
        assertThat(spark.table("claims.train_v1").collectAsList())
                .containsExactlyInAnyOrderElementsOf(dataset.rows("1", "train").collectAsList());
        assertThat(spark.table("claims.test_v3").count())
                .isEqualTo(dataset.rows("3", "test").count());
        assertThat(spark.sql("SHOW VIEWS IN claims").count()).isEqualTo(5);

        assertThatThrownBy(() -> tag("1", "Approved.2026"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessage(
                        "tag 'Approved.2026' would have the view claims.claims_Approved_2026, which is the name of the view"
                                + " of tag 'approved-2026'; choose another tag.");
        spark.sql("CREATE TABLE claims.claims_taken (n INT) USING delta");
        assertThatThrownBy(() -> tag("2", "taken"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageMatching(
                        "tag 'taken' stands, but there is no view claims\\.claims_taken: .+; let this user make"
                                + " views in the schema, then tag again");
        assertThat(dataset.lake().tags().standing().keySet()).containsExactly("approved-2026", "taken");
        assertThat(Verify.of(
                                dataset.lake(),
                                new Verify.Options(
                                        Optional.empty(), false, Trust.NONE, Optional.empty(), Progress.SILENT))
                        .execute()
                        .findings())
                .isEmpty();
    }

    private Tag.Result tag(String version, String name) {
        return Tag.of(dataset.lake(), dataset.version(version), name, "test").execute();
    }

    /** What a view of all parts gives, as text. */
    private List<String> shown(String view) {
        return dataset
                .lake()
                .spark()
                .sql("SELECT part, id, amount, note FROM claims." + view + " ORDER BY part, id")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .toList();
    }

    /** The same of the parts as a version pins them. */
    private List<String> pinned(String version) {
        return Stream.of("test", "train")
                .flatMap(part -> dataset.rows(version, part).orderBy("id").collectAsList().stream()
                        .map(row -> "[%s,%s]".formatted(part, row.mkString(","))))
                .toList();
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
        assertThat(second.recordTree().at("/runtime/deequ").asText()).matches("[0-9.]+-spark-3\\.5");
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
                        .transform(Optional.of(output + "examples"))
                        .accounts())
                .isNotEmpty();
        Steps.of(dataset.lake(), options).split(output + "parts");
        Steps.of(dataset.lake(), options).split(output + "parts");
        for (String own : List.of("lake", "lake/quarantine/x", "landing", ".")) {
            assertThatThrownBy(() -> Steps.of(dataset.lake(), options)
                            .transform(Optional.of(dir.resolve(own).toString())))
                    .as(own)
                    .isInstanceOf(Failure.Usage.class)
                    .hasMessageEndingWith("is the dataset's own; name a folder beside it.");
        }
        String foreign = dir.resolve("foreign").toString();
        dataset.lake().spark().range(3).write().format("delta").save(foreign);
        assertThatThrownBy(() -> Steps.of(dataset.lake(), options).transform(Optional.of(foreign)))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageContaining("holds what claims did not write");
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
