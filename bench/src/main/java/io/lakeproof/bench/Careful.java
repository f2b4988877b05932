package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import java.io.IOException;
import org.apache.spark.sql.Column;
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
            Dataset<Row> clean = shape.features(raw.filter(shape.sound()));
            Column place = pmod(xxhash64(lit(42), col(shape.key())), lit(100));
            ByHand.write(clean.filter(place.lt(80)), args[3] + "/train");
            ByHand.write(clean.filter(place.geq(80).and(place.lt(90))), args[3] + "/validation");
            ByHand.write(clean.filter(place.geq(90)), args[3] + "/test");
        }
    }
}
