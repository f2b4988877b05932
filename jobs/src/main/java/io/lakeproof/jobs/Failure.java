package io.lakeproof.jobs;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An expected failure: one line for a person and the process's exit code. Anything else that is thrown is a bug, and has
 * exit code 1.
 */
public abstract sealed class Failure extends RuntimeException {

    private final int exitCode;

    private Failure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The process's exit code: 2 usage, 3 the spec, 4 the data was rejected, 5 a remote service, 6 verification failed. */
    public int exitCode() {
        return exitCode;
    }

    /** The expected failure that made something else fail: one among its causes, or what storage said; empty: a bug did. */
    public static Optional<Failure> behind(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof Failure failure) {
                return Optional.of(failure);
            }
        }
        return Remote.ofStorage(thrown).map(failure -> failure);
    }

    /** The command line is wrong, or names something that does not exist. */
    public static final class Usage extends Failure {
        public Usage(String message) {
            super(2, message, null);
        }
    }

    /** The spec is wrong; {@link #problems()} has every problem, each on one line. */
    public static final class BadSpec extends Failure {
        private final List<String> problems;

        public BadSpec(List<String> problems) {
            super(3, String.join("\n", problems), null);
            this.problems = List.copyOf(problems);
        }

        /** Each as {@code file:line path: problem, remedy}. */
        public List<String> problems() {
            return problems;
        }
    }

    /** The data broke a rule; nothing was published. */
    public static final class Rejected extends Failure {
        public Rejected(String message) {
            super(4, message, null);
        }
    }

    /** Storage, a catalog or a service did not do what it was asked. */
    public static final class Remote extends Failure {
        public Remote(String message, Throwable cause) {
            super(5, message, cause);
        }

        /** What storage, or its driver, had against what was asked; empty when something else was thrown. */
        private static Optional<Remote> ofStorage(Throwable thrown) {
            String said = null;
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                boolean noDriver = cause instanceof ClassNotFoundException
                        && String.valueOf(cause.getMessage()).contains("FileSystem");
                if (noDriver || (cause instanceof IOException && !(cause instanceof JacksonException))) {
                    said = Objects.requireNonNullElse(
                            cause.getMessage(), cause.getClass().getSimpleName());
                }
            }
            return Optional.ofNullable(said)
                    .map(text -> text.strip().lines().findFirst().orElse(""))
                    .map(line -> new Remote(
                            "the storage failed: "
                                    + AzureAnswer.told(line)
                                            .orElse(
                                                    line
                                                            + "; check the path, that its driver is on the classpath and that this user may read and write there, and run again"),
                            thrown));
        }
    }

    /** What was checked is not what was recorded. */
    public static final class Unverified extends Failure {
        public Unverified(String message) {
            super(6, message, null);
        }
    }
}
