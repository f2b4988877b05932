package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What {@code examples/porto-seguro} asks, for contenders that write it by hand. */
final class Claims {

    /** The example's row rules as SQL: false or NULL is a fault. */
    static final List<String> RULES = List.of(
            "id IS NOT NULL",
            "target IS NULL OR target IN (0, 1)",
            "ps_ind_01 >= 0 AND ps_ind_01 <= 7",
            "ps_ind_03 >= 0 AND ps_ind_03 <= 11",
            "ps_ind_14 >= 0 AND ps_ind_14 <= 4",
            "ps_reg_01 >= 0 AND ps_reg_01 <= 1",
            "ps_reg_02 >= 0 AND ps_reg_02 <= 2",
            "ps_reg_03 IS NULL OR ps_reg_03 > 0",
            "ps_car_11_cat >= 1 AND ps_car_11_cat <= 104",
            "ps_car_13 > 0 AND ps_car_13 < 10",
            "ps_car_15 >= 0 AND ps_car_15 < 4");

    static final List<String> PARTS = List.of("train", "validation", "test");

    private Claims() {}

    /** As the launcher starts its own, with the code generation that Spark comes with. */
    static SparkSession session() {
        String cores = Integer.toString(Math.max(2, Runtime.getRuntime().availableProcessors()));
        SparkSession session = SparkSession.builder()
                .master("local[*]")
                .appName("bench")
                .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
                .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", cores)
                .config("spark.databricks.delta.snapshotPartitions", "2")
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        return session;
    }

    static StructType schema(String ddl) throws IOException {
        return StructType.fromDDL(Files.readString(Path.of(ddl)));
    }

    /** The rows with both ways of writing "missing" as NULL. */
    static Dataset<Row> read(SparkSession spark, String file, StructType schema) {
        return missing(spark.read()
                .schema(schema)
                .option("header", true)
                .option("nullValue", "-1")
                .csv(file));
    }

    static Dataset<Row> missing(Dataset<Row> rows) {
        return rows.select(
                Stream.of(rows.schema().fields()).map(Claims::present).toArray(Column[]::new));
    }

    private static Column present(StructField field) {
        Column value = col(field.name());
        return field.dataType().equals(DataTypes.DoubleType)
                ? when(value.notEqual(lit(-1.0)), value).as(field.name())
                : value;
    }

    /** True for a row that meets every rule. */
    static Column sound() {
        return expr("(" + String.join(") AND (", RULES) + ")");
    }

    static Dataset<Row> features(Dataset<Row> rows) {
        return rows.select(Stream.concat(
                        Stream.of(rows.columns())
                                .filter(name -> !name.startsWith("ps_calc_"))
                                .map(rows::col),
                        Stream.of(expr("ps_car_13 * ps_reg_03").as("ps_car_13_x_ps_reg_03")))
                .toArray(Column[]::new));
    }

    static void write(Dataset<Row> rows, String folder) {
        rows.write().format("delta").mode("overwrite").save(folder);
    }
}
