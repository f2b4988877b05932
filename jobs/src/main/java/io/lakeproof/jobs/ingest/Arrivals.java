package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.spec.Recipe;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What lies in the landing, held against the ledger: names, sizes and times only, no file is opened.
 *
 * @param fresh files that are unknown, or not as the ledger knows them
 * @param known the ledger's newest entry for each of those that it knows, by path
 * @param waiting files that are not taken now, with the reason
 * @param held rejected batches whose files lie there unchanged, under an unchanged spec: judging them again would end the
 *     same way
 * @param settled the paths of files that were taken in and did not change: nothing needs them to lie there
 * @param rereads whether files that were taken in are read again, because the spec now reads them otherwise
 */
public record Arrivals(
        List<SourceFile> fresh,
        Map<String, Ledger.Entry> known,
        List<Landing.Waiting> waiting,
        List<Batch> held,
        List<String> settled,
        boolean rereads) {

    /** Whether rejected batches are tried again. */
    public enum Retry {
        /** Only when their files or the spec changed. */
        IF_CHANGED,
        ALWAYS
    }

    /** What is new in the landing. */
    public static Arrivals ofNew(Lake lake, Recipe recipe, Retry retry, Instant now) {
        Landing.Listing listing = Landing.list(lake.hadoop(), lake.spec().source(), now);
        Map<String, Ledger.Entry> newest = new HashMap<>();
        lake.ledger()
                .ofPaths(listing.files().stream().map(SourceFile::path).toList())
                .forEach(entry -> newest.put(entry.path(), entry));
        Map<String, SourceFile> fresh = new LinkedHashMap<>();
        List<String> settled = new ArrayList<>();
        for (SourceFile file : listing.files()) {
            Ledger.Entry entry = newest.get(file.path());
            if (entry == null || !isAsKnown(file, entry)) {
                fresh.put(file.path(), file);
            } else if (entry.status() == Ledger.Status.TAKEN) {
                settled.add(file.path());
            }
        }
        List<Batch> held = new ArrayList<>();
        if (retry == Retry.IF_CHANGED) {
            for (Batch batch : lake.batches().rejectedWith(fresh.keySet())) {
                boolean unchanged = batch.recipe().equals(recipe.digest())
                        && batch.files().stream()
                                .allMatch(entry ->
                                        fresh.containsKey(entry.path()) && isAsKnown(fresh.get(entry.path()), entry));
                if (unchanged) {
                    held.add(batch);
                    batch.files().forEach(entry -> fresh.remove(entry.path()));
                }
            }
        }
        newest.keySet().retainAll(fresh.keySet());
        return new Arrivals(List.copyOf(fresh.values()), newest, listing.waiting(), held, settled, false);
    }

    /**
     * Every file that belongs to the dataset, and what is new: the spec now reads files otherwise than it did.
     *
     * @throws Failure.BadSpec when a file that was taken in is gone, so that it cannot be read again
     */
    public static Arrivals ofAll(Lake lake, Instant now) {
        Landing.Listing listing = Landing.list(lake.hadoop(), lake.spec().source(), now);
        Map<String, Ledger.Entry> newest = new HashMap<>();
        lake.ledger().all().forEach(entry -> newest.put(entry.path(), entry));
        Map<String, SourceFile> found = new LinkedHashMap<>();
        listing.files().forEach(file -> found.put(file.path(), file));
        Set<String> gone = new TreeSet<>();
        newest.forEach((path, entry) -> {
            if (entry.status() == Ledger.Status.TAKEN && !found.containsKey(path)) {
                gone.add(path);
            }
            if (entry.status() == Ledger.Status.WITHDRAWN && found.containsKey(path)) {
                if (isAsKnown(found.get(path), entry)) {
                    found.remove(path);
                }
            }
        });
        if (!gone.isEmpty()) {
            throw new Failure.BadSpec(List.of(
                    "%s source: the contract or the options changed, so every file must be read again, but %d are gone: %s. Put them back, withdraw them, or undo the change."
                            .formatted(
                                    lake.spec().file(),
                                    gone.size(),
                                    String.join(", ", gone.stream().limit(10).toList()))));
        }
        return new Arrivals(List.copyOf(found.values()), newest, listing.waiting(), List.of(), List.of(), true);
    }

    private static boolean isAsKnown(SourceFile file, Ledger.Entry entry) {
        return file.size() == entry.size()
                && file.modified() == entry.modified().toEpochMilli();
    }
}
