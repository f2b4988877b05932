package io.lakeproof.jobs.spec;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.CalendarIntervalType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VarcharType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/** Reads the contract's columns from SQL. */
final class Contract {

    private static final List<String> RESERVED =
            List.of("_batch", "_source_file", "_unreadable", "_failures", "_lakeproof");
    private static final Pattern PLACE = Pattern.compile("\\(line (\\d+), pos \\d+\\)");

    private Contract() {}

    /** SQL that Spark does not take; the message is on one line, {@link #line()} counts from 1. */
    static final class BadSql extends Exception {
        private final int line;

        private BadSql(int line, String message) {
            super(message);
            this.line = line;
        }

        int line() {
            return line;
        }
    }

    /** Whether {@code source.schema} names a file; otherwise it is the SQL itself. */
    static boolean isFile(String schema) {
        String text = schema.strip();
        return !text.contains("\n") && (!text.contains(" ") || text.matches("(?i).*\\.(ddl|sql)"));
    }

    static StructType parse(String sql) throws BadSql {
        try {
            return StructType.fromDDL(sql.stripTrailing());
        } catch (Exception e) {
            // Spark's parser throws more than its own exceptions, for example on a precision that is no int.
            String message = String.valueOf(e.getMessage()).strip();
            Matcher place = PLACE.matcher(message);
            int line = place.find() ? Integer.parseInt(place.group(1)) : 1;
            String reason = Problems.oneLine(message.split("== SQL", 2)[0])
                    .replaceFirst("^\\[[A-Z_.]+\\] ", "")
                    .replaceFirst("\\s*" + PLACE.pattern() + "\\s*$", "")
                    .replaceFirst("\\.$", "");
            throw new BadSql(line, reason);
        }
    }

    /**
     * What is wrong with columns that Spark can read.
     *
     * @param format absent: any
     */
    static List<String> problems(StructType columns, Optional<Source.Format> format) {
        Map<String, String> names = new HashMap<>();
        return Stream.of(columns.fields())
                .flatMap(field -> {
                    String name = field.name();
                    String folded = name.toLowerCase(Locale.ROOT);
                    String other = names.putIfAbsent(folded, name);
                    return Stream.of(
                                    RESERVED.stream().anyMatch(folded::startsWith)
                                            ? "is a name that Lakeproof uses itself; rename it"
                                            : null,
                                    other != null
                                            ? "stands there twice, as '" + other + "' before; names must differ by more"
                                                    + " than case"
                                            : null,
                                    typeProblem(field, format))
                            .filter(problem -> problem != null)
                            .map(problem -> "column '" + name + "' " + problem);
                })
                .toList();
    }

    private static String typeProblem(StructField field, Optional<Source.Format> format) {
        DataType type = field.dataType();
        if (format.equals(Optional.of(Source.Format.CSV))
                && (type instanceof StructType || type instanceof ArrayType || type instanceof MapType)) {
            return "is " + type.catalogString() + ", which csv cannot hold; read it as STRING";
        }
        if (types(type).anyMatch(t -> t instanceof CharType || t instanceof VarcharType)) {
            return "has a length that nothing would enforce; use STRING and a rule on ColumnLength";
        }
        if (types(type)
                .anyMatch(t -> t instanceof NullType
                        || t instanceof CalendarIntervalType
                        || t instanceof DayTimeIntervalType
                        || t instanceof YearMonthIntervalType)) {
            return "is " + type.catalogString() + ", which a Delta table cannot hold; use STRING or BIGINT";
        }
        return null;
    }

    private static Stream<DataType> types(DataType type) {
        Stream<DataType> inside = Stream.of();
        if (type instanceof StructType struct) {
            inside = Stream.of(struct.fields()).map(StructField::dataType);
        } else if (type instanceof ArrayType array) {
            inside = Stream.of(array.elementType());
        } else if (type instanceof MapType map) {
            inside = Stream.of(map.keyType(), map.valueType());
        }
        return Stream.concat(Stream.of(type), inside.flatMap(Contract::types));
    }
}
