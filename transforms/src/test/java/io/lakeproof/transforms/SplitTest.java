package io.lakeproof.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SplitTest extends StepTest {

    private static final Map<String, BigDecimal> THIRDS = parts("train", 80, "validation", 10, "test", 10);

    private static Map<String, BigDecimal> parts(Object... namesAndShares) {
        Map<String, BigDecimal> parts = new LinkedHashMap<>();
        for (int i = 0; i < namesAndShares.length; i += 2) {
            parts.put((String) namesAndShares[i], new BigDecimal(namesAndShares[i + 1].toString()));
        }
        return parts;
    }

    private static Split byKey(long seed, String... key) {
        return new Split(List.of(key), seed, THIRDS, Optional.empty());
    }

    private static Dataset<Row> parted(Split split, Dataset<Row> rows) {
        return rows.withColumn("part", split.part(rows.schema())).withColumn("invalid", split.invalid(rows.schema()));
    }

    private static String partOf(Split split, String select) {
        return parted(split, sql("SELECT " + select)).first().getAs("part");
    }

    private static Map<Object, String> partByKey(Split split, Dataset<Row> rows) {
        Map<Object, String> parts = new HashMap<>();
        for (Row row : parted(split, rows).select("id", "part").collectAsList()) {
            assertThat(parts.merge(row.get(0), row.getString(1), (a, b) -> a.equals(b) ? a : a + "/" + b))
                    .doesNotContain("/");
        }
        return parts;
    }

    @Test
    void meets_the_published_vectors() throws IOException {
        List<String> vectors = Files.readAllLines(Path.of("..", "docs", "reference", "split-vectors.tsv"));
        assertThat(vectors).hasSizeGreaterThan(20);
        for (String vector : vectors.subList(1, vectors.size())) {
            String[] cells = vector.split("\t", -1);
            Dataset<Row> row = sql("SELECT " + cells[1]);
            Split split = new Split(List.of(row.columns()), Long.parseLong(cells[0]), THIRDS, Optional.empty());
            assertThat(parted(split, row).first().<String>getAs("part"))
                    .as(vector)
                    .isEqualTo(cells[4]);
            assertThat(row.select(split.hash(row.schema())).first().getString(0))
                    .as(vector)
                    .startsWith(cells[3]);
        }
    }

    @Test
    void the_width_of_a_whole_number_and_the_scale_of_a_decimal_do_not_matter() {
        for (int i = -50; i < 50; i++) {
            String part = partOf(byKey(42, "id"), "CAST(" + i + " AS BIGINT) id");
            for (String type : List.of("TINYINT", "SMALLINT", "INT", "DECIMAL(5,0)", "DECIMAL(38,10)", "STRING")) {
                assertThat(partOf(byKey(42, "id"), "CAST(" + i + " AS " + type + ") id"))
                        .isEqualTo(part);
            }
        }
    }

    @Test
    void decimals_are_hashed_in_plain_text() {
        for (String[] pair : new String[][] {
            {"0.00000001BD", "'0.00000001'"}, {"-0.50BD", "'-0.5'"}, {"1234567.890BD", "'1234567.89'"},
            {"CAST(0 AS DECIMAL(38,18))", "'0'"}, {"100BD", "'100'"}, {"100.00BD", "'100'"},
            {"12345678901234567890123456.123456789012BD", "'12345678901234567890123456.123456789012'"}
        }) {
            Dataset<Row> rows = sql("SELECT " + pair[0] + " a, " + pair[1] + " b");
            assertThat(rows.select(byKey(1, "a").hash(rows.schema())).first().getString(0))
                    .as(pair[0])
                    .isEqualTo(rows.select(byKey(1, "b").hash(rows.schema()))
                            .first()
                            .getString(0));
        }
    }

    @Test
    void the_session_time_zone_does_not_matter() {
        Split split = new Split(
                List.of("t"),
                42,
                THIRDS,
                Optional.of(new Split.Time("t", Map.of("validation", "2026-01-01", "test", "2026-02-01"))));
        Dataset<Row> rows = sql("SELECT timestamp_seconds(1767200000 + id * 40000) t FROM range(100)");
        List<String> utc = rows(parted(split, rows).selectExpr("unix_micros(t)", "part"));
        SPARK.conf().set("spark.sql.session.timeZone", "America/Los_Angeles");
        try {
            assertThat(rows(parted(split, rows).selectExpr("unix_micros(t)", "part")))
                    .isEqualTo(utc);
        } finally {
            SPARK.conf().set("spark.sql.session.timeZone", "UTC");
        }
    }

    @Test
    void values_do_not_run_into_each_other() {
        Dataset<Row> rows = sql("SELECT 'a' a, 'bc' b, 'ab' c, 'c' d");
        StructType schema = rows.schema();
        assertThat(rows.select(byKey(1, "a", "b").hash(schema)).first().get(0))
                .isNotEqualTo(
                        rows.select(byKey(1, "c", "d").hash(schema)).first().get(0))
                .isNotEqualTo(
                        rows.select(byKey(1, "b", "a").hash(schema)).first().get(0));
    }

    @Test
    void a_null_key_or_time_is_counted_and_has_no_part() {
        Dataset<Row> rows = data(
                "`a b` INT, `c.d` STRING, t DATE",
                row(1, "x", java.sql.Date.valueOf("2026-01-01")),
                row(null, "x", java.sql.Date.valueOf("2026-01-01")),
                row(1, null, java.sql.Date.valueOf("2026-01-01")),
                row(1, "x", null));
        Split split = new Split(List.of("a b", "c.d"), 1, parts("all", 1), Optional.of(new Split.Time("t", Map.of())));
        Row counts = parted(split, rows)
                .agg(count(when(col("invalid"), 1)), count("part"), count("invalid"))
                .first();
        assertThat(counts.toString()).isEqualTo("[3,1,4]");
    }

    @Test
    void time_decides_from_the_first_instant_of_each_part() {
        Split split = new Split(
                List.of(),
                0,
                parts("train", 0, "validation", 0, "test", 0),
                Optional.of(new Split.Time("t", Map.of("validation", "2026-01-01", "test", "2026-04-01T00:00:00.5Z"))));
        assertThat(
                        rows(
                                parted(
                                        split,
                                        sql(
                                                "SELECT explode(array(DATE'2025-12-31', DATE'2026-01-01', DATE'2026-04-01', DATE'2026-04-02')) t"))))
                .containsExactly(
                        "[2025-12-31,train,false]",
                        "[2026-01-01,validation,false]",
                        "[2026-04-01,validation,false]",
                        "[2026-04-02,test,false]");
        assertThat(partOf(split, "TIMESTAMP'2026-04-01 00:00:00.499999' t")).isEqualTo("validation");
        assertThat(partOf(split, "TIMESTAMP'2026-04-01 00:00:00.5' t")).isEqualTo("test");
        assertThat(partOf(split, "TIMESTAMP'2025-12-31 23:59:59.999999' t")).isEqualTo("train");
    }

    @Test
    void with_time_and_key_a_row_stays_only_where_both_agree() {
        Split both = new Split(
                List.of("id"),
                42,
                parts("train", 50, "test", 50),
                Optional.of(new Split.Time("t", Map.of("test", "2026-01-01"))));
        Dataset<Row> rows = sql("SELECT id, IF(id % 3 = 0, DATE'2025-01-01', DATE'2026-01-01') t FROM range(300)");
        Split key = new Split(both.key(), 42, both.parts(), Optional.empty());
        Split time = new Split(List.of(), 42, both.parts(), both.time());
        Dataset<Row> parts = rows.select(
                both.part(rows.schema()).as("both"),
                key.part(rows.schema()).as("key"),
                time.part(rows.schema()).as("time"));
        assertThat(parts.where("NOT (both <=> IF(key = time, key, NULL))").count())
                .isZero();
        assertThat(parts.where("both IS NULL").count()).isBetween(100L, 200L);
    }

    @Test
    void problems_name_what_is_wrong_and_what_there_is() {
        StructType schema = StructType.fromDDL("id INT, d DOUBLE, a ARRAY<INT>, t TIMESTAMP, s STRING");
        assertThat(messages(
                        new Split(List.of("idd", "d", "a"), 1, parts("train", 1, "test", 0), Optional.empty()), schema))
                .satisfiesExactly(
                        m -> assertThat(m)
                                .isEqualTo("key: split: no column 'idd', did you mean 'id'?; there is id, d, a, t, s"),
                        m -> assertThat(m)
                                .startsWith("key: split: column 'd' is double, which has no exact text to hash"),
                        m -> assertThat(m).startsWith("key: split: column 'a' is array<int>"),
                        m -> assertThat(m).isEqualTo("parts.test: share 0 is not above 0; leave the part out"));
        assertThat(messages(
                        new Split(
                                List.of(),
                                1,
                                THIRDS,
                                Optional.of(new Split.Time("s", Map.of("tset", "2026-01-01", "validation", "x")))),
                        schema))
                .satisfiesExactly(
                        m -> assertThat(m)
                                .isEqualTo(
                                        "time.column: split: column 's' is string; cast it to date or timestamp before"),
                        m -> assertThat(m).contains("'tset' is not a part after the first"),
                        m -> assertThat(m).startsWith("time.validation-from: 'x' is no date"),
                        m -> assertThat(m).startsWith("time.test-from: 'test-from' is missing"));
        assertThat(messages(new Split(List.of(), 1, THIRDS, Optional.empty()), schema))
                .hasSize(1);
        assertThatThrownBy(() -> byKey(1, "x").part(schema))
                .isInstanceOf(BadStep.class)
                .hasMessageContaining("'x'");
    }

    private static List<String> messages(Split split, StructType schema) {
        return split.problems(schema).stream()
                .map(p -> p.path() + ": " + p.message())
                .toList();
    }

    @Property(tries = 10, shrinking = ShrinkingMode.OFF)
    void order_partitioning_and_batches_change_nobodys_part(
            @ForAll long seed, @ForAll Random random, @ForAll @IntRange(min = 1, max = 7) int partitions) {
        List<Integer> keys = new ArrayList<>(random.ints(300, 0, 200).boxed().toList());
        Split split = byKey(seed, "id");
        Map<Object, String> once = partByKey(split, ids(keys).coalesce(1));
        Collections.shuffle(keys, random);
        assertThat(partByKey(split, ids(keys).repartition(partitions))).isEqualTo(once);
        int cut = random.nextInt(keys.size());
        Map<Object, String> batches = new HashMap<>(partByKey(split, ids(keys.subList(0, cut))));
        partByKey(split, ids(keys.subList(cut, keys.size())))
                .forEach((key, part) ->
                        assertThat(batches.getOrDefault(key, part)).isEqualTo(part));
    }

    @Property(tries = 10, shrinking = ShrinkingMode.OFF)
    void shares_are_met_within_five_standard_deviations(@ForAll long seed, @ForAll("shares") List<Integer> shares) {
        Map<String, BigDecimal> parts = new LinkedHashMap<>();
        for (int i = 0; i < shares.size(); i++) {
            parts.put("p" + i, new BigDecimal(shares.get(i)));
        }
        double total = shares.stream().mapToInt(Integer::intValue).sum();
        int n = 20_000;
        Dataset<Row> rows = SPARK.range(n).toDF();
        Map<String, Long> counts = new HashMap<>();
        parted(new Split(List.of("id"), seed, parts, Optional.empty()), rows)
                .groupBy("part")
                .count()
                .collectAsList()
                .forEach(row -> counts.put(row.getString(0), row.getLong(1)));
        parts.forEach((name, share) -> {
            double p = share.doubleValue() / total;
            assertThat((double) counts.getOrDefault(name, 0L))
                    .as(name)
                    .isBetween(n * p - 5 * Math.sqrt(n * p * (1 - p)) - 1, n * p + 5 * Math.sqrt(n * p * (1 - p)) + 1);
        });
    }

    @Provide
    Arbitrary<List<Integer>> shares() {
        return Arbitraries.integers().between(1, 100).list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 5, shrinking = ShrinkingMode.OFF)
    void a_growing_last_part_takes_rows_and_gives_none(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int grown) {
        Split small = new Split(List.of("id"), seed, parts("train", 90, "test", 10), Optional.empty());
        Split large = new Split(List.of("id"), seed, parts("train", 90 - grown, "test", 10 + grown), Optional.empty());
        Dataset<Row> rows = SPARK.range(2_000).toDF();
        Map<Object, String> before = partByKey(small, rows);
        partByKey(large, rows).forEach((key, part) -> {
            if (before.get(key).equals("test")) {
                assertThat(part).isEqualTo("test");
            }
        });
    }

    @Test
    void another_seed_is_another_split() {
        Dataset<Row> rows = SPARK.range(10_000).toDF();
        long moved = rows.where(byKey(1, "id")
                        .part(rows.schema())
                        .notEqual(byKey(2, "id").part(rows.schema())))
                .count();
        // Independent splits of 80, 10, 10 disagree on 1 - (0.64 + 0.01 + 0.01) of the rows.
        assertThat(moved).isBetween(3_100L, 3_700L);
    }

    @Property(tries = 4, shrinking = ShrinkingMode.OFF)
    void stratified_classes_are_cut_at_the_row_whatever_the_order_and_the_partitioning(
            @ForAll long seed, @ForAll Random random, @ForAll("shares") List<Integer> shares) throws Exception {
        Map<String, BigDecimal> parts = new LinkedHashMap<>();
        shares.forEach(share -> parts.put("p" + parts.size(), new BigDecimal(share)));
        // Names that the plan uses itself, a class of NULLs, and keys of several rows, some with rows of two classes.
        Split split = new Split(List.of("key"), seed, parts, Optional.empty(), Optional.of("c.lass"));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int key = random.nextInt(4) == 0 ? -random.nextInt(20) : i;
            rows.add(RowFactory.create(
                    key, new String[] {"a", "b", "c", null}[key < -10 ? random.nextInt(3) : i % 7 % 4], "part"));
        }
        Map<Integer, String> expected = stratified(rows, seed, shares);
        Collections.shuffle(rows, random);
        Dataset<Row> data = SPARK.createDataFrame(rows, StructType.fromDDL("key INT, `c.lass` STRING, part STRING"))
                .repartition(1 + random.nextInt(5));
        Dataset<Row> all = null;
        for (String part : parts.keySet()) {
            Dataset<Row> found = split.rowsOf(part, data, data).withColumn("found", lit(part));
            assertThat(found.columns()).containsExactly("key", "c.lass", "part", "found");
            all = all == null ? found : all.unionAll(found);
        }
        List<Row> found = all.collectAsList();
        assertThat(found).hasSize(300);
        assertThat(found).allSatisfy(row -> assertThat(row.getString(3)).isEqualTo(expected.get(row.getInt(0))));
        assertThat(rows(Strata.keys(data, split, "c.lass", 1))).isEqualTo(rows(Strata.keys(data, split, "c.lass", 3)));
    }

    /** The page's words, in plain Java: the part of every key. */
    private static Map<Integer, String> stratified(List<Row> rows, long seed, List<Integer> shares) throws Exception {
        Map<Integer, List<Row>> byKey = rows.stream().collect(groupingBy(row -> row.getInt(0)));
        Map<String, TreeMap<String, Integer>> classes = new HashMap<>();
        for (int key : byKey.keySet()) {
            String message = Stream.of(Long.toString(seed), Integer.toString(key))
                    .map(text -> text.length() + ":" + text + ",")
                    .collect(joining());
            String hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(message.getBytes(UTF_8)));
            String least = byKey.get(key).stream()
                    .map(row -> row.getString(1))
                    .filter(Objects::nonNull)
                    .min(Comparator.naturalOrder())
                    .orElse(null);
            classes.computeIfAbsent(least, any -> new TreeMap<>()).put(hash, key);
        }
        Map<Integer, String> parts = new HashMap<>();
        for (TreeMap<String, Integer> keys : classes.values()) {
            long before = 0;
            List<Long> ends = Strata.ends(
                    shares.stream().map(BigDecimal::new).toList(),
                    keys.values().stream()
                            .mapToLong(key -> byKey.get(key).size())
                            .sum());
            for (int key : keys.values()) {
                int part = 0;
                while (before >= ends.get(part)) {
                    part++;
                }
                parts.put(key, "p" + part);
                before += byKey.get(key).size();
            }
        }
        return parts;
    }

    @Property
    void every_part_has_its_share_of_a_class_rounded_and_all_rows_have_a_part(
            @ForAll("shares") List<Integer> shares, @ForAll @IntRange(max = 100_000) int rows) {
        List<Long> ends = Strata.ends(shares.stream().map(BigDecimal::new).toList(), rows);
        double total = shares.stream().mapToInt(Integer::intValue).sum();
        long before = 0;
        for (int i = 0; i < shares.size(); i++) {
            assertThat((double) (ends.get(i) - before))
                    .isBetween(
                            Math.floor(rows * shares.get(i) / total - 1e-9),
                            Math.ceil(rows * shares.get(i) / total + 1e-9));
            before = ends.get(i);
        }
        assertThat(before).isEqualTo(rows);
    }

    @Test
    void the_largest_remainders_round_up_and_of_two_that_tie_the_earlier() {
        List<BigDecimal> shares = List.of(new BigDecimal("80"), new BigDecimal("10.0"), BigDecimal.TEN);
        assertThat(Strata.ends(shares, 50)).containsExactly(40L, 45L, 50L);
        // 39.2, 4.9, 4.9
        assertThat(Strata.ends(shares, 49)).containsExactly(39L, 44L, 49L);
        // 44, 5.5, 5.5
        assertThat(Strata.ends(shares, 55)).containsExactly(44L, 50L, 55L);
        assertThat(Strata.ends(shares, 1)).containsExactly(1L, 1L, 1L);
        assertThat(Strata.ends(shares, 0)).containsExactly(0L, 0L, 0L);
    }

    @Test
    void a_stratified_split_needs_a_key_and_a_class_that_compares() {
        StructType schema = StructType.fromDDL("id INT, d DOUBLE, t DATE, s STRING");
        Optional<Split.Time> time = Optional.of(new Split.Time("t", Map.of()));
        assertThat(messages(new Split(List.of(), 0, parts("all", 1), time, Optional.of("s")), schema))
                .containsExactly("stratify: stratify goes with a key and without a time; write key: [id]");
        assertThat(messages(new Split(List.of("id"), 0, parts("all", 1), time, Optional.of("s")), schema))
                .containsExactly("stratify: stratify goes with a key and without a time; remove one of the two");
        assertThat(messages(new Split(List.of("id"), 0, parts("all", 1), Optional.empty(), Optional.of("ss")), schema))
                .containsExactly("stratify: split: no column 'ss', did you mean 's'?; there is id, d, t, s");
        assertThat(messages(new Split(List.of("id"), 0, parts("all", 1), Optional.empty(), Optional.of("d")), schema))
                .containsExactly(
                        "stratify: split: column 'd' is double; a class is a whole number, text, a boolean, a date or a timestamp");
    }

    private static Dataset<Row> ids(List<Integer> keys) {
        return SPARK.createDataset(keys, org.apache.spark.sql.Encoders.INT()).toDF("id");
    }
}
