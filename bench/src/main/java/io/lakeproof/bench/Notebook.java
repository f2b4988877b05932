package io.lakeproof.bench;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What stands in notebooks: types guessed, raw kept, checked by Deequ, cleaned, split at random, every part written and counted.
 * Arguments: the shape, which is that of claims, the CSV file, its contract (not used), the folder.
 */
public final class Notebook {

    private Notebook() {}

    public static void main(String[] args) {
        try (SparkSession spark = ByHand.session()) {
            Dataset<Row> rows = Shape.missing(spark.read()
                    .option("header", true)
                    .option("inferSchema", true)
                    .option("nullValue", "-1")
                    .csv(args[1]));
            ByHand.write(rows, args[3] + "/raw");
            ByHand.check(Shape.CLAIMS, rows);
            Dataset<Row> clean = Shape.CLAIMS.features(rows.filter(Shape.CLAIMS.sound()));
            Dataset<Row>[] parts = clean.randomSplit(new double[] {0.8, 0.1, 0.1}, 42);
            for (int i = 0; i < parts.length; i++) {
                ByHand.write(parts[i], args[3] + "/" + ByHand.PARTS.get(i));
                System.out.println(ByHand.PARTS.get(i) + " " + parts[i].count());
            }
        }
    }
}
