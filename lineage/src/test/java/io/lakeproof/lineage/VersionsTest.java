package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publication is one conditional commit. */
class VersionsTest {

    @TempDir
    Path dir;

    @Test
    void a_version_comes_back_as_it_was_published() {
        Versions versions = versions();
        assertThat(versions.latest()).isEmpty();
        DatasetVersion first = version(1, Stamp.of("claims", "run"), change("a", List.of()));
        assertThat(versions.publish(first, Map.of(), new Stamp("claims", first.runId(), first.attempt())))
                .isTrue();
        assertThat(versions.latest()).contains(first);
        assertThat(versions.find(1)).contains(first);
        assertThat(versions.find(2)).isEmpty();
    }

    @Test
    void of_many_publishers_of_one_number_exactly_one_gets_through() throws Exception {
        Versions versions = versions();
        for (int number = 1; number <= 3; number++) {
            int next = number;
            List<Callable<Boolean>> publishers = IntStream.range(0, 4)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        Stamp stamp = Stamp.of("claims", "run" + i);
                        return versions().publish(version(next, stamp, change("b" + next, List.of())), Map.of(), stamp);
                    })
                    .toList();
            ExecutorService pool = Executors.newFixedThreadPool(4);
            try {
                int through = 0;
                for (Future<Boolean> result : pool.invokeAll(publishers)) {
                    through += result.get() ? 1 : 0;
                }
                assertThat(through).isEqualTo(1);
            } finally {
                pool.shutdown();
            }
        }
        assertThat(versions.rows().count()).isEqualTo(3);
        assertThat(versions.latest().orElseThrow().version()).isEqualTo(3);
    }

    @Test
    void members_are_the_fold_of_all_changes() {
        Versions versions = versions();
        publish(versions, 1, change("a", List.of()));
        publish(versions, 2, change("b", List.of()));
        publish(
                versions,
                3,
                new Membership(
                        List.of("c"),
                        List.of("a"),
                        List.of(new FileOfBatch("b", "x")),
                        List.of("c"),
                        List.of("a", "b"),
                        List.of(),
                        1));
        Versions.Members members = versions.members(3);
        assertThat(members.batches()).containsExactly("b", "c");
        assertThat(members.filesRemoved()).containsExactly(new FileOfBatch("b", "x"));
        assertThat(members.judgements()).containsExactly("c");
        assertThat(versions.members(1).batches()).containsExactly("a");
    }

    private static void publish(Versions versions, long number, Membership change) {
        Stamp stamp = Stamp.of("claims", "run");
        assertThat(versions.publish(version(number, stamp, change), Map.of(), stamp))
                .isTrue();
    }

    private static Membership change(String batch, List<String> removed) {
        return new Membership(List.of(batch), removed, List.of(), List.of(batch), List.of(), List.of(), 1);
    }

    private static DatasetVersion version(long number, Stamp stamp, Membership change) {
        return new DatasetVersion(
                number,
                Instant.parse("2026-01-02T03:04:05.678901Z"),
                stamp.run(),
                stamp.attempt(),
                List.of(new TableVersion("train", "file:/lake/train", "id", 7, 42, "lp1:ab", "lp1/42/s/ab", "f1")),
                change,
                "{}",
                Json.sha256("{}"),
                number == 1 ? Optional.empty() : Optional.of("before"),
                Optional.of("signed"));
    }

    private Versions versions() {
        return Versions.of(
                Session.of(LocalSpark.session()),
                new TableName.Folder(dir.resolve("versions").toUri().toString()));
    }
}
