package io.lakeproof.jobs;

import io.lakeproof.jobs.publish.Candidate;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Versions.Members;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes a source file, a batch or all that a version added out of the dataset: the next version is rebuilt without it. The
 * file stays in the landing and is not taken again unless its content changes.
 */
public final class Withdraw {

    private final Lake lake;
    private final String what;
    private final String reason;
    private final Run.Options options;

    private Withdraw(Lake lake, String what, String reason, Run.Options options) {
        this.lake = lake;
        this.what = what;
        this.reason = reason;
        this.options = options;
    }

    /**
     * A withdrawal.
     *
     * @param what a source file's path (whole, or its last parts), a batch's id, or a version's number
     * @param reason why, for the record
     */
    public static Withdraw of(Lake lake, String what, String reason, Run.Options options) {
        return new Withdraw(lake, what, reason, options);
    }

    /** Withdraws; a file that no version took in is only marked in the ledger. */
    public Run.Result execute() {
        return Run.untilDecided(lake, options, this::attempt);
    }

    private Optional<Run.Result> attempt(Stamp stamp) {
        Optional<DatasetVersion> latest = lake.versions().latest();
        latest.ifPresent(version -> lake.ledger().complete(version, () -> VersionRecord.sources(version)));
        Map<String, Ledger.Entry> newest = new HashMap<>();
        lake.ledger().all().forEach(entry -> newest.put(entry.path(), entry));
        List<Ledger.Entry> files = named(newest);
        List<String> notes = List.of("withdrawn: " + what + ", because " + reason);
        List<Ledger.Entry> withdrawn = files.stream().map(Withdraw::withdrawn).toList();
        Members members =
                lake.versions().members(latest.map(DatasetVersion::version).orElse(0L));
        List<FileOfBatch> leaving = files.stream()
                .filter(file -> members.batches().contains(file.batch()))
                .map(file -> new FileOfBatch(file.batch(), file.path()))
                .filter(file -> !members.filesRemoved().contains(file))
                .toList();
        if (leaving.isEmpty()) {
            lake.ledger().note(withdrawn, stamp, Instant.now());
            return Optional.of(Run.unchanged(lake, stamp, latest, notes));
        }
        Candidate candidate = Candidate.withdrawing(lake, Course.of(lake, latest), List.of(), leaving);
        Validate.Result verdict = Validate.of(lake, stamp, Run.subject(candidate), options.progress())
                .execute();
        if (!verdict.failures().isEmpty()) {
            return Optional.of(Run.reject(stamp, candidate, verdict, notes));
        }
        Optional<Publish.Result> published =
                Publish.of(candidate, verdict, stamp, notes, options.progress()).execute();
        published.ifPresent(p -> lake.ledger().note(withdrawn, stamp, Instant.now()));
        return published.map(p -> Run.published(candidate, stamp, p, notes));
    }

    private List<Ledger.Entry> named(Map<String, Ledger.Entry> newest) {
        List<Ledger.Entry> named = new ArrayList<>(newest.values().stream()
                .filter(entry -> entry.path().equals(what)
                        || entry.path().endsWith("/" + what)
                        || entry.batch().equals(what)
                        || (entry.version() > 0
                                && String.valueOf(entry.version()).equals(what)))
                .toList());
        if (named.isEmpty()) {
            named.addAll(waiting());
        }
        if (named.isEmpty()) {
            throw new Failure.Usage(
                    "%s has no source file, batch or version '%s' to withdraw. Run `lakeproof show` for what it took in."
                            .formatted(lake.spec().name(), what));
        }
        return named;
    }

    /** Files of rejected batches, which the ledger does not know. */
    private List<Ledger.Entry> waiting() {
        return lake.batches().rejected().stream()
                .map(Batch::files)
                .flatMap(List::stream)
                .filter(file -> file.path().equals(what)
                        || file.path().endsWith("/" + what)
                        || file.batch().equals(what))
                .toList();
    }

    private static Ledger.Entry withdrawn(Ledger.Entry file) {
        return new Ledger.Entry(
                file.path(),
                file.size(),
                file.modified(),
                file.sha256(),
                file.rows(),
                file.unreadable(),
                Ledger.Status.WITHDRAWN,
                file.batch(),
                0);
    }
}
