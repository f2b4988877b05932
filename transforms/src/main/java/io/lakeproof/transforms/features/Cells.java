package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.conv;
import static org.apache.spark.sql.functions.desc;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Cells of a column as numbers and as categories, and the columns that steps put in their place. */
final class Cells {

    /** Up to here a map of categories fits into a plan, and into a person's head. */
    static final int MOST_CATEGORIES = 10_000;

    private Cells() {}

    /** True for NULL and for NaN. */
    static Column missing(StructType schema, String name) {
        Column value = Columns.named(name);
        DataType type = Columns.type(schema, name);
        return type instanceof DoubleType || type instanceof FloatType
                ? value.isNull().or(value.cast("double").isNaN())
                : value.isNull();
    }

    /** The value as a double; NULL where it is missing or infinite: nothing is learned from those. */
    static Column finite(StructType schema, String name) {
        Column number = Columns.named(name).cast("double");
        return when(
                not(missing(schema, name)).and(not(number.isin(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY))),
                number);
    }

    /** The text under which a value is a category. */
    static Column category(String name) {
        return Columns.named(name).cast("string");
    }

    static StructField number(String kind, StructType schema, String name) {
        StructField field = field(kind, schema, name);
        if (!(field.dataType() instanceof NumericType)) {
            throw new BadStep("%s: column '%s' is %s, not a number; cast it, or index it before"
                    .formatted(kind, name, field.dataType().catalogString()));
        }
        return field;
    }

    static StructField categories(String kind, StructType schema, String name) {
        StructField field = field(kind, schema, name);
        DataType type = field.dataType();
        if (!(type instanceof StringType
                || type instanceof BooleanType
                || type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType
                || type instanceof DateType)) {
            throw new BadStep(
                    "%s: column '%s' is %s, which has no categories; use text, whole numbers, booleans or dates, or bucketize it before"
                            .formatted(kind, name, type.catalogString()));
        }
        return field;
    }

    static StructField field(String kind, StructType schema, String name) {
        Columns.require(kind, schema, List.of(name));
        return schema.apply(name);
    }

    /** The columns with others in their place or behind them. */
    static StructType with(StructType schema, Map<String, DataType> columns) {
        List<StructField> fields = new ArrayList<>();
        for (StructField field : schema.fields()) {
            DataType type = columns.get(field.name());
            fields.add(type == null ? field : new StructField(field.name(), type, true, field.metadata()));
        }
        columns.forEach((name, type) -> {
            if (!Columns.of(schema).contains(name)) {
                clash(schema, name);
                fields.add(new StructType().add(name, type).apply(0));
            }
        });
        return new StructType(fields.toArray(StructField[]::new));
    }

    private static void clash(StructType schema, String name) {
        Columns.of(schema).stream().filter(name::equalsIgnoreCase).findFirst().ifPresent(other -> {
            throw new BadStep(
                    "column '%s' differs from '%s' by case alone; give it another name".formatted(name, other));
        });
    }

    /** The rows with these columns in the place of those of the same name, or behind all. */
    static Dataset<Row> put(Dataset<Row> rows, Map<String, Column> columns) {
        List<String> names = List.of(rows.columns());
        return rows.select(Stream.concat(
                        names.stream()
                                .map(name -> columns.containsKey(name)
                                        ? columns.get(name).as(name)
                                        : Columns.named(name)),
                        columns.keySet().stream()
                                .filter(name -> !names.contains(name))
                                .map(name -> columns.get(name).as(name)))
                .toArray(Column[]::new));
    }

    /**
     * A column's values in the train part, the most frequent first and ties in the order of their text, each with its number
     * of rows; NULL is none.
     *
     * @throws BadFit when there is none, or more than {@code most}
     */
    static Map<String, Long> counts(Dataset<Row> train, String name, long minCount, int most) {
        List<Row> rows = train.select(category(name).as("value"))
                .where(col("value").isNotNull())
                .groupBy("value")
                .count()
                .where(col("count").geq(minCount))
                .orderBy(desc("count"), col("value"))
                .limit(most + 1)
                .collectAsList();
        if (rows.isEmpty()) {
            throw new BadFit("column '%s' has no value in train%s; leave it out"
                    .formatted(name, minCount > 1 ? " that comes %d times".formatted(minCount) : ""));
        }
        refuseMore(name, rows.size(), most);
        Map<String, Long> counts = new LinkedHashMap<>();
        rows.forEach(row -> counts.put(row.getString(0), row.getLong(1)));
        return counts;
    }

    /** @throws BadFit when a column has more categories than can be handled */
    static void refuseMore(String name, int categories, int most) {
        if (categories > most) {
            throw new BadFit("column '%s' has more than %,d values in train; group them before".formatted(name, most));
        }
    }

    /**
     * The text of a column's most frequent value, of several the first in the order of their text.
     *
     * @throws BadFit when there is none
     */
    static String most(Dataset<Row> train, String name) {
        List<Row> rows = train.select(category(name).as("value"))
                .groupBy("value")
                .count()
                .orderBy(desc("count"), col("value"))
                .limit(1)
                .collectAsList();
        if (rows.isEmpty()) {
            throw new BadFit("column '%s' has no value in train; leave it out".formatted(name));
        }
        return rows.get(0).getString(0);
    }

    /** The value that belongs to a text; NULL for NULL and for a text that the map lacks. */
    static <T> Column lookup(Map<String, T> values, Column text, DataType type) {
        // A literal map would be searched entry by entry for every row.
        return udf((UDF1<String, T>) new Lookup<>(new HashMap<>(values)), type).apply(text);
    }

    private record Lookup<T>(HashMap<String, T> values) implements UDF1<String, T> {
        @Override
        public T call(String text) {
            return text == null ? null : values.get(text);
        }
    }

    /** The row's place in [0, 1): by key, seed and purpose alone, and so that it has nothing to do with the row's part. */
    static Column place(List<String> key, long seed, String purpose, StructType schema) {
        return bits(key, seed, lit(purpose), schema).cast("double").divide(lit(0x1p52));
    }

    /** 52 bits of the row's own, by key, seed and purpose alone, as text of a whole number; NULL if a value of the key is. */
    static Column bits(List<String> key, long seed, Column purpose, StructType schema) {
        Column hash = new Split(key, seed, Map.of(), Optional.empty()).hash(schema);
        Column digits = substring(sha2(concat(hash, lit(":"), purpose).cast("binary"), 256), 1, 13);
        return conv(digits, 16, 10);
    }

    /** @throws BadStep when rows cannot be told apart by the key */
    static void key(String kind, StructType schema, List<String> key) {
        if (key.isEmpty()) {
            throw new BadStep(kind + ": the split has no key; write key: [id], the columns that tell rows apart");
        }
        key.forEach(name -> categories(kind, schema, name));
    }
}
