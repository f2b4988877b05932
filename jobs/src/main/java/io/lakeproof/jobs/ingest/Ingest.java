package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.spec.Recipe;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.lineage.Batches;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.FingerprintObserver;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.RowCounter;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table.Commit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Takes what is new in the landing into raw, and what cannot be read into quarantine. Publishes nothing. */
public final class Ingest {

    /** So many unreadable rows are kept in memory, to find their text in the files; of more it is put together again. */
    private static final long FEW = 1_000;

    private final Lake lake;
    private final Stamp stamp;
    private final Optional<DatasetVersion> latest;
    private final Recipe recipe;
    private final Arrivals arrivals;
    private final Progress progress;
    private final List<String> notes = new ArrayList<>();
    private final List<Inspection.Readable> readable = new ArrayList<>();
    private final List<Inspection.Unreadable> unreadable = new ArrayList<>();

    private Ingest(
            Lake lake,
            Stamp stamp,
            Optional<DatasetVersion> latest,
            Recipe recipe,
            Arrivals arrivals,
            Progress progress) {
        this.lake = lake;
        this.stamp = stamp;
        this.latest = latest;
        this.recipe = recipe;
        this.arrivals = arrivals;
        this.progress = progress;
    }

    /**
     * An ingest of what arrived.
     *
     * @param latest the newest dataset version; absent: there is none
     */
    public static Ingest of(
            Lake lake,
            Stamp stamp,
            Optional<DatasetVersion> latest,
            Recipe recipe,
            Arrivals arrivals,
            Progress progress) {
        return new Ingest(lake, stamp, latest, recipe, arrivals, progress);
    }

    /**
     * What was taken in.
     *
     * @param batch the new batch; absent: nothing that arrived is to be taken
     * @param notes what a person should know about the files, a line each
     */
    public record Result(Optional<Batch> batch, List<String> notes) {}

    /** Inspects, reads and writes. */
    public Result execute() {
        if (!arrivals.fresh().isEmpty()) {
            progress.begins("inspect " + arrivals.fresh().size() + " files");
            lake.describe("inspect the source files of");
            sort(Inspection.of(lake.spark(), lake.spec().source(), arrivals.fresh()));
        }
        return new Result(take(), List.copyOf(notes));
    }

    /** Decides by content what is new: SHA-256 alone tells a copy, a touched file and a changed one apart. */
    private void sort(List<Inspection> inspected) {
        Map<String, String> pathByDigest = skipsCopies() ? held(inspected) : new HashMap<>();
        List<Ledger.Entry> noted = new ArrayList<>();
        List<String> overwritten = new ArrayList<>();
        Set<String> there =
                plain(Stream.concat(readable(inspected.stream().filter(this::mayStand)), arrivals.settled().stream()));
        for (Inspection inspection : inspected) {
            if (inspection.sha256().isEmpty()) {
                notes.add(inspection.file().path() + " waits: " + inspection.reason());
                continue;
            }
            String path = inspection.file().path();
            String sha256 = inspection.sha256().get();
            Ledger.Entry known = arrivals.known().get(path);
            Ledger.Entry standing = arrivals.standing().get(path);
            Optional<Ledger.Entry> same = Stream.of(Optional.ofNullable(known), Optional.ofNullable(standing))
                    .flatMap(Optional::stream)
                    .filter(entry -> entry.status() != Ledger.Status.COPY
                            && entry.sha256().equals(sha256))
                    .findFirst();
            if (same.isPresent() && !arrivals.rereads()) {
                Ledger.Entry was = same.get();
                noted.add(entry(inspection, was.rows(), was.unreadable(), was.status(), was.batch()));
                continue;
            }
            String original = pathByDigest.get(sha256);
            // Under add, content that the path had before is no longer its own: it was added then.
            boolean own = path.equals(original)
                    && (same.isPresent() || lake.spec().source().onChanged() != Source.OnChanged.ADD);
            boolean labels = holdsLabels(inspection);
            if (original != null && !own && skipsCopies() && !labels) {
                notes.add(
                        "%s is a copy of %s as it was taken in, with the same SHA-256, and is not taken; source.on-copy: take would take it"
                                .formatted(path, original));
                noted.add(entry(inspection, 0, 0, Ledger.Status.COPY, ""));
                continue;
            }
            if (isIdx()
                    && !labels
                    && inspection instanceof Inspection.Readable
                    && !there.contains(IdxFile.other(path, false))) {
                notes.add("%s waits: its labels do".formatted(path));
                continue;
            }
            if (standing != null && same.isEmpty()) {
                if (!mayStand(inspection)) {
                    notes.add(
                            path
                                    + " holds labels that changed after their images were taken in, and waits: withdraw the images, and deliver both under new names");
                    continue;
                }
                if (arrivals.rereads() && lake.spec().source().onChanged() != Source.OnChanged.REPLACE) {
                    overwritten.add(path);
                    continue;
                }
                if (!admitsChanged(path)) {
                    continue;
                }
            }
            if (inspection instanceof Inspection.Readable file) {
                if (!labels) {
                    pathByDigest.putIfAbsent(sha256, path);
                }
                file.notes().forEach(note -> notes.add(path + ": " + note));
                readable.add(file);
            } else if (inspection instanceof Inspection.Unreadable file) {
                unreadable.add(file);
            }
        }
        noteLabelsOfCopies(noted);
        if (!overwritten.isEmpty()) {
            throw lake.spec()
                    .source()
                    .problem(
                            "schema",
                            "it or the options changed, so every file must be read again, but %d hold other content than was taken in: %s; put the old content back, withdraw them, or set source.on-changed to replace"
                                    .formatted(
                                            overwritten.size(),
                                            String.join(
                                                    ", ",
                                                    overwritten.stream()
                                                            .limit(10)
                                                            .toList())));
        }
        lake.ledger().note(noted, stamp, Instant.now());
    }

