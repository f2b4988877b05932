package io.lakeproof.transforms;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.StructType;

/**
 * Which part a row belongs to: by its key and a seed, by time, or by both, and by nothing else. How the hash is made is
 * specified to the byte in {@code docs/reference/split.md}.
 *
 * @param key the columns whose values decide, in this order; empty: time alone decides
 * @param seed changes every row's part; unused without a key
 * @param parts each part's name and share, in order; shares are relative (80, 10, 10), and unused without a key
 * @param time where each part begins in time; absent: the key alone decides. With both, a row stays only where both
 *     agree
 */
public record Split(List<String> key, long seed, Map<String, BigDecimal> parts, Optional<Time> time) {

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

    /** What keeps this split from being applied to rows of {@code schema}; paths start below {@code split}. */
    public List<Problem> problems(StructType schema) {
        return List.of();
    }

    /** The name of the row's part; NULL where key and time disagree, and where {@link #invalid} is true. */
    public Column part(StructType schema) {
        return org.apache.spark.sql.functions.lit(null);
    }

    /** True for a row that has no part because a key or the time is NULL, false for any other; never NULL. */
    public Column invalid(StructType schema) {
        return org.apache.spark.sql.functions.lit(false);
    }
}
