package io.lakeproof.bench;

import java.io.IOException;
import org.apache.spark.sql.SparkSession;

/**
 * The least that ends with the same tables in Delta: one read, raw written, and the parts from it, nothing checked. Arguments:
 * the shape, the source, its contract, the folder.
 */
public final class Floor {

    private Floor() {}

    public static void main(String[] args) throws IOException {
        Shape shape = Shape.valueOf(args[0]);
        try (SparkSession spark = ByHand.session()) {
            ByHand.write(shape.read(spark, args[1], ByHand.schema(args[2])), args[3] + "/raw");
            ByHand.split(shape, spark.read().format("delta").load(args[3] + "/raw"), args[3]);
        }
    }
}
