package io.lakeproof.bench;

import java.io.IOException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The best job that someone writes by hand: a contract, raw written once, one pass of Deequ, a split by the key's hash, three
 * writes. It takes files twice, loses the rows it turns away, and proves nothing. Arguments: the shape, the source, its
 * contract, the folder.
 */
public final class Careful {

    private Careful() {}

    public static void main(String[] args) throws IOException {
        Shape shape = Shape.valueOf(args[0]);
        try (SparkSession spark = ByHand.session()) {
            ByHand.write(shape.read(spark, args[1], ByHand.schema(args[2])), args[3] + "/raw");
            Dataset<Row> raw = spark.read().format("delta").load(args[3] + "/raw");
            ByHand.check(shape, raw);
            ByHand.split(shape, shape.features(raw.filter(shape.sound())), args[3]);
        }
    }
}
