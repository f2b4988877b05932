package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import com.amazon.deequ.VerificationSuite;
import java.io.IOException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The best job that someone writes by hand: a contract, raw written once, one pass of Deequ, a split by the key's hash, three
 * writes. It takes files twice, loses the rows it turns away, and proves nothing. Arguments: the CSV file, its contract, the
 * folder.
 */
public final class Careful {

    private Careful() {}

    public static void main(String[] args) throws IOException {
        try (SparkSession spark = Claims.session()) {
            Claims.write(Claims.read(spark, args[0], Claims.schema(args[1])), args[2] + "/raw");
            Dataset<Row> raw = spark.read().format("delta").load(args[2] + "/raw");
            Checks.pass(
                    new VerificationSuite().onData(raw).addCheck(Checks.all()).run());
            Dataset<Row> clean = Claims.features(raw.filter(Claims.sound()));
            Column place = pmod(xxhash64(lit(42), col("id")), lit(100));
            Claims.write(clean.filter(place.lt(80)), args[2] + "/train");
            Claims.write(clean.filter(place.geq(80).and(place.lt(90))), args[2] + "/validation");
            Claims.write(clean.filter(place.geq(90)), args[2] + "/test");
        }
    }
}
