package io.lakeproof.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lakeproof.lineage.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;

/** What is seen of a column, without Spark: whatever the order and the partitions, the same. */
class ColumnsTest {

    private static Numbers.Found numbers(List<Double> values, int partitions) {
        Numbers numbers = new Numbers();
        List<Numbers.Buffer> buffers =
                Stream.generate(numbers::zero).limit(partitions).collect(Collectors.toCollection(ArrayList::new));
        for (int i = 0; i < values.size(); i++) {
            numbers.reduce(buffers.get(i % partitions), values.get(i));
        }
        return Numbers.Found.parse(Json.parse(numbers.finish(buffers.stream().reduce(numbers.zero(), numbers::merge))));
    }

    private static Numbers.Found numbers(double... values) {
        return numbers(Arrays.stream(values).boxed().toList(), 1);
    }

    private static Words.Found words(List<String> values, int partitions) {
        Words words = new Words();
        List<Words.Buffer> buffers =
                Stream.generate(words::zero).limit(partitions).collect(Collectors.toCollection(ArrayList::new));
        for (int i = 0; i < values.size(); i++) {
            words.reduce(buffers.get(i % partitions), values.get(i));
        }
        return Words.Found.parse(Json.parse(words.finish(buffers.stream().reduce(words.zero(), words::merge))));
    }

    private static List<Double> normal(long seed, int count, double mean, double deviation) {
        Random random = new Random(seed);
        return DoubleStream.generate(() -> mean + deviation * random.nextGaussian())
                .limit(count)
                .boxed()
                .toList();
    }

    private static Report.Column column(Numbers.Found... parts) {
        return Compared.of(
                "x",
                DataTypes.DoubleType,
                Stream.of(parts).map(part -> Optional.<Seen>of(part)).toList(),
                Stream.of(parts)
                        .map(part -> part.nulls() + part.notNumbers() + part.infinite() + part.finite())
                        .toList(),
                OptionalInt.of(1));
    }

    @Test
    void numbers_are_counted_the_same_in_whatever_order_and_partitions() {
        List<Double> values = new ArrayList<>(normal(1, 5000, 1000, 3));
        values.addAll(Arrays.asList(null, Double.NaN, Double.NEGATIVE_INFINITY, 0.0, -0.0, -1e300, 4e-310));
        Numbers.Found once = numbers(values, 1);
        List<Double> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, new Random(2));
        Numbers.Found again = numbers(shuffled, 7);

        assertThat(again.buckets()).isEqualTo(once.buckets()).hasSizeBetween(Numbers.BUCKETS / 4, Numbers.BUCKETS);
        assertThat(again.dropped()).isEqualTo(once.dropped()).isPositive();
        assertThat(again.distinct()).isEqualTo(once.distinct()).isBetween(4700L, 5300L);
        assertThat(again.exact()).isFalse();
        assertThat(List.of(again.nulls(), again.notNumbers(), again.infinite(), again.finite()))
                .containsExactly(1L, 1L, 1L, 5004L);
        assertThat(again.least()).contains(-1e300);
        assertThat(again.buckets().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(5004);
    }

    @Test
    void measures_are_those_of_the_numbers() {
        Numbers.Found found = numbers(normal(3, 4000, -20, 5), 5);
        assertThat(found.mean().orElseThrow()).isCloseTo(-20, within(0.3));
        assertThat(found.deviation().orElseThrow()).isCloseTo(5, within(0.2));
        Numbers.Found few = numbers(2, 4, 4, 4, 5, 5, 7, 9);
        assertThat(few.mean()).contains(5.0);
        assertThat(few.deviation().orElseThrow()).isCloseTo(Math.sqrt(32 / 7.0), within(1e-12));
        assertThat(few.distinct()).isEqualTo(5);
        assertThat(few.exact()).isTrue();
        assertThat(few.dropped()).isZero();
        assertThat(numbers(1).deviation()).isEmpty();
        assertThat(numbers().least()).isEmpty();
        assertThat(numbers().mean()).isEmpty();
        assertThat(numbers(Double.MAX_VALUE, -Double.MAX_VALUE).deviation()).isEmpty();
    }

    @Test
    void a_key_keeps_the_order_of_numbers_and_leads_back() {
        double[] ordered = {-Double.MAX_VALUE, -1, -1e-300, 0, 1e-300, 0.5, 1, 1.0000001, Double.MAX_VALUE};
        for (int i = 0; i < ordered.length; i++) {
            assertThat(Numbers.number(Numbers.key(ordered[i]), 0)).isEqualTo(ordered[i]);
            assertThat(i == 0 || Numbers.key(ordered[i - 1]) < Numbers.key(ordered[i]))
                    .isTrue();
        }
        assertThat(Numbers.key(-0.0)).isEqualTo(Numbers.key(0.0));
    }

