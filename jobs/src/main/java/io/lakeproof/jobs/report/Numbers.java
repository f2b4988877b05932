package io.lakeproof.jobs.report;

import static org.apache.spark.sql.functions.udaf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.expressions.Aggregator;

/**
 * A column of numbers in little memory. How often values come is counted by the leading bits of each, as many as leave
 * {@value #BUCKETS} different ones: few values are counted one by one, and many in buckets as fine as that, wherever they lie and
 * however far apart. Which bits those are follows from the values alone, so that neither order nor partitions matter.
 */
final class Numbers extends Aggregator<Double, Numbers.Buffer, String> {

    static final int BUCKETS = 512;

    /** What a column of doubles holds: the text of a {@link Found}. */
    static Column of(Column doubles) {
        return udaf(new Numbers(), Encoders.DOUBLE()).apply(doubles);
    }

    /** What has been seen; public, for Spark makes buffers of public classes alone. */
    public static final class Buffer implements Serializable {
        private long nulls;
        private long notNumbers;
        private long infinite;
        private long finite;
        private double least = Double.POSITIVE_INFINITY;
        private double greatest = Double.NEGATIVE_INFINITY;
        private double mean;
        private double squares;
        private int dropped;
        private Map<Long, Long> counts = new HashMap<>();
        private final Distinct distinct = new Distinct();

        private void coarsen(int bits) {
            if (bits > dropped) {
                counts = Numbers.coarser(counts, bits - dropped, new HashMap<>());
                dropped = bits;
            }
        }

        private void shrink() {
            while (counts.size() > BUCKETS) {
                coarsen(dropped + 1);
            }
        }
    }

    /**
     * What was seen.
     *
     * @param nulls how many are NULL
     * @param notNumbers how many are NaN
     * @param infinite how many are infinite, to either side
     * @param finite how many are numbers; what follows is of these
     * @param distinct different values, NaN and infinity among them
     * @param exact whether that is no estimate
     * @param least absent: there is none
     * @param mean absent: there is none, or it is beyond a double
     * @param deviation of a sample; absent: there are not two numbers, or it is beyond a double
     * @param dropped how many bits of each key were dropped; 0: every bucket is one value
     * @param buckets how many numbers have each key, in the order of the numbers
     */
    record Found(
            long nulls,
            long notNumbers,
            long infinite,
            long finite,
            long distinct,
            boolean exact,
            Optional<Double> least,
            Optional<Double> greatest,
            Optional<Double> mean,
            Optional<Double> deviation,
            int dropped,
            SortedMap<Long, Long> buckets)
            implements Seen {

        /** Of a part that lacks the column, or holds no number. */
        static final Found NOTHING = new Found(
                0,
                0,
                0,
                0,
                0,
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                new TreeMap<>());

        static Found parse(JsonNode json) {
            SortedMap<Long, Long> buckets = new TreeMap<>();
            for (int i = 0; i < json.get("keys").size(); i++) {
                buckets.put(
                        json.get("keys").get(i).asLong(),
                        json.get("counts").get(i).asLong());
            }
            return new Found(
                    json.get("nulls").asLong(),
                    json.get("notNumbers").asLong(),
                    json.get("infinite").asLong(),
                    json.get("finite").asLong(),
                    json.get("distinct").asLong(),
                    json.get("exact").asBoolean(),
                    number(json, "least"),
                    number(json, "greatest"),
                    number(json, "mean"),
                    number(json, "deviation"),
                    json.get("dropped").asInt(),
                    buckets);
        }

        private static Optional<Double> number(JsonNode json, String name) {
            return Optional.ofNullable(json.get(name)).map(JsonNode::asDouble);
        }

        /** The same in buckets that are as coarse. */
        SortedMap<Long, Long> coarsened(int bits) {
            return coarser(buckets, bits - dropped, new TreeMap<>());
        }
    }

    private static <M extends Map<Long, Long>> M coarser(Map<Long, Long> counts, int bits, M coarser) {
        counts.forEach((key, count) -> coarser.merge(key >> bits, count, Long::sum));
        return coarser;
    }

    /** The bits of a number, in the order of the numbers. */
    static long key(double number) {
        // The two zeros are one number.
        return turned(Double.doubleToLongBits(number + 0.0));
    }

    /** The least number with a key of which so many bits were dropped. */
    static double number(long key, int dropped) {
        return Double.longBitsToDouble(turned(key << dropped));
    }

    private static long turned(long bits) {
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    @Override
    public Buffer zero() {
        return new Buffer();
    }

    @Override
    public Buffer reduce(Buffer buffer, Double value) {
        if (value == null) {
            buffer.nulls++;
            return buffer;
        }
        double x = value;
        long key = key(x);
        buffer.distinct.add(mixed(key));
        if (Double.isNaN(x)) {
            buffer.notNumbers++;
        } else if (Double.isInfinite(x)) {
            buffer.infinite++;
        } else {
            buffer.finite++;
            buffer.least = Math.min(buffer.least, x);
            buffer.greatest = Math.max(buffer.greatest, x);
            double off = x - buffer.mean;
            buffer.mean += off / buffer.finite;
            buffer.squares += off * (x - buffer.mean);
            buffer.counts.merge(key >> buffer.dropped, 1L, Long::sum);
            buffer.shrink();
        }
        return buffer;
    }

    /** Neighbouring numbers differ in few bits; their hashes must not (the last steps of SplitMix64). */
    private static long mixed(long key) {
        long z = (key ^ (key >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    @Override
    public Buffer merge(Buffer one, Buffer other) {
        long finite = one.finite + other.finite;
        if (other.finite > 0) {
            double off = other.mean - one.mean;
            one.mean += off * other.finite / finite;
            one.squares += other.squares + off * off * one.finite * other.finite / finite;
        }
        one.nulls += other.nulls;
        one.notNumbers += other.notNumbers;
        one.infinite += other.infinite;
        one.finite = finite;
        one.least = Math.min(one.least, other.least);
        one.greatest = Math.max(one.greatest, other.greatest);
        one.distinct.add(other.distinct);
        one.coarsen(other.dropped);
        coarser(other.counts, one.dropped - other.dropped, new HashMap<>())
                .forEach((key, count) -> one.counts.merge(key, count, Long::sum));
        one.shrink();
        return one;
    }

    @Override
    public String finish(Buffer buffer) {
        ObjectNode json = Json.object()
                .put("nulls", buffer.nulls)
                .put("notNumbers", buffer.notNumbers)
                .put("infinite", buffer.infinite)
                .put("finite", buffer.finite)
                .put("distinct", buffer.distinct.count())
                .put("exact", buffer.distinct.exact())
                .put("dropped", buffer.dropped);
        double deviation = Math.sqrt(buffer.squares / (buffer.finite - 1));
        if (buffer.finite > 0) {
            json.put("least", buffer.least).put("greatest", buffer.greatest);
        }
        if (buffer.finite > 0 && Double.isFinite(buffer.mean)) {
            json.put("mean", buffer.mean);
        }
        if (buffer.finite > 1 && Double.isFinite(deviation)) {
            json.put("deviation", deviation);
        }
        ArrayNode keys = json.putArray("keys");
        ArrayNode counts = json.putArray("counts");
        buffer.counts.forEach((key, count) -> {
            keys.add(key);
            counts.add(count);
        });
        return Json.text(json);
    }

    @Override
    public Encoder<Buffer> bufferEncoder() {
        return Encoders.javaSerialization(Buffer.class);
    }

    @Override
    public Encoder<String> outputEncoder() {
        return Encoders.STRING();
    }
}
