package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VarcharType;

/**
 * Changes types. A value that the new type cannot hold (text that does not parse, a number out of range, 1.5 as a whole
 * number) stops the run: it never becomes NULL. Decimals round to their scale.
 */
record Cast(Map<String, DataType> columns) implements Transform {

    /** The type that a SQL name stands for; throws {@link BadStep} when there is none, or none that a cast can check. */
    static DataType type(String sql) {
        DataType type;
        try {
            type = DataType.fromDDL(sql);
        } catch (Exception unknown) {
            throw new BadStep(
                    "'%s' is no SQL type; write one such as int, double, date or decimal(10,2)".formatted(sql));
        }
        if (type instanceof CharType || type instanceof VarcharType) {
            throw new BadStep("'%s' would not be enforced; write string".formatted(sql));
        }
        if (nested(type)) {
            throw new BadStep("'%s' is not a simple type; use derive for nested ones".formatted(sql));
        }
        return type;
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        StructType schema = input.schema();
        List<String> wrong = Columns.absent("cast", schema, columns.keySet());
        for (String name : input.columns()) {
            DataType from = Columns.type(schema, name);
            if (columns.containsKey(name) && nested(from) && !from.equals(columns.get(name))) {
                wrong.add("cast: column '%s' is %s; use derive for nested types".formatted(name, from.catalogString()));
            }
        }
        BadStep.refuse(wrong);
        return input.select(Stream.of(input.columns())
                .map(name -> columns.containsKey(name) ? cast(schema, name).as(name) : Columns.named(name))
                .toArray(Column[]::new));
    }

    private Column cast(StructType schema, String name) {
        DataType from = Columns.type(schema, name);
        DataType to = columns.get(name);
        if (from.equals(to)) {
            return Columns.named(name);
        }
        Column value = Columns.named(name);
        Column cast = expr("try_cast(" + Columns.quoted(name) + " AS " + to.sql() + ")");
        if (from instanceof StringType && (to instanceof TimestampType || to instanceof TimestampNTZType)) {
            // Spark would take 12:30 for a time of the day on which it runs.
            cast = when(value.rlike("^\\s*[-+]?[0-9]{4,}"), cast);
        }
        if (fractional(from) && whole(to)) {
            cast = when(value.mod(lit(1)).equalTo(lit(0)), cast);
        }
        Column bad = Columns.bad(
                to,
                "cast: column '" + name + "' holds '",
                value,
                "', which is not " + to.catalogString()
                        + "; turn such rows away with a rule, or convert them with derive");
        return coalesce(cast, when(value.isNotNull(), bad));
    }

    private static boolean fractional(DataType type) {
        return type instanceof FloatType
                || type instanceof DoubleType
                || (type instanceof DecimalType decimal && decimal.scale() > 0);
    }

    private static boolean whole(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType;
    }

    private static boolean nested(DataType type) {
        return type instanceof ArrayType
                || type instanceof MapType
                || type instanceof StructType
                || type.equals(DataTypes.CalendarIntervalType);
    }
}
