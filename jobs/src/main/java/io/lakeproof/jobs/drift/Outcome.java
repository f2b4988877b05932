package io.lakeproof.jobs.drift;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What comes of measuring drift against what the spec waits for. Where drift cannot be measured, it is taken to be there.
 *
 * @param drifted whether a column reached the distance, and not by chance
 * @param reason why, in words
 */
public record Outcome(boolean drifted, String reason) {

    /** Of several columns that drifted, so many are named. */
    private static final int NAMED = 3;

    /**
     * The outcome of a measurement.
     *
     * @param drifts the greatest first, as they are measured
     * @param least the distance that counts
     * @param since the version that they were measured from
     * @param key the spec's key of {@code least}
     */
    public static Outcome of(List<Drift> drifts, BigDecimal least, long since, String key) {
        if (drifts.isEmpty()) {
            return unknown(since, "it has no column of a kind that is measured");
        }
        String wanted = "%s (%s)".formatted(least.stripTrailingZeros().toPlainString(), key);
        List<Drift> reached = drifts.stream()
                .filter(drift -> drift.distance() >= least.doubleValue())
                .toList();
        List<Drift> beyond = reached.stream().filter(Drift::isBeyondChance).toList();
        if (!beyond.isEmpty()) {
            String named = beyond.stream()
                    .limit(NAMED)
                    .map(drift -> "%s by %s".formatted(drift.column(), number(drift.distance())))
                    .collect(Collectors.joining(", "));
            String more = beyond.size() > NAMED ? " and %d more columns".formatted(beyond.size() - NAMED) : "";
            return new Outcome(
                    true, "train drifted since version %d, %s%s, at least %s".formatted(since, named, more, wanted));
        }
        Drift most = drifts.get(0);
        String by = "train drifted since version %d by %s at the most, in %s"
                .formatted(since, number(most.distance()), most.column());
        return new Outcome(
                false,
                reached.isEmpty()
                        ? by + ", less than " + wanted
                        : by + ", but so few rows may do so by chance, up to " + number(most.chance()));
    }

    /** That drift since a version cannot be measured, and why. */
    public static Outcome unknown(long since, String why) {
        return new Outcome(true, "how far train drifted since version %d cannot be measured: %s".formatted(since, why));
    }

    /** Cut off, not rounded: what is less than 0.2 must not read 0.2. */
    public static String number(double distance) {
        return new BigDecimal(distance)
                .setScale(3, RoundingMode.DOWN)
                .stripTrailingZeros()
                .toPlainString();
    }
}
