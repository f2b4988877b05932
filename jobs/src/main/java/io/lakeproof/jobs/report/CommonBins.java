package io.lakeproof.jobs.report;

import io.lakeproof.jobs.drift.Drift;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The values of a column in two parts, counted in the same bins: tenths of the first part's numbers, each value of a category,
 * or groups of values; missing ones have a bin of their own.
 */
final class CommonBins {

    private static final int TENTHS = 10;

    private CommonBins() {}

    /**
     * How far a part lies from the first.
     *
     * @param compared how many columns of how many parts are
     * @return absent: one of them is empty, or its values are not looked at
     */
    static Optional<Drift> drift(String column, Seen first, Seen other, int compared) {
        List<long[]> bins = new ArrayList<>();
        if (first instanceof Numbers.Found a && other instanceof Numbers.Found b) {
            bins.add(new long[] {a.nulls() + a.notNumbers(), b.nulls() + b.notNumbers()});
            bins.add(new long[] {a.infinite(), b.infinite()});
            bins.addAll(tenths(a, b));
        } else if (first instanceof Words.Found a && other instanceof Words.Found b) {
            bins.add(new long[] {a.nulls(), b.nulls()});
            bins.addAll(values(a, b));
        }
        long[] before = bins.stream().mapToLong(bin -> bin[0]).toArray();
        long[] after = bins.stream().mapToLong(bin -> bin[1]).toArray();
        return LongStream.of(before).sum() == 0 || LongStream.of(after).sum() == 0
                ? Optional.empty()
                : Optional.of(Drift.of(column, before, after, compared));
    }

    /** As nearly equal bins of the first part's numbers as its buckets allow, and the other's by the same bounds. */
    private static List<long[]> tenths(Numbers.Found first, Numbers.Found other) {
        int dropped = Math.max(first.dropped(), other.dropped());
        SortedMap<Long, Long> counts = first.coarsened(dropped);
        NavigableMap<Long, long[]> bins = new TreeMap<>();
        long before = 0;
        long due = 0;
        for (Map.Entry<Long, Long> bucket : counts.entrySet()) {
            if (bins.isEmpty() || before >= due) {
                bins.put(bucket.getKey(), new long[2]);
                long reached = before * TENTHS / first.finite();
                due = ((reached + 1) * first.finite() + TENTHS - 1) / TENTHS;
            }
            bins.lastEntry().getValue()[0] += bucket.getValue();
            before += bucket.getValue();
        }
        if (bins.isEmpty()) {
            bins.put(Long.MIN_VALUE, new long[2]);
        }
        other.coarsened(dropped).forEach((key, count) -> {
            Map.Entry<Long, long[]> bin = bins.floorEntry(key);
            (bin == null ? bins.firstEntry() : bin).getValue()[1] += count;
        });
        return List.copyOf(bins.values());
    }

    private static List<long[]> values(Words.Found first, Words.Found other) {
        if (first.values().isPresent() && other.values().isPresent()) {
            Set<String> all = new TreeSet<>(first.values().get().keySet());
            all.addAll(other.values().get().keySet());
            return all.stream()
                    .map(value -> new long[] {
                        first.values().get().getOrDefault(value, 0L),
                        other.values().get().getOrDefault(value, 0L)
                    })
                    .toList();
        }
        return IntStream.range(0, Words.GROUPS)
                .mapToObj(i -> new long[] {first.groups().get(i), other.groups().get(i)})
                .toList();
    }
}
