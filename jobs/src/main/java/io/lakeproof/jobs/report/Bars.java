package io.lakeproof.jobs.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the numbers of a column are spread, by the same bars for every part.
 *
 * @param edges where each bar begins, and where the last ends; with {@code single}, the value of each bar
 * @param single whether each bar is one value
 * @param below whether the first bar holds what lies below it too
 * @param above whether the last bar holds what lies above it too
 * @param shares for each part, each bar's share of the part's numbers, from 0 to 1; of a part without numbers, zeros
 */
public record Bars(List<Double> edges, boolean single, boolean below, boolean above, List<double[]> shares) {

    private static final int MOST = 24;

    /** Few values stand for themselves. */
    private static final int SINGLES = 20;

    /** So much at either end is a tail, which is left to the outermost bar if it is long. */
    private static final double TAIL = 0.005;

    /** @param whole whether the numbers are whole, so that each bar should be as many of them wide */
    static Bars of(List<Numbers.Found> parts, boolean whole) {
        int dropped = parts.stream().mapToInt(Numbers.Found::dropped).max().orElse(0);
        List<SortedMap<Long, Long>> counts =
                parts.stream().map(part -> part.coarsened(dropped)).toList();
        SortedMap<Long, Long> all = new TreeMap<>();
        counts.forEach(part -> part.forEach((key, count) -> all.merge(key, count, Long::sum)));
        if (dropped == 0 && all.size() <= SINGLES) {
            return new Bars(
                    all.keySet().stream().map(key -> Numbers.number(key, 0)).toList(),
                    true,
                    false,
                    false,
                    counts.stream()
                            .map(part -> shares(all.keySet().stream()
                                    .mapToDouble(key -> part.getOrDefault(key, 0L))
                                    .toArray()))
                            .toList());
        }
        double least = extreme(parts, true);
        double greatest = extreme(parts, false);
        double from = Math.max(least, Numbers.number(quantile(all, TAIL), dropped));
        double to = Math.min(greatest, Numbers.number(quantile(all, 1 - TAIL) + 1, dropped));
        // A tail that is longer than all the rest would squeeze the rest.
        double low = from < to && from - least > to - from ? from : least;
        double high = from < to && greatest - to > to - from ? to : greatest;
        double[] edges = edges(low, high, whole);
        return new Bars(
                Arrays.stream(edges).boxed().toList(),
                false,
                least < edges[0],
                greatest > edges[edges.length - 1],
                counts.stream()
                        .map(part -> shares(spread(part, dropped, least, greatest, edges)))
                        .toList());
    }

    private static double extreme(List<Numbers.Found> parts, boolean least) {
        var ends = parts.stream()
                .flatMap(part -> (least ? part.least() : part.greatest()).stream())
                .mapToDouble(Double::doubleValue);
        return (least ? ends.min() : ends.max()).orElse(0);
    }

    /** The bucket in which so much of all lies at or below. */
    private static long quantile(SortedMap<Long, Long> counts, double share) {
        double wanted =
                share * counts.values().stream().mapToLong(Long::longValue).sum();
        double seen = 0;
        for (Map.Entry<Long, Long> bucket : counts.entrySet()) {
            seen += bucket.getValue();
            if (seen >= wanted) {
                return bucket.getKey();
            }
        }
        return counts.lastKey();
    }

    private static double[] edges(double from, double to, boolean whole) {
        if (whole) {
            double first = Math.floor(from);
            double width = Math.ceil((Math.floor(to) + 1 - first) / MOST);
            int bars = (int) Math.ceil((Math.floor(to) + 1 - first) / width);
            double[] edges = new double[bars + 1];
            Arrays.setAll(edges, i -> first + i * width);
            return edges;
        }
        double[] edges = new double[MOST + 1];
        // Not by a difference, which two doubles far apart do not have.
        Arrays.setAll(edges, i -> i == MOST ? to : from * (1 - i / (double) MOST) + to * (i / (double) MOST));
        return edges;
    }

    /** Counts by bar; a bucket that lies across an edge is divided as if its numbers lay evenly. */
    private static double[] spread(
            SortedMap<Long, Long> counts, int dropped, double least, double greatest, double[] edges) {
        double[] bars = new double[edges.length - 1];
        counts.forEach((key, count) -> {
            double from = Math.max(least, Numbers.number(key, dropped));
            double to = dropped == 0 ? from : Math.min(greatest, Numbers.number(key + 1, dropped));
            int first = bar(edges, from);
            int last = bar(edges, to);
            if (first == last) {
                bars[first] += count;
                return;
            }
            for (int bar = first; bar <= last; bar++) {
                double begins = bar == first ? from : edges[bar];
                double ends = bar == last ? to : edges[bar + 1];
                bars[bar] += count * (ends / (to - from) - begins / (to - from));
            }
        });
        return bars;
    }

    private static int bar(double[] edges, double number) {
        int found = Arrays.binarySearch(edges, number);
        return Math.max(0, Math.min(edges.length - 2, found >= 0 ? found : -found - 2));
    }

    private static double[] shares(double[] counts) {
        double all = Arrays.stream(counts).sum();
        return Arrays.stream(counts).map(count -> all == 0 ? 0 : count / all).toArray();
    }

    /** What a program is told: shares rounded, for a bucket divided is no count. */
    public List<List<Double>> rounded() {
        List<List<Double>> rounded = new ArrayList<>();
        shares.forEach(part -> rounded.add(Arrays.stream(part)
                .mapToObj(share -> Math.round(share * 1e6) / 1e6)
                .toList()));
        return rounded;
    }
}
