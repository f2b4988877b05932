package io.lakeproof.bench;

import java.io.IOException;
import org.apache.spark.sql.SparkSession;

/** The least that ends with the rows in Delta: one read, one write. Arguments: the CSV file, its contract, the folder. */
public final class Floor {

    private Floor() {}

    public static void main(String[] args) throws IOException {
        try (SparkSession spark = Claims.session()) {
            Claims.write(Claims.read(spark, args[0], Claims.schema(args[1])), args[2] + "/raw");
        }
    }
}
