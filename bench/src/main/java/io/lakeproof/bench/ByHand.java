package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import com.amazon.deequ.VerificationSuite;
import com.amazon.deequ.checks.CheckStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** What the contenders that are written by hand have in common. */
final class ByHand {

    static final List<String> PARTS = List.of("train", "validation", "test");

    private ByHand() {}

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
        return StructType.fromDDL(Files.readString(Path.of(ddl)).replaceAll("--.*", ""));
    }

    /** @throws IllegalStateException with what failed */
    static void check(Shape shape, Dataset<Row> rows) {
        var result =
                new VerificationSuite().onData(rows).addCheck(shape.check()).run();
        if (!result.status().equals(CheckStatus.Success())) {
            throw new IllegalStateException(result.checkResults().toString());
        }
    }

    /** Writes the parts by the key's hash. */
    static void split(Shape shape, Dataset<Row> rows, String folder) {
        Column place = pmod(xxhash64(lit(42), col(shape.key())), lit(100));
        write(rows.filter(place.lt(80)), folder + "/train");
        write(rows.filter(place.geq(80).and(place.lt(90))), folder + "/validation");
        write(rows.filter(place.geq(90)), folder + "/test");
    }

    static void write(Dataset<Row> rows, String folder) {
        rows.write().format("delta").mode("overwrite").save(folder);
    }
}
