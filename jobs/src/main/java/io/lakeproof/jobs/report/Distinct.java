package io.lakeproof.jobs.report;

import java.io.Serializable;
import java.util.HashSet;
import java.util.Set;

/**
 * How many different values there are: exactly while they are few, then within some four percent. Of the values' hashes those
 * are kept that end in so many zero bits (Wegman's adaptive sampling), so that neither order nor partitions matter.
 */
final class Distinct implements Serializable {

    static final int KEPT = 1024;

    private int zeros;
    private final Set<Long> kept = new HashSet<>();

    /** @param hash of the value, every bit of it as good as another */
    void add(long hash) {
        if (Long.numberOfTrailingZeros(hash) >= zeros && kept.add(hash)) {
            shrink();
        }
    }

    void add(Distinct other) {
        if (other.zeros > zeros) {
            zeros = other.zeros;
            kept.removeIf(hash -> Long.numberOfTrailingZeros(hash) < zeros);
        }
        other.kept.forEach(this::add);
    }

    private void shrink() {
        while (kept.size() > KEPT) {
            zeros++;
            kept.removeIf(hash -> Long.numberOfTrailingZeros(hash) < zeros);
        }
    }

    long count() {
        return (long) kept.size() << zeros;
    }

    /** Whether {@link #count} is no estimate. */
    boolean exact() {
        return zeros == 0;
    }
}
