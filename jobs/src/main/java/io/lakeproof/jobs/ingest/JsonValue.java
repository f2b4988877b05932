package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** A JSON value as a value of the contract's type, at every depth, or NULL, never something near it. */
final class JsonValue {

    private JsonValue() {}

    /** The type that Spark's JSON reader is asked for, so that it does not round, wrap around, or guess at a date. */
    static DataType asked(DataType type) {
        if (type instanceof DateType || type instanceof TimestampType || type instanceof TimestampNTZType) {
            return DataTypes.StringType;
        } else if (type instanceof ByteType) {
            return DataTypes.ShortType;
        } else if (type instanceof FloatType) {
            return DataTypes.DoubleType;
        } else if (type instanceof DecimalType d) {
            return DataTypes.createDecimalType(38, 38 - d.precision() + d.scale());
        } else if (type instanceof ArrayType a) {
            return DataTypes.createArrayType(asked(a.elementType()), a.containsNull());
        } else if (type instanceof MapType m) {
            return DataTypes.createMapType(m.keyType(), asked(m.valueType()), m.valueContainsNull());
        } else if (type instanceof StructType s) {
            return new StructType(Stream.of(s.fields())
                    .map(f -> DataTypes.createStructField(f.name(), asked(f.dataType()), f.nullable()))
                    .toArray(StructField[]::new));
        }
        return type;
    }

    /** Whether the type is one whose values need no look. */
    static boolean keeps(DataType type) {
        return Leaves.isOne(type) && asked(type).equals(type) && !(type instanceof DoubleType);
    }

    /** NULL, too, when a value within it does not fit. {@code value} is of the type {@link #asked} for. */
    static Column typed(Column value, DataType type, Options options) {
        if (Leaves.isOne(type)) {
            return leaf(value, type, options);
        }
        Column whole = asked(type).equals(type) ? value : Leaves.map(value, type, (v, t) -> leaf(v, t, options));
        return Leaves.any(value, type, (v, t) -> lost(v, t, options))
                .map(lost -> when(not(lost), whole))
                .orElse(whole);
    }

    private static Column leaf(Column value, DataType type, Options options) {
        if (asked(type) instanceof StringType && !(type instanceof StringType)) {
            return TextValue.time(value, type, options);
        } else if (type instanceof DecimalType || type instanceof ByteType) {
            return when(value.cast(type).equalTo(value), value.cast(type));
        } else if (type instanceof DoubleType || type instanceof FloatType) {
            Column cast = value.cast(type);
            Column infinite = abs(cast).equalTo(Double.POSITIVE_INFINITY);
            Column vanished = cast.equalTo(0.0).and(value.notEqual(0.0));
            return when(not(type instanceof FloatType ? infinite.or(vanished) : infinite), cast);
        }
        return value;
    }

    private static Optional<Column> lost(Column value, DataType type, Options options) {
        if (type instanceof StringType) {
            return Optional.of(value.contains(SourceReader.REPLACEMENT));
        }
        return keeps(type)
                ? Optional.empty()
                : Optional.of(value.isNotNull().and(leaf(value, type, options).isNull()));
    }
}
