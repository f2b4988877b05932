package io.lakeproof.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Reads every row and column of a version's tables once, and keeps nothing. Argument: the lake of one version. */
public final class Reading {

    private Reading() {}

    public static void main(String[] args) {
        try (SparkSession spark = ByHand.session()) {
            for (String table : List.of("raw", "quarantine", "train", "validation", "test")) {
                // A run that turns no row away has no quarantine.
                if (Files.exists(Path.of(args[0], table))) {
                    spark.read()
                            .format("delta")
                            .load(args[0] + "/" + table)
                            .write()
                            .format("noop")
                            .mode("overwrite")
                            .save();
                }
            }
        }
    }
}
