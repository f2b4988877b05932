package io.lakeproof.jobs;

import io.delta.exceptions.DeltaConcurrentModificationException;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.Ingest;
import io.lakeproof.jobs.ingest.Landing;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Candidate;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Trust;
import io.lakeproof.transforms.BadRow;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Everything that is new, end to end: from the files in the landing to a published dataset version. */
public final class Run {

    /** One of two runs always publishes, so this many lost races in a row mean that something else is wrong. */
    private static final int ATTEMPTS = 20;

    private final Lake lake;
    private final Options options;

    private Run(Lake lake, Options options) {
        this.lake = lake;
        this.options = options;
    }

    /**
     * How to run.
     *
     * @param runId the run's id; a scheduler's retry may pass the same one again
     * @param retry whether rejected batches are tried again though nothing changed
     * @param publisher how a version is vouched for
     * @param progress told what happens
     */
    public record Options(String runId, Arrivals.Retry retry, Publisher publisher, Progress progress) {}

    /** How a run ended. */
    public enum Status {
        /** A batch lies in raw and waits for its verdict: the end of the step {@code ingest}. */
        INGESTED,
        /** The batch keeps every rule: the end of the step {@code validate}, and of those that only compute. */
        VALIDATED,
        /** A new dataset version is visible. */
        PUBLISHED,
        /** There was nothing to do. */
        NOTHING_NEW,
        /** Some rows were tried in a scratch place; the dataset is as it was. */
        SAMPLED,
        /** The data broke a rule, or waits because it did; nothing was published. */
        REJECTED
    }

    /**
     * What a run did.
     *
     * @param version the newest dataset version; 0 when none was ever published
     * @param because why the parts were rebuilt; empty: new examples were appended
     * @param rowsIn rows that this run judged, unreadable ones included
     * @param rowsQuarantined those of them that went to quarantine
     * @param tables what the newest version pins
     * @param accounts where the rows of every step went
     * @param failures why the data was rejected, a line each
     * @param notes what a person should know, a line each
     */
    public record Result(
            String dataset,
            Status status,
            long version,
            String runId,
            List<String> because,
            long rowsIn,
            long rowsQuarantined,
            List<TableVersion> tables,
            List<Account> accounts,
            List<String> failures,
            List<String> notes) {}

    /** A run as the command makes it: with a new id, in silence, its version unsigned. */
    public static Run of(Lake lake) {
        return of(
                lake,
                new Options(newRunId(Instant.now()), Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT));
    }

    /** A run over a dataset. */
    public static Run of(Lake lake, Options options) {
        return new Run(lake, options);
    }

    /** An id that sorts by time, and is told from every other. */
    public static String newRunId(Instant now) {
        byte[] random = new byte[3];
        new SecureRandom().nextBytes(random);
        return DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                        .withZone(ZoneOffset.UTC)
                        .format(now)
                + "-"
                + HexFormat.of().formatHex(random);
    }

    /** Runs; when another run publishes at the same time, starts over on top of it. */
    public Result execute() {
        return untilDecided(lake, options, this::attempt);
    }

