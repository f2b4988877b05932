package io.lakeproof.jobs.spec;

import io.lakeproof.transforms.features.FeatureStep;
import java.util.List;

/**
 * What is done to examples behind the split.
 *
 * @param refit when the steps are fitted again though nothing in the spec changed
 * @param steps in the order they run; empty: none
 */
public record Features(Refit refit, List<FeatureStep> steps) {

    /** When steps are fitted again that were fitted before. */
    public enum Refit {
        /** New examples are transformed by the model of the current version. */
        NEVER,
        /** Every batch fits them again, on all of train, which rebuilds the parts. */
        ALWAYS
    }

    public Features {
        steps = List.copyOf(steps);
    }
}
