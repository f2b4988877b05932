package io.lakeproof.transforms;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** A transform with SQL in it, looked through before it runs. */
interface Inspected {
    SqlCheck.Verdict inspect(SparkSession spark, StructType input);
}
