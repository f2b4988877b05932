package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Versions.Members;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What may become the next version: a batch, a changed spec, or both, on top of the newest version.
 *
 * @param lake the dataset
 * @param course how it follows from the newest version
 * @param batch the new batch; absent: only the spec or the membership changed
 * @param rebuildBecause why the parts are rebuilt from raw; empty: new examples are appended
 * @param change how the membership changes, but for the verdict on the rows
 * @param members who belongs afterwards; absent when nothing looks at earlier rows, for reading it costs what the history
 *     costs
 * @param rawVersion the Delta version of raw that holds every row
 * @param refit what drift says of the feature steps; absent: not {@linkplain #measured measured}, or not to be
 */
public record Candidate(
        Lake lake,
        Course course,
        Optional<Batch> batch,
        List<String> rebuildBecause,
        Membership change,
        Optional<Members> members,
        long rawVersion,
        Optional<Refit> refit) {

    /** A candidate from a batch, or from a changed spec alone. */
    public static Candidate of(Lake lake, Course course, Optional<Batch> batch) {
        List<FileOfBatch> replaced = batch.map(b -> replaced(lake, b)).orElse(List.of());
        boolean replacesAll = course.latest().isPresent()
                && batch.isPresent()
                && (course.rereads() || lake.spec().source().load() == Source.Load.SNAPSHOT);
        return of(lake, course, batch, replacesAll ? Optional.empty() : Optional.of(List.of()), replaced);
    }

    /** A candidate from which rows leave: whole batches, or single files of a batch. */
    public static Candidate withdrawing(
            Lake lake, Course course, List<String> batchesRemoved, List<FileOfBatch> filesRemoved) {
        return of(lake, course, Optional.empty(), Optional.of(batchesRemoved), filesRemoved);
    }

    /** @param batchesRemoved absent: all of them */
    private static Candidate of(
            Lake lake,
            Course course,
            Optional<Batch> batch,
            Optional<List<String>> batchesRemoved,
            List<FileOfBatch> filesRemoved) {
        List<String> because = new ArrayList<>(course.changes());
        if (course.latest().isPresent() && batch.isPresent()) {
            because.addAll(course.wholly());
        }
        if (!filesRemoved.isEmpty() || !batchesRemoved.map(List::isEmpty).orElse(false)) {
            because.add("rows leave the dataset");
        }
        boolean looksBack = !because.isEmpty()
                || !lake.spec().rules().dataset().isEmpty()
                || course.judgesAgain()
                || (hasFeatures(lake)
                        && (!lake.spec().rules().examples().isEmpty()
                                || lake.spec().onLeakage().isPresent()));
        Optional<Members> before = looksBack
                ? Optional.of(lake.versions()
                        .members(course.latest().map(DatasetVersion::version).orElse(0L)))
                : Optional.empty();
        Membership change = new Membership(
                batch.map(Batch::id).stream().toList(),
                batchesRemoved.orElseGet(() -> List.copyOf(before.orElseThrow().batches())),
                filesRemoved,
                List.of(),
                judgesAgain(lake, course, filesRemoved)
                        ? List.copyOf(before.orElseThrow().judgements())
                        : List.of(),
                batch.map(Batch::columnsIgnored).orElse(List.of()),
                batch.map(b -> (long) b.files().size()).orElse(0L));
        return new Candidate(
                lake,
                course,
                batch,
                List.copyOf(because),
                change,
                before.map(members -> members.plus(change)),
                Math.max(
                        batch.map(Batch::rawVersion).orElse(-1L),
                        pinned(course, "raw").map(TableVersion::deltaVersion).orElse(-1L)),
                Optional.empty());
    }

    /**
     * The same, once it is known whether the feature steps are fitted again because train drifted, which rebuilds the parts.
     * Reads the rows that the parts get, where {@code features.refit} asks for it; a row that a transform cannot take comes out
     * here.
     */
    public Candidate measured(Progress progress) {
        Optional<Refit> measured = Refit.of(this, progress);
        if (measured.filter(it -> it.outcome().drifted()).isEmpty()) {
            return new Candidate(lake, course, batch, rebuildBecause, change, members, rawVersion, measured);
        }
        List<String> because = new ArrayList<>(rebuildBecause);
        because.add("features.refit: on-drift: " + measured.get().outcome().reason());
        Members all = members.orElseGet(() ->
                lake.versions().members(course.latest().orElseThrow().version()).plus(change));
        return new Candidate(lake, course, batch, List.copyOf(because), change, Optional.of(all), rawVersion, measured);
    }

    /** What the newest version pins of a table. */
    Optional<TableVersion> pinned(String table) {
        return pinned(course, table);
    }

    /** Whether the parts are rebuilt; otherwise new examples are appended. */
    public boolean rebuilds() {
        return !rebuildBecause.isEmpty();
    }

    /** Whether the parts are made from rows of batches that the newest version has too. */
    boolean readsEarlierRows() {
        return rebuilds()
                && members.orElseThrow().batches().size()
                        > change.batchesAdded().size();
    }

    /** Every row that the version would take in. */
    public Intake all() {
        return members.map(all -> Intake.ofMembers(lake, rawVersion, all)).orElseGet(this::added);
    }

    /** The rows that the parts get: all of them in a rebuild, those of the batch otherwise. */
    public Intake added() {
        return rebuilds()
                ? Intake.ofMembers(lake, rawVersion, members.orElseThrow())
                : Intake.ofBatch(lake, rawVersion, batch.orElseThrow().id());
    }

    /** The rows whose verdicts are new: all when rules changed, those of the batch otherwise; absent: none. */
    public Optional<Intake> judged() {
        return judgesAgain() ? Optional.of(all()) : batch.map(b -> Intake.ofBatch(lake, rawVersion, b.id()));
    }

    /** What of quarantine the version would hold, if no verdict is new. */
    public Dataset<Row> standing() {
        return Publish.quarantined(lake, lake.quarantine().head(), members.orElseThrow());
    }

    /** Whether the verdicts on all rows are new, and not on the batch's alone. */
    public boolean judgesAgain() {
        return judgesAgain(lake, course, change.filesRemoved());
    }

    /** A row that an upsert turned away, because it tied with another, stays when the other leaves. */
    private static boolean judgesAgain(Lake lake, Course course, List<FileOfBatch> filesRemoved) {
        return course.judgesAgain()
                || (!filesRemoved.isEmpty() && lake.spec().source().upsert().isPresent());
    }

    /**
     * Whether the feature steps are fitted, and not taken from the newest version: when there is none, when the spec changed
     * or rows were withdrawn, so that what train is is another matter, when a stratified split may have moved rows of train
     * to other parts, when the spec asks for it, or when train drifted.
     */
    public boolean fits() {
        return course.latest().isEmpty()
                || !course.changes().isEmpty()
                || batch.isEmpty()
                || course.refits()
                || refit.filter(it -> it.outcome().drifted()).isPresent()
                || lake.spec().split().stratify().isPresent();
    }

    private static boolean hasFeatures(Lake lake) {
        return !lake.spec().features().steps().isEmpty();
    }

    /** All examples of a chain that the version would hold, as they are before the feature steps. */
    public Dataset<Row> examples(Chain chain) {
        if (hasFeatures(lake) && !chain.isOutput()) {
            // The parts hold what the steps made of them.
            return Examples.of(lake, all(), chain);
        }
        Dataset<Row> examples = Examples.of(lake, added(), chain);
        if (!rebuilds()) {
            for (String part : chain.tables()) {
                Optional<TableVersion> pinned = pinned(part);
                if (pinned.isPresent()) {
                    examples = examples.unionByName(
                            lake.table(part).at(pinned.get().deltaVersion()));
                }
            }
        }
        return examples;
    }

    private static Optional<TableVersion> pinned(Course course, String table) {
        return course.latest().flatMap(version -> version.table(table));
    }

    /** The files of earlier batches that the batch's own stand for. */
    private static List<FileOfBatch> replaced(Lake lake, Batch batch) {
        if (lake.spec().source().onChanged() != Source.OnChanged.REPLACE
                || lake.spec().source().load() == Source.Load.SNAPSHOT) {
            return List.of();
        }
        List<Ledger.Entry> entries = lake.ledger()
                .ofPaths(batch.files().stream().map(Ledger.Entry::path).toList());
        return Ledger.taken(entries).values().stream()
                .filter(entry -> !entry.batch().equals(batch.id()))
                .map(entry -> new FileOfBatch(entry.batch(), entry.path()))
                .toList();
    }
}
