package io.lakeproof.jobs.publish;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import io.delta.exceptions.DeltaConcurrentModificationException;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.Spec;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.FingerprintObserver;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.RowCounter;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Table.Commit;
import io.lakeproof.lineage.Versions.Members;
import io.lakeproof.transforms.Split;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Writes the parts, then makes the next dataset version visible in one commit. */
public final class Publish {

    private final Lake lake;
    private final Candidate candidate;
    private final Validate.Result verdict;
    private final Stamp stamp;
    private final List<String> notes;
    private final Publisher publisher;
    private final Progress progress;
    private final Joined joined = new Joined();
    private Optional<FeatureModel> features = Optional.empty();

    private Publish(
            Candidate candidate,
            Validate.Result verdict,
            Stamp stamp,
            List<String> notes,
            Publisher publisher,
            Progress progress) {
        this.lake = candidate.lake();
        this.candidate = candidate;
        this.verdict = verdict;
        this.stamp = stamp;
        this.notes = notes;
        this.publisher = publisher;
        this.progress = progress;
    }

    /**
     * A publication of a candidate that no rule stands against.
     *
     * @param notes what a person should know about the source files; kept in the record
     */
    public static Publish of(
            Candidate candidate,
            Validate.Result verdict,
            Stamp stamp,
            List<String> notes,
            Publisher publisher,
            Progress progress) {
        return new Publish(candidate, verdict, stamp, List.copyOf(notes), publisher, progress);
    }

    /**
     * The published version.
     *
     * @param version as it stands in the table of versions
     * @param rowsIn rows that this publication judged, unreadable ones included
     * @param rowsQuarantined those of them that are in quarantine
     * @param accounts where the rows of every step went
     * @param notes what a person should know of it, a line each: what leaks, and what the next run has to make good
     */
    public record Result(
            DatasetVersion version, long rowsIn, long rowsQuarantined, List<Account> accounts, List<String> notes) {}

    /**
     * Writes and publishes.
     *
     * @return empty when another run published first: what this one wrote is undone by whoever writes next
     */
    public Optional<Result> execute() {
        List<Account> accounts = new ArrayList<>();
        candidate
                .batch()
                .ifPresent(b -> accounts.add(
                        Account.quarantining("read", b.rows() + b.unreadable(), b.unreadable(), b.rows())));
        List<TableVersion> written;
        Map<String, Leakage> leakage = new LinkedHashMap<>();
        try {
            features = features();
            written = tables(accounts);
            check(accounts, written);
            progress.begins("look for leaks");
            lake.describe("look for leaks in");
            for (Chain chain : lake.spec().chains()) {
                chain.split().ifPresent(split -> leakage.put(chain.name(), leakage(chain, split, written)));
            }
        } catch (Failure e) {
            recover(lake, candidate.course().latest());
            throw e;
        }
        progress.begins("publish version " + candidate.course().next());
        lake.describe("publish");
        Map<String, Manifest> files = Table.manifests(lake.spark(), changes(written));
        List<TableVersion> tables = written.stream()
                .map(table -> table.withFileDigest(files.get(table.name())
                        .digest(candidate.pinned(table.name()).map(TableVersion::fileDigest))))
                .toList();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        DatasetVersion version = VersionRecord.of(
                candidate, verdict, stamp, notes, change(), accounts, tables, leakage, features, joined, publisher,
                now);
        if (!lake.versions().publish(version, files, stamp)) {
            return Optional.empty();
        }
        List<String> told = new ArrayList<>();
        candidate
                .refit()
                .filter(refit -> !refit.outcome().drifted())
                .ifPresent(refit -> told.add(
                        "the feature steps are as they were: " + refit.outcome().reason()));
        leakage.forEach((output, found) -> leaks(output, found).forEach(leak -> told.add("leakage: " + leak)));
        for (Chain chain : lake.spec().chains()) {
            tables.stream()
                    .filter(table -> table.rows() == 0 && chain.tables().contains(table.name()))
                    .forEach(table -> told.add("%s holds no rows: no example belongs to it".formatted(table.name())));
        }
        try {
            lake.ledger().append(version, () -> VersionRecord.sources(version));
            recover(lake, Optional.of(version));
        } catch (DeltaConcurrentModificationException e) {
            // Another run writes there; the next one makes ledger and heads good.
        } catch (Exception e) {
            told.add("version %d is published, but not all was noted of it, which the next run makes good: %s"
                    .formatted(
                            version.version(),
                            Objects.toString(e.getMessage(), e.getClass().getName())
                                    .lines()
                                    .findFirst()
                                    .orElse("")));
        }
        return Optional.of(result(version, accounts, told));
    }

