package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.spec.Recipe;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What lies in the landing, held against the ledger: names, sizes and times only, no file is opened.
 *
 * @param fresh files that are unknown, or not as the ledger knows them; {@link #MOST} at most, unless all must be read at once
 * @param known the ledger's newest entry for each of those that it knows, by path
 * @param standing what the dataset holds of each of those: the newest content that was taken in and not withdrawn, by path;
 *     the same as {@code known}, unless other content was withdrawn, or could not be read, since
 * @param waiting files that are not taken now, with the reason
 * @param held rejected batches whose files lie there unchanged, under an unchanged spec: judging them again would end the
 *     same way
 * @param settled the paths of files that were taken in and did not change: nothing needs them to lie there
 * @param rereads whether files that were taken in are read again, because the spec now reads them otherwise
 */
public record Arrivals(
        List<SourceFile> fresh,
        Map<String, Ledger.Entry> known,
        Map<String, Ledger.Entry> standing,
        List<Landing.Waiting> waiting,
        List<Batch> held,
        List<String> settled,
        boolean rereads) {

    /**
     * So many files are a batch at most: their rows in the ledger, and the record that names each, go to the cluster within
     * one task, which Spark limits in size.
     */
    static final int MOST = 100_000;

    /** Whether rejected batches are tried again. */
    public enum Retry {
        /** Only when their files or the spec changed. */
        IF_CHANGED,
        ALWAYS
    }

    /** What is new in the landing. */
    public static Arrivals ofNew(Lake lake, Recipe recipe, Retry retry, Instant now) {
        Landing.Listing listing = Landing.list(lake.hadoop(), lake.spec().source(), now);
        List<Ledger.Entry> entries = lake.ledger()
                .ofPaths(listing.files().stream().map(SourceFile::path).toList());
        Map<String, Ledger.Entry> newest = byPath(entries);
        Map<String, SourceFile> fresh = new LinkedHashMap<>();
        List<SourceFile> copies = new ArrayList<>();
        List<Landing.Waiting> waiting = new ArrayList<>(listing.waiting());
        List<String> settled = new ArrayList<>();
        for (SourceFile file : listing.files()) {
            Ledger.Entry entry = newest.get(file.path());
            if (entry == null || !file.isAsKnown(entry)) {
                fresh.put(file.path(), file);
            } else if (entry.status() == Ledger.Status.TAKEN) {
                settled.add(file.path());
            } else if (entry.status() == Ledger.Status.WITHDRAWN) {
                waiting.add(withdrawn(file));
            } else if (entry.status() == Ledger.Status.COPY) {
                copies.add(file);
            }
        }
        List<Batch> held = new ArrayList<>();
        if (retry == Retry.IF_CHANGED) {
            for (Batch batch : lake.batches().rejectedWith(fresh.keySet())) {
                boolean unchanged = batch.recipe().equals(recipe.digest(lake.spec()))
                        && batch.files().stream()
                                .allMatch(entry -> fresh.containsKey(entry.path())
                                        && fresh.get(entry.path()).isAsKnown(entry));
                if (unchanged) {
                    held.add(batch);
                    batch.files().forEach(entry -> fresh.remove(entry.path()));
                }
            }
        }
        if (!copies.isEmpty() && lake.spec().source().load() != Source.Load.SNAPSHOT) {
            Set<String> kept = kept(lake, copies, newest, fresh.keySet(), held);
            copies.stream()
                    .filter(copy -> !kept.contains(newest.get(copy.path()).sha256()))
                    .forEach(copy -> fresh.put(copy.path(), copy));
        }
        if (lake.spec().source().load() != Source.Load.SNAPSHOT) {
            leaveMany(fresh, newest.keySet()).ifPresent(waiting::add);
        }
        newest.keySet().retainAll(fresh.keySet());
        return new Arrivals(List.copyOf(fresh.values()), newest, Ledger.taken(entries), waiting, held, settled, false);
    }

    /** Leaves what is more than {@link #MOST} for the runs that follow: what came last, and before it what changed. */
    private static Optional<Landing.Waiting> leaveMany(Map<String, SourceFile> fresh, Set<String> known) {
        if (fresh.size() <= MOST) {
            return Optional.empty();
        }
        // Files that are known may all have to wait, and must not keep new ones from ever being taken.
        List<SourceFile> left = fresh.values().stream()
                .sorted(Comparator.<SourceFile, Boolean>comparing(file -> known.contains(file.path()))
                        .thenComparing(SourceFile::modified)
                        .thenComparing(SourceFile::path))
                .skip(MOST)
                .toList();
        left.forEach(file -> fresh.remove(file.path()));
        return Optional.of(new Landing.Waiting(
                left.get(0).path(),
                "a run takes %,d files at most, the oldest first: run again for it and %,d more"
                        .formatted(MOST, left.size() - 1)));
    }

    /**
     * Every file that belongs to the dataset, and what is new: the spec now reads files otherwise than it did.
     *
     * @throws Failure.BadSpec when a file that was taken in is gone, so that it cannot be read again, or when the order in
     *     which files came counts, which reading them at once would lose
     */
    public static Arrivals ofAll(Lake lake, Instant now) {
        if (lake.spec()
                .source()
                .upsert()
                .filter(upsert -> upsert.orderBy().isEmpty())
                .isPresent()) {
            throw lake.spec()
                    .source()
                    .problem(
                            "schema",
                            "it or the options changed, so every file must be read again, and then nothing says which row of a key came last; name the column that does in source.upsert.order-by, or undo the change");
        }
        Landing.Listing listing = Landing.list(lake.hadoop(), lake.spec().source(), now);
        List<Ledger.Entry> entries = lake.ledger().all();
        Map<String, Ledger.Entry> newest = byPath(entries);
        Map<String, Ledger.Entry> standing = Ledger.taken(entries);
        Map<String, SourceFile> found = new LinkedHashMap<>();
        listing.files().forEach(file -> found.put(file.path(), file));
        List<Landing.Waiting> waiting = new ArrayList<>(listing.waiting());
        newest.values().stream()
                .filter(entry -> entry.status() == Ledger.Status.WITHDRAWN
                        && found.containsKey(entry.path())
                        && found.get(entry.path()).isAsKnown(entry))
                .forEach(entry -> waiting.add(withdrawn(found.remove(entry.path()))));
        if (lake.spec().source().load() == Source.Load.SNAPSHOT) {
            keepSnapshot(lake, found, newest, standing);
        }
        Set<String> gone = new TreeSet<>(standing.keySet());
        gone.removeAll(found.keySet());
        if (lake.spec().source().onChanged() == Source.OnChanged.ADD) {
            // A path holds one content now; what it held before belongs to the dataset as well.
            Map<String, String> content = new HashMap<>();
            Ledger.standing(entries).stream()
                    .filter(entry -> entry.status() == Ledger.Status.TAKEN)
                    .filter(entry -> !entry.sha256()
                            .equals(Objects.requireNonNullElse(
                                    content.putIfAbsent(entry.path(), entry.sha256()), entry.sha256())))
                    .forEach(entry -> gone.add(entry.path() + " as it was before it changed"));
        }
        if (!gone.isEmpty()) {
            throw lake.spec()
                    .source()
                    .problem(
                            "schema",
                            "it or the options changed, so every file must be read again, but of those that were taken in %d cannot be found: %s; put them back%s, withdraw them, or undo the change"
                                    .formatted(
                                            gone.size(),
                                            String.join(
                                                    ", ",
                                                    gone.stream().limit(10).toList()),
                                            lake.spec().source().after() == Source.After.ARCHIVE
                                                    ? " from " + Landing.ARCHIVE + " in the landing"
                                                    : ""));
        }
        return new Arrivals(List.copyOf(found.values()), newest, standing, waiting, List.of(), List.of(), true);
    }

    /** The content of copies that still is, or waits to be, in the dataset by another file; what is not must be looked at again. */
    private static Set<String> kept(
            Lake lake, List<SourceFile> copies, Map<String, Ledger.Entry> newest, Set<String> fresh, List<Batch> held) {
        if (lake.spec().source().onCopy() == Source.OnCopy.TAKE) {
            return Set.of();
        }
        Set<String> digests =
                copies.stream().map(copy -> newest.get(copy.path()).sha256()).collect(Collectors.toSet());
        boolean replaces = lake.spec().source().onChanged() == Source.OnChanged.REPLACE;
        return Stream.concat(
                        lake.ledger().standingOfDigests(digests).stream()
                                // A file that may have changed takes its old content along.
                                .filter(entry -> !replaces || !fresh.contains(entry.path())),
                        held.stream()
                                .flatMap(batch -> batch.files().stream())
                                .filter(entry -> entry.status() == Ledger.Status.TAKEN))
                .map(Ledger.Entry::sha256)
                .collect(Collectors.toSet());
    }

    private static Landing.Waiting withdrawn(SourceFile file) {
        return new Landing.Waiting(file.path(), "it was withdrawn, and is taken only with other content");
    }

    /** What is new replaces all; if nothing is, the newest version's files are read again and no earlier snapshot's. */
    private static void keepSnapshot(
            Lake lake,
            Map<String, SourceFile> found,
            Map<String, Ledger.Entry> newest,
            Map<String, Ledger.Entry> standing) {
        Predicate<SourceFile> fresh =
                file -> !newest.containsKey(file.path()) || !file.isAsKnown(newest.get(file.path()));
        if (found.values().stream().anyMatch(fresh)) {
            found.values().removeIf(fresh.negate());
            standing.clear();
            return;
        }
        Set<String> batches = lake.versions()
                .latest()
                .map(version -> lake.versions().members(version.version()).batches())
                .orElse(Set.of());
        standing.values().removeIf(entry -> !batches.contains(entry.batch()));
        found.keySet().retainAll(standing.keySet());
    }

    private static Map<String, Ledger.Entry> byPath(List<Ledger.Entry> entries) {
        Map<String, Ledger.Entry> newest = new HashMap<>();
        entries.forEach(entry -> newest.put(entry.path(), entry));
        return newest;
    }
}
