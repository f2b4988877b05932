package io.lakeproof.bench;

import org.apache.spark.sql.SparkSession;

/** What looking at a dataset's versions costs who starts Spark for it. Argument: the lake. */
public final class Listing {

    private Listing() {}

    public static void main(String[] args) {
        try (SparkSession spark = ByHand.session()) {
            System.out.println(spark.read()
                    .format("delta")
                    .load(args[0] + "/lineage/versions")
                    .collectAsList());
        }
    }
}