    /** The content that the dataset holds and keeps, by SHA-256, with the path that it came by: another file of it is a copy. */
    private Map<String, String> held(List<Inspection> inspected) {
        Map<String, String> digests = new HashMap<>();
        inspected.forEach(inspection -> inspection
                .sha256()
                .ifPresent(digest -> digests.put(inspection.file().path(), digest)));
        Map<String, String> held = new HashMap<>();
        if (arrivals.rereads()) {
            // Nothing stays but what is read again.
            arrivals.standing().forEach((path, entry) -> {
                if (entry.sha256().equals(digests.get(path))) {
                    held.put(entry.sha256(), path);
                }
            });
            return held;
        }
        boolean replaces = lake.spec().source().onChanged() == Source.OnChanged.REPLACE;
        lake.ledger().standingOfDigests(digests.values()).stream()
                .filter(entry -> !replaces || entry.sha256().equals(digests.getOrDefault(entry.path(), entry.sha256())))
                .forEach(entry -> held.put(entry.sha256(), entry.path()));
        return held;
    }

    /** Labels whose images are copies are as much of one. */
    private void noteLabelsOfCopies(List<Ledger.Entry> noted) {
        Set<String> copies = plain(noted.stream()
                .filter(entry -> entry.status() == Ledger.Status.COPY)
                .map(Ledger.Entry::path));
        readable.removeIf(file -> holdsLabels(file)
                && copies.contains(IdxFile.other(file.file().path(), true))
                && noted.add(entry(file, 0, 0, Ledger.Status.COPY, "")));
    }

    /** Labels without their images would make a version of no rows, which nobody could mend: they wait. */
    private void leaveLoneLabels() {
        Set<String> taken = plain(readable(readable.stream()));
        readable.removeIf(file -> holdsLabels(file)
                && !taken.contains(IdxFile.other(file.file().path(), true))
                && notes.add(file.file().path() + " waits: it holds labels, and their images are not taken with them"));
    }

    /** Whether a file is as it was taken in, or may be what it is now: labels may not change under their images. */
    private boolean mayStand(Inspection inspection) {
        Ledger.Entry standing = arrivals.standing().get(inspection.file().path());
        return arrivals.rereads()
                || standing == null
                || !holdsLabels(inspection)
                || inspection.sha256().equals(Optional.of(standing.sha256()));
    }

    private static Stream<String> readable(Stream<? extends Inspection> inspected) {
        return inspected
                .filter(Inspection.Readable.class::isInstance)
                .map(inspection -> inspection.file().path());
    }

    private static Set<String> plain(Stream<String> paths) {
        return paths.map(IdxFile::plain).collect(Collectors.toSet());
    }

