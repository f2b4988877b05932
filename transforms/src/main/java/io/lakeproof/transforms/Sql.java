package io.lakeproof.transforms;

import java.util.UUID;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The result of one SELECT over {@code input}. */
record Sql(String query) implements Transform, Inspected {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        SparkSession spark = input.sparkSession();
        String view = "lakeproof_" + UUID.randomUUID().toString().replace("-", "");
        // A view of its own plan: dropping a view uncaches the plan it was made of.
        input.select(Columns.of(input.schema()).stream().map(Columns::named).toArray(Column[]::new))
                .createOrReplaceTempView(view);
        try {
            // A common table expression hides any view or table of that name.
            return spark.sql(
                    "WITH input AS (SELECT * FROM " + view + ") SELECT * FROM (\n" + SqlCheck.bare(query) + "\n)");
        } finally {
            spark.catalog().dropTempView(view);
        }
    }

    @Override
    public SqlCheck.Verdict inspect(SparkSession spark, StructType input) {
        return SqlCheck.over(spark, SqlCheck.INPUT, input).query(query);
    }
}
