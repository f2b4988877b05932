package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.Failure;
import io.lakeproof.transforms.Picture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;

/**
 * Where the files come from and how they are read.
 *
 * @param path the landing: an absolute Hadoop URI of a folder or a glob ({@code file:/lake/landing/*.csv}); a folder is
 *     listed with everything nested in it
 * @param format the file format
 * @param options passed to Spark's reader, such as {@code header} or {@code sep}
 * @param contract the columns that every file must meet; null only for formats whose columns are fixed
 * @param nullValues texts that mean NULL, such as {@code -1} or {@code NA}; empty when none do
 * @param load how a batch meets what is there
 * @param upsert the key and order of an upsert; present when {@code load} is {@code UPSERT}, and only then
 * @param onChanged what happens when a file that was taken in is found with other content
 * @param onCopy what happens to a file whose SHA-256 is that of a file taken in under another path
 * @param settle a file younger than this waits for the next run; zero when absent
 * @param completeWhen the name of a marker file, such as {@code _SUCCESS}, without which a folder's files wait
 * @param after what happens to the files once they are published
 * @param where where keys stand in the spec, such as {@code path}: {@code dataset.yaml:4 source.path}
 * @param atMost how many rows are read of all files together, the first ones; absent: all
 */
public record Source(
        String path,
        Format format,
        Map<String, String> options,
        StructType contract,
        List<String> nullValues,
        Load load,
        Optional<Upsert> upsert,
        OnChanged onChanged,
        OnCopy onCopy,
        Duration settle,
        Optional<String> completeWhen,
        After after,
        Map<String, String> where,
        Optional<Integer> atMost) {

    /** The same way to read other files, all of which are there: a whole URI of a file, a folder or a glob. */
    public Source at(String other) {
        return with(other, contract, Duration.ZERO, Optional.empty());
    }

    /** The same, read by another contract. */
    public Source meeting(StructType other) {
        return with(path, other, settle, completeWhen);
    }

    private Source with(String where, StructType columns, Duration wait, Optional<String> marker) {
        return new Source(
                where,
                format,
                options,
                columns,
                nullValues,
                load,
                upsert,
                onChanged,
                onCopy,
                wait,
                marker,
                after,
                this.where,
                atMost);
    }

    /** The same, of which at most so many rows are read, and whose files stay where they are. */
    public Source sampled(int rows) {
        return new Source(
                path,
                format,
                options,
                contract,
                nullValues,
                load,
                upsert,
                onChanged,
                onCopy,
                settle,
                completeWhen,
                After.KEEP,
                where,
                Optional.of(rows));
    }

    /** A problem with one of the keys that only shows when there are files to look at. */
    public Failure.BadSpec problem(String key, String text) {
        return new Failure.BadSpec(List.of(where.getOrDefault(key, "source." + key) + ": " + text));
    }

    /** The columns of a readable row: the contract's, or those that the format always has. */
    public StructType columns() {
        return format.columns().orElse(contract);
    }

    /** File formats; {@link #sparkName()} is the spec's name, and Spark's but for {@code image} and {@code idx}. */
    public enum Format {
        CSV("csv"),
        JSON("json"),
        PARQUET("parquet"),
        ORC("orc"),
        AVRO("avro"),
        TEXT("text"),
        BINARY_FILE("binaryFile"),
        IMAGE("image"),
        IDX("idx");

        private final String sparkName;

        Format(String sparkName) {
            this.sparkName = sparkName;
        }

        public String sparkName() {
            return sparkName;
        }

        /** The columns that such files always have; absent: the contract says what they have. */
        public Optional<StructType> columns() {
            return switch (this) {
                case TEXT -> Optional.of(StructType.fromDDL("value STRING"));
                case BINARY_FILE -> Optional.of(
                        StructType.fromDDL("path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY"));
                case IMAGE -> Optional.of(StructType.fromDDL(
                        "path STRING, label STRING, height INT, width INT, channels INT, bytes BINARY"));
                case IDX -> Optional.of(
                        StructType.fromDDL("path STRING, index INT, label INT").add("image", Picture.TYPE));
                case CSV, JSON, PARQUET, ORC, AVRO -> Optional.empty();
            };
        }
    }

    /** How a batch meets what is there. */
    public enum Load {
        /** Its rows are added. */
        APPEND,
        /** Its rows replace all. */
        SNAPSHOT,
        /** Its rows replace those of the same key. */
        UPSERT
    }

    /**
     * The rule by which the rows of one key become one row.
     *
     * @param key the columns that name an entity
     * @param orderBy the columns whose greatest value wins, a later batch breaking ties; empty: the last arrival wins
     * @param deleteWhen a SQL condition on the winning row that removes the entity; absent: none is removed
     */
    public record Upsert(List<String> key, List<String> orderBy, Optional<String> deleteWhen) {}

    /** What happens when a file that was taken in is found with other content. */
    public enum OnChanged {
        /** It is reported on every run and not taken. */
        WAIT,
        /** Its new rows take the place of its old ones. */
        REPLACE,
        /** Its rows are taken as well, as if it were another file. */
        ADD
    }

    /** What happens to a file whose content was taken in under another path. */
    public enum OnCopy {
        /** It is reported once and not taken. */
        SKIP,
        /** It is taken like any other. */
        TAKE
    }

    /** What happens to the files once they are published. */
    public enum After {
        KEEP,
        /** They are moved to {@code _archive} below the landing, so that listing it stays cheap. */
        ARCHIVE
    }
}
