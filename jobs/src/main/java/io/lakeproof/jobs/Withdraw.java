package io.lakeproof.jobs;

import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.SourceFile;
import io.lakeproof.jobs.publish.Candidate;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Versions.Members;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes a source file, a batch or all that a version added out of the dataset: the next version is rebuilt without it. The
 * file stays in the landing and is not taken again unless its content changes. Of a file that waits in a rejected batch the
 * waiting content alone is withdrawn, and the batch's other files are judged again by the next run.
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
        Optional<DatasetVersion> latest = Run.latest(lake);
        Course course = Course.of(lake, latest);
        List<String> notes = new ArrayList<>(List.of("withdrawn: " + what + ", because " + reason));
        List<Ledger.Entry> all = lake.ledger().all();
        List<Ledger.Entry> standing = Ledger.standing(all);
        List<Ledger.Entry> waiting =
                waiting(course).stream().filter(this::names).toList();
        refuseAmbiguous(waiting);
        if (!waiting.isEmpty()) {
            standing.stream()
                    .filter(file -> waiting.stream().anyMatch(w -> w.path().equals(file.path())))
                    .forEach(file -> notes.add(
                            "%s waited with other content than was taken in, which stays; withdraw the file again to take that out too"
                                    .formatted(file.path())));
            return Optional.of(note(waiting, stamp, latest, notes));
        }
        List<Ledger.Entry> files = standing.stream()
                .filter(file -> names(file)
                        || (file.version() > 0 && String.valueOf(file.version()).equals(what)))
                .toList();
        if (files.isEmpty()) {
            throw new Failure.Usage(
                    "%s has no source file, batch or version '%s' to withdraw; `lakeproof show SPEC latest --json` names its sources"
                            .formatted(lake.spec().name(), what));
        }
        refuseAmbiguous(files);
        Members members =
                lake.versions().members(latest.map(DatasetVersion::version).orElse(0L));
        List<FileOfBatch> leaving = files.stream()
                .filter(file -> belongs(file, members))
                .map(file -> new FileOfBatch(file.batch(), file.path()))
                .toList();
        if (leaving.isEmpty()) {
            return Optional.of(note(files, stamp, latest, notes));
        }
        if (lake.spec().source().load() == Source.Load.SNAPSHOT
                && leaving.size()
                        == standing.stream()
                                .filter(file -> belongs(file, members))
                                .count()) {
            throw new Failure.Usage(
                    "under load: snapshot '%s' stands for every row of version %d, and without it there is none; drop the earlier file again, under another name, and it replaces all"
                            .formatted(what, latest.orElseThrow().version()));
        }
        Candidate candidate = course.rereads()
                ? asRecorded(latest.orElseThrow(), leaving, notes)
                : Candidate.withdrawing(lake, course, List.of(), leaving);
        Optional<Run.Result> result =
                Run.publish(candidate, Run.verdict(candidate, stamp, options), stamp, notes, options);
        if (result.filter(r -> r.status() == Run.Status.PUBLISHED).isPresent()) {
            tidy(leaving, members, all, stamp);
        }
        return result;
    }

    private void refuseAmbiguous(List<Ledger.Entry> files) {
        List<String> paths = files.stream()
                .map(Ledger.Entry::path)
                .filter(path -> path.endsWith("/" + what))
                .distinct()
                .toList();
        if (paths.size() > 1) {
            throw new Failure.Usage("'%s' names %d files: %s; name more of the path of one"
                    .formatted(what, paths.size(), String.join(", ", paths.subList(0, Math.min(10, paths.size())))));
        }
    }

    /** What is in raw was read the old way, and only a run reads the files again: until then the old spec stands. */
    private Candidate asRecorded(DatasetVersion latest, List<FileOfBatch> leaving, List<String> notes) {
        Lake then = lake.recorded(latest, "stands no more and nothing can be withdrawn from it");
        notes.add(
                "the contract or how files are read changed: this version still has it as version %d, and the next run reads the files again"
                        .formatted(latest.version()));
        return Candidate.withdrawing(then, Course.of(then, Optional.of(latest)), List.of(), leaving);
    }

    /**
     * The ledger's newest entry of a path says what to make of the file that lies there: where other content of it was
     * withdrawn before, that is said again. And what earlier content left there stands for no rows any more.
     */
    private void tidy(List<FileOfBatch> left, Members members, List<Ledger.Entry> ledger, Stamp stamp) {
        Set<String> paths = left.stream().map(FileOfBatch::file).collect(Collectors.toSet());
        Map<String, Ledger.Entry> newest = new LinkedHashMap<>();
        ledger.stream().filter(entry -> paths.contains(entry.path())).forEach(entry -> newest.put(entry.path(), entry));
        lake.ledger()
                .note(
                        withdrawn(Ledger.standing(ledger).stream()
                                .filter(entry -> paths.contains(entry.path()) && !belongs(entry, members))),
                        stamp,
                        Instant.now());
        lake.ledger()
                .note(
                        withdrawn(newest.values().stream().filter(entry -> entry.status() == Ledger.Status.WITHDRAWN)),
                        stamp,
                        Instant.now());
    }

    private static List<Ledger.Entry> withdrawn(Stream<Ledger.Entry> files) {
        return files.map(Ledger.Entry::withdrawn).toList();
    }

    private static boolean belongs(Ledger.Entry file, Members members) {
        return members.batches().contains(file.batch())
                && !members.filesRemoved().contains(new FileOfBatch(file.batch(), file.path()));
    }

    /** Marks files that belong to no version. */
    private Run.Result note(
            List<Ledger.Entry> files, Stamp stamp, Optional<DatasetVersion> latest, List<String> notes) {
        lake.ledger().note(withdrawn(files.stream()), stamp, Instant.now());
        return Run.unchanged(lake, stamp, latest, notes);
    }

    private boolean names(Ledger.Entry file) {
        return file.path().equals(what)
                || file.path().endsWith("/" + what)
                || file.batch().equals(what);
    }

    /** The files of rejected batches that lie in the landing as they were rejected. */
    private List<Ledger.Entry> waiting(Course course) {
        if (lake.batches().rejected().isEmpty()) {
            return List.of();
        }
        Map<String, SourceFile> fresh =
                Arrivals.ofNew(lake, course.recipe(), Arrivals.Retry.ALWAYS, Instant.now()).fresh().stream()
                        .collect(Collectors.toMap(SourceFile::path, file -> file));
        Map<String, Ledger.Entry> waiting = new LinkedHashMap<>();
        for (Batch batch : lake.batches().rejectedWith(fresh.keySet())) {
            for (Ledger.Entry file : batch.files()) {
                if (fresh.containsKey(file.path()) && fresh.get(file.path()).isAsKnown(file)) {
                    waiting.putIfAbsent(file.path(), file);
                }
            }
        }
        return List.copyOf(waiting.values());
    }
}
