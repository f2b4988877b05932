package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code protect: copy}: a tagged version outlives the loss of its tables. */
class CopiesTest {

    @TempDir
    Path dir;

    @Test
    void a_tagged_version_has_copies_of_its_own_that_outlive_its_tables_and_are_verified() throws IOException {
        TestDataset dataset = TestDataset.in(dir).drop("a.csv", TestDataset.csv(0, 20) + "20,-1,bad\n");
        dataset.change("rules:", "rules:\n  batch: [RowCount < 30]");
        assertThat(dataset.run().status()).isEqualTo(Status.PUBLISHED);
        dataset.drop("b.csv", TestDataset.csv(30, 70));
        assertThat(dataset.run().status()).isEqualTo(Status.REJECTED);
        dataset.change("name: claims", "name: claims\nprotect: copy");
        assertThat(dataset.run().version()).isEqualTo(1);
        assertThat(copy(dataset, "train").exists()).isFalse();

        tag(dataset, "approved");
        assertThat(copy(dataset, "raw").head().count()).isEqualTo(21);
        assertThat(copy(dataset, "quarantine").head().count()).isEqualTo(1);
        assertThat(deep(dataset)).isEmpty();
        tag(dataset, "champion");
        assertThat(copy(dataset, "train").newest()).isZero();

        for (String part : List.of("train", "test")) {
            FileUtils.deleteDirectory(dir.resolve("lake/" + part).toFile());
        }
        Lake lake = dataset.lake();
        assertThat(
                        lake
                                .read("approved", "train")
                                .union(lake.read("approved", "test"))
                                .orderBy("id")
                                .collectAsList()
                                .stream()
                                .map(row -> row.getLong(0)))
                .isEqualTo(LongStream.range(0, 20).boxed().toList());
    }

    @Test
    void a_copy_that_somebody_changed_is_found_and_no_tag_is_put_on_it() {
        TestDataset dataset = TestDataset.in(dir).drop("a.csv", TestDataset.csv(0, 20));
        dataset.change("name: claims", "name: claims\nprotect: copy").run();
        tag(dataset, "approved");
        Table copy = copy(dataset, "train");
        copy.append(copy.head().limit(1), Stamp.of("claims", "somebody"));
        assertThat(deep(dataset))
                .singleElement()
                .asString()
                .contains("the copy of version 1 at file:" + dir.resolve("lake/copies/1/train"));
        assertThatThrownBy(() -> tag(dataset, "champion"))
                .isInstanceOf(Failure.Unverified.class)
                .hasMessageContaining("the copy of version 1 at ");
        assertThat(dataset.lake().tags().standing()).containsOnlyKeys("approved");
    }

    private static void tag(TestDataset dataset, String name) {
        Lake lake = dataset.lake();
        Tag.of(lake, lake.version("1"), name, "t").execute();
    }

    private static Table copy(TestDataset dataset, String table) {
        return dataset.lake().table("copies/1/" + table);
    }

    private static List<String> deep(TestDataset dataset) {
        LakeVerification.Result result = Verify.of(
                        dataset.lake(),
                        new Verify.Options(Optional.empty(), true, Trust.NONE, Optional.empty(), Progress.SILENT))
                .execute();
        return result.findings().stream().map(Finding::text).toList();
    }
}
