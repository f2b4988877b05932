package io.lakeproof.bench;

import com.amazon.deequ.VerificationSuite;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What stands in notebooks: types guessed, checked by Deequ, cleaned, split at random, every part written and counted.
 * Arguments: the CSV file, its contract (not used), the folder.
 */
public final class Notebook {

    private Notebook() {}

    public static void main(String[] args) {
        try (SparkSession spark = Claims.session()) {
            Dataset<Row> rows = Claims.missing(spark.read()
                    .option("header", true)
                    .option("inferSchema", true)
                    .option("nullValue", "-1")
                    .csv(args[0]));
            Checks.pass(
                    new VerificationSuite().onData(rows).addCheck(Checks.all()).run());
            Dataset<Row> clean = Claims.features(rows.filter(Claims.sound()));
            Dataset<Row>[] parts = clean.randomSplit(new double[] {0.8, 0.1, 0.1}, 42);
            for (int i = 0; i < parts.length; i++) {
                Claims.write(parts[i], args[2] + "/" + Claims.PARTS.get(i));
                System.out.println(Claims.PARTS.get(i) + " " + parts[i].count());
            }
        }
    }
}
