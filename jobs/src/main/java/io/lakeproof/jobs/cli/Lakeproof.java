package io.lakeproof.jobs.cli;

import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * The main class on a cluster: {@code spark-submit --class io.lakeproof.jobs.cli.Lakeproof lakeproof.jar run dataset.yaml},
 * or a Databricks JAR task.
 *
 * <p>It takes the session that is there, returns when the command succeeded and throws when it did not. It neither ends the
 * JVM nor stops Spark: both belong to the cluster. On a laptop, {@link Launcher} does.
 */
public final class Lakeproof {

    private Lakeproof() {}

    /**
     * Runs one command.
     *
     * @throws io.lakeproof.jobs.Failure when the command failed in an expected way
     */
    public static void main(String[] args) {
        Optional<Throwable> failure = new Shell(
                        Console.ofProcess(), () -> SparkSession.builder().getOrCreate())
                .run(args)
                .failure();
        if (failure.isPresent()) {
            throw Lakeproof.<RuntimeException>as(failure.get());
        }
    }

    /** Throws what was thrown, checked or not, without another exception around it. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T as(Throwable failure) throws T {
        throw (T) failure;
    }
}
