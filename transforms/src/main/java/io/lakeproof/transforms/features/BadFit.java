package io.lakeproof.transforms.features;

/** The train part is such that a step cannot be fitted on it; the message names step, column and remedy. */
public final class BadFit extends IllegalArgumentException {
    BadFit(String message) {
        super(message);
    }
}
