package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Console;

/** Maintenance changes no row of a version that stays, and what went is known. */
@org.junit.jupiter.api.Tag("ci")
class MaintainTest {

    @TempDir
    Path dir;

    private static Maintain.Result maintain(TestDataset dataset, OptionalInt keep) {
        return Maintain.of(dataset.lake(), new Maintain.Options(keep, "maintenance", Progress.SILENT))
                .execute();
    }

    private static LakeVerification.Result verifyAll(TestDataset dataset) {
        return Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute();
    }

    @Test
    void of_a_dataset_without_a_version_there_is_nothing_to_do() {
        TestDataset dataset = TestDataset.in(dir);
        assertThat(maintain(dataset, OptionalInt.of(1)))
                .isEqualTo(new Maintain.Result(List.of(), List.of(), Map.of(), 0, 0));
    }

    @Test
    void tagged_and_newest_versions_stay_whole_and_what_went_is_no_tampering() {
        TestDataset dataset = TestDataset.in(dir).drop("0.csv", TestDataset.csv(0, 20));
        dataset.run();
        dataset.drop("1.csv", TestDataset.csv(20, 40)).run();
        // From here on nothing is written to raw, which compaction then joins: the tagged version needs its two files.
        for (int limit = 90; limit > 60; limit -= 10) {
            dataset.spec(TestDataset.SPEC.replace(">= 0", "< " + limit)).run();
        }
        dataset.lake().tags().put("approved", dataset.version("3"), "anna", Stamp.of("claims", "t"), Instant.now());
        List<Long> tagged = dataset.ids("3");
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        Maintain.Result result = Console.withOut(told, () -> maintain(dataset, OptionalInt.of(1)));
        assertThat(told.toString(StandardCharsets.UTF_8))
                .as("where an answer for programs stands")
                .isEmpty();
        assertThat(result.retired()).containsExactly(1L, 2L, 4L);
        assertThat(result.kept()).isEqualTo(Map.of(3L, List.of("approved")));
        assertThat(result.files()).isPositive();
        assertThat(dataset.ids("3")).isEqualTo(tagged);
        assertThatThrownBy(() -> Tag.of(dataset.lake(), dataset.version("2"), "late", "t")
                        .execute())
                .hasMessage("version 2 of claims was cleaned up, its data is gone; tag another.");
        LakeVerification.Result verified = verifyAll(dataset);
        assertThat(verified.findings()).extracting(Finding::text).isEmpty();
        assertThat(verified.retired()).containsExactly(1L, 2L, 4L);
        assertThat(verified.versions()).isEqualTo(2);
        dataset.drop("2.csv", TestDataset.csv(40, 50));
        assertThat(dataset.run().status()).isEqualTo(Run.Status.PUBLISHED);
        assertThat(verifyAll(dataset).findings()).extracting(Finding::text).isEmpty();
    }

    @org.junit.jupiter.api.Tag("long")
    @Test
    void compaction_joins_files_and_changes_no_version() {
        TestDataset dataset = TestDataset.in(dir);
        for (long file = 0; file < 3; file++) {
            dataset.drop(file + ".csv", TestDataset.csv(file * 20, file * 20 + 20))
                    .run();
        }
        assertThat(maintain(dataset, OptionalInt.empty()).compacted()).contains("raw", "train", "lineage/versions");
        assertThat(maintain(dataset, OptionalInt.empty()).compacted()).doesNotContain("raw", "train");
        assertThat(verifyAll(dataset).findings()).extracting(Finding::text).isEmpty();
        dataset.drop("9.csv", TestDataset.csv(60, 80)).run();
        assertThat(dataset.ids("latest")).hasSize(80);
        assertThat(verifyAll(dataset).findings()).extracting(Finding::text).isEmpty();
    }
}
