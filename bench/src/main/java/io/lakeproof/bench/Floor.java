package io.lakeproof.bench;

import java.io.IOException;
import org.apache.spark.sql.SparkSession;

/**
 * The least that ends with the rows in Delta: one read, one write. Arguments: the shape, the source, its contract, the folder.
 */
public final class Floor {

    private Floor() {}

    public static void main(String[] args) throws IOException {
        try (SparkSession spark = ByHand.session()) {
            ByHand.write(Shape.valueOf(args[0]).read(spark, args[1], ByHand.schema(args[2])), args[3] + "/raw");
        }
    }
}
