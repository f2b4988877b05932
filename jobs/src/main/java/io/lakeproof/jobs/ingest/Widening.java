package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.transform_values;
import static org.apache.spark.sql.functions.when;

import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VarcharType;

/** Casts that keep every value: those by which a typed file may differ from the contract. */
final class Widening {

    private Widening() {}

    /** Whether every value of {@code from} has an equal one in {@code to}. */
    static boolean lossless(DataType from, DataType to) {
        if (plain(from).sameType(plain(to))) {
            return true;
        }
        if (from instanceof ArrayType a && to instanceof ArrayType b) {
            return lossless(a.elementType(), b.elementType());
        }
        if (from instanceof MapType a && to instanceof MapType b) {
            return plain(a.keyType()).sameType(plain(b.keyType())) && lossless(a.valueType(), b.valueType());
        }
        if (from instanceof StructType a && to instanceof StructType b) {
            return Stream.of(b.fields()).allMatch(field -> {
                Optional<StructField> match = field(a, field.name());
                return match.isPresent() ? lossless(match.get().dataType(), field.dataType()) : field.nullable();
            });
        }
        int digits = digits(from);
        if (to instanceof DecimalType d) {
            boolean holds = digits > 0 && d.precision() - d.scale() >= digits;
            return holds
                    || (from instanceof DecimalType f
                            && d.scale() >= f.scale()
                            && d.precision() - d.scale() >= f.precision() - f.scale());
        }
        if (to instanceof DoubleType) {
            return from instanceof FloatType || (digits > 0 && digits <= 10);
        }
        if (to instanceof FloatType) {
            return digits > 0 && digits <= 5;
        }
        if (to instanceof TimestampType || to instanceof TimestampNTZType) {
            // The session is in UTC, where both kinds of timestamp and a date's midnight are the same instant.
            return from instanceof DateType || from instanceof TimestampType || from instanceof TimestampNTZType;
        }
        if (plain(to) instanceof StringType) {
            return digits > 0
                    || from instanceof DecimalType
                    || from instanceof BooleanType
                    || from instanceof DateType
                    || from instanceof TimestampType
                    || from instanceof TimestampNTZType;
        }
        return digits > 0 && digits < digits(to);
    }

    /** {@code value} of type {@code from} as {@code to}; {@link #lossless} holds. Nested fields are matched by name. */
    static Column widened(Column value, DataType from, DataType to) {
        if (nullable(from).equals(nullable(to))) {
            return value;
        }
        if (from instanceof ArrayType a && to instanceof ArrayType b) {
            return transform(value, element -> widened(element, a.elementType(), b.elementType()));
        }
        if (from instanceof MapType a && to instanceof MapType b) {
            return transform_values(value, (key, element) -> widened(element, a.valueType(), b.valueType()));
        }
        if (from instanceof StructType a && to instanceof StructType b) {
            Column[] fields = Stream.of(b.fields())
                    .map(field -> field(a, field.name())
                            .map(f -> widened(value.getField(f.name()), f.dataType(), field.dataType()))
                            .orElse(lit(null).cast(nullable(field.dataType())))
                            .as(field.name()))
                    .toArray(Column[]::new);
            return when(value.isNotNull(), struct(fields));
        }
        return value.cast(plain(to));
    }

    /** The type as a column of text or numbers can hold it: CHAR and VARCHAR are STRING. */
    static DataType plain(DataType type) {
        return type instanceof CharType || type instanceof VarcharType ? DataTypes.StringType : type;
    }

    /** The type with NULL allowed at every depth, so that files with and without a value meet in one Dataset. */
    static DataType nullable(DataType type) {
        if (type instanceof ArrayType a) {
            return DataTypes.createArrayType(nullable(a.elementType()), true);
        }
        if (type instanceof MapType m) {
            return DataTypes.createMapType(nullable(m.keyType()), nullable(m.valueType()), true);
        }
        if (type instanceof StructType s) {
            return new StructType(Stream.of(s.fields())
                    .map(f -> DataTypes.createStructField(f.name(), nullable(f.dataType()), true))
                    .toArray(StructField[]::new));
        }
        return plain(type);
    }

    private static Optional<StructField> field(StructType struct, String name) {
        return Stream.of(struct.fields())
                .filter(f -> Columns.same(f.name(), name))
                .findFirst();
    }

    /** The most decimal digits of an integral type; 0 for any other. */
    private static int digits(DataType type) {
        if (type instanceof ByteType) {
            return 3;
        } else if (type instanceof ShortType) {
            return 5;
        } else if (type instanceof IntegerType) {
            return 10;
        }
        return type instanceof LongType ? 19 : 0;
    }
}
