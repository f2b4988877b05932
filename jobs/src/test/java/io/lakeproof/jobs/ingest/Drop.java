package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.lineage.Hadoop;
import io.lakeproof.testkit.LocalSpark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** A landing in a test: files are put into it and read as a run reads them. */
record Drop(
        Path landing,
        Format format,
        String contract,
        Map<String, String> options,
        List<String> nullValues,
        Duration settle,
        Optional<String> completeWhen) {

    static final SparkSession SESSION = session();

    static Drop csv(Path landing, String contract) {
        return new Drop(
                landing, Format.CSV, contract, Map.of("header", "true"), List.of(), Duration.ZERO, Optional.empty());
    }

    static Drop of(Path landing, Format format, String contract) {
        return new Drop(landing, format, contract, Map.of(), List.of(), Duration.ZERO, Optional.empty());
    }

    private static SparkSession session() {
        SparkSession session = LocalSpark.session().newSession();
        session.conf().set("spark.sql.session.timeZone", "UTC");
        session.conf().set("spark.sql.ansi.enabled", "false");
        session.conf().set("spark.sql.legacy.timeParserPolicy", "CORRECTED");
        session.conf().set("spark.sql.caseSensitive", "false");
        return session;
    }

    Drop option(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(options);
        more.put(name, value);
        return new Drop(landing, format, contract, more, nullValues, settle, completeWhen);
    }

    Drop nulls(String... texts) {
        return new Drop(landing, format, contract, options, List.of(texts), settle, completeWhen);
    }

    Drop settle(Duration wanted) {
        return new Drop(landing, format, contract, options, nullValues, wanted, completeWhen);
    }

    Drop completeWhen(String marker) {
        return new Drop(landing, format, contract, options, nullValues, settle, Optional.of(marker));
    }

    Drop put(String name, String text) {
        return put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    Drop put(String name, byte[] bytes) {
        try {
            Path file = landing.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Saves rows by Spark in this drop's format as one file. */
    Drop save(String name, Dataset<Row> rows) {
        try {
            Path folder = Files.createTempDirectory("save");
            rows.coalesce(1)
                    .write()
                    .format(format.sparkName())
                    .mode("overwrite")
                    .save(folder.toUri().toString());
            try (var files = Files.list(folder)) {
                Path part = files.filter(f -> f.getFileName().toString().startsWith("part-"))
                        .findFirst()
                        .orElseThrow();
                return put(name, Files.readAllBytes(part));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] bzip2(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BZip2Codec codec = new BZip2Codec();
        codec.setConf(Hadoop.configuration(SESSION));
        try (OutputStream bzip2 = codec.createOutputStream(bytes)) {
            bzip2.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    Source source() {
        return source(landing.toUri().toString());
    }

    Source source(String path) {
        return new Source(
                path,
                format,
                options,
                contract == null ? null : StructType.fromDDL(contract),
                nullValues,
                Source.Load.APPEND,
                Optional.empty(),
                Source.OnChanged.WAIT,
                Source.OnCopy.SKIP,
                settle,
                completeWhen,
                Source.After.KEEP,
                Map.of(),
                Optional.empty());
    }

    Landing.Listing list() {
        return list(landing.toUri().getPath());
    }

    Landing.Listing list(String path) {
        return Landing.list(Hadoop.configuration(SESSION), source(path), Instant.now());
    }

    List<Inspection> inspect() {
        return Inspection.of(SESSION, source(), list().files());
    }

    List<Inspection.Readable> readable() {
        return inspect().stream()
                .filter(i -> i instanceof Inspection.Readable)
                .map(i -> (Inspection.Readable) i)
                .toList();
    }

    Dataset<Row> read() {
        return SourceReader.read(SESSION, source(), readable());
    }

    /** The rows that meet the contract, as text, sorted. */
    List<String> good() {
        return texts(read().where("_unreadable IS NULL").drop("_source_file", "_unreadable"));
    }

    /** What is wrong with the others: {@code column|value|reason|text}, sorted. */
    List<String> bad() {
        return texts(read().where("_unreadable IS NOT NULL").select("_unreadable.*"));
    }

    /** The texts of the others, as they stand in their files, sorted. */
    List<String> texts() {
        Dataset<Row> bad = read().where("_unreadable IS NOT NULL").persist();
        return texts(
                SourceReader.asTheyStand(SESSION, source(), readable(), bad).select("_unreadable.text"));
    }

    /** Notes of all readable files. */
    List<String> notes() {
        return readable().stream().flatMap(f -> f.notes().stream()).toList();
    }

    /** Reasons of all unreadable files. */
    List<String> refused() {
        return inspect().stream()
                .filter(i -> i instanceof Inspection.Unreadable)
                .map(Inspection::reason)
                .toList();
    }

    static List<String> texts(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(r -> r.mkString("|")).sorted().toList();
    }
}
