package io.lakeproof.lineage;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Spark, started when something first asks for it, and Hadoop's configuration, which is there before: what reads small tables
 * and files alone need not wait for the seconds that Spark takes to start.
 */
public final class Session {

    private final Supplier<SparkSession> start;
    private final Optional<Supplier<Configuration>> before;
    private SparkSession running;
    private Configuration files;

    private Session(SparkSession running, Supplier<SparkSession> start, Optional<Supplier<Configuration>> before) {
        this.running = running;
        this.start = start;
        this.before = before;
    }

    /** A session that runs. */
    public static Session of(SparkSession spark) {
        return new Session(spark, () -> spark, Optional.empty());
    }

    /**
     * A session that something may yet ask for.
     *
     * @param before Hadoop's configuration until it runs; absent: only Spark knows it, and starts for it
     */
    public static Session later(Supplier<SparkSession> start, Optional<Supplier<Configuration>> before) {
        return new Session(null, start, before);
    }

    /** The session, which it starts if it must. */
    public synchronized SparkSession spark() {
        if (running == null) {
            running = start.get();
        }
        return running;
    }

    /** The session, if it runs. */
    public synchronized Optional<SparkSession> running() {
        return Optional.ofNullable(running);
    }

    /** Hadoop's configuration as the session sees it, or as it will when it runs. */
    public synchronized Configuration hadoop() {
        if (running != null || before.isEmpty()) {
            return Hadoop.configuration(spark());
        }
        if (files == null) {
            files = before.get().get();
        }
        return files;
    }
}
