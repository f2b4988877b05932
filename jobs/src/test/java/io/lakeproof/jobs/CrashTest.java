package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run killed at any change it makes to storage leaves nothing half published, and the next run ends as if nothing had
 * happened.
 *
 * <p>{@code -Dlakeproof.schedules=N} tries N points instead of a sample; {@code -Dlakeproof.seed=S} repeats a sample.
 */
class CrashTest {

    private static final int SCHEDULES = Integer.getInteger("lakeproof.schedules", 10);
    private static final long SEED = Long.getLong("lakeproof.seed", System.nanoTime());

    @TempDir
    Path dir;

    @AfterEach
    void live() {
        CrashingFileSystem.dieAt(Long.MAX_VALUE);
    }

    @Test
    void a_run_killed_anywhere_is_made_good_by_the_next() throws IOException {
        System.err.println("CrashTest: -Dlakeproof.seed=" + SEED + " -Dlakeproof.schedules=" + SCHEDULES);
        Random random = new Random(SEED);
        TestDataset whole = second(dir.resolve("whole"));
        CrashingFileSystem.dieAt(Long.MAX_VALUE);
        Run.Result expected = whole.run();
        long changes = CrashingFileSystem.changes();
        assertThat(changes).isGreaterThan(20);
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            long dieAt = 1 + random.nextLong(changes);
            TestDataset dataset = second(Files.createDirectory(dir.resolve("killed" + schedule)));
            DatasetVersion before = dataset.version("latest");
            List<Long> idsBefore = dataset.ids("latest");
            CrashingFileSystem.dieAt(dieAt);
            try {
                dataset.run();
            } catch (Exception killed) {
                // That is the point.
            }
            CrashingFileSystem.dieAt(Long.MAX_VALUE);
            DatasetVersion between = dataset.version("latest");
            assertThat(dataset.ids("1"))
                    .as("version 1, killed at %d of %d", dieAt, changes)
                    .isEqualTo(idsBefore);
            assertThat(between.version()).isIn(before.version(), expected.version());

            Run.Result after = dataset.run();
            assertThat(after.status()).isEqualTo(between.version() == 2 ? Status.NOTHING_NEW : Status.PUBLISHED);
            assertThat(after.version()).isEqualTo(2);
            assertThat(dataset.ids("2"))
                    .as("version 2, killed at %d of %d", dieAt, changes)
                    .isEqualTo(LongStream.range(0, 60).boxed().toList());
            for (TableVersion table : expected.tables()) {
                assertThat(dataset.version("2")
                                .table(table.name())
                                .orElseThrow()
                                .fingerprint())
                        .as("%s, killed at %d of %d", table.name(), dieAt, changes)
                        .isEqualTo(table.fingerprint());
            }
            for (String part : dataset.lake().parts()) {
                assertThat(dataset.lake().table(part).head().count())
                        .as("the bare head of %s, killed at %d of %d", part, dieAt, changes)
                        .isEqualTo(dataset.rows("2", part).count());
            }
            assertThat(dataset.lake().ledger().all())
                    .as("the ledger, killed at %d of %d", dieAt, changes)
                    .extracting(entry -> entry.path().substring(entry.path().lastIndexOf('/') + 1))
                    .containsExactlyInAnyOrder("a.csv", "b.csv");
            assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        }
    }

    /** A dataset at version 1, with a second file dropped. */
    private static TestDataset second(Path dir) {
        TestDataset dataset = TestDataset.crashing(dir).drop("a.csv", csv(0, 40));
        dataset.run();
        return dataset.drop("b.csv", csv(40, 60) + "60,-1,bad\nx,1,bad\n");
    }
}
