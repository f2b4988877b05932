package io.lakeproof.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;

/**
 * The same parse, checks and split on one machine by DuckDB with two threads, into Parquet. Arguments: the
 * shape, which is that of claims, the CSV file, its contract, the folder.
 */
public final class Duck {

    private Duck() {}

    public static void main(String[] args) throws IOException, SQLException {
        StructType schema = ByHand.schema(args[2]);
        Path folder = Files.createDirectories(Path.of(args[3]));
        String columns = Stream.of(schema.fields())
                .map(field -> "'" + field.name() + "': '" + field.dataType().sql() + "'")
                .collect(Collectors.joining(", ", "{", "}"));
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement sql = duck.createStatement()) {
            sql.execute("SET threads = 2");
            sql.execute("CREATE TABLE raw AS SELECT * FROM read_csv('" + args[1] + "', header = true, columns = "
                    + columns + ", nullstr = ['-1', '-1.0'])");
            copy(sql, "SELECT * FROM raw", folder.resolve("raw.parquet"));
            String sound = "((" + String.join(") AND (", Shape.CLAIMS.rules()) + "))";
            String checks = "SELECT count(*) > 0 AND count(DISTINCT id) = count(id)"
                    + " AND count(ps_reg_03) > 0.7 * count(*) AND count(ps_car_14) > 0.8 * count(*)"
                    + Shape.CLAIMS.rules().stream()
                            .map(rule -> " AND count(*) FILTER (" + rule + ") > 0.99 * count(*)")
                            .collect(Collectors.joining())
                    + " FROM raw";
            try (ResultSet passed = sql.executeQuery(checks)) {
                if (!passed.next() || !passed.getBoolean(1)) {
                    throw new IllegalStateException(checks);
                }
            }
            sql.execute("CREATE VIEW clean AS SELECT COLUMNS(c -> c NOT LIKE 'ps_calc_%'),"
                    + " ps_car_13 * ps_reg_03 AS ps_car_13_x_ps_reg_03, hash(id, 42) % 100 AS place FROM raw WHERE "
                    + sound);
            copy(sql, "SELECT * EXCLUDE place FROM clean WHERE place < 80", folder.resolve("train.parquet"));
            copy(
                    sql,
                    "SELECT * EXCLUDE place FROM clean WHERE place >= 80 AND place < 90",
                    folder.resolve("validation.parquet"));
            copy(sql, "SELECT * EXCLUDE place FROM clean WHERE place >= 90", folder.resolve("test.parquet"));
        }
    }

    private static void copy(Statement sql, String query, Path file) throws SQLException {
        sql.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
}
