package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;

import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.Ingest;
import io.lakeproof.jobs.ingest.Landing;
import io.lakeproof.jobs.ingest.SourceFile;
import io.lakeproof.jobs.publish.Candidate;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.spec.Tables;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Stamp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;

/**
 * A run on a few rows, in a scratch place that is gone afterwards: shows what the spec makes of them, as the first version
 * of a dataset of their own. The dataset, its ledger and its landing stay as they are.
 */
public final class Sample {

    /** Every file that is looked at is read whole once, for its digest. */
    private static final int FILES = 8;

    private static final int REASONS = 10;

    private final Lake lake;
    private final int rows;
    private final Run.Options options;

    private Sample(Lake lake, int rows, Run.Options options) {
        this.lake = lake;
        this.rows = rows;
        this.options = options;
    }

    /**
     * A try-out.
     *
     * @param rows how many rows to take at the most: the first ones of the first eight new files, or of any file when none
     *     is new
     */
    public static Sample of(Lake lake, int rows, Run.Options options) {
        return new Sample(lake, rows, options);
    }

    /** Tries; the result's failures are the rules that the sample breaks. */
    public Run.Result execute() {
        options.progress().begins("sample " + rows + " rows");
        List<SourceFile> files = Arrivals.ofNew(
                        lake, Course.of(lake, Optional.empty()).recipe(), Arrivals.Retry.ALWAYS, Instant.now())
                .fresh();
        if (files.isEmpty()) {
            files = Landing.list(lake.hadoop(), lake.spec().source(), Instant.now())
                    .files();
        }
        Path scratch = scratch();
        try {
            return attempt(
                    new Lake(lake.spark(), lake.spec().sampled(rows, scratch.toString())),
                    files.stream().limit(FILES).toList());
        } finally {
            delete(scratch);
        }
    }

    private Run.Result attempt(Lake tried, List<SourceFile> files) {
        Stamp stamp = lake.stamp(options.runId());
        Course course = Course.of(tried, Optional.empty());
        Arrivals arrivals = new Arrivals(files, Map.of(), Map.of(), List.of(), List.of(), List.of(), false);
        Ingest.Result ingested = Ingest.of(
                        tried, stamp, Optional.empty(), course.recipe(), arrivals, options.progress())
                .execute();
        List<String> notes = new ArrayList<>(ingested.notes());
        if (ingested.batch().isEmpty()) {
            notes.add("there is no file to sample");
            return sampled(Run.unchanged(tried, stamp, Optional.empty(), notes), notes);
        }
        Candidate candidate = Candidate.of(tried, course, ingested.batch());
        Validate.Result verdict = Run.verdict(candidate, stamp, options);
        notes.addAll(turnedAway(tried));
        if (!verdict.failures().isEmpty()) {
            return sampled(Run.judged(candidate, stamp, Run.Status.SAMPLED, verdict, notes), notes);
        }
        Publish.Result made;
        try {
            made = Publish.of(candidate, verdict, stamp, notes, Publisher.PLAIN, options.progress())
                    .execute()
                    .orElseThrow(() -> new IllegalStateException("somebody else wrote to the scratch place"));
        } catch (Exception e) {
            Optional<String> why = Run.rejection(e);
            if (why.isEmpty()) {
                throw e;
            }
            return sampled(Run.judged(candidate, stamp, Run.Status.SAMPLED, verdict.failing(why.get()), notes), notes);
        }
        for (TableVersion table : made.version().tables()) {
            if (tried.parts().contains(table.name())) {
                notes.add(String.format(Locale.ROOT, "sample: %,d would be in %s", table.rows(), table.name()));
            }
        }
        return sampled(Run.published(candidate, stamp, made, notes), notes);
    }

    /** The result with what stands of the real dataset. */
    private Run.Result sampled(Run.Result tried, List<String> notes) {
        Optional<DatasetVersion> latest = lake.versions().latest();
        return new Run.Result(
                tried.dataset(),
                Run.Status.SAMPLED,
                latest.map(DatasetVersion::version).orElse(0L),
                tried.runId(),
                List.of(),
                tried.rowsIn(),
                tried.rowsQuarantined(),
                latest.map(DatasetVersion::tables).orElse(List.of()),
                tried.accounts(),
                tried.failures(),
                List.copyOf(notes));
    }

    /** The most frequent reasons, which are gone with the scratch place. */
    private static List<String> turnedAway(Lake tried) {
        if (!tried.quarantine().exists()) {
            return List.of();
        }
        List<Row> reasons = tried.quarantine()
                .head()
                .groupBy("rule", "column")
                .agg(count(lit(1)).as("rows"), min("value"), min("reason"))
                .orderBy(col("rows").desc(), col("rule"), col("column"))
                .limit(REASONS)
                .collectAsList();
        return reasons.stream()
                .map(row -> String.format(
                        Locale.ROOT,
                        "sample: %,d turned away by %s, such as %s: %s",
                        row.getLong(2),
                        row.isNullAt(0) ? "the contract" : row.getString(0),
                        row.isNullAt(1) ? "a whole file" : row.getString(1) + " " + row.getString(3),
                        row.getString(4)))
                .toList();
    }

    /** A new folder that all executors reach: the system's temporary one, unless tables or files live elsewhere. */
    private Path scratch() {
        try {
            Path root = lake.spec().tables().root() instanceof Tables.Root.Folder folder
                    ? new Path(folder.uri())
                    : FileSystem.get(lake.hadoop()).getHomeDirectory();
            return root.toUri().getScheme().equals("file")
                    ? new Path(java.nio.file.Files.createTempDirectory("lakeproof-sample-")
                            .toUri())
                    : new Path(
                            root,
                            ".lakeproof-sample-" + lake.stamp(options.runId()).attempt());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(Path scratch) {
        try {
            scratch.getFileSystem(lake.hadoop()).delete(scratch, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