    private boolean isIdx() {
        return lake.spec().source().format() == Source.Format.IDX;
    }

    /** Labels belong to their images: those of other images may be the same bytes, and new ones would leave old rows. */
    private boolean holdsLabels(Inspection inspection) {
        return isIdx() && inspection instanceof Inspection.Readable file && file.layout() instanceof Layout.Empty;
    }

    private boolean skipsCopies() {
        return lake.spec().source().onCopy() == Source.OnCopy.SKIP
                && lake.spec().source().load() != Source.Load.SNAPSHOT;
    }

    private boolean admitsChanged(String path) {
        if (lake.spec().source().load() == Source.Load.SNAPSHOT) {
            return true;
        }
        return switch (lake.spec().source().onChanged()) {
            case ADD, REPLACE -> true;
            case WAIT -> {
                notes.add(
                        path
                                + " changed after it was taken in and waits: set source.on-changed to replace or add, or withdraw it");
                yield false;
            }
        };
    }

    /** Reads until every file of the batch was read whole and stood still meanwhile; what does not is left out. */
    private Optional<Batch> take() {
        leaveLoneLabels();
        while (!readable.isEmpty() || !unreadable.isEmpty()) {
            progress.begins("read " + readable.size() + " files into raw");
            lake.describe("read into raw of");
            try {
                Batch batch = write();
                Set<String> changed = changed();
                if (changed.isEmpty()) {
                    unreadable.forEach(file -> notes.add(file.file().path() + " cannot be read: " + file.reason()));
                    return Optional.of(batch);
                }
                changed.forEach(path -> notes.add(path + " waits: it changed while it was read"));
                readable.removeIf(file -> changed.contains(file.file().path()));
                leaveLoneLabels();
            } catch (Exception e) {
                // Spark says that a task failed, not which file did it: find out, and go on with the others.
                if (!failedReading(e)) {
                    throw e;
                }
                List<Inspection> bad =
                        SourceReader.unreadable(lake.spark(), lake.spec().source(), readable);
                if (bad.isEmpty()) {
                    throw e;
                }
                Set<String> paths = bad.stream().map(file -> file.file().path()).collect(Collectors.toSet());
                readable.removeIf(file -> paths.contains(file.file().path()));
                leaveLoneLabels();
                for (Inspection inspection : bad) {
                    if (inspection instanceof Inspection.Unreadable file) {
                        unreadable.add(file);
                    } else {
                        notes.add(inspection.file().path() + " waits: " + inspection.reason());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** The files that are there with other content than was inspected: what was read of them may be neither. */
    private Set<String> changed() {
        Map<String, SourceFile> now = Landing.list(lake.hadoop(), lake.spec().source(), Instant.now()).files().stream()
                .collect(Collectors.toMap(SourceFile::path, file -> file));
        return readable.stream()
                .map(Inspection.Readable::file)
                .filter(file ->
                        now.containsKey(file.path()) && !now.get(file.path()).equals(file))
                .map(SourceFile::path)
                .collect(Collectors.toSet());
    }

    private static boolean failedReading(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SparkException) {
                return true;
            }
        }
        return false;
    }

    private Batch write() {
        Source source = lake.spec().source();
        // Not the attempt's: a second write of one attempt must not add to the rows of the first.
        String id = UUID.randomUUID().toString();
        StructType contract = source.columns();
        RowCounter all = new RowCounter();
        FingerprintObserver fingerprint = FingerprintObserver.of(contract);
        long rawVersion;
        long rows = 0;
        if (readable.isEmpty()) {
            rawVersion = lake.raw().exists() ? lake.raw().newest() : -1;
        } else {
            settleRaw();
            Dataset<Row> good = all.observe(SourceReader.marked(lake.spark(), source, readable))
                    .where(col(SourceReader.READABLE));
            Dataset<Row> stamped = fingerprint
                    .observe(good)
                    .select(Stream.concat(
                                    Stream.of(lit(id).as(Lake.BATCH), col(Lake.SOURCE_FILE)),
                                    Stream.of(contract.fieldNames()).map(Lake::column))
                            .toArray(org.apache.spark.sql.Column[]::new));
            Commit commit = arrivals.rereads()
                    ? lake.raw().replace(stamped, stamp)
                    : lake.raw().append(stamped, stamp);
            rawVersion = commit.version();
            rows = commit.rows();
        }
        long bad = all.rows() - rows;
        Map<String, Long> badByFile = quarantine(id, bad);
        Map<String, Long> goodByFile =
                readable.size() == 1 ? Map.of(readable.get(0).file().path(), rows) : rowsByFile(rows, rawVersion, id);
        List<Ledger.Entry> files = new ArrayList<>();
        for (Inspection.Readable file : readable) {
            String path = file.file().path();
            files.add(entry(
                    file,
                    goodByFile.getOrDefault(path, 0L),
                    badByFile.getOrDefault(path, 0L),
                    Ledger.Status.TAKEN,
                    id));
        }
        for (Inspection.Unreadable file : unreadable) {
            files.add(entry(file, 0, 0, Ledger.Status.UNREADABLE, id));
        }
        return new Batch(
                id,
                stamp.run(),
                Batches.Status.INGESTED,
                recipe.digest(lake.spec()),
                0,
                rawVersion,
                rows,
                bad,
                fingerprint.result().state(),
                "",
                0,
                "[]",
                List.of(),
                readable.stream()
                        .flatMap(file -> file.ignored().stream())
                        .distinct()
                        .sorted()
                        .toList(),
                files);
    }

    /**
     * A run that reads all files again replaces raw; if it never published, what was published must come back. Where all of it
     * is there all the same, somebody took out what does not belong, and that stays out.
     */
    private void settleRaw() {
        latest.ifPresent(version -> {
            long pinned = version.table("raw").orElseThrow().deltaVersion();
            if (!lake.raw().keeps(pinned) && !Intake.holds(lake, lake.raw().newest(), version)) {
                lake.raw().restore(pinned, stamp);
            }
        });
    }

    private Map<String, Long> rowsByFile(long rows, long rawVersion, String id) {
        return rows == 0
                ? Map.of()
                : counts(lake.raw().at(rawVersion).where(col(Lake.BATCH).equalTo(id)), Lake.SOURCE_FILE);
    }

    /** Writes what cannot be read; how many rows of each file that were. The files are read again only if there are any. */
    private Map<String, Long> quarantine(String id, long bad) {
        if (bad == 0 && unreadable.isEmpty()) {
            return Map.of();
        }
        Instant now = Instant.now();
        Dataset<Row> files = Quarantine.ofFiles(
                lake.spark(),
                unreadable.stream()
                        .map(file -> Map.entry(file.file().path(), file.reason()))
                        .toList(),
                id,
                stamp,
                now);
        Dataset<Row> kept = SourceReader.read(lake.spark(), lake.spec().source(), readable)
                .where(col(SourceReader.UNREADABLE).isNotNull());
        boolean few = bad > 0 && bad <= FEW;
        if (few) {
            kept.persist();
        }
        Commit commit;
        try {
            Dataset<Row> rows =
                    few ? SourceReader.asTheyStand(lake.spark(), lake.spec().source(), readable, kept) : kept;
            commit = lake.quarantine()
                    .append(bad == 0 ? files : files.unionByName(Quarantine.ofUnreadable(rows, id, stamp, now)), stamp);
        } finally {
            kept.unpersist();
        }
        if (commit.rows() != bad + unreadable.size()) {
            throw new IllegalStateException(
                    "%d rows could not be read, but quarantine got %d: the files changed while they were read. Run again."
                            .formatted(bad, commit.rows() - unreadable.size()));
        }
        return bad == 0
                ? Map.of()
                : counts(
                        lake.quarantine()
                                .at(commit.version())
                                .where(col("batch").equalTo(id).and(col("kind").equalTo("row"))),
                        "source_file");
    }

    private static Map<String, Long> counts(Dataset<Row> rows, String column) {
        return rows.groupBy(column).count().collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getLong(1)));
    }

    private static Ledger.Entry entry(
            Inspection inspection, long rows, long unreadable, Ledger.Status status, String batch) {
        return new Ledger.Entry(
                inspection.file().path(),
                inspection.file().size(),
                Instant.ofEpochMilli(inspection.file().modified()),
                inspection.sha256().orElse(""),
                rows,
                unreadable,
                status,
                batch,
                0);
    }
}
