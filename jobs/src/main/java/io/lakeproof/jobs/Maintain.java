package io.lakeproof.jobs;

import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compacts the tables, and cleans up what only versions need that may go. A version with a tag stays whole, and so does every
 * version that is not told to go: what was published is never cleaned up by default.
 */
public final class Maintain {

    private static final List<String> LINEAGE =
            List.of("lineage/versions", "lineage/files", "lineage/batches", "lineage/tags", "lineage/trainings");

    /** After so long, a run that wrote a model has published it or never will. */
    private static final Duration ABANDONED = Duration.ofDays(7);

    private final Lake lake;
    private final Options options;

    private Maintain(Lake lake, Options options) {
        this.lake = lake;
        this.options = options;
    }

    /**
     * How to maintain.
     *
     * @param keep how many of the newest versions stay whole, beside the tagged ones, at least 1; absent: all of them
     */
    public record Options(OptionalInt keep, String runId, Progress progress) {}

    /**
     * What was done.
     *
     * @param compacted the tables that were compacted
     * @param retired the versions whose data went
     * @param kept older versions that stay because of their tags, each with the tags' names
     * @param files how many data files went
     * @param models how many fitted models went that no version names
     */
    public record Result(
            List<String> compacted, List<Long> retired, Map<Long, List<String>> kept, long files, long models) {}

    /** Maintenance of a dataset. */
    public static Maintain of(Lake lake, Options options) {
        return new Maintain(lake, options);
    }

    /** Compacts, then cleans up. */
    public Result execute() {
        DatasetVersion latest = lake.version("latest");
        Stamp stamp = lake.stamp(options.runId());
        Publish.recover(lake, java.util.Optional.of(latest));
        List<String> compacted = compact(latest, stamp);
        long models = models();
        if (options.keep().isEmpty()) {
            return new Result(compacted, List.of(), Map.of(), 0, models);
        }
        options.progress().begins("clean up");
        lake.describe("clean up");
        Map<Long, List<String>> tagged = lake.tags().standing().values().stream()
                .collect(Collectors.groupingBy(
                        Tags.Entry::version, TreeMap::new, Collectors.mapping(Tags.Entry::tag, Collectors.toList())));
        long oldestKept = latest.version() - options.keep().getAsInt() + 1;
        List<DatasetVersion> history = lake.versions().upTo(latest.version());
        Map<Long, List<String>> kept = new TreeMap<>();
        List<DatasetVersion> retired = new ArrayList<>();
        for (DatasetVersion version : history) {
            if (version.version() >= oldestKept) {
                break;
            }
            if (tagged.containsKey(version.version())) {
                kept.put(version.version(), tagged.get(version.version()));
            } else {
                retired.add(version);
            }
        }
        // First the word, then the deed: a clean-up that was killed is then no tampering.
        retired.forEach(version -> lake.retirements().put(version, lake.principal(), stamp, Instant.now()));
        long files = 0;
        Set<Long> gone = retired.stream().map(DatasetVersion::version).collect(Collectors.toSet());
        Map<Long, Map<String, Manifest>> manifests = lake.versions().files(Long.MAX_VALUE);
        for (TableVersion table : everPinned(history)) {
            files += cleanUp(table, history, manifests, gone, stamp);
        }
        return new Result(
                compacted, retired.stream().map(DatasetVersion::version).toList(), kept, files, models);
    }

    /** Each table as the last version that has it pins it: those too of an output or a part that the spec has no more. */
    private static Collection<TableVersion> everPinned(List<DatasetVersion> history) {
        Map<String, TableVersion> last = new LinkedHashMap<>();
        history.forEach(version -> version.tables().forEach(table -> last.put(table.name(), table)));
        return last.values();
    }

    /** Removes the models of runs that published nothing. */
    private long models() {
        if (!(lake.spec().tables().locate("lineage/models") instanceof TableName.Folder)) {
            return 0;
        }
        options.progress().begins("look for models that no version names");
        // A model is there before its version: one of a run that goes on must stay.
        Set<String> old = lake.models().writtenBefore(Instant.now().minus(ABANDONED));
        if (old.isEmpty()) {
            return 0;
        }
        lake.versions().upTo(Long.MAX_VALUE).stream()
                .flatMap(version -> Models.named(version).stream())
                .forEach(model -> old.remove(model.name()));
        old.forEach(lake.models()::delete);
        return old.size();
    }

    private static List<String> names(DatasetVersion version) {
        return version.tables().stream().map(DatasetVersion.TableVersion::name).toList();
    }

    private List<String> compact(DatasetVersion latest, Stamp stamp) {
        List<String> compacted = new ArrayList<>();
        List<String> all = new ArrayList<>(names(latest));
        all.addAll(LINEAGE);
        for (String name : all) {
            Table table = Table.of(lake.session(), lake.spec().tables().locate(name));
            options.progress().begins("compact " + name);
            lake.describe("compact " + name + " of");
            if (table.exists() && table.compact(stamp)) {
                compacted.add(name);
            }
        }
        return compacted;
    }

    /** Removes the data files of a table that no version needs that stays, nor its head. */
    private long cleanUp(
            TableVersion last,
            List<DatasetVersion> history,
            Map<Long, Map<String, Manifest>> files,
            Set<Long> gone,
            Stamp stamp) {
        String name = last.name();
        Table table = lake.table(name);
        if (!table.exists() || !table.id().equals(last.tableId())) {
            return 0;
        }
        List<Manifest> manifests = new ArrayList<>();
        Set<String> needed = new TreeSet<>();
        Set<String> known = new TreeSet<>();
        for (DatasetVersion version : history) {
            if (version.table(name).isEmpty()) {
                manifests.clear();
                continue;
            }
            // A table that nothing was written to has no entry, and the version needs its files all the same.
            manifests.add(files.getOrDefault(version.version(), Map.of()).getOrDefault(name, new Manifest(List.of())));
            Set<String> held = Manifest.held(manifests).keySet();
            known.addAll(held);
            if (!gone.contains(version.version())) {
                needed.addAll(held);
            }
        }
        known.removeAll(needed);
        return known.isEmpty() ? 0 : table.vacuum(known, stamp);
    }
}
