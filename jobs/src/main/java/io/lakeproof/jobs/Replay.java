package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Examples;
import io.lakeproof.jobs.publish.FeatureModel;
import io.lakeproof.jobs.publish.Joined;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.Recipe;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.FingerprintObserver;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.RowCounter;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Versions.Members;
import io.lakeproof.transforms.BadRow;
import io.lakeproof.transforms.features.FeatureStep;
import io.lakeproof.transforms.features.FittedFeatures;
import io.lakeproof.transforms.features.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Recomputes a dataset version from raw, as its record says it was made, and compares every step with what was recorded.
 * Reads raw, quarantine and the records; writes nothing, unless told where to keep what it computes.
 */
public final class Replay {

    private final Lake lake;
    private final DatasetVersion version;
    private final Optional<String> output;
    private final Stamp stamp;
    private final Progress progress;
    private final List<Step> steps = new ArrayList<>();

    private Replay(Lake lake, DatasetVersion version, Optional<String> output, String runId, Progress progress) {
        this.lake = lake;
        this.version = version;
        this.output = output.map(folder -> lake.absolute("--output", folder));
        this.stamp = lake.stamp(runId);
        this.progress = progress;
    }

    /**
     * One step, measured.
     *
     * @param name {@code raw}, {@code rules}, {@code quarantine}, {@code 2 filter}, {@code split} or a part's name
     * @param recorded what the record says of it: {@code rows} and {@code fingerprint} of a table, {@code in},
     *     {@code quarantined}, {@code dropped} and {@code out} of the others
     * @param found the same, computed now
     */
    public record Step(String name, Map<String, Object> recorded, Map<String, Object> found) {

        /** Whether it came out as recorded. */
        public boolean identical() {
            return recorded.equals(found);
        }
    }

    /**
     * How a replay came out.
     *
     * @param steps in the order in which they build on each other
     * @param causes what may explain the first step that differs, a line each, the likeliest first; empty: none differs
     * @param output where the recomputed parts are kept; absent: nowhere
     */
    public record Result(String dataset, long version, List<Step> steps, List<String> causes, Optional<String> output) {

        /** The first step that differs; absent: the version is identical. */
        public Optional<Step> differing() {
            return steps.stream().filter(step -> !step.identical()).findFirst();
        }
    }

    /**
     * A replay.
     *
     * @param lake where the dataset's tables are; nothing else of its spec matters
     * @param output a folder that gets a Delta table for each part; absent: nothing is kept
     */
    public static Replay of(
            Lake lake, DatasetVersion version, Optional<String> output, String runId, Progress progress) {
        return new Replay(lake, version, output, runId, progress);
    }

    /**
     * Replays.
     *
     * @throws Failure.Remote when raw, or a file that is needed, is gone
     * @throws Failure.Usage when the recorded spec cannot run here, or the output is taken
     */
    public Result execute() {
        progress.begins("look for what version " + version.version() + " was made from");
        lake.describe("replay");
        refuseGone();
        Lake then = lake.recorded(version, "cannot be replayed");
        refuseTaken(then);
        try {
            replay(then);
        } catch (Exception e) {
            throw explained(e);
        }
        boolean identical = steps.stream().allMatch(Step::identical);
        return new Result(
                lake.spec().name(),
                version.version(),
                List.copyOf(steps),
                identical ? List.of() : causes(then),
                output);
    }

    private void replay(Lake then) {
        Members members = lake.versions().members(version.version());
        Intake intake =
                Intake.ofMembers(then, version.table("raw").orElseThrow().deltaVersion(), members);
        progress.begins("fingerprint raw");
        table("raw", Fingerprint.of(Intake.bare(intake.rows())));
        progress.begins("judge the rows");
        Optional<Fingerprint> quarantine = quarantine(then, intake, members);
        Map<String, Fingerprint> parts = new LinkedHashMap<>();
        List<Account> accounts = new ArrayList<>();
        Optional<FeatureModel> features = then.spec().features().steps().isEmpty()
                ? Optional.empty()
                : Optional.of(FeatureModel.of(then, version));
        for (Chain chain : then.spec().chains()) {
            Optional<FeatureModel> model = features.filter(any -> !chain.isOutput());
            long out = 0;
            long given = 0;
            long written = 0;
            for (String part : chain.tables()) {
                progress.begins("recompute " + part);
                boolean counts = part.equals(chain.tables().get(0));
                Examples examples = Examples.counted(then, intake, chain);
                Dataset<Row> uncounted = Examples.of(then, intake, chain);
                RowCounter before = new RowCounter();
                Dataset<Row> rows = chain.rows(part, counts ? examples.rows() : uncounted, uncounted);
                if (model.isPresent()) {
                    rows = model.get().apply(before.observe(rows), part);
                }
                Fingerprint found = part(part, rows);
                if (counts) {
                    accounts.addAll(examples.accounts());
                    out = examples.out();
                }
                given += model.isPresent() ? before.rows() : found.rows();
                written += found.rows();
                parts.put(part, found);
            }
            accounts.add(new Account(chain.naming(chain.split().isPresent() ? "split" : "table"), out, 0, 0, given));
            if (model.isPresent()) {
                accounts.add(new Account("features", given, 0, 0, written));
            }
        }
        Map<String, Account> recorded = accounts();
        compare(accounts.subList(0, 1), recorded);
        quarantine.ifPresent(found -> table("quarantine", found));
        compare(accounts.subList(1, accounts.size()), recorded);
        features.filter(model -> model.model().fittedAt() == version.version())
                .ifPresent(model ->
                        refit(model, then, Examples.of(then, intake, then.spec().chain())));
        parts.forEach(this::table);
    }