    /**
     * What leaks in a chain: among all its examples where the spec asks for it, for that reads them all, and otherwise among
     * those that this run wrote.
     */
    private Leakage leakage(Chain chain, Split split, List<TableVersion> written) {
        boolean all = lake.spec().onLeakage().isPresent()
                || candidate.rebuilds()
                || candidate.course().latest().isEmpty();
        List<Leakage.Examples> examples = new ArrayList<>();
        if (all && features.isPresent() && !chain.isOutput()) {
            // The parts hold what the feature steps made of them.
            Dataset<Row> rows = Examples.of(lake, candidate.all(), chain);
            for (int i = 0; i < split.names().size(); i++) {
                examples.add(new Leakage.Examples(chain.rows(chain.tables().get(i), rows, rows), lit(i)));
            }
        } else if (all) {
            for (TableVersion table : written) {
                int part = chain.tables().indexOf(table.name());
                if (part >= 0) {
                    examples.add(new Leakage.Examples(lake.table(table.name()).at(table.deltaVersion()), lit(part)));
                }
            }
        } else {
            // Which rows of a part are new, its Delta version does not say.
            Dataset<Row> added = Examples.of(lake, candidate.added(), chain);
            Column name = split.part(added.schema());
            Column part = lit(null).cast("int");
            for (int i = 0; i < split.names().size(); i++) {
                part = when(name.equalTo(split.names().get(i)), i).otherwise(part);
            }
            examples.add(new Leakage.Examples(added, part));
        }
        Leakage leakage = Leakage.of(
                all ? Leakage.Scope.ALL_EXAMPLES : Leakage.Scope.NEW_EXAMPLES, examples, split, chain.label());
        if (lake.spec().onLeakage().equals(Optional.of(Spec.OnLeakage.REJECT))
                && !leakage.leaks().isEmpty()) {
            throw new Failure.Rejected(String.join("; ", leaks(chain.name(), leakage))
                    + ". Remove what leaks by a rule or a transform, or write split.on-leakage: report.");
        }
        return leakage;
    }

    private static List<String> leaks(String output, Leakage leakage) {
        return leakage.leaks().stream()
                .map(leak -> output.isEmpty() ? leak : output + ": " + leak)
                .toList();
    }

    /** The feature steps, fitted on train or as the newest version has them; absent: there are none. */
    private Optional<FeatureModel> features() {
        if (lake.spec().features().steps().isEmpty()) {
            return Optional.empty();
        }
        lake.describe("fit the features of");
        if (!candidate.fits()) {
            progress.begins("load the fitted model");
            return Optional.of(FeatureModel.of(lake, candidate.course().latest().orElseThrow()));
        }
        progress.begins("fit the feature steps on " + FeatureModel.trainPart(lake));
        return Optional.of(FeatureModel.fit(
                lake,
                Examples.of(lake, candidate.added(), lake.spec().chain()),
                stamp.attempt(),
                candidate.course().next()));
    }

    private Map<String, Table.Change> changes(List<TableVersion> written) {
        Map<String, Table.Change> changes = new TreeMap<>();
        written.forEach(table -> changes.put(
                table.name(),
                new Table.Change(
                        lake.table(table.name()),
                        candidate
                                .pinned(table.name())
                                .map(TableVersion::deltaVersion)
                                .orElse(-1L),
                        table.deltaVersion())));
        return changes;
    }

