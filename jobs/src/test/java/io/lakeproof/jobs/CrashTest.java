package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run killed at any change it makes to storage leaves nothing half published, and the next run ends as if nothing had
 * happened.
 *
 * <p>{@code -Dlakeproof.schedules=N} tries N points instead of a sample; {@code -Dlakeproof.seed=S} repeats a sample.
 */
@Tag("ci")
class CrashTest {

    private static final int SCHEDULES = Integer.getInteger("lakeproof.schedules", 12);

    /** Schedules on one dataset, whose history grows with each, before the next begins anew. */
    private static final int HISTORY = 20;

    private static final long ROWS = 20;

    @TempDir
    Path dir;

    @AfterEach
    void live() {
        CrashingFileSystem.dieAt(Long.MAX_VALUE);
    }

    @Test
    void a_run_killed_anywhere_is_made_good_by_the_next() throws IOException {
        System.err.println("CrashTest: -Dlakeproof.seed=" + Seed.CHOSEN + " -Dlakeproof.schedules=" + SCHEDULES);
        Random random = new Random(Seed.CHOSEN);
        TestDataset dataset = null;
        long version = 0;
        long changes = 0;
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            if (schedule % HISTORY == 0) {
                dataset = TestDataset.crashing(Files.createDirectory(dir.resolve("from" + schedule)));
                drop(dataset, 1).run();
                drop(dataset, 2);
                CrashingFileSystem.dieAt(Long.MAX_VALUE);
                dataset.run();
                version = 2;
                changes = CrashingFileSystem.changes();
                assertThat(changes).isGreaterThan(20);
            }
            long dieAt = 1 + random.nextLong(changes);
            String killed = "version %d, killed at %d of %d".formatted(version + 1, dieAt, changes);
            drop(dataset, version + 1);
            CrashingFileSystem.dieAt(dieAt);
            try {
                dataset.run();
            } catch (Exception e) {
                // That is the point.
            }
            CrashingFileSystem.dieAt(Long.MAX_VALUE);
            long between = dataset.version("latest").version();
            assertThat(between).as(killed).isIn(version, version + 1);
            assertThat(dataset.ids(Long.toString(version))).as(killed).isEqualTo(ids(version));

            Run.Result after = dataset.run();
            changes = Math.max(changes, CrashingFileSystem.changes());
            assertThat(after.status()).as(killed).isEqualTo(between == version ? Status.PUBLISHED : Status.NOTHING_NEW);
            version++;
            assertThat(after.version()).as(killed).isEqualTo(version);
            check(dataset, version, after, killed);
        }
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
    }

    @Test
    void a_part_without_rows_that_a_killed_first_run_left_does_not_stop_the_next() {
        TestDataset dataset = TestDataset.crashing(dir).drop("1.csv", csv(0, 1));
        CrashingFileSystem.dieBefore("lineage/versions/");
        assertThatThrownBy(dataset::run);
        live();

        assertThat(dataset.run().version()).isEqualTo(1);
        assertThat(dataset.rows("1", "train").isEmpty()).isTrue();
        assertThat(dataset.ids("1")).containsExactly(0L);
    }

    private static void check(TestDataset dataset, long version, Run.Result result, String killed) {
        assertThat(dataset.ids(Long.toString(version))).as(killed).isEqualTo(ids(version));
        for (TableVersion table : result.tables()) {
            if (dataset.lake().parts().contains(table.name())) {
                Fingerprint head =
                        Fingerprint.of(dataset.lake().table(table.name()).head());
                assertThat(head.text())
                        .as("the bare head of %s, %s", table.name(), killed)
                        .isEqualTo(table.fingerprint());
            }
            long rows = table.name().equals("quarantine") ? 2 * version : ROWS * version + version;
            if (!dataset.lake().parts().contains(table.name())) {
                assertThat(table.rows())
                        .as("rows of %s, %s", table.name(), killed)
                        .isEqualTo(rows);
            }
        }
        assertThat(dataset.lake().ledger().all())
                .as("the ledger, %s", killed)
                .extracting(entry -> entry.path().substring(entry.path().lastIndexOf('/') + 1))
                .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, version)
                        .mapToObj(file -> file + ".csv")
                        .toList());
    }

    /** Drops the file that a version takes in: rows to keep, one that breaks a rule, and one that nobody can read. */
    private static TestDataset drop(TestDataset dataset, long version) {
        long from = (version - 1) * ROWS;
        return dataset.drop(version + ".csv", csv(from, from + ROWS) + (from + 1_000_000) + ",-1,bad\nx,1,bad\n");
    }

    private static List<Long> ids(long version) {
        return LongStream.range(0, version * ROWS).boxed().toList();
    }
}
