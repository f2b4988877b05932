package io.lakeproof.transforms;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Placeholder until the real one lands. */
public record Split(List<String> key, long seed, Map<String, BigDecimal> parts, Optional<Time> time) {
    /** By time: each part begins at its instant. */
    public record Time(String column, Map<String, String> from) {}
}