    /** What this run judged: the batch, or every row when the verdicts on all are new or nothing else came. */
    private Result result(DatasetVersion version, List<Account> accounts, List<String> notes) {
        long unreadable = candidate.batch().map(Batch::unreadable).orElse(0L);
        if (candidate.judgesAgain() || candidate.batch().isEmpty()) {
            Account rules = accounts.get(candidate.batch().isPresent() ? 1 : 0);
            return new Result(
                    version, rules.in() + unreadable, rules.quarantined() + unreadable, List.copyOf(accounts), notes);
        }
        Batch batch = candidate.batch().get();
        return new Result(
                version, batch.rows() + unreadable, verdict.failed() + unreadable, List.copyOf(accounts), notes);
    }

    private Membership verdict() {
        return new Membership(
                List.of(),
                List.of(),
                List.of(),
                candidate.judged().isPresent() ? List.of(verdict.judgement()) : List.of(),
                List.of(),
                List.of(),
                0);
    }

    /** How the membership changes, the verdict included. */
    private Membership change() {
        Membership change = candidate.change();
        return new Membership(
                change.batchesAdded(),
                change.batchesRemoved(),
                change.filesRemoved(),
                verdict().judgementsAdded(),
                change.judgementsRemoved(),
                change.columnsIgnored(),
                change.files());
    }

    /** Brings the parts' heads back to what the newest version pins, if a run that never published left them ahead. */
    public static void recover(Lake lake, Optional<DatasetVersion> latest) {
        Stamp stamp = lake.stamp("recovery");
        for (String part : lake.parts()) {
            latest.flatMap(version -> version.table(part)).ifPresent(pinned -> {
                Table table = lake.table(part);
                settle(table, pinned, stamp);
            });
        }
    }

    /**
     * The newest version, its tables looked for where the spec places them.
     *
     * @throws Failure.Remote when one is gone, or was made anew: then its versions are others
     * @throws Failure.BadSpec when the tables are another dataset's
     */
    public static Optional<DatasetVersion> latest(Lake lake) {
        Optional<DatasetVersion> latest = lake.versions().latest();
        if (latest.isEmpty() && lake.ledger().namesVersions()) {
            throw new Failure.Remote(
                    "the table %s is gone: lineage/files says that versions of %s were published; restore it from a backup, or start anew with other tables"
                            .formatted(
                                    lake.spec()
                                            .tables()
                                            .locate("lineage/versions")
                                            .text(),
                                    lake.spec().name()),
                    null);
        }
        latest.ifPresent(version -> {
            String dataset = version.recordTree().get("dataset").asText();
            if (!dataset.equals(lake.spec().name())) {
                throw new Failure.BadSpec(List.of(
                        "name: '%s', but the tables hold the dataset '%s'; use that name, or place the tables elsewhere"
                                .formatted(lake.spec().name(), dataset)));
            }
            refuseLost(lake, version);
        });
        refuseOthers(lake, latest);
        return latest;
    }

    private static Stream<String> written(Lake lake) {
        return Stream.concat(Stream.of("raw", "quarantine"), lake.parts().stream());
    }

    /** A first publication replaces what is in its tables: that may be what a run of this dataset left, and nothing else. */
    private static void refuseOthers(Lake lake, Optional<DatasetVersion> latest) {
        List<String> others = written(lake)
                .filter(name -> latest.flatMap(version -> version.table(name)).isEmpty())
                .filter(name -> lake.table(name).exists()
                        && !lake.table(name).isOf(lake.spec().name()))
                .map(name -> "tables.%s: the table %s holds what the dataset '%s' did not write; place it elsewhere"
                        .formatted(
                                name,
                                lake.table(name).name().text(),
                                lake.spec().name()))
                .toList();
        if (!others.isEmpty()) {
            throw new Failure.BadSpec(others);
        }
    }

