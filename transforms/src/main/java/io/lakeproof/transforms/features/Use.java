package io.lakeproof.transforms.features;

/** What the rows are that a fitted step is applied to. */
public enum Use {
    /** The train part: encoded out of fold, resampled and augmented. */
    TRAIN,
    /** Any other part, and rows that come later: what a step does to train alone is left out. */
    OTHER
}
