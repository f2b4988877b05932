package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.spec.StorageAccount;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Where commands get Spark from.
 *
 * @param files how Hadoop opens files before there is Spark
 * @param spark the session, started when it is first asked for; told how a spec opens accounts of Azure's storage
 */
record Engine(Supplier<Configuration> files, Function<List<StorageAccount>, SparkSession> spark) {

    /** A session that somebody else configured: storage is opened as they say, whatever a spec does. */
    static Engine of(Supplier<SparkSession> session) {
        return new Engine(() -> session.get().sparkContext().hadoopConfiguration(), accounts -> session.get());
    }

    SparkSession start() {
        return spark.apply(List.of());
    }
}
