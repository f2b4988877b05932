package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Run.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs at the same time take every file once. */
class RaceTest {

    @TempDir
    Path dir;

    @Test
    void of_two_runs_over_the_same_files_one_publishes_and_the_other_finds_nothing_new() throws Exception {
        TestDataset dataset = TestDataset.in(dir).drop("a.csv", csv(0, 50));
        List<Run.Result> results = together(dataset::run, dataset::run);
        assertThat(results)
                .extracting(Run.Result::status)
                .containsExactlyInAnyOrder(Status.PUBLISHED, Status.NOTHING_NEW);
        check(dataset, 1, 50);
    }

    @Tag("long")
    @Test
    void runs_that_overlap_while_files_arrive_take_each_once() throws Exception {
        TestDataset dataset = TestDataset.in(dir).drop("0.csv", csv(0, 10));
        dataset.run();
        for (int round = 1; round <= 2; round++) {
            dataset.drop(round + "a.csv", csv(round * 20L, round * 20L + 10));
            int r = round;
            together(
                    () -> {
                        dataset.drop(r + "b.csv", csv(r * 20L + 10, r * 20L + 20));
                        return dataset.run();
                    },
                    dataset::run);
        }
        dataset.run();
        List<Long> ids = new ArrayList<>(LongStream.range(0, 10).boxed().toList());
        ids.addAll(LongStream.range(20, 60).boxed().toList());
        assertThat(dataset.ids("latest")).isEqualTo(ids);
        assertThat(dataset.lake().ledger().all())
                .extracting(entry -> entry.path())
                .doesNotHaveDuplicates()
                .hasSize(5);
    }

    private static void check(TestDataset dataset, long version, long rows) {
        assertThat(dataset.version("latest").version()).isEqualTo(version);
        assertThat(dataset.ids("latest"))
                .isEqualTo(LongStream.range(0, rows).boxed().toList());
        assertThat(dataset.run().status()).isEqualTo(Status.NOTHING_NEW);
        for (String part : dataset.lake().parts()) {
            assertThat(dataset.lake().table(part).head().count())
                    .isEqualTo(dataset.rows("latest", part).count());
        }
        assertThat(dataset.lake().ledger().all()).hasSize(1);
    }

    private static List<Run.Result> together(Callable<Run.Result> one, Callable<Run.Result> other) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            List<Run.Result> results = new ArrayList<>();
            for (Future<Run.Result> result : pool.invokeAll(List.of(one, other))) {
                results.add(result.get());
            }
            return results;
        } finally {
            pool.shutdown();
        }
    }
}
