package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;

/**
 * Adds columns of a pinned version of a Delta table, matched by columns that both share. NULL matches nothing. A key that
 * the other table has more than once stops the run: rows are never multiplied.
 *
 * @param table a URI, or a name: {@code schema.table} or {@code catalog.schema.table}
 * @param columns what to add; empty: all but the key
 */
record Join(String table, long version, List<String> on, List<String> columns, boolean inner) implements Transform {

    static boolean isName(String table) {
        return table.matches("[^/:]+(\\.[^/:.]+){1,2}") && !table.startsWith(".");
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        StructType left = input.schema();
        List<String> wrong = Columns.absent("join", left, on);
        if (!wrong.isEmpty()) {
            try {
                read(input.sparkSession());
            } catch (BadStep unreadable) {
                wrong.addAll(unreadable.messages());
            }
        }
        BadStep.refuse(wrong);
        Dataset<Row> right = read(input.sparkSession());
        String where = table + " version " + version;
        Columns.require(
                "join: in " + where,
                right.schema(),
                Stream.concat(on.stream(), columns.stream()).toList());
        for (String key : on) {
            DataType mine = Columns.type(left, key);
            DataType other = Columns.type(right.schema(), key);
            if (!mine.equals(other) && !(whole(mine) && whole(other))) {
                throw new BadStep("join: column '%s' is %s here and %s in %s; cast it before"
                        .formatted(key, mine.catalogString(), other.catalogString(), where));
            }
        }
        List<String> added = columns.isEmpty()
                ? Columns.of(right.schema()).stream()
                        .filter(name -> !on.contains(name))
                        .toList()
                : columns;
        List<String> taken = Columns.of(left).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        for (String name : added) {
            if (taken.contains(name.toLowerCase(Locale.ROOT))) {
                throw new BadStep(
                        "join: column '%s' is in both; list the others in columns, or rename or drop it before"
                                .formatted(name));
            }
        }
        if (added.isEmpty() && !inner) {
            throw new BadStep("join: %s has no column to add; list columns, or say how: inner to keep matching rows"
                    .formatted(where));
        }
        List<String> output = new ArrayList<>(Columns.of(left));
        output.addAll(added);
        return input.join(
                        unique(right, added, where),
                        JavaConverters.asScalaBufferConverter(on).asScala().toSeq(),
                        inner ? "inner" : "left")
                .select(output.stream().map(Columns::named).toArray(Column[]::new));
    }

    /** One row per key, whatever the table holds; a value of a key that it has twice cannot be read. */
    private Dataset<Row> unique(Dataset<Row> right, List<String> added, String where) {
        Column[] key = on.stream().map(Columns::named).toArray(Column[]::new);
        Column known = Arrays.stream(key).map(Column::isNotNull).reduce(lit(true), Column::and);
        if (added.isEmpty()) {
            return right.where(known).select(key).distinct();
        }
        Column values = struct(added.stream().map(Columns::named).toArray(Column[]::new));
        Dataset<Row> grouped = right.where(known)
                .groupBy(key)
                .agg(count(lit(1)).as("__rows"), first(values).as("__values"));
        DataType type = Columns.type(grouped.schema(), "__values");
        Column bad = Columns.bad(
                type,
                "join: key (",
                concat_ws(
                        ", ",
                        Arrays.stream(key).map(value -> value.cast("string")).toArray(Column[]::new)),
                ") occurs ",
                Columns.named("__rows"),
                " times in " + where + ", where it must be unique; deduplicate that table first");
        Column one = when(Columns.named("__rows").equalTo(1), Columns.named("__values"))
                .otherwise(bad);
        return grouped.select(Stream.concat(Arrays.stream(key), Stream.of(one.as("__values")))
                        .toArray(Column[]::new))
                .select(Stream.concat(Arrays.stream(key), added.stream().map(name -> Columns.named("__values")
                                .getField(name)
                                .as(name)))
                        .toArray(Column[]::new));
    }

    /** What is read of the other table: the key's columns and those that are added. */
    Dataset<Row> other(SparkSession spark) {
        Dataset<Row> right = read(spark);
        return columns.isEmpty()
                ? right
                : right.select(Stream.concat(on.stream(), columns.stream())
                        .map(Columns::named)
                        .toArray(Column[]::new));
    }

    private Dataset<Row> read(SparkSession spark) {
        try {
            if (isName(table)) {
                String name =
                        Arrays.stream(table.split("\\.")).map(Columns::quoted).collect(Collectors.joining("."));
                return spark.sql("SELECT * FROM " + name + " VERSION AS OF " + version);
            }
            return spark.read().format("delta").option("versionAsOf", version).load(table);
        } catch (Exception e) {
            // Not RuntimeException: Spark throws checked exceptions that it does not declare.
            throw new BadStep(
                    "join: %s cannot be read at version %d: %s; name a Delta table, and a version that it has"
                            .formatted(table, version, SqlCheck.firstLine(e)),
                    e);
        }
    }

    private static boolean whole(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType;
    }
}