    /** What our own steps learn is exact; what a class of Spark ML learned is taken as it is. */
    private void refit(FeatureModel model, Lake then, Dataset<Row> examples) {
        progress.begins("fit the feature steps again");
        FittedFeatures fitted = model.fitted();
        List<State> again = model.again(then, examples);
        for (int i = 0; i < again.size(); i++) {
            FeatureStep step = fitted.steps().get(i);
            if (FittedFeatures.learns(step) && step.stage().isEmpty()) {
                steps.add(new Step(
                        "fit " + (i + 1) + " " + step.kind(),
                        learned(fitted.states().get(i)),
                        learned(again.get(i))));
            }
        }
    }

    private static Map<String, Object> learned(State state) {
        return Map.of("learned", Json.sha256(Json.text(state.values())));
    }

    private void table(String name, Fingerprint found) {
        Map<String, Object> recorded = version.table(name)
                .map(table -> table(table.rows(), table.fingerprint()))
                .orElse(table(0, found.rows() == 0 ? found.text() : ""));
        steps.add(new Step(name, recorded, table(found.rows(), found.text())));
    }

    private static Map<String, Object> table(long rows, String fingerprint) {
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("rows", rows);
        table.put("fingerprint", fingerprint);
        return table;
    }

    private void compare(List<Account> found, Map<String, Account> recorded) {
        for (Account account : found) {
            Account before = recorded.getOrDefault(account.step(), new Account(account.step(), 0, 0, 0, 0));
            steps.add(new Step(account.step(), counts(before), counts(account)));
        }
    }

    private static Map<String, Object> counts(Account account) {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("in", account.in());
        counts.put("out", account.out());
        return counts;
    }

    /** What was turned away: verdicts made anew, and what could not be read, which only quarantine remembers. */
    private Optional<Fingerprint> quarantine(Lake then, Intake intake, Members members) {
        Optional<TableVersion> pinned = version.table("quarantine");
        Dataset<Row> failed = Quarantine.ofFailed(intake.failed(), stamp, version.publishedAt());
        boolean judges = !then.spec().rules().rows().isEmpty()
                || then.spec().source().upsert().isPresent();
        if (pinned.isEmpty() && !judges) {
            return Optional.empty();
        }
        Fingerprint found = judges ? Publish.content(failed) : Publish.content(failed.limit(0));
        return Optional.of(pinned.map(table -> found.plus(Publish.content(
                        Publish.quarantined(then, lake.quarantine().at(table.deltaVersion()), members)
                                .where(col("kind").notEqual("rule")))))
                .orElse(found));
    }

    private Fingerprint part(String part, Dataset<Row> made) {
        FingerprintObserver observer = FingerprintObserver.of(made.schema());
        Dataset<Row> rows = observer.observe(made);
        if (output.isPresent()) {
            kept(part).replace(rows, stamp);
        } else {
            rows.count();
        }
        return observer.result();
    }

    private Table kept(String part) {
        return lake.output(output.orElseThrow() + "/" + part);
    }

    /**
     * The recorded accounts over all rows, by step: an append counted its batch alone, so those since the last time that
     * all rows were counted are added up.
     */
    private Map<String, Account> accounts() {
        Map<String, Account> sums = new LinkedHashMap<>();
        lake.versions().upTo(version.version(), (one, files) -> {
            JsonNode record = one.recordTree();
            if (record.get("mode").asText().equals("rebuild")) {
                sums.clear();
            }
            for (Account account : VersionRecord.accounts(record)) {
                sums.merge(account.step(), account, Account::plus);
            }
        });
        return sums;
    }

