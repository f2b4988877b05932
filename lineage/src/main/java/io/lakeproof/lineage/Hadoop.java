package io.lakeproof.lineage;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;

/** Hadoop's configuration as a session sees it. */
public final class Hadoop {

    private Hadoop() {}

    /** The context's configuration and what the session adds, such as credentials set on a Databricks session. */
    public static Configuration configuration(SparkSession spark) {
        Configuration hadoop = new Configuration(spark.sparkContext().hadoopConfiguration());
        JavaConverters.mapAsJavaMap(spark.conf().getAll()).forEach((key, value) -> {
            if (!key.startsWith("spark.")) {
                hadoop.set(key, value);
            }
        });
        return hadoop;
    }
}
