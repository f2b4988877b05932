package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.when;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Which part a row belongs to: by its key and a seed, by time, or by both, and by nothing else, unless classes are to have
 * exact shares. How the hash is made is specified to the byte in {@code docs/reference/split.md}.
 *
 * @param key the columns whose values decide, in this order; empty: time alone decides
 * @param seed changes every row's place; unused without a key
 * @param parts each part's name and share, in order; shares are relative (80, 10, 10), and unused without a key
 * @param time where each part begins in time; absent: the key alone decides. With both, a row stays only where both
 *     agree
 * @param stratify the column whose every value, NULL among them, is a class that is cut at the row; absent: a row's part
 *     depends on no other row
 */
public record Split(
        List<String> key, long seed, Map<String, BigDecimal> parts, Optional<Time> time, Optional<String> stratify) {

    /**
     * By time.
     *
     * @param column a date or a timestamp
     * @param from where each part but the first begins, inclusive, by the part's name: an ISO date ({@code 2026-04-01}) or
     *     instant ({@code 2026-04-01T00:00:00Z}); a date is midnight UTC
     */
    public record Time(String column, Map<String, String> from) {
        public Time {
            from = Collections.unmodifiableMap(new LinkedHashMap<>(from));
        }
    }

    public Split {
        key = List.copyOf(key);
        parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
    }

    /** A split that is not stratified. */
    public Split(List<String> key, long seed, Map<String, BigDecimal> parts, Optional<Time> time) {
        this(key, seed, parts, time, Optional.empty());
    }

    /** The parts' names, in order. */
    public List<String> names() {
        return List.copyOf(parts.keySet());
    }

    /** What keeps this split from being applied to rows of {@code schema}; paths start below {@code split}. */
    public List<Problem> problems(StructType schema) {
        List<Problem> problems = new ArrayList<>();
        if (parts.isEmpty()) {
            problems.add(new Problem("parts", "no part is named; write parts: {train: 80, validation: 10, test: 10}"));
        }
        if (key.isEmpty() && time.isEmpty()) {
            problems.add(new Problem("", "neither a key nor a time says where a row goes; write key: [id]"));
        }
        Set<String> named = new HashSet<>();
        for (String column : key) {
            if (!named.add(column.toLowerCase(Locale.ROOT))) {
                problems.add(
                        new Problem("key", "split: '%s' stands there twice; name each column once".formatted(column)));
            } else if (!Columns.of(schema).contains(column)) {
                problems.add(new Problem(
                        "key", Columns.missing("split", column, schema).getMessage()));
            } else if (!keyable(Columns.type(schema, column))) {
                problems.add(new Problem(
                        "key",
                        "split: column '%s' is %s, which has no exact text to hash; use a key of whole numbers, text, dates or timestamps"
                                .formatted(column, Columns.type(schema, column).catalogString())));
            }
        }
        if (!key.isEmpty()) {
            parts.forEach((name, share) -> {
                if (share.signum() <= 0) {
                    problems.add(new Problem(
                            "parts." + name, "share %s is not above 0; leave the part out".formatted(share)));
                }
            });
        }
        time.ifPresent(by -> problems.addAll(problems(by, schema)));
        stratify.ifPresent(column ->
                stratifyProblem(column, schema).ifPresent(message -> problems.add(new Problem("stratify", message))));
        return List.copyOf(problems);
    }

    private Optional<String> stratifyProblem(String column, StructType schema) {
        if (key.isEmpty() || time.isPresent()) {
            return Optional.of("stratify goes with a key and without a time; %s"
                    .formatted(key.isEmpty() ? "write key: [id]" : "remove one of the two"));
        }
        if (!Columns.of(schema).contains(column)) {
            return Optional.of(Columns.missing("split", column, schema).getMessage());
        }
        return Optional.of(Columns.type(schema, column))
                .filter(type -> !keyable(type))
                .map(type ->
                        "split: column '%s' is %s; a class is a whole number, text, a boolean, a date or a timestamp"
                                .formatted(column, type.catalogString()));
    }

    private List<Problem> problems(Time by, StructType schema) {
        List<Problem> problems = new ArrayList<>();
        if (!Columns.of(schema).contains(by.column())) {
            problems.add(new Problem(
                    "time.column", Columns.missing("split", by.column(), schema).getMessage()));
        } else {
            DataType type = Columns.type(schema, by.column());
            if (!(type instanceof DateType) && !(type instanceof TimestampType)) {
                problems.add(new Problem(
                        "time.column",
                        "split: column '%s' is %s; cast it to date or timestamp before"
                                .formatted(by.column(), type.catalogString())));
            }
        }
        List<String> later = names().subList(Math.min(1, parts.size()), parts.size());
        by.from().keySet().stream()
                .filter(name -> !later.contains(name))
                .forEach(name -> problems.add(new Problem(
                        "time." + name + "-from",
                        "'%s' is not a part after the first%s; there is %s"
                                .formatted(name, Columns.didYouMean(name, later), Columns.list(later)))));
        Instant before = null;
        for (String name : later) {
            String path = "time." + name + "-from";
            String text = by.from().get(name);
            if (text == null) {
                problems.add(new Problem(
                        path, "'%s-from' is missing; write the date on which %s begins".formatted(name, name)));
                continue;
            }
            try {
                Instant from = Values.instant(text);
                if (before != null && !from.isAfter(before)) {
                    problems.add(
                            new Problem(path, "'%s' is not after where the part before it begins".formatted(text)));
                }
                before = from;
            } catch (DateTimeException unreadable) {
                problems.add(
                        new Problem(path, "'%s' is no date; write 2026-01-31 or 2026-01-31T00:00:00Z".formatted(text)));
            }
        }
        return problems;
    }

    /**
     * The rows of one part, lazily.
     *
     * @param rows all rows that are split
     * @param again the same rows for a second reader, who counts nothing; read only when the split is stratified
     * @throws BadStep if {@link #problems} finds any
     */
    public Dataset<Row> rowsOf(String part, Dataset<Row> rows, Dataset<Row> again) {
        StructType schema = rows.schema();
        if (stratify.isEmpty()) {
            return rows.where(part(schema).equalTo(part));
        }
        require(schema);
        String hash = Columns.unused(schema, "lakeproof_key");
        Dataset<Row> keys = Strata.keys(again, this, stratify.get(), 3)
                .where(col("part").equalTo(names().indexOf(part)))
                .select(col("key").as(hash));
        return rows.join(keys, hash(schema).equalTo(col(hash)), "left_semi");
    }

    /**
     * The name of the row's part; NULL where key and time disagree, and where {@link #invalid} is true.
     *
     * @throws BadStep if {@link #problems} finds any
     * @throws IllegalStateException if the split is stratified: then {@link #rowsOf} knows alone
     */
    public Column part(StructType schema) {
        require(schema);
        if (stratify.isPresent()) {
            throw new IllegalStateException("The part of a row depends on the others: stratify " + stratify.get());
        }
        Column byKey = key.isEmpty() ? null : byKey(schema);
        Column byTime = time.map(by -> byTime(by, schema)).orElse(null);
        if (byKey == null || byTime == null) {
            return byKey == null ? byTime : byKey;
        }
        return when(byKey.equalTo(byTime), byKey);
    }

    /**
     * True for a row that has no part because a key or the time is NULL, false for any other; never NULL.
     *
     * @throws BadStep if {@link #problems} finds any
     */
    public Column invalid(StructType schema) {
        require(schema);
        return Stream.concat(key.stream(), time.map(Time::column).stream())
                .map(name -> Columns.named(name).isNull())
                .reduce(lit(false), Column::or);
    }

    private void require(StructType schema) {
        List<Problem> problems = problems(schema);
        if (!problems.isEmpty()) {
            throw new BadStep(problems.get(0).message());
        }
    }

    /** Compares the hash in hexadecimal with bounds of 16 digits: their order as text is their order as numbers. */
    private Column byKey(StructType schema) {
        Column hash = hash(schema);
        Column part = null;
        BigDecimal total = parts.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        BigDecimal sum = BigDecimal.ZERO;
        List<String> names = names();
        for (String name : names.subList(0, names.size() - 1)) {
            sum = sum.add(parts.get(name));
            Column below = hash.lt(lit(bound(sum, total)));
            part = part == null ? when(below, lit(name)) : part.when(below, lit(name));
        }
        Column last = lit(names.get(names.size() - 1));
        return part == null ? when(hash.isNotNull(), last) : part.when(hash.isNotNull(), last);
    }

    /** The least 64-bit number h, as 16 hexadecimal digits, with h / 2^64 not below sum / total. */
    private static String bound(BigDecimal sum, BigDecimal total) {
        BigInteger bound = sum.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(64)))
                .divide(total, 0, RoundingMode.CEILING)
                .toBigInteger();
        return String.format("%016x", bound);
    }

    /** SHA-256 of the seed and the key's values as netstrings, in hexadecimal; NULL if a value is. */
    public Column hash(StructType schema) {
        List<Column> message = new ArrayList<>();
        String seedText = Long.toString(seed);
        message.add(lit(seedText.length() + ":" + seedText + ","));
        for (String name : key) {
            Column text = text(name, Columns.type(schema, name));
            message.add(octet_length(text).cast("string"));
            message.add(lit(":"));
            message.add(text);
            message.add(lit(","));
        }
        return sha2(concat(message.toArray(Column[]::new)).cast("binary"), 256);
    }

    private static Column text(String name, DataType type) {
        Column value = Columns.named(name);
        if (type instanceof TimestampType) {
            return expr("unix_micros(" + Columns.quoted(name) + ")").cast("string");
        } else if (type instanceof BinaryType) {
            return lower(hex(value));
        } else if (type instanceof DecimalType decimal && decimal.scale() > 0) {
            // A cast to text may choose scientific notation; format_number is exact on decimals, and plain.
            return expr("rtrim('.', rtrim('0', replace(format_number(%s, %d), ',', '')))"
                    .formatted(Columns.quoted(name), decimal.scale()));
        }
        return value.cast("string");
    }

    private static boolean keyable(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType
                || type instanceof StringType
                || type instanceof BooleanType
                || type instanceof DateType
                || type instanceof TimestampType
                || type instanceof BinaryType
                || type instanceof DecimalType;
    }

    private Column byTime(Time by, StructType schema) {
        Column value = Columns.named(by.column());
        boolean dates = Columns.type(schema, by.column()) instanceof DateType;
        List<String> names = names();
        Column part = when(value.isNull(), lit(null).cast("string"));
        for (int i = 1; i < names.size(); i++) {
            Instant from = Values.instant(by.from().get(names.get(i)));
            Column before = value.lt(dates ? lit(day(from)) : lit(from));
            part = part.when(before, lit(names.get(i - 1)));
        }
        return part.otherwise(lit(names.get(names.size() - 1)));
    }

    /** The first date whose midnight UTC is not before the instant. */
    private static LocalDate day(Instant from) {
        LocalDate day = from.atOffset(ZoneOffset.UTC).toLocalDate();
        return day.atStartOfDay().toInstant(ZoneOffset.UTC).isBefore(from) ? day.plusDays(1) : day;
    }
}
