package io.lakeproof.bench;

import io.lakeproof.lineage.FileDigests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** SHA-256 of every file of a lake, as a run takes it of those that it wrote. Argument: the lake of one version. */
public final class Digests {

    private Digests() {}

    public static void main(String[] args) throws IOException {
        List<String> files;
        try (Stream<Path> paths = Files.walk(Path.of(args[0]))) {
            files = paths.filter(path -> path.toString().endsWith(".parquet"))
                    .map(path -> path.toUri().toString())
                    .toList();
        }
        try (SparkSession spark = ByHand.session()) {
            FileDigests.of(spark, files).forEach((file, digest) -> {
                if (digest.size() < 0) {
                    throw new IllegalStateException(file + ": " + digest.problem());
                }
            });
        }
    }
}