    // What is needed

    private void refuseGone() {
        List<String> gone = new ArrayList<>();
        Stream.of("raw", "quarantine")
                .flatMap(name -> version.table(name).stream())
                .forEach(pinned -> gone(pinned).ifPresent(gone::add));
        if (!gone.isEmpty()) {
            throw new Failure.Remote(String.join("\n", gone), null);
        }
    }

    private Optional<String> gone(TableVersion pinned) {
        Table table = lake.table(pinned.name());
        String what = "version %d of %s cannot be replayed: the table %s "
                .formatted(version.version(), lake.spec().name(), table.name().text());
        if (!table.exists()) {
            return Optional.of(what + "is gone; restore it from a backup");
        }
        if (!table.id().equals(pinned.tableId())) {
            return Optional.of(what
                    + "was made anew: its id is %s, and the record's is %s; restore it from a backup"
                            .formatted(table.id(), pinned.tableId()));
        }
        try {
            table.at(pinned.deltaVersion()).schema();
            return Optional.empty();
        } catch (Exception e) {
            return Optional.of(what
                    + "cannot be read at its Delta version %d (%s); restore it from a backup"
                            .formatted(pinned.deltaVersion(), firstLine(e)));
        }
    }

    private void refuseTaken(Lake then) {
        if (output.isEmpty()) {
            return;
        }
        for (String part : then.parts()) {
            if (kept(part).exists()) {
                throw new Failure.Usage("--output %s: there is a Delta table %s already; name a folder of its own."
                        .formatted(output.get(), kept(part).name().text()));
            }
        }
    }

    private RuntimeException explained(Exception e) {
        Optional<String> row = BadRow.in(e);
        if (row.isPresent()) {
            return new Failure.Unverified("version %d of %s cannot be recomputed: %s"
                    .formatted(version.version(), lake.spec().name(), row.get()));
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause).contains("FileNotFoundException")) {
                return new Failure.Remote(
                        "version %d of %s cannot be replayed: a file that it needs is gone (%s); restore it from a backup"
                                .formatted(version.version(), lake.spec().name(), firstLine(cause)),
                        e);
            }
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
    }

    // Why it may differ

    private List<String> causes(Lake then) {
        List<String> causes = new ArrayList<>();
        JsonNode record = version.recordTree();
        if (!Json.sha256(version.record()).equals(version.digest())) {
            causes.add("the version record was altered: its SHA-256 is not the one that was published with it");
        }
        if (!steps.get(0).identical()) {
            causes.add("raw was altered: what its Delta version %d holds is not what was taken in"
                    .formatted(version.table("raw").orElseThrow().deltaVersion()));
            return causes;
        }
        List<String> recipe = Recipe.of(then.spec()).changesSince(Recipe.parse(record.get("recipe")));
        Set<String> ownCode = then.spec().chains().stream()
                .filter(chain ->
                        chain.transforms().stream().anyMatch(step -> step.kind().equals("class")))
                .map(chain -> chain.isOutput() ? "the outputs changed" : "the transforms changed")
                .collect(Collectors.toSet());
        for (String change : recipe) {
            causes.add(
                    ownCode.contains(change)
                            ? "a class that the transforms name has other code now"
                            : "the recorded spec is not the one that was run: " + change);
        }
        differences("code", record.get("code"), Build.current().json(), VersionRecord.CODE)
                .forEach(causes::add);
        differences("runtime", record.get("runtime"), VersionRecord.runtime(then), VersionRecord.RUNTIME)
                .forEach(causes::add);
        new Joined()
                .differences(then, record)
                .forEach(other -> causes.add("%s joins version %d of %s, which holds other rows than it did"
                        .formatted(other.step(), other.version(), other.table())));
        for (Chain chain : then.spec().chains()) {
            int number = 0;
            for (io.lakeproof.transforms.Step step : chain.transforms()) {
                String name = chain.naming("transform") + " " + ++number;
                if (step.kind().equals("class")) {
                    causes.add("%s, %s, may not give the same result every time"
                            .formatted(name, step.with().get("class")));
                }
            }
        }
        if (causes.isEmpty()) {
            causes.add("nothing that the record holds differs: code, runtime and spec are the same");
        }
        return causes;
    }

    private static Stream<String> differences(String what, JsonNode recorded, JsonNode now, List<String> keys) {
        return keys.stream()
                .filter(key -> !recorded.path(key).asText().equals(now.path(key).asText()))
                .map(key -> "other %s: %s was %s, and is %s"
                        .formatted(
                                what,
                                key,
                                recorded.path(key).asText(),
                                now.path(key).asText()));
    }
}