    private static void refuseLost(Lake lake, DatasetVersion version) {
        written(lake).flatMap(name -> version.table(name).stream()).forEach(pinned -> {
            Table table = lake.table(pinned.name());
            boolean exists = table.exists();
            if (!exists && !table.name().text().equals(pinned.path())) {
                throw new Failure.BadSpec(List.of(
                        "tables.%s: there is no table at %s, and version %d of %s has it at %s; name that place, or bring the table, its history with it, to the new one"
                                .formatted(
                                        pinned.name(),
                                        table.name().text(),
                                        version.version(),
                                        lake.spec().name(),
                                        pinned.path())));
            }
            if (!exists || !table.id().equals(pinned.tableId())) {
                throw new Failure.Remote(
                        "the table %s %s: version %d of %s pins its Delta version %d; restore it from a backup, or start anew with other tables"
                                .formatted(
                                        table.name().text(),
                                        exists ? "was made anew" : "is gone",
                                        version.version(),
                                        lake.spec().name(),
                                        pinned.deltaVersion()),
                        null);
            }
        });
    }

    private static void settle(Table table, TableVersion pinned, Stamp stamp) {
        if (!table.holdsOnly(pinned.deltaVersion(), Long.MAX_VALUE, stamp)) {
            table.restore(pinned.deltaVersion(), stamp);
        }
    }

    private TableVersion raw() {
        Optional<Fingerprint> before = candidate.pinned("raw").map(table -> Fingerprint.parse(table.state()));
        if (candidate.readsEarlierRows()) {
            refuseForeign(candidate.course().latest().orElseThrow());
        }
        Fingerprint nothing = Fingerprint.empty(lake.spec().source().columns());
        Fingerprint added = candidate
                .batch()
                .map(batch -> Fingerprint.parse(batch.fingerprint()))
                .orElse(nothing);
        boolean onlyAdds = candidate.change().batchesRemoved().isEmpty()
                && candidate.change().filesRemoved().isEmpty()
                && before.map(f -> f.schema().equals(nothing.schema())).orElse(true);
        return version(
                "raw",
                lake.raw(),
                candidate.rawVersion(),
                onlyAdds
                        ? before.map(added::plus).orElse(added)
                        : Fingerprint.of(Intake.bare(candidate.added().rows())));
    }

    /**
     * Refuses raw rows that are not the newest version's own. A batch's id is no secret: whoever may write to raw can write
     * rows under it, and a rebuild would take them for the batch's.
     */
    private void refuseForeign(DatasetVersion latest) {
        if (!Intake.holds(lake, candidate.rawVersion(), latest)) {
            throw new Failure.Unverified(
                    "raw at %s no longer holds the %,d rows that version %d was published with, and those alone: somebody else wrote there, and nothing is rebuilt from it; find their commit with DESCRIBE HISTORY, delete their rows, and run again"
                            .formatted(
                                    lake.raw().name().text(),
                                    latest.table("raw").orElseThrow().rows(),
                                    latest.version()));
        }
    }

    /** Quarantine as the version holds it; absent while nothing was ever turned away. */
    private Optional<TableVersion> quarantine() {
        Table table = lake.quarantine();
        if (!table.exists()) {
            return Optional.empty();
        }
        long head = table.newest();
        Dataset<Row> all = table.at(head);
        if (candidate.rebuilds()) {
            Dataset<Row> belonging =
                    quarantined(lake, all, candidate.members().orElseThrow().plus(verdict()));
            return Optional.of(version("quarantine", table, head, content(belonging)));
        }
        Optional<TableVersion> pinned = candidate.pinned("quarantine");
        if (pinned.isPresent() && turnedAwayNothing()) {
            return Optional.of(version(
                    "quarantine", table, head, Fingerprint.parse(pinned.get().state())));
        }
        Dataset<Row> added = all.where(col("kind")
                .equalTo("rule")
                .and(col("attempt").isInCollection(change().judgementsAdded()))
                .or(col("kind").notEqual("rule").and(col("batch").isInCollection(change().batchesAdded()))));
        return Optional.of(version("quarantine", table, head, sum(pinned, content(added))));
    }

    private boolean turnedAwayNothing() {
        return verdict.failed() == 0 && candidate.batch().stream().allMatch(Batch::isWhollyRead);
    }

