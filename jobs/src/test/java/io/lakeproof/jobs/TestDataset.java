package io.lakeproof.jobs;

import static java.util.stream.Collectors.joining;

import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;

/** A small dataset in a folder of its own: drop files, change the spec, run, look. */
public final class TestDataset {

    public static final String SPEC =
            """
            name: claims
            source:
              path: landing
              format: csv
              schema: id BIGINT NOT NULL, amount INT, note STRING
            tables:
              root: ${ROOT}
            rules:
              rows:
                - ColumnValues "amount" >= 0
            split:
              key: id
              seed: 7
              parts: {train: 60, test: 40}
            """;

    private final Path dir;
    private final String root;
    private long clock = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond();

    private TestDataset(Path dir, String root) {
        this.dir = dir;
        this.root = root;
    }

    public static TestDataset in(Path dir) {
        // Delta remembers the tables of a thousand tests for an hour, and the heap fills.
        DeltaLog.clearCache();
        return new TestDataset(dir, "lake").spec(SPEC);
    }

    /** The same, its tables on {@link CrashingFileSystem}. */
    static TestDataset crashing(Path dir) {
        return new TestDataset(dir, "crash:" + dir.resolve("lake")).spec(SPEC);
    }

    public TestDataset spec(String yaml) {
        write(dir.resolve("dataset.yaml"), yaml);
        return this;
    }

    /** The spec with one text replaced by another. */
    public TestDataset change(String from, String to) {
        try {
            String spec = Files.readString(dir.resolve("dataset.yaml"));
            if (!spec.contains(from)) {
                throw new IllegalArgumentException(from);
            }
            return spec(spec.replace(from, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A CSV of rows with these ids. */
    public static String csv(long from, long to) {
        return "id,amount,note\n"
                + LongStream.range(from, to)
                        .mapToObj(id -> id + "," + id % 100 + ",n" + id + "\n")
                        .collect(joining());
    }

    /** Drops a file; every drop is a second younger than the one before. */
    public TestDataset drop(String name, String content) {
        Path file = write(dir.resolve("landing").resolve(name), content);
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(++clock)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    TestDataset remove(String name) {
        try {
            Files.delete(dir.resolve("landing").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public Lake lake() {
        SparkSession session = Lake.session(LocalSpark.session());
        return new Lake(
                session,
                SpecReader.check(dir.resolve("dataset.yaml").toString(), Map.of("ROOT", root), session)
                        .spec());
    }

    public Run.Result run() {
        return run(Arrivals.Retry.IF_CHANGED);
    }

    Run.Result run(Arrivals.Retry retry) {
        return Run.of(lake(), options(retry)).execute();
    }

    Plan.Result plan() {
        return Plan.of(lake(), Arrivals.Retry.IF_CHANGED).execute();
    }

    Run.Result withdraw(String what) {
        return Withdraw.of(lake(), what, "a test", options(Arrivals.Retry.IF_CHANGED))
                .execute();
    }

    static Run.Options options(Arrivals.Retry retry) {
        return new Run.Options("test", retry, Publisher.PLAIN, Progress.SILENT);
    }

    public DatasetVersion version(String reference) {
        return lake().version(reference);
    }

    /** The rows of a table as a version holds them; raw and quarantine may hold others beside them. */
    Dataset<Row> rows(String reference, String table) {
        TableVersion pinned = version(reference).table(table).orElseThrow();
        return lake().table(table).at(pinned.deltaVersion());
    }

    /** The ids in the parts of a version, sorted. */
    List<Long> ids(String reference) {
        return lake().parts().stream()
                .flatMap(part -> rows(reference, part).select("id").collectAsList().stream())
                .map(row -> row.getLong(0))
                .sorted()
                .toList();
    }

    public Path dir() {
        return dir;
    }

    private static Path write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
