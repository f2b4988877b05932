package io.lakeproof.jobs.spec;

import io.lakeproof.transforms.features.FeatureStep;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * What is done to examples behind the split.
 *
 * @param refit when the steps are fitted again though nothing in the spec changed
 * @param drift the distance that a column must reach for {@link Refit#ON_DRIFT}, above 0 and at the most 1; present with it alone
 * @param steps in the order they run; empty: none
 */
public record Features(Refit refit, Optional<BigDecimal> drift, List<FeatureStep> steps) {

    /** When steps are fitted again that were fitted before. */
    public enum Refit {
        /** New examples are transformed by the model of the current version. */
        NEVER,
        /** A batch that moves what they learn from so far that they would learn something else fits them again, which rebuilds the parts. */
        ON_DRIFT,
        /** Every batch fits them again, on all of train, which rebuilds the parts. */
        ALWAYS
    }

    public Features {
        steps = List.copyOf(steps);
    }
}
