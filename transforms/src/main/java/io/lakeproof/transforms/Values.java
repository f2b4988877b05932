package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.lit;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** Values of the spec as literals of a column's own type, never rounded or parsed into something else. */
public final class Values {

    private Values() {}

    /**
     * A scalar of the YAML: text for text, dates and times, numbers for numbers, null for NULL.
     *
     * @throws BadStep when the value is not of the type
     */
    public static Column literal(Object value, DataType type) {
        if (value == null) {
            return lit(null).cast(type);
        }
        boolean fits = (value instanceof Boolean) == (type instanceof BooleanType)
                && (value instanceof Number) == number(type);
        return lit(fits ? parse(value.toString(), type) : refuse(value, type)).cast(type);
    }

    /** A key of the YAML, whose keys are all text. */
    static Column literalOfText(String text, DataType type) {
        return lit(parse(text, type)).cast(type);
    }

    /** An instant: an ISO instant, or a date, which is midnight UTC. */
    static Instant instant(String text) {
        return text.contains("T")
                ? Instant.parse(text)
                : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static Object parse(String text, DataType type) {
        try {
            if (type instanceof StringType) {
                return text;
            } else if (type instanceof BooleanType && (text.equals("true") || text.equals("false"))) {
                return Boolean.valueOf(text);
            } else if (type instanceof ByteType) {
                return new BigDecimal(text).byteValueExact();
            } else if (type instanceof ShortType) {
                return new BigDecimal(text).shortValueExact();
            } else if (type instanceof IntegerType) {
                return new BigDecimal(text).intValueExact();
            } else if (type instanceof LongType) {
                return new BigDecimal(text).longValueExact();
            } else if (type instanceof FloatType) {
                return Float.valueOf(text);
            } else if (type instanceof DoubleType) {
                return Double.valueOf(text);
            } else if (type instanceof DecimalType decimal) {
                BigDecimal exact = new BigDecimal(text).setScale(decimal.scale(), RoundingMode.UNNECESSARY);
                return exact.precision() <= decimal.precision() ? exact : refuse(text, type);
            } else if (type instanceof DateType) {
                return LocalDate.parse(text);
            } else if (type instanceof TimestampType) {
                return instant(text);
            } else if (type instanceof TimestampNTZType) {
                return text.contains("T")
                        ? LocalDateTime.parse(text)
                        : LocalDate.parse(text).atStartOfDay();
            }
        } catch (NumberFormatException | ArithmeticException | DateTimeException unfit) {
            return refuse(text, type);
        }
        return refuse(text, type);
    }

    private static Object refuse(Object value, DataType type) {
        String hint = type instanceof StringType
                ? "; put it in quotes"
                : type instanceof DateType || type instanceof TimestampType
                        ? "; write 2026-01-31 or 2026-01-31T00:00:00Z"
                        : "";
        throw new BadStep("'%s' is not of the column's type %s%s".formatted(value, type.catalogString(), hint));
    }

    private static boolean number(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType
                || type instanceof FloatType
                || type instanceof DoubleType
                || type instanceof DecimalType;
    }
}
