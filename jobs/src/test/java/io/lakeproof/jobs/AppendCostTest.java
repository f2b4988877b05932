package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Run.Status;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an append costs depends on its batch, not on what was published before. */
class AppendCostTest {

    @TempDir
    Path dir;

    private TestDataset dataset;

    @BeforeEach
    void make() {
        dataset = TestDataset.in(dir);
    }

    @Test
    void an_append_opens_no_row_that_was_published_before() throws IOException {
        dataset.drop("a.csv", csv(0, 50) + "50,-1,bad\nx,1,bad\n").run();
        try (Stream<Path> files = Files.walk(dir.resolve("lake"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".parquet")
                            && !f.toString().contains("/lineage/")
                            && !f.toString().contains("/_delta_log/"))
                    .toList()) {
                Files.write(file, new byte[(int) Files.size(file)]);
                Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
            }
        }
        assertThatThrownBy(() -> dataset.ids("1")).isInstanceOf(Exception.class);

        Run.Result result =
                dataset.drop("b.csv", csv(50, 80) + "80,-1,bad\nx,1,bad\n").run();

        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(result.tables())
                .filteredOn(table -> dataset.lake().parts().contains(table.name()))
                .extracting(table -> table.rows())
                .satisfies(rows ->
                        assertThat(rows.stream().mapToLong(r -> r).sum()).isEqualTo(80));
    }

    @Tag("ci")
    @Test
    void an_append_to_eight_versions_starts_as_many_jobs_as_one_to_two() {
        List<Integer> jobs = LongStream.rangeClosed(1, 9)
                .mapToObj(version -> {
                    dataset.drop(version + ".csv", csv(version * 20, version * 20 + 20));
                    return jobs(() -> assertThat(dataset.run().version()).isEqualTo(version));
                })
                .toList();
        assertThat(jobs.get(8)).as("jobs of each append: %s", jobs).isEqualTo(jobs.get(2));
    }

    /** The Spark jobs that it starts. */
    private static int jobs(Runnable action) {
        SparkContext context = LocalSpark.session().sparkContext();
        AtomicInteger started = new AtomicInteger();
        CountDownLatch told = new CountDownLatch(1);
        SparkListener listener = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart job) {
                if ("the last".equals(job.properties().getProperty("spark.job.description"))) {
                    told.countDown();
                } else {
                    started.incrementAndGet();
                }
            }
        };
        context.addSparkListener(listener);
        try {
            action.run();
            // Events come in order: once this job is told of, all before it were.
            context.setJobDescription("the last");
            LocalSpark.session().range(1).toJavaRDD().count();
            assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            context.setJobDescription(null);
            context.removeSparkListener(listener);
        }
        return started.get();
    }
}