    @Test
    void bars_are_the_same_for_all_parts_and_hold_all_their_numbers() {
        Bars far = column(numbers(normal(4, 3000, 0, 1), 1), numbers(normal(5, 300, 0, 1), 1), numbers())
                .bars()
                .orElseThrow();
        assertThat(far.single()).isFalse();
        assertThat(far.shares())
                .hasSize(3)
                .allMatch(shares -> shares.length == far.edges().size() - 1);
        assertThat(Arrays.stream(far.shares().get(0)).sum()).isCloseTo(1, within(1e-9));
        assertThat(Arrays.stream(far.shares().get(1)).sum()).isCloseTo(1, within(1e-9));
        assertThat(Arrays.stream(far.shares().get(2)).sum()).isZero();
        // The middle is the highest.
        assertThat(far.shares().get(0)[12]).isGreaterThan(3 * far.shares().get(0)[3]);

        // One number far away does not squeeze all others into one bar.
        List<Double> tailed = new ArrayList<>(normal(6, 3000, 50, 5));
        tailed.add(1e12);
        Bars trimmed = column(numbers(tailed, 1)).bars().orElseThrow();
        assertThat(trimmed.above()).isTrue();
        assertThat(trimmed.below()).isFalse();
        assertThat(trimmed.edges().get(trimmed.edges().size() - 1)).isLessThan(100);
        assertThat(Arrays.stream(trimmed.shares().get(0)).sum()).isCloseTo(1, within(1e-9));

        Bars single = column(numbers(0, 0, 1), numbers(1, 2)).bars().orElseThrow();
        assertThat(single.single()).isTrue();
        assertThat(single.edges()).containsExactly(0.0, 1.0, 2.0);
        assertThat(single.shares().get(0)).containsExactly(2 / 3.0, 1 / 3.0, 0);

        // Whole numbers get bars of a whole width, or every other bar would be higher.
        List<Double> ages = IntStream.rangeClosed(18, 90)
                .boxed()
                .flatMap(age -> Collections.nCopies(10, (double) age).stream())
                .toList();
        Bars whole = Compared.of(
                        "age",
                        DataTypes.IntegerType,
                        List.of(Optional.of(numbers(ages, 1))),
                        List.of(730L),
                        OptionalInt.of(1))
                .bars()
                .orElseThrow();
        assertThat(whole.edges()).startsWith(18.0, 22.0, 26.0);
        assertThat(whole.shares().get(0)[0]).isCloseTo(40 / 730.0, within(1e-9));
        assertThat(whole.shares().get(0)[5]).isCloseTo(40 / 730.0, within(1e-9));

        assertThat(Arrays.stream(column(numbers(DoubleStream.concat(
                                                DoubleStream.of(-Double.MAX_VALUE, Double.MAX_VALUE),
                                                IntStream.range(0, 30).asDoubleStream())
                                        .toArray()))
                                .bars()
                                .orElseThrow()
                                .shares()
                                .get(0))
                        .sum())
                .isCloseTo(1, within(1e-9));
    }

    private static boolean drifted(Seen one, Seen other) {
        return CommonBins.drift("x", one, other, 1).orElseThrow().isBeyondChance();
    }

    @Test
    void a_part_that_lies_elsewhere_drifted_and_a_small_one_of_the_same_rows_did_not() {
        Numbers.Found train = numbers(normal(7, 8000, 0, 1), 3);
        assertThat(drifted(train, numbers(normal(8, 1000, 0, 1), 1))).isFalse();
        assertThat(drifted(train, numbers(normal(9, 1000, 0.5, 1), 1))).isTrue();
        assertThat(CommonBins.drift("x", train, train, 1).orElseThrow().distance())
                .isZero();
        // Two normal distributions that are one deviation apart share all but 38 %.
        assertThat(CommonBins.drift("x", train, numbers(normal(10, 4000, 1, 1), 1), 1)
                        .orElseThrow()
                        .distance())
                .isCloseTo(0.38, within(0.04));
        for (int seed = 100; seed < 200; seed++) {
            assertThat(drifted(train, numbers(normal(seed, 20, 0, 1), 1))).isFalse();
        }
        // What is missing counts, though the numbers that are there are the same.
        List<Double> holes = new ArrayList<>(normal(11, 700, 0, 1));
        holes.addAll(Collections.nCopies(300, null));
        assertThat(drifted(train, numbers(holes, 1))).isTrue();
        assertThat(CommonBins.drift("x", train, numbers(), 1)).isEmpty();
        assertThat(CommonBins.drift("x", numbers(), train, 1)).isEmpty();
        assertThat(CommonBins.drift("x", new Seen.Bare(1), new Seen.Bare(1), 1)).isEmpty();
        assertThat(CommonBins.drift("x", numbers(Arrays.asList(null, null), 1), numbers(1, 2, 3), 1)
                        .orElseThrow()
                        .distance())
                .isEqualTo(1);
    }

