package io.lakeproof.bench;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.storage.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a history: takes in file after file, a run and a version each, in one JVM. Every batch is to be
 * appended. Arguments: the spec, then the files, which are linked into its landing.
 */
public final class Batches {

    private Batches() {}

    public static void main(String[] args) throws Exception {
        LocalStorage.serve();
        LocalStorage.settings().forEach(System::setProperty);
        Path landing = Path.of(args[0]).resolveSibling("landing");
        try (SparkSession spark = ByHand.session()) {
            for (String file : List.of(args).subList(1, args.length)) {
                Files.createLink(landing.resolve(Path.of(file).getFileName()), Path.of(file));
                Run.Result run = Run.of(Lake.open(spark, args[0])).execute();
                if (run.status() != Run.Status.PUBLISHED
                        || (run.version() > 1 && !run.because().isEmpty())) {
                    throw new IllegalStateException(run.toString());
                }
            }
        }
    }
}
