package io.lakeproof.transforms;

import java.util.Optional;

/** A row that a step cannot take, found while rows are read: Spark reports it buried in its own exceptions. */
public final class BadRow {

    static final String MARK = "bad row: ";

    private BadRow() {}

    /** For code of a step that meets such a row. */
    static RuntimeException of(String message) {
        return new IllegalArgumentException(MARK + message);
    }

    /** Returns what a step said of the row that stopped the run; absent when the run was stopped by something else. */
    public static Optional<String> in(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            int start = text.indexOf(MARK);
            if (start >= 0) {
                return text.substring(start + MARK.length()).lines().findFirst();
            }
        }
        return Optional.empty();
    }
}
