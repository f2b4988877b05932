package io.lakeproof.jobs;

import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.Landing;
import io.lakeproof.jobs.ingest.SourceFile;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.rules.Rules.Rule;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a run would do now. Writes nothing, and opens no source file: copies are told apart only by a run. */
public final class Plan {

    private final Lake lake;
    private final Arrivals.Retry retry;

    private Plan(Lake lake, Arrivals.Retry retry) {
        this.lake = lake;
        this.retry = retry;
    }

    /**
     * What a run would do.
     *
     * @param version the newest version; 0 when there is none
     * @param next the version that a run would publish; the same as {@code version} when it would do nothing
     * @param files new or changed source files
     * @param waiting source files that are not taken now
     * @param rejected rejected batches that wait for a repair
     * @param changes what changed in the spec since the newest version
     * @param rebuildBecause why the parts would be rebuilt; empty: examples would be appended
     * @param undecided what only the run can say
     * @param scansAll the rules, and the look for leaks, that read every row of the dataset, not only the new ones
     */
    public record Result(
            String dataset,
            long version,
            long next,
            List<SourceFile> files,
            List<Landing.Waiting> waiting,
            List<Batch> rejected,
            List<String> changes,
            List<String> rebuildBecause,
            List<String> undecided,
            List<String> scansAll) {}

    /** A plan for a dataset. */
    public static Plan of(Lake lake, Arrivals.Retry retry) {
        return new Plan(lake, retry);
    }

    /** The rejected batches that wait: none where no file of theirs can, because the landing is gone or all is read again. */
    public static List<Batch> rejected(Lake lake) {
        Course course = Course.of(lake, Publish.latest(lake));
        try {
            return course.rereads()
                    ? List.of()
                    : Arrivals.ofNew(lake, course.recipe(), Arrivals.Retry.IF_CHANGED, Instant.now())
                            .held();
        } catch (Failure.BadSpec landing) {
            return List.of();
        }
    }

    /**
     * Looks at landing, ledger and versions.
     *
     * @throws Failure what a run would throw before it looked into a file: a table is lost, the landing is not there
     */
    public Result execute() {
        lake.describe("plan");
        Optional<DatasetVersion> latest = Publish.latest(lake);
        Course course = Course.of(lake, latest);
        Arrivals arrivals = Run.arrivals(lake, course, retry);
        // Whether such a file changed or was only touched, a run tells by its content; it takes neither.
        boolean changedWait = lake.spec().source().onChanged() == Source.OnChanged.WAIT
                && lake.spec().source().load() != Source.Load.SNAPSHOT
                && !arrivals.rereads();
        List<SourceFile> fresh = new ArrayList<>(arrivals.fresh());
        List<Landing.Waiting> waiting = new ArrayList<>(arrivals.waiting());
        fresh.removeIf(file -> {
            boolean waits = changedWait && arrivals.standing().containsKey(file.path());
            if (waits) {
                waiting.add(
                        new Landing.Waiting(file.path(), "changed after it was taken in (source.on-changed: wait)"));
            }
            return waits;
        });
        boolean acts = !fresh.isEmpty() || course.actsAlone();
        List<String> because = new ArrayList<>(course.changes());
        if (!fresh.isEmpty()) {
            because.addAll(course.wholly());
            if (latest.isPresent()
                    && lake.spec().source().onChanged() == Source.OnChanged.REPLACE
                    && fresh.stream().anyMatch(file -> arrivals.standing().containsKey(file.path()))) {
                because.add("rows leave the dataset");
            }
        }
        long version = latest.map(DatasetVersion::version).orElse(0L);
        return new Result(
                lake.spec().name(),
                version,
                acts ? version + 1 : version,
                fresh,
                waiting,
                arrivals.held(),
                course.changes(),
                because,
                fresh.isEmpty() ? List.of() : course.undecided(lake),
                Stream.concat(
                                Stream.concat(
                                                lake.spec().rules().dataset().stream(),
                                                lake.spec().chains().stream().flatMap(chain -> chain.rules().stream()))
                                        .map(Rule::dqdl),
                                lake.spec().onLeakage().stream()
                                        .map(word -> "split.on-leakage: "
                                                + word.name().toLowerCase(Locale.ROOT)))
                        .toList());
    }
}
