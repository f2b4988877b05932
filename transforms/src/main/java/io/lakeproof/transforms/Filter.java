package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.expr;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Keeps the rows for which the condition is true; rows for which it is false or NULL go. */
record Filter(String where) implements Transform, Inspected {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        return input.where(expr(where));
    }

    @Override
    public SqlCheck.Verdict inspect(SparkSession spark, StructType input) {
        return SqlCheck.over(spark, SqlCheck.INPUT, input).condition(where);
    }
}
