package io.lakeproof.lineage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.reflect.ClassTag$;

/** SHA-256 of files, taken where the cluster's tasks run: the bytes never pass the driver. */
public final class FileDigests {

    private static final StructType SCHEMA =
            StructType.fromDDL("uri STRING, size BIGINT, sha256 STRING, problem STRING");

    private FileDigests() {}

    /**
     * What a file's bytes are.
     *
     * @param size in bytes; -1 when it could not be read
     * @param sha256 64 lower-case hex digits; empty when it could not be read
     * @param problem why it could not be read, or why readers will refuse it; empty: neither
     */
    public record Digest(long size, String sha256, String problem) {

        /** The same, of a file that must be readable; throws with its URI when it is not. */
        Digest require(String uri) {
            if (size < 0) {
                throw new UncheckedIOException(new IOException("cannot read " + uri + ": " + problem));
            }
            return this;
        }
    }

    /**
     * The digests of files, in one Spark job.
     *
     * @param uris whole URIs, each once; none: no job
     * @return by URI, one for each that was asked for
     */
    public static Map<String, Digest> of(SparkSession spark, List<String> uris) {
        Map<String, Digest> digests = new HashMap<>();
        if (uris.isEmpty()) {
            return digests;
        }
        Broadcast<SerializableConfiguration> hadoop = spark.sparkContext()
                .broadcast(
                        new SerializableConfiguration(Hadoop.configuration(spark)),
                        ClassTag$.MODULE$.apply(SerializableConfiguration.class));
        try {
            MapFunction<String, Row> digest = uri -> {
                Digest one = of(hadoop.value().value(), uri);
                return RowFactory.create(uri, one.size(), one.sha256(), one.problem());
            };
            spark.createDataset(uris, Encoders.STRING())
                    .map(digest, Encoders.row(SCHEMA))
                    .collectAsList()
                    .forEach(row -> digests.put(
                            row.getString(0), new Digest(row.getLong(1), row.getString(2), row.getString(3))));
        } finally {
            hadoop.destroy();
        }
        return digests;
    }

    /** The digest of one file, taken here. */
    static Digest of(Configuration hadoop, String uri) {
        Path path = new Path(uri);
        try {
            FileSystem files = path.getFileSystem(hadoop);
            try {
                return read(files, path, "");
            } catch (IOException e) {
                // Hadoop's local checksum files: the bytes themselves say whether the file or its checksum is wrong.
                return files instanceof LocalFileSystem local && files.exists(path)
                        ? read(local.getRawFileSystem(), path, oneLine(e))
                        : new Digest(-1, "", oneLine(e));
            }
        } catch (IOException e) {
            return new Digest(-1, "", oneLine(e));
        }
    }

    private static Digest read(FileSystem files, Path path, String problem) throws IOException {
        MessageDigest sha256 = Fingerprint.sha256();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        try (InputStream in = WholeFile.open(files, path)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha256.update(buffer, 0, n);
                size += n;
            }
        }
        return new Digest(size, HexFormat.of().formatHex(sha256.digest()), problem);
    }

    private static String oneLine(IOException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