    /**
     * Tries until an attempt ends one way or the other.
     *
     * @param attempt empty: another run came first
     */
    static Result untilDecided(Lake lake, Options options, Function<Stamp, Optional<Result>> attempt) {
        for (int number = 1; number <= ATTEMPTS; number++) {
            try {
                Optional<Result> result = attempt.apply(lake.stamp(options.runId()));
                if (result.isPresent()) {
                    options.publisher().anchor(lake);
                    return result.get();
                }
            } catch (DeltaConcurrentModificationException e) {
                // Another run wrote to the same table; what this attempt wrote is nobody's, as if it had been killed.
            }
            options.progress().begins("start over: another run came first");
            pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(200, 2000)));
        }
        throw new Failure.Remote(
                "Other runs of %s published first %d times in a row. Run one at a time."
                        .formatted(lake.spec().name(), ATTEMPTS),
                null);
    }

    /**
     * What a run answers when nothing came and the spec is the one that the newest version was made by; empty: there is
     * something to do, or to be told, and {@link #execute} finds out what. Needs no Spark where the tables lie in folders,
     * for what Spark has to say of that spec was asked then.
     */
    public Optional<Result> nothingNew() {
        try {
            Stamp stamp = lake.stamp(options.runId());
            options.progress().begins("look for new files");
            Optional<DatasetVersion> latest = latest(lake);
            Course course = Course.of(lake, latest);
            boolean asThen = latest.map(
                            version -> version.recordTree().get("specText").asText())
                    .filter(lake.spec().text()::equals)
                    .isPresent();
            // A class of the user's own may have changed all the same.
            if (!asThen || !course.changes().isEmpty()) {
                return Optional.empty();
            }
            Arrivals arrivals = arrivals(lake, course, options.retry());
            if (!arrivals.fresh().isEmpty()) {
                return Optional.empty();
            }
            List<String> notes = notes(arrivals, List.of());
            notes.addAll(archive(lake, arrivals.settled()));
            Result result = nothingNew(stamp, latest, arrivals.held(), notes);
            options.publisher().anchor(lake);
            return Optional.of(result);
        } catch (Failure | DeltaConcurrentModificationException e) {
            return Optional.empty();
        }
    }

    private Optional<Result> attempt(Stamp stamp) {
        options.progress().begins("look for new files");
        lake.describe("look for new files of");
        Optional<DatasetVersion> latest = latest(lake);
        Course course = Course.of(lake, latest);
        Arrivals arrivals = arrivals(lake, course, options.retry());
        requireLedger(lake, arrivals);
        Ingest.Result ingested = Ingest.of(lake, stamp, latest, course.recipe(), arrivals, options.progress())
                .execute();
        List<String> notes = notes(arrivals, ingested.notes());
        Optional<Batch> batch = ingested.batch();
        notes.addAll(archive(lake, arrivals.settled()));
        if (batch.isEmpty() && !course.actsAlone()) {
            return Optional.of(nothingNew(stamp, latest, arrivals.held(), notes));
        }
        arrivals.held().forEach(held -> notes.add(waits(held)));
        Candidate candidate = Candidate.of(lake, course, batch);
        return publish(candidate, verdict(candidate, stamp, options), stamp, notes, options);
    }

    /** What the rules say of a candidate; a row that a transform cannot take stands against it like a broken rule. */
    static Validate.Result verdict(Candidate candidate, Stamp stamp, Options options) {
        try {
            return Validate.of(candidate.lake(), stamp, subject(candidate), options.progress())
                    .execute();
        } catch (Exception e) {
            Optional<String> why = rejection(e);
            if (why.isEmpty()) {
                throw e;
            }
            return new Validate.Result(stamp.attempt(), 0, Json.tree(List.of()), List.of(why.get()));
        }
    }

    /** Publishes, unless the verdict, or what is found while writing, rejects the batch: then it waits for a repair. */
    static Optional<Result> publish(
            Candidate candidate, Validate.Result verdict, Stamp stamp, List<String> notes, Options options) {
        if (!verdict.failures().isEmpty()) {
            return Optional.of(reject(stamp, candidate, verdict, notes));
        }
        List<String> told =
                Stream.concat(notes.stream(), verdict.waived().stream()).toList();
        try {
            Candidate measured = candidate.measured(options.progress());
            return Publish.of(measured, verdict, stamp, told, options.publisher(), options.progress())
                    .execute()
                    .map(published -> published(measured, stamp, published, told));
        } catch (Exception e) {
            Optional<String> why = rejection(e);
            if (why.isEmpty()) {
                throw e;
            }
            return Optional.of(reject(stamp, candidate, verdict.failing(why.get()), notes));
        }
    }

    /** What an error says against the data; empty when it is about something else. */
    static Optional<String> rejection(Exception error) {
        return error instanceof Failure.Rejected ? Optional.of(error.getMessage()) : BadRow.in(error);
    }

    /** The newest version, its tables looked for, and made good in the ledger what a killed run left out. */
    static Optional<DatasetVersion> latest(Lake lake) {
        Optional<DatasetVersion> latest = Publish.latest(lake);
        latest.ifPresent(version -> {
            lake.ledger().complete(version, () -> VersionRecord.sources(version));
        });
        return latest;
    }

    static Arrivals arrivals(Lake lake, Course course, Arrivals.Retry retry) {
        return course.rereads()
                ? Arrivals.ofAll(lake, Instant.now())
                : Arrivals.ofNew(lake, course.recipe(), retry, Instant.now());
    }

    /**
     * A file that was taken off the ledger looks new, and would be taken twice: where somebody else wrote to the ledger, or to the records,
     * they are held against each other before any file is taken.
     *
     * @throws Failure.Unverified when they do not agree
     */
    static void requireLedger(Lake lake, Arrivals arrivals) {
        boolean suspect = !arrivals.fresh().isEmpty()
                && Stream.of("lineage/files", "lineage/versions").anyMatch(table -> lake.table(table)
                        .isChangedByOthers(lake.spec().name()));
        if (!suspect) {
            return;
        }
        List<Finding> findings = Verify.of(
                        lake,
                        new Verify.Options(Optional.empty(), false, Trust.NONE, Optional.empty(), Progress.SILENT))
                .records();
        if (!findings.isEmpty()) {
            throw new Failure.Unverified(
                    "somebody else wrote to lineage/files or lineage/versions, and a run would build on it: %s (%d in all); RESTORE the table to the version before, and run again"
                            .formatted(findings.get(0).text(), findings.size()));
        }
    }

    static List<String> notes(Arrivals arrivals, List<String> ingested) {
        List<String> notes = new ArrayList<>(ingested);
        arrivals.waiting().forEach(file -> notes.add(file.path() + " waits: " + file.reason()));
        return notes;
    }

    static Validate.Subject subject(Candidate candidate) {
        return new Validate.Subject(
                candidate.batch(),
                candidate.judgesAgain(),
                candidate::judged,
                candidate::standing,
                candidate::all,
                candidate::examples);
    }

    private Result nothingNew(Stamp stamp, Optional<DatasetVersion> latest, List<Batch> held, List<String> notes) {
        Publish.recover(lake, latest);
        if (held.isEmpty()) {
            return unchanged(lake, stamp, latest, notes);
        }
        return result(
                lake,
                stamp,
                latest,
                Status.REJECTED,
                0,
                0,
                held.stream().map(Run::waits).toList(),
                notes);
    }

    static Result unchanged(Lake lake, Stamp stamp, Optional<DatasetVersion> latest, List<String> notes) {
        return result(lake, stamp, latest, Status.NOTHING_NEW, 0, 0, List.of(), notes);
    }

    static Result reject(Stamp stamp, Candidate candidate, Validate.Result verdict, List<String> notes) {
        Lake lake = candidate.lake();
        candidate.batch().ifPresent(batch -> lake.batches()
                .record(judged(candidate, batch, verdict), stamp, Instant.now()));
        return judged(candidate, stamp, Status.REJECTED, verdict, notes);
    }

    /** A result that tells what was counted up to the verdict. */
    static Result judged(Candidate candidate, Stamp stamp, Status status, Validate.Result verdict, List<String> notes) {
        List<Account> accounts = new ArrayList<>();
        candidate.batch().ifPresent(b -> {
            accounts.add(Account.quarantining("read", b.rows() + b.unreadable(), b.unreadable(), b.rows()));
            // Where earlier rows were judged with it, nobody counted how many that were.
            if (!candidate.judgesAgain()) {
                accounts.add(Account.quarantining("rules", b.rows(), verdict.failed(), b.rows() - verdict.failed()));
            }
        });
        return new Result(
                candidate.lake().spec().name(),
                status,
                candidate.course().next() - 1,
                stamp.run(),
                List.of(),
                candidate.batch().map(b -> b.rows() + b.unreadable()).orElse(0L),
                accounts.stream().mapToLong(Account::quarantined).sum(),
                candidate.course().latest().map(DatasetVersion::tables).orElse(List.of()),
                List.copyOf(accounts),
                verdict.failures(),
                List.copyOf(notes));
    }

    static Batch judged(Candidate candidate, Batch batch, Validate.Result verdict) {
        return batch.judged(
                candidate.course().next() - 1,
                verdict.judgement(),
                verdict.failed(),
                Json.canonical(verdict.outcomes()),
                verdict.failures());
    }

    /** Moves source files out of the landing, if the spec says so; returns why one stayed. */
    private static List<String> archive(Lake lake, List<String> paths) {
        return lake.spec().source().after() == Source.After.ARCHIVE
                ? Landing.archive(lake.hadoop(), lake.spec().source(), paths)
                : List.of();
    }

    static Result published(Candidate candidate, Stamp stamp, Publish.Result published, List<String> told) {
        List<String> notes = new ArrayList<>(told);
        notes.addAll(published.notes());
        notes.addAll(archive(
                candidate.lake(),
                candidate.batch().map(Batch::files).orElse(List.of()).stream()
                        .filter(file -> file.status() == Ledger.Status.TAKEN)
                        .map(Ledger.Entry::path)
                        .toList()));
        return new Result(
                candidate.lake().spec().name(),
                Status.PUBLISHED,
                published.version().version(),
                stamp.run(),
                candidate.rebuildBecause(),
                published.rowsIn(),
                published.rowsQuarantined(),
                published.version().tables(),
                published.accounts(),
                List.of(),
                List.copyOf(notes));
    }

    /** A result that leaves the newest version as it is. */
    static Result result(
            Lake lake,
            Stamp stamp,
            Optional<DatasetVersion> latest,
            Status status,
            long rowsIn,
            long rowsQuarantined,
            List<String> failures,
            List<String> notes) {
        return new Result(
                lake.spec().name(),
                status,
                latest.map(DatasetVersion::version).orElse(0L),
                stamp.run(),
                List.of(),
                rowsIn,
                rowsQuarantined,
                latest.map(DatasetVersion::tables).orElse(List.of()),
                List.of(),
                failures,
                List.copyOf(notes));
    }

    /** That a rejected batch waits, why, and what ends the wait; three of its files are named. */
    public static String waits(Batch batch) {
        String named = batch.files().stream().limit(3).map(Ledger.Entry::path).collect(Collectors.joining(", "));
        int more = batch.files().size() - 3;
        return "%s (batch %s) waits, rejected (%s): change a rule, or replace, remove or withdraw a file; --retry tries it again"
                .formatted(
                        more > 0 ? named + " and " + more + " more" : named,
                        batch.id(),
                        String.join("; ", batch.failures()));
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure.Remote("Interrupted while waiting for another run.", e);
        }
    }
}
