package io.lakeproof.jobs.report;

import static org.apache.spark.sql.functions.udaf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.codec.digest.MurmurHash3;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.expressions.Aggregator;

/**
 * A column of texts in little memory: each value with how often it comes while there are no more than {@value #FEW}, and for
 * whatever there is the counts of {@value #GROUPS} groups of values, made by their hashes.
 */
final class Words extends Aggregator<String, Words.Buffer, String> {

    static final int FEW = 100;

    /** A column with a longer value holds texts, not categories. */
    static final int LONGEST = 100;

    static final int GROUPS = 64;

    /** What a column of texts holds: the text of a {@link Found}. */
    static Column of(Column texts) {
        return udaf(new Words(), Encoders.STRING()).apply(texts);
    }

    /** What has been seen; public, for Spark makes buffers of public classes alone. */
    public static final class Buffer implements Serializable {
        private long nulls;
        private boolean few = true;
        private final Map<String, Long> values = new TreeMap<>();
        private final long[] groups = new long[GROUPS];
        private final Distinct distinct = new Distinct();

        private void add(String value, long count) {
            if (few) {
                values.merge(value, count, Long::sum);
                if (values.size() > FEW || value.length() > LONGEST) {
                    many();
                }
            }
        }

        private void many() {
            few = false;
            values.clear();
        }
    }

    /**
     * What was seen.
     *
     * @param distinct different values
     * @param exact whether that is no estimate
     * @param values how often each comes; absent: they are too many, or too long
     * @param groups how many values fall into each group
     */
    record Found(long nulls, long distinct, boolean exact, Optional<Map<String, Long>> values, List<Long> groups)
            implements Seen {

        static Found parse(JsonNode json) {
            Map<String, Long> values = new TreeMap<>();
            json.path("values")
                    .properties()
                    .forEach(
                            value -> values.put(value.getKey(), value.getValue().asLong()));
            List<Long> groups = new ArrayList<>();
            json.get("groups").forEach(count -> groups.add(count.asLong()));
            return new Found(
                    json.get("nulls").asLong(),
                    json.get("distinct").asLong(),
                    json.get("exact").asBoolean(),
                    json.has("values") ? Optional.of(values) : Optional.empty(),
                    groups);
        }
    }

    @Override
    public Buffer zero() {
        return new Buffer();
    }

    @Override
    public Buffer reduce(Buffer buffer, String value) {
        if (value == null) {
            buffer.nulls++;
            return buffer;
        }
        long hash = MurmurHash3.hash128x64(value.getBytes(StandardCharsets.UTF_8))[0];
        buffer.distinct.add(hash);
        buffer.groups[(int) (hash >>> 58)]++;
        buffer.add(value, 1);
        return buffer;
    }

    @Override
    public Buffer merge(Buffer one, Buffer other) {
        one.nulls += other.nulls;
        one.distinct.add(other.distinct);
        Arrays.setAll(one.groups, i -> one.groups[i] + other.groups[i]);
        if (other.few) {
            other.values.forEach(one::add);
        } else {
            one.many();
        }
        return one;
    }

    @Override
    public String finish(Buffer buffer) {
        ObjectNode json = Json.object()
                .put("nulls", buffer.nulls)
                .put("distinct", buffer.distinct.count())
                .put("exact", buffer.distinct.exact());
        json.set("groups", Json.tree(buffer.groups));
        if (buffer.few) {
            json.set("values", Json.tree(buffer.values));
        }
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