    /** The rows of quarantine that belong to a version: those of its batches, and the verdicts that stand. */
    public static Dataset<Row> quarantined(Lake lake, Dataset<Row> quarantine, Members members) {
        Dataset<Row> standing =
                quarantine.where(col("kind").notEqual("rule").or(col("attempt").isInCollection(members.judgements())));
        return Intake.belonging(lake, standing, "batch", "source_file", members);
    }

    /** What is turned away now: by the newest version, and with the rejected batches that wait. */
    public static Dataset<Row> turnedAway(Lake lake, List<Batch> waiting) {
        Dataset<Row> all = lake.quarantine().head();
        Column waits = col("batch")
                .isInCollection(waiting.stream().map(Batch::id).toList())
                .and(col("kind")
                        .notEqual("rule")
                        .or(col("attempt")
                                .isInCollection(
                                        waiting.stream().map(Batch::judgement).toList())));
        return lake.versions()
                .latest()
                .map(version -> quarantined(lake, all, lake.versions().members(version.version()))
                        .select(Quarantine.SCHEMA.fieldNames()[0], rest(Quarantine.SCHEMA.fieldNames()))
                        .unionByName(all.where(waits)))
                .orElseGet(() -> all.where(waits));
    }

    private static String[] rest(String[] names) {
        return Arrays.copyOfRange(names, 1, names.length);
    }

    /** The fingerprint of what quarantined rows say. */
    public static Fingerprint content(Dataset<Row> quarantined) {
        return Fingerprint.of(Quarantine.content(quarantined));
    }

    /** Writes and measures all tables; their commits do not depend on each other, so they are made side by side. */
    private List<TableVersion> tables(List<Account> accounts) {
        progress.begins("write " + String.join(", ", lake.parts()));
        Intake intake = candidate.added();
        List<Callable<Optional<TableVersion>>> writes = new ArrayList<>();
        writes.add(() -> Optional.of(raw()));
        writes.add(this::quarantine);
        writes.add(() -> {
            joined.read(lake);
            return Optional.empty();
        });
        Map<Chain, Counts> counts = new LinkedHashMap<>();
        for (Chain chain : lake.spec().chains()) {
            counts.put(chain, new Counts());
            for (String part : chain.tables()) {
                // One of them counts the rows behind each step, for all read the same.
                boolean countsThem = part.equals(chain.tables().get(0));
                writes.add(() -> Optional.of(part(
                        chain,
                        part,
                        intake,
                        features.filter(model -> !chain.isOutput()),
                        counts.get(chain),
                        countsThem)));
            }
        }
        List<TableVersion> tables = together(writes);
        counts.forEach((chain, counted) -> {
            accounts.addAll(counted.accounts);
            long written = tables.stream()
                    .filter(table -> chain.tables().contains(table.name()))
                    .mapToLong(table -> table.rows()
                            - (candidate.rebuilds()
                                    ? 0
                                    : candidate
                                            .pinned(table.name())
                                            .map(TableVersion::rows)
                                            .orElse(0L)))
                    .sum();
            boolean hasFeatures = features.isPresent() && !chain.isOutput();
            long given = hasFeatures ? counted.given.sum() : written;
            String step = chain.naming(chain.split().isPresent() ? "split" : "table");
            accounts.add(
                    splitMayDrop(chain)
                            ? Account.dropping(step, counted.out, given)
                            : Account.quarantining(step, counted.out, 0, given));
            if (hasFeatures) {
                accounts.add(Account.dropping("features", given, written));
            }
        });
        return tables;
    }

    /** What was counted on the way of a chain. */
    private static final class Counts {
        private final List<Account> accounts = new ArrayList<>();
        private final LongAdder given = new LongAdder();
        private long out;
    }

