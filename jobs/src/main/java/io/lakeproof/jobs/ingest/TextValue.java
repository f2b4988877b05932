package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.to_timestamp;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.jobs.Failure;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** A text as a value of the contract's type: the value that the text says, or NULL, never something near it. */
final class TextValue {

    private static final String DATE = "^\\s*\\d{4}-\\d{1,2}-\\d{1,2}";
    private static final String TIME = "([ T]\\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d{1,6}0*)?)?";
    // Digits that follow the time are more of its fraction, and no zone.
    private static final String ZONE = "\\s*([A-Za-z/+-][\\w/+:-]*)?";

    private TextValue() {}

    /** {@code name} is a STRING column whose name needs no quoting. */
    static Column typed(String name, DataType type, Options options) {
        Column text = col(name);
        if (type instanceof StringType || type instanceof BinaryType) {
            return text.cast(type);
        }
        if (type instanceof ArrayType || type instanceof MapType || type instanceof StructType) {
            throw new Failure.BadSpec(List.of("source.schema: a csv file cannot hold " + type.sql()
                    + "; declare the column as STRING and take it apart in a transform"));
        }
        Column cast = expr("try_cast(" + name + " AS " + type.sql() + ")");
        if (type instanceof DoubleType || type instanceof FloatType) {
            // Java reads 12D as twelve, and 1e999 as infinite.
            Column suffixed = trim(text).endsWith("d").or(trim(text).endsWith("D"));
            Column infinite = cast.equalTo(Double.POSITIVE_INFINITY).or(cast.equalTo(Double.NEGATIVE_INFINITY));
            Column suspect = infinite.or(trim(text).endsWith("f")).or(trim(text).endsWith("F"));
            // And 1e-400 as zero.
            Column vanished = cast.equalTo(0.0).and(text.rlike("^[^eE]*[1-9]"));
            return when(
                            suffixed.or(suspect.and(not(text.rlike("(?i)^\\s*[+-]?inf(inity)?\\s*$"))))
                                    .or(vanished),
                            lit(null))
                    .otherwise(cast);
        }
        if (type instanceof DecimalType decimal) {
            int scale = decimal.scale();
            Column rounded = when(
                            text.rlike("[eE]"),
                            text.rlike("^[^eE]*[1-9]")
                                    .and(coalesce(fractionDigits(text).gt(scale), lit(true))))
                    .otherwise(text.rlike("\\.\\d{" + scale + "}\\d*[1-9]"));
            return when(rounded, lit(null)).otherwise(cast);
        }
        if (type instanceof DateType || type instanceof TimestampType || type instanceof TimestampNTZType) {
            return time(text, type, options);
        }
        return cast;
    }

    /** The same for a date or a time, of any column, be it one within another. */
    static Column time(Column text, DataType type, Options options) {
        Column cast = text.cast(type);
        if (type instanceof DateType) {
            String format = options.text("dateFormat", "");
            return format.isEmpty() ? when(text.rlike(DATE + "\\s*$"), cast) : functions.to_date(text, format);
        }
        if (type instanceof TimestampType) {
            String format = options.text("timestampFormat", "");
            return format.isEmpty()
                    ? when(text.rlike(DATE + TIME + ZONE + ")?\\s*$"), cast)
                    : microseconds(format, text, to_timestamp(text, format));
        }
        String format = options.text("timestampNTZFormat", options.text("timestampFormat", ""));
        return format.isEmpty()
                ? when(text.rlike(DATE + TIME + ")?\\s*$"), cast)
                : microseconds(format, text, functions.to_timestamp_ntz(text, lit(format)));
    }

    /** The value, unless the format reads more of a second than its type has. */
    private static Column microseconds(String format, Column text, Column value) {
        return format.contains("SSSSSSS") ? when(not(text.rlike("[.,:]\\d{6}0*[1-9]")), value) : value;
    }

    /** How many digits behind the point the number has that the text says with an exponent; NULL: more than any type has. */
    private static Column fractionDigits(Column text) {
        Column behindPoint = length(regexp_extract(text, "\\.(\\d*?)0*[eE]", 1));
        Column zerosBefore = length(regexp_extract(text, "(0*)\\.?0*[eE]", 1));
        return when(behindPoint.gt(0), behindPoint)
                .otherwise(zerosBefore.multiply(-1))
                .minus(regexp_extract(text, "[eE]([+-]?\\d{1,9})\\s*$", 1).cast("int"));
    }
}
