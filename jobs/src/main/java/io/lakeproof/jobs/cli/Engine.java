package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.spec.StorageAccount;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Where commands get Spark from.
 *
 * @param before how Hadoop opens files before there is Spark; absent: only Spark knows it
 * @param spark the session, started when it is first asked for; told how a spec opens accounts of Azure's storage
 */
record Engine(Optional<Supplier<Configuration>> before, Function<List<StorageAccount>, SparkSession> spark) {

    /** A session that somebody else configured: storage is opened as they say, whatever a spec does. */
    static Engine of(Supplier<SparkSession> session) {
        return new Engine(Optional.empty(), accounts -> session.get());
    }

    /** How Hadoop opens files. */
    Supplier<Configuration> files() {
        return before.orElse(() -> start().sparkContext().hadoopConfiguration());
    }

    SparkSession start() {
        return spark.apply(List.of());
    }
}