    private static List<TableVersion> together(List<Callable<Optional<TableVersion>>> writes) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(writes.size(), 8));
        try {
            List<TableVersion> tables = new ArrayList<>();
            for (Future<Optional<TableVersion>> table : threads.invokeAll(writes)) {
                table.get().ifPresent(tables::add);
            }
            return tables;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while writing", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean splitMayDrop(Chain chain) {
        return chain.split()
                .filter(split -> split.time().isPresent() && !split.key().isEmpty())
                .isPresent();
    }

    /**
     * Writes one part, again if another run came between: a Delta version is pinned only if it holds the published rows and
     * this attempt's.
     */
    private TableVersion part(
            Chain chain, String part, Intake intake, Optional<FeatureModel> model, Counts counts, boolean countsSteps) {
        lake.describe("write " + part + " of");
        Table table = lake.table(part);
        Optional<TableVersion> pinned = candidate.pinned(part);
        long base = pinned.map(TableVersion::deltaVersion).orElse(-1L);
        boolean replaces = candidate.rebuilds() || pinned.isEmpty();
        while (true) {
            Examples examples = Examples.counted(lake, intake, chain);
            RowCounter keyed = new RowCounter();
            Dataset<Row> uncounted = Examples.of(lake, intake, chain);
            StructType schema = uncounted.schema();
            Dataset<Row> rows = countsSteps ? examples.rows() : uncounted;
            if (countsSteps && chain.split().isPresent()) {
                rows = keyed.observe(rows.where(not(chain.split().get().invalid(schema))));
            }
            rows = chain.rows(part, rows, uncounted);
            RowCounter given = new RowCounter();
            if (model.isPresent()) {
                rows = model.get().apply(given.observe(rows), part);
            }
            FingerprintObserver observer = FingerprintObserver.of(rows.schema());
            rows = observer.observe(rows);
            Commit commit;
            try {
                if (!replaces) {
                    settle(table, pinned.orElseThrow(), stamp);
                }
                commit = replaces ? table.replace(rows, stamp) : table.append(rows, stamp);
            } catch (DeltaConcurrentModificationException e) {
                continue;
            }
            if (!table.holdsOnly(base, commit.version(), stamp)) {
                table.restore(base, stamp);
                continue;
            }
            counts.given.add(given.rows());
            if (countsSteps) {
                counts.accounts.addAll(examples.accounts());
                counts.out = examples.out();
                chain.split().ifPresent(split -> refuseInvalid(split, examples.out() - keyed.rows()));
            }
            Fingerprint written = observer.result();
            Fingerprint fingerprint = written.rows() == commit.rows()
                    ? (replaces ? written : sum(pinned, written))
                    : Fingerprint.of(table.at(commit.version()));
            return version(part, table, commit.version(), fingerprint);
        }
    }

    private static void refuseInvalid(Split split, long rows) {
        if (rows > 0) {
            throw new Failure.Rejected(
                    "%,d rows have no part: NULL in the split's %s. Reject such rows by a rule, IsComplete, or fill them."
                            .formatted(
                                    rows,
                                    Stream.concat(split.key().stream(), split.time().map(Split.Time::column).stream())
                                            .toList()));
        }
    }

    private void check(List<Account> accounts, List<TableVersion> written) {
        for (Account account : accounts) {
            if (!account.balances()) {
                throw new IllegalStateException("Rows are unaccounted for, nothing is published: " + account);
            }
        }
        Account rules = accounts.get(candidate.batch().isPresent() ? 1 : 0);
        long rows = candidate.rebuilds()
                ? written.get(0).rows()
                : candidate.batch().orElseThrow().rows();
        if (rules.in() != rows || (judgesWhatIsWritten() && rules.quarantined() != verdict.failed())) {
            throw new IllegalStateException(
                    "Rows are unaccounted for, nothing is published: raw got %d, quarantine %d, but %s"
                            .formatted(rows, verdict.failed(), rules));
        }
    }

    /** Whether the rows that the parts get are those that rules judged now. */
    private boolean judgesWhatIsWritten() {
        return candidate.judgesAgain() || !candidate.rebuilds();
    }

    private static Fingerprint sum(Optional<TableVersion> before, Fingerprint added) {
        return before.map(t -> Fingerprint.parse(t.state()).plus(added)).orElse(added);
    }

    private TableVersion version(String name, Table table, long deltaVersion, Fingerprint fingerprint) {
        return new TableVersion(
                name,
                table.name().text(),
                table.id(),
                deltaVersion,
                fingerprint.rows(),
                fingerprint.text(),
                fingerprint.state(),
                "");
    }
}
