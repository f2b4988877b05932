package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.unix_date;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * The bytes of a table's schema and of its rows, as {@code docs/reference/fingerprint.md} specifies them.
 *
 * <p>Part of the work is left to the plan ({@link #canonicalRow()}): strings arrive as bytes, dates as days, timestamps
 * as microseconds, maps as arrays of entries, struct fields in order. So neither the session's time zone nor the calendar
 * of {@code java.sql.Date} can touch a value, and Spark's conversion to Java objects stays cheap.
 */
final class RowEncoding implements Serializable {

    private static final LocalDateTime EPOCH = LocalDateTime.of(1970, 1, 1, 0, 0);
    private static final HexFormat HEX = HexFormat.of();
    private static final Comparator<StructField> BY_NAME =
            Comparator.comparing(field -> utf8(field.name()), Arrays::compareUnsigned);

    private final String simpleString;
    private final String schemaDigest;
    private final Struct root;

    private RowEncoding(StructType schema) {
        this.simpleString = schema.simpleString();
        this.root = new Struct(schema, "");
        Bytes bytes = new Bytes();
        root.describe(bytes);
        this.schemaDigest = HEX.formatHex(Fingerprint.sha256().digest(bytes.copy()));
    }

    static RowEncoding of(StructType schema) {
        return new RowEncoding(schema);
    }

    /** SHA-256 of the encoded schema, 64 hex digits. */
    String schemaDigest() {
        return schemaDigest;
    }

    String simpleString() {
        return simpleString;
    }

    /** The column that {@link #write} reads: all columns of the row in one struct. */
    Column canonicalRow() {
        return root.fields(name -> col("`" + name.replace("`", "``") + "`"));
    }

    /** Appends a row that came through {@link #canonicalRow()}. */
    void write(Row row, Bytes out) {
        root.write(row, out);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** How values of one type are written. */
    private abstract static class Encoding implements Serializable {

        /** Appends the type, for the schema's digest. */
        abstract void describe(Bytes out);

        /** Appends a value that is not null, in its canonical form. */
        abstract void write(Object value, Bytes out);

        /** The value in the form that {@link #write} takes. */
        Column canonical(Column value) {
            return value;
        }

        final void writeNullable(Object value, Bytes out) {
            if (value == null) {
                out.putByte(0);
            } else {
                out.putByte(1);
                write(value, out);
            }
        }
    }

    private static Encoding encoding(DataType type, String path) {
        if (type instanceof NullType) {
            return new Scalar(Kind.VOID);
        } else if (type instanceof BooleanType) {
            return new Scalar(Kind.BOOLEAN);
        } else if (type instanceof ByteType) {
            return new Scalar(Kind.BYTE);
        } else if (type instanceof ShortType) {
            return new Scalar(Kind.SHORT);
        } else if (type instanceof IntegerType) {
            return new Scalar(Kind.INT);
        } else if (type instanceof LongType) {
            return new Scalar(Kind.LONG);
        } else if (type instanceof FloatType) {
            return new Scalar(Kind.FLOAT);
        } else if (type instanceof DoubleType) {
            return new Scalar(Kind.DOUBLE);
        } else if (type instanceof DecimalType decimal) {
            return new Decimal(decimal.precision(), decimal.scale());
        } else if (type instanceof StringType) {
            return new Scalar(Kind.STRING);
        } else if (type instanceof BinaryType) {
            return new Scalar(Kind.BINARY);
        } else if (type instanceof DateType) {
            return new Scalar(Kind.DATE);
        } else if (type instanceof TimestampType) {
            return new Scalar(Kind.TIMESTAMP);
        } else if (type instanceof TimestampNTZType) {
            return new Scalar(Kind.TIMESTAMP_NTZ);
        } else if (type instanceof ArrayType array) {
            return new Array(encoding(array.elementType(), path + "[]"));
        } else if (type instanceof MapType map) {
            return new Entries(encoding(map.keyType(), path + "[key]"), encoding(map.valueType(), path + "[value]"));
        } else if (type instanceof StructType struct) {
            return new Struct(struct, path + ".");
        }
        throw new IllegalArgumentException("Cannot fingerprint column '" + path + "': its type is "
                + type.simpleString() + ". Cast it to a type that a Delta table holds, or drop it.");
    }

    /** The types, with the byte that stands for each in the encoded schema. */
    private enum Kind {
        VOID(0),
        BOOLEAN(1),
        BYTE(2),
        SHORT(3),
        INT(4),
        LONG(5),
        FLOAT(6),
        DOUBLE(7),
        DECIMAL(8),
        STRING(9),
        BINARY(10),
        DATE(11),
        TIMESTAMP(12),
        TIMESTAMP_NTZ(13),
        ARRAY(14),
        MAP(15),
        STRUCT(16);

        private final int tag;

        Kind(int tag) {
            this.tag = tag;
        }
    }

    private static final class Scalar extends Encoding {
        private final Kind kind;

        Scalar(Kind kind) {
            this.kind = kind;
        }

        @Override
        void describe(Bytes out) {
            out.putByte(kind.tag);
        }

        @Override
        Column canonical(Column value) {
            return switch (kind) {
                case STRING -> value.cast("binary");
                case DATE -> unix_date(value);
                case TIMESTAMP -> unix_micros(value);
                default -> value;
            };
        }

        @Override
        void write(Object value, Bytes out) {
            switch (kind) {
                case BOOLEAN -> out.putByte((Boolean) value ? 1 : 0);
                case BYTE -> out.putByte((Byte) value);
                case SHORT -> out.putShort((Short) value);
                case INT, DATE -> out.putInt((Integer) value);
                case LONG, TIMESTAMP -> out.putLong((Long) value);
                    // floatToIntBits and doubleToLongBits make every NaN the same; -0.0 stays apart from 0.0.
                case FLOAT -> out.putInt(Float.floatToIntBits((Float) value));
                case DOUBLE -> out.putLong(Double.doubleToLongBits((Double) value));
                case STRING, BINARY -> {
                    byte[] bytes = (byte[]) value;
                    out.putInt(bytes.length);
                    out.put(bytes);
                }
                case TIMESTAMP_NTZ -> out.putLong(ChronoUnit.MICROS.between(EPOCH, (LocalDateTime) value));
                case VOID, DECIMAL, ARRAY, MAP, STRUCT -> throw new IllegalStateException("Not a scalar: " + kind);
            }
        }
    }

    private static final class Decimal extends Encoding {
        private static final int WIDTH = 16;
        private final int precision;
        private final int scale;

        Decimal(int precision, int scale) {
            this.precision = precision;
            this.scale = scale;
        }

        @Override
        void describe(Bytes out) {
            out.putByte(Kind.DECIMAL.tag);
            out.putByte(precision);
            out.putByte(scale);
        }

        @Override
        void write(Object value, Bytes out) {
            BigInteger unscaled = ((BigDecimal) value).setScale(scale).unscaledValue();
            byte[] bytes = unscaled.toByteArray();
            for (int i = bytes.length; i < WIDTH; i++) {
                out.putByte(unscaled.signum() < 0 ? -1 : 0);
            }
            out.put(bytes);
        }
    }

    private static final class Array extends Encoding {
        private final Encoding element;

        Array(Encoding element) {
            this.element = element;
        }

        @Override
        void describe(Bytes out) {
            out.putByte(Kind.ARRAY.tag);
            element.describe(out);
        }

        @Override
        Column canonical(Column value) {
            return transform(value, element::canonical);
        }

        @Override
        void write(Object value, Bytes out) {
            scala.collection.Seq<?> elements = (scala.collection.Seq<?>) value;
            out.putInt(elements.size());
            for (scala.collection.Iterator<?> it = elements.iterator(); it.hasNext(); ) {
                element.writeNullable(it.next(), out);
            }
        }
    }

    /** A map, as its entries: a Java map would take 0.0 and -0.0 for one key. */
    private static final class Entries extends Encoding {
        private final Encoding key;
        private final Encoding value;

        Entries(Encoding key, Encoding value) {
            this.key = key;
            this.value = value;
        }

        @Override
        void describe(Bytes out) {
            out.putByte(Kind.MAP.tag);
            key.describe(out);
            value.describe(out);
        }

        @Override
        Column canonical(Column map) {
            return transform(
                    map_entries(map),
                    entry -> struct(
                            key.canonical(entry.getField("key")).as("key"),
                            value.canonical(entry.getField("value")).as("value")));
        }

        @Override
        void write(Object map, Bytes out) {
            scala.collection.Seq<?> entries = (scala.collection.Seq<?>) map;
            out.putInt(entries.size());
            byte[][] encoded = new byte[entries.size()][];
            for (int i = 0; i < encoded.length; i++) {
                Row entry = (Row) entries.apply(i);
                Bytes bytes = new Bytes();
                key.write(entry.get(0), bytes);
                value.writeNullable(entry.get(1), bytes);
                encoded[i] = bytes.copy();
            }
            Arrays.sort(encoded, Arrays::compareUnsigned);
            Stream.of(encoded).forEach(out::put);
        }
    }

    private static final class Struct extends Encoding {
        private final List<String> names;
        private final Encoding[] encodings;

        Struct(StructType type, String prefix) {
            StructField[] fields = type.fields().clone();
            Arrays.sort(fields, BY_NAME);
            this.names = Stream.of(fields).map(StructField::name).toList();
            this.encodings = Stream.of(fields)
                    .map(field -> encoding(field.dataType(), prefix + field.name()))
                    .toArray(Encoding[]::new);
            for (int i = 1; i < fields.length; i++) {
                if (names.get(i).equals(names.get(i - 1))) {
                    throw new IllegalArgumentException("Cannot fingerprint a table with two columns named '" + prefix
                            + names.get(i) + "'. Rename one.");
                }
            }
        }

        @Override
        void describe(Bytes out) {
            out.putByte(Kind.STRUCT.tag);
            out.putInt(encodings.length);
            for (int i = 0; i < encodings.length; i++) {
                byte[] name = utf8(names.get(i));
                out.putInt(name.length);
                out.put(name);
                encodings[i].describe(out);
            }
        }

        @Override
        Column canonical(Column value) {
            return when(value.isNotNull(), fields(value::getField));
        }

        Column fields(java.util.function.Function<String, Column> find) {
            return struct(IntStream.range(0, encodings.length)
                    .mapToObj(i ->
                            encodings[i].canonical(find.apply(names.get(i))).as("_" + i))
                    .toArray(Column[]::new));
        }

        @Override
        void write(Object value, Bytes out) {
            Row row = (Row) value;
            for (int i = 0; i < encodings.length; i++) {
                encodings[i].writeNullable(row.get(i), out);
            }
        }
    }
}
