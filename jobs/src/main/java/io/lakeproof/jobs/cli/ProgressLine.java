package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Timer;
import java.util.TimerTask;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.JavaSparkStatusTracker;
import org.apache.spark.sql.SparkSession;

/** One line on a terminal that says what goes on: seconds, step, and how many of Spark's tasks are done. */
final class ProgressLine implements Progress, AutoCloseable {

    private final PrintStream err;
    private final int columns;
    private final Instant began = Instant.now();
    private final Timer clock = new Timer("lakeproof-progress", true);
    private boolean closed;
    private volatile String step = "";
    private volatile JavaSparkStatusTracker tracker;

    ProgressLine(PrintStream err, int columns) {
        this.err = err;
        this.columns = columns;
        clock.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        draw();
                    }
                },
                300,
                300);
    }

    /** Shows Spark's tasks from here on. */
    void watch(SparkSession session) {
        tracker = JavaSparkContext.fromSparkContext(session.sparkContext()).statusTracker();
    }

    @Override
    public void begins(String next) {
        step = next;
        draw();
    }

    private synchronized void draw() {
        if (closed) {
            return;
        }
        String line =
                "%4d s  %s%s".formatted(Duration.between(began, Instant.now()).toSeconds(), step, tasks());
        err.print("\r\033[K" + line.substring(0, Math.min(line.length(), columns - 1)));
        err.flush();
    }

    private String tasks() {
        if (tracker == null) {
            return "";
        }
        int[] stages = tracker.getActiveStageIds();
        SparkStageInfo[] infos = Arrays.stream(stages)
                .mapToObj(tracker::getStageInfo)
                .filter(Objects::nonNull)
                .toArray(SparkStageInfo[]::new);
        int all = Arrays.stream(infos).mapToInt(SparkStageInfo::numTasks).sum();
        int done =
                Arrays.stream(infos).mapToInt(SparkStageInfo::numCompletedTasks).sum();
        return all == 0 ? "" : "  %d of %d tasks".formatted(done, all);
    }

    /** Takes the line away until it is drawn again. */
    synchronized void clear() {
        err.print("\r\033[K");
        err.flush();
    }

    /** Takes the line away for good. */
    @Override
    public synchronized void close() {
        closed = true;
        clock.cancel();
        clear();
    }
}