    private static List<String> cities(long seed, int count, int among) {
        Random random = new Random(seed);
        return Stream.generate(() -> "city " + random.nextInt(among))
                .limit(count)
                .toList();
    }

    @Test
    void texts_are_counted_one_by_one_while_they_are_few_and_in_groups_when_they_are_many() {
        Words.Found few = words(cities(1, 5000, 90), 4);
        assertThat(few.values().orElseThrow()).hasSize(90);
        assertThat(few.distinct()).isEqualTo(90);
        assertThat(drifted(few, words(cities(2, 2000, 90), 1))).isFalse();
        assertThat(drifted(few, words(cities(3, 2000, 30), 1))).isTrue();

        Words.Found many = words(cities(4, 9000, 3000), 4);
        assertThat(many.values()).isEmpty();
        assertThat(many.distinct()).isBetween(2600L, 3100L);
        assertThat(words(cities(4, 9000, 3000), 1)).isEqualTo(many);
        assertThat(drifted(many, words(cities(5, 2000, 3000), 1))).isFalse();
        assertThat(drifted(many, words(cities(6, 2000, 100), 1))).isTrue();
        // A long text is no category, however often it comes.
        assertThat(words(Collections.nCopies(50, "x".repeat(Words.LONGEST + 1)), 2)
                        .values())
                .isEmpty();
        assertThat(words(Arrays.asList(null, "a", null), 1).nulls()).isEqualTo(2);
    }

    @Test
    void only_the_most_frequent_values_of_few_are_told_and_none_that_fewer_than_five_rows_have() {
        List<String> train = new ArrayList<>();
        for (int i = 1; i <= 14; i++) {
            train.addAll(Collections.nCopies(i, "v" + i));
        }
        Report.Frequent frequent = Compared.of(
                        "x",
                        DataTypes.StringType,
                        List.of(Optional.of(words(train, 2)), Optional.of(words(List.of("v4", "v14", "w"), 1))),
                        List.of(105L, 3L),
                        OptionalInt.of(1))
                .frequent()
                .orElseThrow();
        assertThat(frequent.values().stream().map(Report.Value::text))
                .containsExactly("v14", "v13", "v12", "v11", "v10", "v9", "v8", "v7", "v6", "v4");
        assertThat(frequent.values().get(0).counts()).containsExactly(14L, 1L);
        assertThat(frequent.otherValues()).isEqualTo(5);
        assertThat(frequent.others()).containsExactly(1L + 2 + 3 + 5, 1L);
        assertThat(Compared.of(
                                "x",
                                DataTypes.StringType,
                                List.of(
                                        Optional.of(words(cities(1, 900, 60), 1)),
                                        Optional.of(words(
                                                cities(1, 900, 60).stream()
                                                        .map(city -> "other " + city)
                                                        .toList(),
                                                1))),
                                List.of(900L, 900L),
                                OptionalInt.of(1))
                        .frequent())
                .isEmpty();
    }

    @Test
    void numbers_read_as_their_type() {
        assertThat(Compared.text(19723, DataTypes.DateType)).isEqualTo("2024-01-01");
        assertThat(Compared.text(1.5, DataTypes.TimestampType)).isEqualTo("1970-01-01T00:00:01Z");
        assertThat(Compared.text(123456789, DataTypes.LongType)).isEqualTo("123456789");
        assertThat(Compared.text(123456.789, DataTypes.DoubleType)).isEqualTo("123457");
        assertThat(Compared.text(0.1 + 0.2, DataTypes.DoubleType)).isEqualTo("0.3");
        assertThat(Compared.text(0, DataTypes.DoubleType)).isEqualTo("0");
        assertThat(Compared.text(-1e-7, DataTypes.DoubleType)).isEqualTo("-1.0000e-07");
        assertThat(Compared.text(5, DataTypes.DoubleType)).isEqualTo("5");
    }
}
