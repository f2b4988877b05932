package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is verified, of what was published and not touched. */
class VerifyTest {

    @TempDir
    Path dir;

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
}
