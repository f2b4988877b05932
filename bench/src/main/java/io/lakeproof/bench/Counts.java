package io.lakeproof.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Counts what a Spark application does, and the bytes that it reads below {@link CountingFileSystem}; when it ends, writes the
 * counts to the file that the system property {@code bench.counts} names. Put into a contender by
 * {@code spark.extraListeners}.
 */
public final class Counts extends SparkListener {

    private final LongAdder jobs = new LongAdder();
    private final LongAdder stages = new LongAdder();
    private final LongAdder tasks = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder bytesShuffled = new LongAdder();

    @Override
    public void onJobStart(SparkListenerJobStart job) {
        jobs.increment();
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted stage) {
        stages.increment();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd task) {
        tasks.increment();
        TaskMetrics metrics = task.taskMetrics();
        if (metrics != null) {
            bytesRead.add(metrics.inputMetrics().bytesRead());
            bytesWritten.add(metrics.outputMetrics().bytesWritten());
            bytesShuffled.add(metrics.shuffleWriteMetrics().bytesWritten());
        }
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd end) {
        try {
            Files.writeString(
                    Path.of(System.getProperty("bench.counts")),
                    "{\"jobs\": %s, \"stages\": %s, \"tasks\": %s, \"bytesRead\": %s, \"bytesWritten\": %s, \"bytesShuffled\": %s, \"sourceBytesRead\": %s}%n"
                            .formatted(jobs, stages, tasks, bytesRead, bytesWritten, bytesShuffled, sourceBytesRead()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long sourceBytesRead() {
        StorageStatistics counted = FileSystem.getGlobalStorageStatistics().get("count");
        return counted == null ? 0 : counted.getLong("bytesRead");
    }
}
