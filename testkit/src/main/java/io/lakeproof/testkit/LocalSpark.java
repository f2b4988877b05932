package io.lakeproof.testkit;

import org.apache.spark.sql.SparkSession;

/** One local Spark session with Delta for all tests of a JVM: starting one costs seconds, and Spark allows one context. */
public final class LocalSpark {

    private LocalSpark() {}

    /**
     * The shared session: two cores, no web page, UTC. Never stop it; the JVM's end does. Expressions are interpreted, for
     * compiling them costs more than a test's few rows: {@code -Dlakeproof.codegen=true} compiles them, as every session
     * outside these tests does.
     */
    public static SparkSession session() {
        return Holder.SESSION;
    }

    private static final class Holder {
        private static final boolean CODEGEN = Boolean.getBoolean("lakeproof.codegen");
        private static final SparkSession SESSION = start();

        private static SparkSession start() {
            SparkSession session = SparkSession.builder()
                    .master("local[2]")
                    .appName("lakeproof-test")
                    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                    .config(
                            "spark.sql.warehouse.dir",
                            "target/spark-warehouse-" + System.getProperty("lakeproof.fork", "1"))
                    .config("spark.sql.session.timeZone", "UTC")
                    .config("spark.sql.shuffle.partitions", "2")
                    .config("spark.databricks.delta.snapshotPartitions", "1")
                    .config("spark.ui.enabled", "false")
                    .config("spark.sql.codegen.wholeStage", CODEGEN)
                    .config("spark.sql.codegen.factoryMode", CODEGEN ? "FALLBACK" : "NO_CODEGEN")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    .config("spark.driver.host", "127.0.0.1")
                    .getOrCreate();
            session.sparkContext().setLogLevel("ERROR");
            return session;
        }
    }
}
