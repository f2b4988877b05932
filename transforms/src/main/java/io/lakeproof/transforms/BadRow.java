package io.lakeproof.transforms;

import java.util.IllegalFormatException;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.SparkThrowable;

/** A row that a step, or an expression of it, cannot take, found while rows are read: Spark reports it buried in its own exceptions. */
public final class BadRow {

    static final String MARK = "bad row: ";

    private BadRow() {}

    /** For code of a step that meets such a row. */
    static RuntimeException of(String message) {
        return new IllegalArgumentException(MARK + message);
    }

    /** SQL's class of data exceptions, and what {@code raise_error} raises. */
    private static boolean isData(String sqlState) {
        return sqlState != null && (sqlState.startsWith("22") || sqlState.equals("P0001"));
    }

    /** Returns what a step said of the row that stopped the run; absent when the run was stopped by something else. */
    public static Optional<String> in(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            int start = text.indexOf(MARK);
            if (start >= 0) {
                return text.substring(start + MARK.length()).lines().findFirst();
            }
            // A pattern or a format that comes from the row, Spark hands to Java as it is.
            boolean java = cause instanceof PatternSyntaxException || cause instanceof IllegalFormatException;
            if (java || (cause instanceof SparkThrowable spark && isData(spark.getSqlState()))) {
                return Optional.of("SQL cannot compute a row: "
                        + text.lines().findFirst().orElse(text).strip());
            }
        }
        return Optional.empty();
    }
}
