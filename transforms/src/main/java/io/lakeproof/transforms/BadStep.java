package io.lakeproof.transforms;

/** A step that does not fit its input, found before any row is read; the message names what is wrong and what there is. */
public final class BadStep extends IllegalArgumentException {
    public BadStep(String message) {
        super(message);
    }

    BadStep(String message, Throwable cause) {
        super(message, cause);
    }
}
