package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.tables.DeltaTable;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Finding.Kind;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is verified, of what was published and not touched. */
class VerifyTest {

    @TempDir
    Path dir;

    @Tag("ci")
    @Test
    void a_lake_that_nobody_touched_has_no_finding_however_it_came_about() {
        TestDataset dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 50));
        dataset.run();
        dataset.drop("2.csv", TestDataset.csv(50, 80) + "x,y\n").run();
        dataset.change(">= 0", "< 60").run();
        dataset.drop("3.csv", TestDataset.csv(80, 120)).run();
        Withdraw.of(dataset.lake(), "2.csv", "sent twice", TestDataset.options(null))
                .execute();
        LakeVerification.Result result = Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute();
        assertThat(result.findings()).isEmpty();
        assertThat(result.versions()).isEqualTo(5);
        assertThat(result.files()).isGreaterThan(40);
    }

    @Test
    void where_there_is_no_version_the_anchor_says_whether_there_ever_was_one() throws IOException {
        TestDataset dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 50));
        String anchor = dir.resolve("anchor").toUri().toString();
        Verify.Options options =
                new Verify.Options(Optional.of("latest"), false, Trust.NONE, Optional.of(anchor), Progress.SILENT);
        assertThat(Verify.of(dataset.lake(), options).execute().findings()).isEmpty();
        dataset.run();
        new Publisher(Optional.empty(), Optional.empty(), Optional.of(anchor)).anchor(dataset.lake());
        assertThat(Verify.of(dataset.lake(), options).execute().findings()).isEmpty();
        FileUtils.deleteDirectory(dir.resolve("lake").toFile());
        assertThat(Verify.of(dataset.lake(), options).execute().findings())
                .extracting(Finding::kind)
                .containsExactly(Kind.VERSION_MISSING);
    }

    @Test
    void a_head_that_was_kept_in_part_is_none() throws IOException {
        TestDataset dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 50));
        dataset.run();
        Path heads = Files.createDirectories(dir.resolve("anchor/claims"));
        Files.createFile(heads.resolve("000000000001.json"));
        String anchor = dir.resolve("anchor").toUri().toString();
        Verify.Options options =
                new Verify.Options(Optional.of("latest"), false, Trust.NONE, Optional.of(anchor), Progress.SILENT);
        assertThat(Verify.of(dataset.lake(), options).execute().findings()).isEmpty();
        new Publisher(Optional.empty(), Optional.empty(), Optional.of(anchor)).anchor(dataset.lake());
        assertThat(heads.resolve("000000000001+1.json")).isNotEmptyFile();
        assertThat(Verify.of(dataset.lake(), options).execute().findings()).isEmpty();
        Files.writeString(heads.resolve("000000000001+1.json"), "{");
        assertThat(Verify.of(dataset.lake(), options).execute().findings())
                .extracting(Finding::kind)
                .containsExactly(Kind.ANCHOR_DIFFERS);
    }

    @Test
    void a_table_that_a_version_left_as_it_was_is_checked_down_to_its_bytes() throws IOException {
        TestDataset dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 50));
        dataset.run();
        dataset.change(">= 0", "< 1000").run();
        assertThat(kinds(dataset, true)).isEmpty();
        try (Stream<Path> files = Files.list(dir.resolve("lake/raw"))) {
            Path file = files.filter(f -> f.getFileName().toString().startsWith("part-"))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
        }
        assertThat(kinds(dataset, false)).containsOnly(Kind.DATA_FILE_CHANGED);
    }

    @Test
    void rows_smuggled_into_raw_are_found_never_rebuilt_from_and_can_be_taken_out_for_good() {
        TestDataset dataset = TestDataset.in(dir).drop("1.csv", TestDataset.csv(0, 50));
        dataset.run();
        smuggle(dataset);
        dataset.drop("2.csv", TestDataset.csv(50, 80)).run();
        assertThat(kinds(dataset, false)).isEmpty();
        assertThat(kinds(dataset, true)).containsOnly(Kind.CONTENT_CHANGED);
        dataset.change(">= 0", "< 1000");
        assertThatThrownBy(dataset::run)
                .isInstanceOf(Failure.Unverified.class)
                .hasMessageContaining("the 80 rows that version 2 was published with");
        DeltaTable.forPath(LocalSpark.session(), dataset.lake().raw().name().text())
                .delete("id = 999");
        dataset.drop("3.csv", TestDataset.csv(80, 90)).run();
        assertThat(dataset.ids("3")).hasSize(90).doesNotContain(999L);
        assertThat(kinds(dataset, true)).isEmpty();
    }

    /** Writes a row under a batch that belongs, at the head of raw: the next version pins a later state of raw. */
    private static void smuggle(TestDataset dataset) {
        dataset.lake()
                .raw()
                .head()
                .limit(1)
                .withColumn("id", lit(999L))
                .write()
                .format("delta")
                .mode("append")
                .save(dataset.lake().raw().name().text());
    }

    private static Set<Kind> kinds(TestDataset dataset, boolean deep) {
        return Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.of("latest"), deep, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute()
                .findings()
                .stream()
                .map(Finding::kind)
                .collect(Collectors.toSet());
    }
}
