package io.lakeproof.jobs.drift;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.percentile_approx;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.unix_date;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.Columns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * How rows are spread over the values of each column: their number in each of a few bins. Small whatever the number of rows, and
 * without a value of text in it. Profiles of the same bins add up, and are {@linkplain #drifts compared}.
 *
 * @param spreads one a column
 */
public record Profile(List<Spread> spreads) {

    /** A column of text has a bin for each value, or else its values share this many by hash. */
    private static final int BINS = 100;

    /** Text is told apart by a hash of so many values: two of a kind are taken for one with a chance of 1 in so many. */
    private static final int HASHES = 1 << 14;

    private static final double[] TENTHS =
            IntStream.rangeClosed(1, 10).mapToDouble(i -> i / 10.0).toArray();

    public Profile {
        spreads = List.copyOf(spreads);
    }

    /** How the values of a column are told apart. */
    enum Kind {
        /** By where they lie between others. */
        NUMBER,
        /** By what they are. */
        TEXT
    }

    /**
     * How a column is spread.
     *
     * @param marks of numbers: the tenths of the rows that the bins were made from, in order, one that is several tenths
     *     twice, for it has a bin of its own; of text: the hashes that have a bin of their own, in order; empty: there are too
     *     many, or none
     * @param counts the rows in each bin, the first of them those with NULL or NaN
     */
    record Spread(String column, Kind kind, List<Double> marks, List<Long> counts) {

        Spread {
            marks = List.copyOf(marks);
            counts = List.copyOf(counts);
        }

        private Spread counted(long[] bins) {
            return new Spread(column, kind, marks, Arrays.stream(bins).boxed().toList());
        }

        private long[] bins() {
            return counts.stream().mapToLong(Long::longValue).toArray();
        }

        private long rows() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }

        /** Of rows that lack the column, which is as if it were NULL in each. */
        private long[] absent(long rows) {
            long[] bins = new long[counts.size()];
            bins[0] = rows;
            return bins;
        }
    }

    /**
     * The profile of rows, with bins made for them: tenths of the rows for numbers, dates and timestamps, the values
     * themselves for booleans and text, or, where these are more than {@value #BINS}, that many shares of them by hash. Other
     * columns, such as arrays, are left out. Reads the rows twice.
     */
    public static Profile of(Dataset<Row> rows) {
        List<Spread> bare = Stream.of(rows.schema().fields())
                .flatMap(field -> kind(field.dataType()).stream().map(kind -> bare(field.name(), kind)))
                .toList();
        if (bare.isEmpty()) {
            return new Profile(bare);
        }
        Column[] marks = IntStream.range(0, bare.size())
                .mapToObj(i -> marks(bare.get(i), rows.schema()).as("m" + i))
                .toArray(Column[]::new);
        Row found =
                rows.agg(marks[0], Arrays.copyOfRange(marks, 1, marks.length)).first();
        return count(
                IntStream.range(0, bare.size())
                        .mapToObj(i -> marked(bare.get(i), found.isNullAt(i) ? List.of() : found.getList(i)))
                        .toList(),
                rows);
    }

    /**
     * The profile of other rows, with the bins of this one. A column that they lack is NULL there; one that this lacks is told
     * apart by being there alone. Reads the rows once.
     */
    public Profile again(Dataset<Row> rows) {
        List<String> known = spreads.stream().map(Spread::column).toList();
        return count(
                Stream.concat(
                                spreads.stream(),
                                Stream.of(rows.schema().fields())
                                        .filter(field -> !known.contains(field.name()))
                                        .flatMap(field ->
                                                kind(field.dataType()).stream().map(kind -> bare(field.name(), kind))))
                        .toList(),
                rows);
    }

    /** The profile of these rows and the others together; the other is of the same bins. */
    public Profile plus(Profile other) {
        Map<String, Spread> others = other.byColumn();
        return new Profile(spreads.stream()
                .map(spread -> {
                    long[] bins = spread.bins();
                    List<Long> more = others.get(spread.column()).counts();
                    for (int i = 0; i < bins.length; i++) {
                        bins[i] += more.get(i);
                    }
                    return spread.counted(bins);
                })
                .toList());
    }

    /** How far each column drifted from this profile to a later one of its bins, the greatest drift first. */
    public List<Drift> drifts(Profile later) {
        Map<String, Spread> mine = byColumn();
        long rows = spreads.isEmpty() ? 0 : spreads.get(0).rows();
        return later.spreads.stream()
                .map(now -> Drift.of(
                        now.column(),
                        Optional.ofNullable(mine.get(now.column()))
                                .map(Spread::bins)
                                .orElseGet(() -> now.absent(rows)),
                        now.bins(),
                        later.spreads.size()))
                .sorted(Comparator.comparing(Drift::distance).reversed().thenComparing(Drift::column))
                .toList();
    }

    private Map<String, Spread> byColumn() {
        return spreads.stream()
                .collect(Collectors.toMap(Spread::column, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    }

    /** The counts alone, for a record: they are of the bins of the profile that {@link #with} reads them by. */
    public ObjectNode counts() {
        ObjectNode json = Json.object();
        spreads.forEach(spread -> spread.counts().forEach(json.withArray(spread.column())::add));
        return json;
    }

    /** The profile of this one's bins whose {@link #counts} these are. */
    public Profile with(JsonNode counts) {
        return new Profile(spreads.stream()
                .map(spread -> spread.counted(
                        StreamSupport.stream(counts.get(spread.column()).spliterator(), false)
                                .mapToLong(JsonNode::asLong)
                                .toArray()))
                .toList());
    }

    /** The profile for a file. */
    public ObjectNode json() {
        ObjectNode json = Json.object();
        ArrayNode columns = json.putArray("columns");
        for (Spread spread : spreads) {
            ObjectNode column = columns.addObject()
                    .put("column", spread.column())
                    .put("kind", spread.kind().name());
            spread.marks().forEach(column.putArray("marks")::add);
            spread.counts().forEach(column.putArray("counts")::add);
        }
        return json;
    }

    /** The profile that {@link #json} wrote. */
    public static Profile parse(JsonNode json) {
        List<Spread> spreads = new ArrayList<>();
        for (JsonNode column : json.get("columns")) {
            List<Double> marks = new ArrayList<>();
            column.get("marks").forEach(mark -> marks.add(mark.asDouble()));
            List<Long> counts = new ArrayList<>();
            column.get("counts").forEach(count -> counts.add(count.asLong()));
            spreads.add(new Spread(
                    column.get("column").asText(),
                    Kind.valueOf(column.get("kind").asText()),
                    marks,
                    counts));
        }
        return new Profile(spreads);
    }

    // Bins

    /** Whether columns of a type are profiled. */
    public static boolean measures(DataType type) {
        return kind(type).isPresent();
    }

    private static Optional<Kind> kind(DataType type) {
        if (type instanceof NumericType
                || type instanceof DateType
                || type instanceof TimestampType
                || type instanceof TimestampNTZType) {
            return Optional.of(Kind.NUMBER);
        }
        return type instanceof StringType || type instanceof BooleanType ? Optional.of(Kind.TEXT) : Optional.empty();
    }

    private static Spread bare(String column, Kind kind) {
        return new Spread(column, kind, List.of(), List.of());
    }

    /** The cell as a double, or as a hash that is an int; NULL where it is missing, or where the rows have no such column. */
    private static Column cell(Spread spread, StructType schema) {
        Optional<StructField> field = Stream.of(schema.fields())
                .filter(f -> f.name().equals(spread.column()))
                .findFirst();
        Column value = field.map(f -> Columns.named(f.name())).orElse(lit(null));
        return switch (spread.kind()) {
            case TEXT -> when(
                    value.isNotNull(),
                    pmod(xxhash64(value.cast("string")), lit(HASHES)).cast("int"));
            case NUMBER -> {
                DataType type = field.map(StructField::dataType).orElse(null);
                Column number = (type instanceof DateType
                                ? unix_date(value)
                                : type instanceof TimestampNTZType ? value.cast("timestamp") : value)
                        .cast("double");
                yield when(isnan(number), lit(null)).otherwise(number);
            }
        };
    }

    private static Column marks(Spread spread, StructType schema) {
        Column cell = cell(spread, schema);
        return switch (spread.kind()) {
            case NUMBER -> percentile_approx(
                    cell,
                    array(Arrays.stream(TENTHS).mapToObj(tenth -> lit(tenth)).toArray(Column[]::new)),
                    lit(10_000));
            case TEXT -> collect_set(cell);
        };
    }

    private static Spread marked(Spread spread, List<? extends Number> found) {
        List<Double> marks = new ArrayList<>();
        for (double mark :
                found.stream().mapToDouble(Number::doubleValue).sorted().toArray()) {
            int same = marks.size();
            if (same < 2 || marks.get(same - 2) != mark) {
                marks.add(mark);
            }
        }
        boolean tooMany = spread.kind() == Kind.TEXT && marks.size() > BINS;
        return new Spread(spread.column(), spread.kind(), tooMany ? List.of() : marks, List.of());
    }

    private static Profile count(List<Spread> spreads, Dataset<Row> rows) {
        if (spreads.isEmpty()) {
            return new Profile(spreads);
        }
        List<Bins> bins = spreads.stream().map(Bins::new).toList();
        Column[] cells = IntStream.range(0, spreads.size())
                .mapToObj(i -> cell(spreads.get(i), rows.schema()).as("c" + i))
                .toArray(Column[]::new);
        long[][] counts = bins.stream().map(Bins::none).toArray(long[][]::new);
        // A row for each partition's bins, which are few.
        rows.select(cells)
                .mapPartitions(new Counting(bins), Encoders.row(Counting.SCHEMA))
                .groupBy("column", "bin")
                .agg(sum("rows"))
                .collectAsList()
                .forEach(row -> counts[row.getInt(0)][row.getInt(1)] = row.getLong(2));
        return new Profile(IntStream.range(0, spreads.size())
                .mapToObj(i -> spreads.get(i).counted(counts[i]))
                .toList());
    }

    /** The bins of a column: the first one for what is missing. */
    private static final class Bins implements Serializable {

        private final Kind kind;
        private final double[] marks;

        Bins(Spread spread) {
            this.kind = spread.kind();
            this.marks =
                    spread.marks().stream().mapToDouble(Double::doubleValue).toArray();
        }

        long[] none() {
            return new long[kind == Kind.TEXT && marks.length == 0 ? BINS + 1 : marks.length + 2];
        }

        int of(Row row, int i) {
            if (row.isNullAt(i)) {
                return 0;
            }
            return switch (kind) {
                case NUMBER -> 1 + below(row.getDouble(i));
                case TEXT -> 1 + ofHash(row.getInt(i));
            };
        }

        /** How many marks lie below; of two that are the same, the first does for the value itself too. */
        private int below(double number) {
            int below = 0;
            for (int i = 0; i < marks.length; i++) {
                boolean first = i + 1 < marks.length && marks[i] == marks[i + 1];
                below += number > marks[i] || (first && number == marks[i]) ? 1 : 0;
            }
            return below;
        }

        private int ofHash(int hash) {
            if (marks.length == 0) {
                return hash % BINS;
            }
            int at = Arrays.binarySearch(marks, hash);
            return at < 0 ? marks.length : at;
        }
    }

    private record Counting(List<Bins> bins) implements MapPartitionsFunction<Row, Row> {

        static final StructType SCHEMA =
                new StructType().add("column", "int").add("bin", "int").add("rows", "long");

        @Override
        public Iterator<Row> call(Iterator<Row> rows) {
            long[][] counts = bins.stream().map(Bins::none).toArray(long[][]::new);
            while (rows.hasNext()) {
                Row row = rows.next();
                for (int i = 0; i < counts.length; i++) {
                    counts[i][bins.get(i).of(row, i)]++;
                }
            }
            List<Row> found = new ArrayList<>();
            for (int i = 0; i < counts.length; i++) {
                for (int bin = 0; bin < counts[i].length; bin++) {
                    if (counts[i][bin] > 0) {
                        found.add(RowFactory.create(i, bin, counts[i][bin]));
                    }
                }
            }
            return found.iterator();
        }
    }
}
