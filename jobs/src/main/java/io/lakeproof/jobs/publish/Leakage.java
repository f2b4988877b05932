package io.lakeproof.jobs.publish;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.explode_outer;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.RowDigest;
import io.lakeproof.transforms.Split;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What one part gives away about another, or a column about the label.
 *
 * @param scope over which examples it was counted
 * @param keysInTwoParts keys of the split that are found in more than one part, which should be none; absent: time alone
 *     splits
 * @param identicalExamples examples that equal one of another part in every column but the split's key and time; absent:
 *     there are no other columns
 * @param labelDetermining the columns that each determine the label alone; absent: the spec names no label
 * @param olderThanTrain by part, the rows that are older than the newest of the first part; absent: the split knows no time
 */
public record Leakage(
        Scope scope,
        Optional<Long> keysInTwoParts,
        Optional<Identical> identicalExamples,
        Optional<List<Determining>> labelDetermining,
        Optional<Map<String, Long>> olderThanTrain) {

    /** Over which examples. */
    public enum Scope {
        /** Those that a run appended, against each other. */
        NEW_EXAMPLES,
        /** All that the version holds. */
        ALL_EXAMPLES;

        /** As it stands in a record. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * Examples that are in two parts.
     *
     * @param rows how many, in whichever part
     * @param of of how many examples
     */
    public record Identical(long rows, long of) {
        /** From 0 to 1. */
        public double share() {
            return of == 0 ? 0 : (double) rows / of;
        }
    }

    /**
     * A column whose every value, NULL among them, comes with one label only.
     *
     * @param values how many different values it has
     */
    public record Determining(String column, long values) {}

    /**
     * Rows with the number of their part.
     *
     * @param part from 0, in the order of the split; NULL: the row is in no part
     */
    record Examples(Dataset<Row> rows, Column part) {}

    private static final String PART =
            "lakeproof_part_" + UUID.randomUUID().toString().replace("-", "");

    // What is counted; columns count from 0 up, and parts from TIME down.
    private static final int KEY = -1;
    private static final int EXAMPLE = -2;
    private static final int TIME = -3;

    /** So many rows refute most columns, which then need not be looked at in all rows. */
    private static final int SAMPLE = 10_000;

    /**
     * Counts, in one Spark job over all. A label costs one over a sample, what looks alike and what the sample does not refute
     * one more over all, and so do rows in the wrong order.
     */
    static Leakage of(Scope scope, List<Examples> examples, Split split, Optional<String> label) {
        return new Count(examples, split, label).leakage(scope);
    }

    /** What leaks, a line each; empty: nothing. */
    public List<String> leaks() {
        List<String> leaks = new ArrayList<>();
        keysInTwoParts
                .filter(keys -> keys > 0)
                .ifPresent(keys -> leaks.add("%,d keys are in two parts".formatted(keys)));
        identicalExamples
                .filter(identical -> identical.rows() > 0)
                .ifPresent(identical -> leaks.add(String.format(
                        Locale.ROOT,
                        "%,d of %,d examples (%.2f%%) equal one of another part in all but key and time",
                        identical.rows(),
                        identical.of(),
                        100 * identical.share())));
        labelDetermining
                .orElse(List.of())
                .forEach(column -> leaks.add(
                        "'%s' determines the label alone (%,d values)".formatted(column.column(), column.values())));
        olderThanTrain.orElse(Map.of()).forEach((part, rows) -> {
            if (rows > 0) {
                leaks.add("%,d rows of %s are older than the newest of the first part".formatted(rows, part));
            }
        });
        return leaks;
    }

    /** The result in one line. */
    public String text() {
        List<String> leaks = leaks();
        return leaks.isEmpty()
                ? "none found among " + scope.text()
                : "among %s: %s".formatted(scope.text(), String.join("; ", leaks));
    }

    /** What a version record holds; absent in one of a release that did not look for leaks. */
    public static Optional<Leakage> of(JsonNode record) {
        return known(record.get("leakage")).map(leakage -> {
            Map<String, Long> older = new LinkedHashMap<>();
            leakage.get("olderThanTrain")
                    .properties()
                    .forEach(part -> older.put(part.getKey(), part.getValue().asLong()));
            return new Leakage(
                    Scope.valueOf(leakage.get("scope")
                            .asText()
                            .toUpperCase(Locale.ROOT)
                            .replace(' ', '_')),
                    known(leakage.get("keysInTwoParts")).map(JsonNode::asLong),
                    known(leakage.get("identicalExamples"))
                            .map(of -> new Identical(
                                    of.get("rows").asLong(), of.get("of").asLong())),
                    known(leakage.get("labelDetermining"))
                            .map(columns -> StreamSupport.stream(columns.spliterator(), false)
                                    .map(column -> new Determining(
                                            column.get("column").asText(),
                                            column.get("values").asLong()))
                                    .toList()),
                    known(leakage.get("olderThanTrain")).map(parts -> older));
        });
    }

    private static Optional<JsonNode> known(JsonNode node) {
        return Optional.ofNullable(node).filter(n -> !n.isNull());
    }

    /** As a version record holds it: null for what was not looked for. */
    JsonNode json() {
        var json = Json.object().put("scope", scope.text()).put("keysInTwoParts", keysInTwoParts.orElse(null));
        json.set(
                "identicalExamples",
                identicalExamples
                        .map(identical -> (JsonNode) Json.object()
                                .put("rows", identical.rows())
                                .put("of", identical.of())
                                .put("share", identical.share()))
                        .orElse(null));
        json.set("labelDetermining", labelDetermining.map(Json::tree).orElse(null));
        json.set("olderThanTrain", olderThanTrain.map(Json::tree).orElse(null));
        return json;
    }

    private static final class Count {
        private final Dataset<Row> rows;
        private final Split split;
        private final Optional<String> label;
        private final StructType schema;

        Count(List<Examples> examples, Split split, Optional<String> label) {
            this.rows = union(examples);
            this.split = split;
            this.label = label;
            this.schema = rows.drop(PART).schema();
        }

        Leakage leakage(Scope scope) {
            List<String> candidates = candidates();
            Map<Integer, Row> found = found(hashes());
            List<Item> suspects = suspects(found, candidates);
            if (!suspects.isEmpty()) {
                found.putAll(found(suspects));
            }
            Optional<String> time = split.time().map(Split.Time::column);
            return new Leakage(
                    scope,
                    split.key().isEmpty() ? Optional.empty() : Optional.of(number(found.get(KEY), "shared")),
                    others().isEmpty()
                            ? Optional.empty()
                            : Optional.of(new Identical(
                                    number(found.get(EXAMPLE), "rowsShared"), number(found.get(EXAMPLE), "rows"))),
                    label.map(name -> determining(name, candidates, found)),
                    time.map(column -> olderThanFirst(column, found)));
        }

        /** The columns in which examples of two parts should differ somewhere. */
        private StructType others() {
            return columns(name -> !split.key().contains(name)
                    && !split.time().map(Split.Time::column).equals(Optional.of(name)));
        }

        private StructType columns(Predicate<String> which) {
            return new StructType(Stream.of(schema.fields())
                    .filter(field -> which.test(field.name()))
                    .toArray(StructField[]::new));
        }

        /** The columns that a sample does not refute, and the label behind them; empty: there are none. */
        private List<String> candidates() {
            if (label.isEmpty()) {
                return List.of();
            }
            List<String> all = Stream.of(schema.fieldNames())
                    .filter(name -> !split.key().contains(name) && !label.get().equals(name))
                    .toList();
            Map<Integer, Row> found = found(rows.limit(SAMPLE), byColumn(all));
            List<String> candidates = IntStream.range(0, all.size())
                    .filter(i -> number(found.get(i), "refuted") == 0)
                    .mapToObj(all::get)
                    .collect(Collectors.toCollection(ArrayList::new));
            if (!candidates.isEmpty()) {
                candidates.add(label.get());
            }
            return candidates;
        }

        private List<Determining> determining(String label, List<String> candidates, Map<Integer, Row> found) {
            if (candidates.isEmpty() || number(found.get(candidates.indexOf(label)), "values") < 2) {
                return List.of();
            }
            List<Determining> determining = new ArrayList<>();
            for (int i = 0; i < candidates.size(); i++) {
                Row of = found.get(i);
                long values = number(of, "values");
                // Values that hardly come twice determine anything.
                if (!candidates.get(i).equals(label)
                        && number(of, "refuted") == 0
                        && values * 2 <= number(of, "rows")) {
                    determining.add(new Determining(candidates.get(i), values));
                }
            }
            return List.copyOf(determining);
        }

        private Map<String, Long> olderThanFirst(String column, Map<Integer, Row> found) {
            Map<String, Long> older = new LinkedHashMap<>();
            split.names().stream().skip(1).forEach(part -> older.put(part, 0L));
            Object newest = found.containsKey(TIME) ? found.get(TIME).getAs("newest") : null;
            boolean any = newest != null
                    && found.entrySet().stream()
                            .anyMatch(part -> part.getKey() < TIME
                                    && before(part.getValue().getAs("oldest"), newest));
            if (any) {
                rows.where(col(PART).gt(0).and(named(column).lt(lit(newest))))
                        .groupBy(PART)
                        .count()
                        .collectAsList()
                        .forEach(row -> older.put(split.names().get(row.getInt(0)), row.getLong(1)));
            }
            return older;
        }

        @SuppressWarnings("unchecked")
        private static boolean before(Object one, Object other) {
            return one != null && ((Comparable<Object>) one).compareTo(other) < 0;
        }

        /** The rows of all parts, each beside the number of its part. */
        private static Dataset<Row> union(List<Examples> examples) {
            Column[] columns = Stream.concat(
                            Stream.of(examples.get(0).rows().columns()).map(Leakage::named), Stream.of(col(PART)))
                    .toArray(Column[]::new);
            return examples.stream()
                    .map(of -> of.rows().withColumn(PART, of.part()).select(columns))
                    .reduce(Dataset::union)
                    .orElseThrow()
                    .where(col(PART).isNotNull());
        }

        /** What may be in two parts, by a hash that is made faster than a digest, and shuffled faster; and the times. */
        private List<Item> hashes() {
            List<Item> items = new ArrayList<>();
            if (!split.key().isEmpty()) {
                items.add(Item.of(KEY, hash(columns(split.key()::contains))).where(mayBeInTwoParts()));
            }
            if (!others().isEmpty()) {
                items.add(Item.of(EXAMPLE, hash(others())));
            }
            split.time()
                    .ifPresent(by -> items.add(new Item(
                            lit(TIME).minus(col(PART)),
                            lit(null).cast(DataTypes.LongType),
                            Optional.empty(),
                            Optional.of(named(by.column())))));
            return items;
        }

        /**
         * Whether a row's key says that it belongs into another part: where none does, no key is in two. In a stratified split
         * it depends on other rows.
         */
        private Column mayBeInTwoParts() {
            Column names = array(split.names().stream().map(functions::lit).toArray(Column[]::new));
            return split.stratify().isPresent()
                    ? lit(true)
                    : not(split.part(schema)
                            .eqNullSafe(element_at(names, col(PART).plus(1))));
        }

        private boolean keysMayBeInTwoParts(Map<Integer, Row> found) {
            return number(found.get(KEY), split.stratify().isPresent() ? "shared" : "rows") > 0;
        }

        /** What digests have to tell: what has a hash in two parts, for others may have the same, and candidates. */
        private List<Item> suspects(Map<Integer, Row> found, List<String> candidates) {
            List<Item> suspects = byColumn(candidates);
            if (keysMayBeInTwoParts(found)) {
                suspects.add(Item.of(KEY, RowDigest.of(columns(split.key()::contains))));
            }
            if (number(found.get(EXAMPLE), "shared") > 0) {
                suspects.add(Item.of(EXAMPLE, RowDigest.of(others())));
            }
            return suspects;
        }

        private List<Item> byColumn(List<String> names) {
            return IntStream.range(0, names.size())
                    .mapToObj(i -> new Item(
                            lit(i),
                            RowDigest.of(columns(names.get(i)::equals)),
                            Optional.of(when(
                                    named(label.orElseThrow()).isNotNull(),
                                    xxhash64(RowDigest.of(columns(label.get()::equals))))),
                            Optional.empty()))
                    .collect(Collectors.toCollection(ArrayList::new));
        }

        /** The same for what has the same digest. */
        private static Column hash(StructType columns) {
            // Spark hashes no maps.
            return columns.simpleString().contains("map<")
                    ? xxhash64(RowDigest.of(columns))
                    : xxhash64(
                            Stream.of(columns.fieldNames()).map(Leakage::named).toArray(Column[]::new));
        }

        private Map<Integer, Row> found(List<Item> items) {
            return found(rows, items);
        }

        /** What was counted, by its kind. */
        private Map<Integer, Row> found(Dataset<Row> rows, List<Item> items) {
            Map<Integer, Row> found = new HashMap<>();
            if (items.isEmpty()) {
                return found;
            }
            List<Column> perValue = new ArrayList<>(List.of(
                    count(lit(1)).as("rows"), min("part").notEqual(max("part")).as("shared")));
            List<Column> perKind = new ArrayList<>(List.of(
                    count(lit(1)).as("values"),
                    sum("rows").as("rows"),
                    sum(when(col("shared"), 1L).otherwise(0L)).as("shared"),
                    sum(when(col("shared"), col("rows")).otherwise(0L)).as("rowsShared")));
            // Every column of it would be shuffled.
            Optional<Column> noLabel =
                    first(items, Item::label).map(label -> lit(null).cast(DataTypes.LongType));
            noLabel.ifPresent(none -> {
                perValue.add(min("label").notEqual(max("label")).as("refuted"));
                perKind.add(sum(when(col("refuted"), 1L).otherwise(0L)).as("refuted"));
            });
            Optional<Column> noTime = first(items, Item::at).map(at -> when(lit(false), at));
            noTime.ifPresent(none -> {
                perValue.add(min("at").as("oldest"));
                perValue.add(max("at").as("newest"));
                perKind.add(min("oldest").as("oldest"));
                perKind.add(max("newest").as("newest"));
            });
            Column[] structs = items.stream()
                    .map(item -> struct(Stream.of(
                                    Optional.of(item.kind().as("kind")),
                                    Optional.of(item.value().as("value")),
                                    noLabel.map(
                                            none -> item.label().orElse(none).as("label")),
                                    noTime.map(none -> item.at().orElse(none).as("at")))
                            .flatMap(Optional::stream)
                            .toArray(Column[]::new)))
                    .toArray(Column[]::new);
            // A projection of its own, for Spark interprets what a generator is given; the outer one, for the other
            // would
            // make it twice, to see whether it is empty.
            Dataset<Row> exploded = rows.select(
                            col(PART).as("part"), array(structs).as("items"))
                    .select(col("part"), explode_outer(col("items")).as("item"))
                    .select("part", "item.*")
                    .where(col("kind").isNotNull());
            // Without a label there is nothing to determine.
            Dataset<Row> counted = noLabel.isEmpty()
                    ? exploded
                    : exploded.where(col("kind").lt(0).or(col("label").isNotNull()));
            grouped(grouped(counted, perValue, "kind", "value"), perKind, "kind")
                    .collectAsList()
                    .forEach(row -> found.put(row.getInt(0), row));
            return found;
        }

        private static Dataset<Row> grouped(Dataset<Row> rows, List<Column> counts, String... by) {
            return rows.groupBy(Stream.of(by).map(functions::col).toArray(Column[]::new))
                    .agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new));
        }

        private static Optional<Column> first(List<Item> items, Function<Item, Optional<Column>> of) {
            return items.stream().map(of).flatMap(Optional::stream).findFirst();
        }
    }

    /**
     * What is counted of a row.
     *
     * @param kind what it is counted of; NULL: nothing is
     * @param value rows with the same are counted together; all of a list have it in one type
     * @param label of which one value should come with one only
     * @param at when the row was
     */
    private record Item(Column kind, Column value, Optional<Column> label, Optional<Column> at) {
        static Item of(int kind, Column value) {
            return new Item(lit(kind), value, Optional.empty(), Optional.empty());
        }

        /** The same of those rows alone. */
        Item where(Column condition) {
            return new Item(when(condition, kind), value, label, at);
        }
    }

    /** 0 when nothing was counted. */
    private static long number(Row found, String what) {
        return found == null ? 0 : found.<Long>getAs(what);
    }

    private static Column named(String column) {
        return col("`" + column.replace("`", "``") + "`");
    }
}
