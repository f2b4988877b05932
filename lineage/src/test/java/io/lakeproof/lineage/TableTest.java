package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a published Delta version may hold: the rows of the version before, and one attempt's own. */
class TableTest {

    private final SparkSession spark = LocalSpark.session();
    private final Stamp mine = Stamp.of("claims", "mine");
    private final Stamp theirs = Stamp.of("claims", "theirs");

    @TempDir
    Path dir;

    @Test
    void a_commit_reports_its_version_and_rows() {
        Table table = table();
        assertThat(table.replace(rows(0, 3), mine).rows()).isEqualTo(3);
        Table.Commit second = table.append(rows(3, 5), mine);
        assertThat(second.version()).isEqualTo(1);
        assertThat(second.rows()).isEqualTo(2);
        assertThat(second.userMetadata()).contains(mine.userMetadata());
    }

    @Test
    void an_append_of_no_rows_reports_none_though_the_attempt_wrote_before() {
        Table table = table();
        table.replace(rows(0, 3), mine);
        Table.Commit nothing = table.append(rows(3, 3), mine);
        assertThat(nothing.version()).isZero();
        assertThat(nothing.rows()).isZero();
    }

    @Test
    void own_appends_onto_the_published_version_may_be_pinned() {
        Table table = table();
        long published = table.replace(rows(0, 3), theirs).version();
        long own = table.append(rows(3, 5), mine).version();
        assertThat(table.holdsOnly(published, own, mine)).isTrue();
    }

    @Test
    void an_append_after_another_runs_unpublished_rows_may_not_be_pinned() {
        Table table = table();
        long published = table.replace(rows(0, 3), theirs).version();
        table.append(rows(100, 101), theirs);
        long own = table.append(rows(3, 5), mine).version();
        assertThat(table.holdsOnly(published, own, mine)).isFalse();
    }

    @Test
    void going_back_to_the_published_version_first_makes_it_pinnable() {
        Table table = table();
        long published = table.replace(rows(0, 3), theirs).version();
        table.append(rows(100, 101), theirs);
        table.restore(published, mine);
        long own = table.append(rows(3, 5), mine).version();
        assertThat(table.holdsOnly(published, own, mine)).isTrue();
        assertThat(table.at(own).as(org.apache.spark.sql.Encoders.LONG()).collectAsList())
                .containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void rows_that_come_between_going_back_and_the_append_are_noticed() {
        Table table = table();
        long published = table.replace(rows(0, 3), theirs).version();
        table.append(rows(100, 101), theirs);
        table.restore(published, mine);
        table.append(rows(200, 201), theirs);
        long own = table.append(rows(3, 5), mine).version();
        assertThat(table.holdsOnly(published, own, mine)).isFalse();
    }

    @Test
    void going_back_to_some_other_version_does_not_count() {
        Table table = table();
        table.replace(rows(0, 3), theirs);
        long published = table.append(rows(3, 4), theirs).version();
        table.restore(0, theirs);
        long own = table.append(rows(4, 5), mine).version();
        assertThat(table.holdsOnly(published, own, mine)).isFalse();
    }

    @Test
    void replacing_everything_needs_no_base() {
        Table table = table();
        table.append(rows(0, 3), theirs);
        long own = table.replace(rows(3, 5), mine).version();
        assertThat(table.holdsOnly(-1, own, mine)).isTrue();
        assertThat(table.holdsOnly(-1, own, theirs)).isFalse();
    }

    @Test
    void an_empty_table_that_another_run_left_holds_nothing_of_it() {
        Table table = table();
        table.replace(rows(0, 0), theirs);
        long own = table.replace(rows(0, 0), mine).version();
        assertThat(own).as("replaced by nothing, without a commit").isZero();
        assertThat(table.holdsOnly(-1, own, mine)).isTrue();
    }

    @Test
    void compaction_changes_no_rows() {
        Table table = table();
        long published = table.replace(rows(0, 3).repartition(3), theirs).version();
        spark.sql("OPTIMIZE " + table.name().sql());
        long own = table.append(rows(3, 5), mine).version();
        assertThat(own).isEqualTo(2);
        assertThat(table.holdsOnly(published, own, mine)).isTrue();
    }

    @Test
    void an_append_with_an_id_happens_once() {
        Table table = table();
        table.appendOnce(rows(0, 3), mine, "publication");
        table.appendOnce(rows(0, 3), theirs, "publication");
        assertThat(table.head().count()).isEqualTo(3);
    }

    @Test
    void a_stamp_does_not_leak_into_other_writes() {
        Table table = table();
        long published = table.replace(rows(0, 3), mine).version();
        table.append(rows(3, 4), mine);
        table.restore(published, mine);
        rows(0, 1).write().format("delta").mode("append").save(table.name().text());
        assertThat(table.commitsSince(2).get(0).userMetadata()).isEmpty();
    }

    @Test
    void a_log_in_which_nothing_was_committed_is_no_table() throws IOException {
        Files.createDirectories(dir.resolve("t/_delta_log/_commits"));
        assertThat(table().exists()).isFalse();
        table().append(rows(0, 3).withColumnRenamed("id", "the id"), mine);
        assertThat(table().head().count()).isEqualTo(3);
    }

    /** Delta writes it over what was there, which a line that breaks leaves empty or in part. */
    @ParameterizedTest
    @ValueSource(strings = {"", "{\"version\": 1", "{}"})
    void a_torn_pointer_to_the_last_checkpoint_is_done_without(String torn) throws IOException {
        Table table = table();
        for (int version = 0; version <= 12; version++) {
            table.append(rows(version, version + 1), mine);
        }
        Path log = dir.resolve("t/_delta_log");
        assertThat(log.resolve("00000000000000000010.checkpoint.parquet")).exists();
        Files.deleteIfExists(log.resolve("._last_checkpoint.crc"));
        Files.writeString(log.resolve("_last_checkpoint"), torn);
        assertThat(table.newest()).isEqualTo(12);
        // As clean-up may leave it.
        Files.delete(log.resolve("00000000000000000003.json"));
        assertThat(table.newest()).isEqualTo(12);
    }

    @Test
    void column_names_with_spaces_are_kept_whether_the_table_began_with_them_or_not() {
        Table table = table();
        table.replace(rows(0, 3).withColumnRenamed("id", "the id"), mine);
        assertThat(table.head().columns()).containsExactly("the id");
        Table plain = Table.of(
                Session.of(spark), new TableName.Folder(dir.resolve("p").toUri().toString()));
        plain.replace(rows(0, 3), mine);
        plain.append(rows(3, 5).withColumn("a (new) one", col("id")), mine);
        assertThat(plain.head().where("`a (new) one` IS NOT NULL").count()).isEqualTo(2);
        assertThat(plain.holdsOnly(0, plain.newest(), mine)).isTrue();
    }

    private Table table() {
        return Table.of(
                Session.of(spark), new TableName.Folder(dir.resolve("t").toUri().toString()));
    }

    private Dataset<Row> rows(long from, long to) {
        return spark.createDataset(LongStream.range(from, to).boxed().toList(), org.apache.spark.sql.Encoders.LONG())
                .toDF("id");
    }
}
