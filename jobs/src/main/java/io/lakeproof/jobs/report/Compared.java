package io.lakeproof.jobs.report;

import io.lakeproof.jobs.drift.Drift;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;

/** A column, part beside part. */
final class Compared {

    private Compared() {}

    /**
     * @param parts what each part holds of it; absent: the part lacks the column
     * @param rows of each part
     * @param compared how many columns of how many parts are; absent: this one is not
     */
    static Report.Column of(
            String name, DataType type, List<Optional<Seen>> parts, List<Long> rows, OptionalInt compared) {
        Optional<Seen> first = parts.get(0);
        List<Optional<Report.Found>> found = IntStream.range(0, parts.size())
                .mapToObj(i -> parts.get(i)
                        .map(seen -> found(
                                seen,
                                rows.get(i),
                                i == 0 || compared.isEmpty()
                                        ? Optional.empty()
                                        : first.flatMap(
                                                one -> CommonBins.drift(name, one, seen, compared.getAsInt())))))
                .toList();
        List<Numbers.Found> numbers = parts.stream()
                .map(part -> part.orElse(Numbers.Found.NOTHING) instanceof Numbers.Found n ? n : Numbers.Found.NOTHING)
                .toList();
        return new Report.Column(
                name,
                type,
                found,
                numbers.stream().allMatch(part -> part.finite() == 0)
                        ? Optional.empty()
                        : Optional.of(Bars.of(numbers, isWhole(type))),
                frequent(parts.stream().map(part -> values(part, type)).toList()));
    }

    private static Report.Found found(Seen seen, long rows, Optional<Drift> fromFirst) {
        if (seen instanceof Numbers.Found n) {
            return new Report.Found(
                    rows,
                    n.nulls(),
                    n.notNumbers(),
                    n.infinite(),
                    Optional.of(n.distinct()),
                    n.exact(),
                    n.least(),
                    n.greatest(),
                    n.mean(),
                    n.deviation(),
                    fromFirst);
        }
        Optional<Words.Found> words = seen instanceof Words.Found w ? Optional.of(w) : Optional.empty();
        return new Report.Found(
                rows,
                seen.nulls(),
                0,
                0,
                words.map(Words.Found::distinct),
                words.map(Words.Found::exact).orElse(false),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                fromFirst);
    }

    /** How often each value comes; empty: they are too many, or too long, to be categories. */
    private static Optional<Map<String, Long>> values(Optional<Seen> part, DataType type) {
        if (part.isEmpty()) {
            return Optional.of(Map.of());
        }
        if (part.get() instanceof Words.Found words) {
            return words.values();
        }
        if (part.get() instanceof Numbers.Found numbers && numbers.dropped() == 0) {
            Map<String, Long> values = new HashMap<>();
            numbers.buckets()
                    .forEach((key, count) -> values.merge(text(Numbers.number(key, 0), type), count, Long::sum));
            return Optional.of(values);
        }
        return Optional.empty();
    }

    private static Optional<Report.Frequent> frequent(List<Optional<Map<String, Long>>> parts) {
        if (parts.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        List<Map<String, Long>> counts =
                parts.stream().map(Optional::orElseThrow).toList();
        TreeSet<String> all = new TreeSet<>();
        counts.forEach(part -> all.addAll(part.keySet()));
        if (all.isEmpty() || all.size() > Words.FEW) {
            return Optional.empty();
        }
        List<Report.Value> most = all.stream()
                .map(value -> new Report.Value(
                        value,
                        counts.stream()
                                .map(part -> part.getOrDefault(value, 0L))
                                .toList()))
                .filter(value -> value.rows() >= Report.SHOWN_FROM)
                .sorted(Comparator.comparingLong(Report.Value::rows).reversed())
                .limit(Report.VALUES)
                .toList();
        return Optional.of(new Report.Frequent(
                most,
                IntStream.range(0, counts.size())
                        .mapToObj(i -> sum(counts.get(i).values())
                                - sum(most.stream()
                                        .map(value -> value.counts().get(i))
                                        .toList()))
                        .toList(),
                all.size() - most.size()));
    }

    private static long sum(Iterable<Long> counts) {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    private static boolean isWhole(DataType type) {
        return type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType
                || type instanceof DateType;
    }

    /** A number as a person reads it: a day, an instant, a whole number, or one of five digits. */
    static String text(double number, DataType type) {
        if (type instanceof DateType) {
            return LocalDate.ofEpochDay((long) number).toString();
        }
        if (Statistics.isTime(type)) {
            return Instant.ofEpochSecond((long) Math.floor(number)).toString();
        }
        if (isWhole(type)) {
            return new BigDecimal(number).toBigInteger().toString();
        }
        return text(number);
    }

    /** A number of five digits, or as many as stand before its point. */
    static String text(double number) {
        if (Math.abs(number) >= 1e9 || (number != 0 && Math.abs(number) < 1e-4)) {
            return String.format(Locale.ROOT, "%.4e", number);
        }
        BigDecimal exact = new BigDecimal(number);
        int whole = exact.precision() - exact.scale();
        return exact.round(new MathContext(Math.max(5, whole)))
                .stripTrailingZeros()
                .toPlainString();
    }
}
