package io.lakeproof.jobs;

import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Holdings;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** Compacts, then cleans up; where nothing was published yet, there is nothing to do. */
    public Result execute() {
        Optional<DatasetVersion> newest = lake.versions().latest();
        if (newest.isEmpty()) {
            return new Result(List.of(), List.of(), Map.of(), 0, 0);
        }
        DatasetVersion latest = newest.get();
        Stamp stamp = lake.stamp(options.runId());
        Publish.recover(lake, newest);
        List<String> compacted = compact(latest, stamp);
        long models = models();
        if (options.keep().isEmpty()) {
            return new Result(compacted, List.of(), Map.of(), 0, models);
        }
        options.progress().begins("clean up");
        lake.describe("clean up");
        Map<Long, List<String>> tagged = lake.tags().byVersion();
        long oldestKept = latest.version() - options.keep().getAsInt() + 1;
        Map<Long, List<String>> kept = new TreeMap<>();
        List<Long> retired = new ArrayList<>();
        Set<Long> noted = lake.retirements().all().stream().map(Entry::version).collect(Collectors.toSet());
        Map<String, Files> tables = new TreeMap<>();
        Holdings holdings = new Holdings();
        lake.versions().upTo(latest.version(), (version, files) -> {
            long number = version.version();
            boolean goes = number < oldestKept && !tagged.containsKey(number);
            if (goes) {
                retired.add(number);
                // First the word, then the deed: a clean-up that was killed is then no tampering.
                if (!noted.contains(number)) {
                    lake.retirements().put(version, lake.principal(), stamp, Instant.now());
                }
            } else if (number < oldestKept) {
                kept.put(number, tagged.get(number));
            }
            holdings.next(version, files);
            version.tables().forEach(table -> tables.computeIfAbsent(table.name(), name -> new Files())
                    .add(table, goes, holdings));
        });
        long files = 0;
        for (Files table : tables.values()) {
            files += cleanUp(table, stamp);
        }
        return new Result(compacted, retired, kept, files, models);
    }

    /** The data files of a table, by path: those of versions whose data goes, and those of versions that stay. */
    private static final class Files {
        private final Set<String> going = new TreeSet<>();
        private final Set<String> staying = new HashSet<>();
        private TableVersion last;
        private boolean went;

        private void add(TableVersion table, boolean goes, Holdings holdings) {
            String name = table.name();
            // What the version before held is there already, if it went the same way.
            (last != null && goes == went ? holdings.joined(name) : holdings.of(name))
                    .forEach(file -> (goes ? going : staying).add(file.path()));
            last = table;
            went = goes;
        }
    }

    /**
     * Removes the data files of a table that no version needs that stays, nor its head. A table is what the last version that
     * has it pins, so that those of an output or a part go too that the spec has no more.
     */
    private long cleanUp(Files files, Stamp stamp) {
        Table table = lake.table(files.last.name());
        files.going.removeAll(files.staying);
        return files.going.isEmpty() || !table.exists() || !table.id().equals(files.last.tableId())
                ? 0
                : table.vacuum(files.going, stamp);
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
        lake.versions().upTo(Long.MAX_VALUE, (version, files) -> Models.named(version)
                .ifPresent(model -> old.remove(model.name())));
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
}
