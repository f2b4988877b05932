package io.lakeproof.jobs.cli;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Build;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Maintain;
import io.lakeproof.jobs.OpenLineage;
import io.lakeproof.jobs.Plan;
import io.lakeproof.jobs.Prove;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.Sample;
import io.lakeproof.jobs.Steps;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.LandingEvent;
import io.lakeproof.jobs.publish.Leakage;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.report.Report;
import io.lakeproof.jobs.train.InTraining;
import io.lakeproof.jobs.train.Train;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.Trainings.Fact;
import io.lakeproof.lineage.Versions.Outline;
import io.lakeproof.lineage.proof.EvidenceVerification;
import io.lakeproof.lineage.proof.LakeVerification;
import io.lakeproof.lineage.proof.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands: what each takes, which job it is, and how its result reads. */
final class Commands {

    private Commands() {}

    private static final String SPEC = "The dataset's spec, for example examples/birdstrikes/dataset.yaml.";

    @Command(
            name = "run",
            header = "Take everything that is new, end to end, and publish the next version.",
            footer = {"", "Example: lakeproof run examples/birdstrikes/dataset.yaml"})
    static final class RunCommand implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(names = "--retry", description = "Judge rejected batches again, though nothing changed.")
        boolean retry;

        @Option(
                names = "--sample",
                paramLabel = "N",
                description = "Try at most N rows of the new files in a scratch place, and leave the dataset as it is.")
        Integer sample;

        @Option(names = "--wait", description = WAIT)
        boolean wait;

        @Option(
                names = "--landing-event",
                arity = "2",
                paramLabel = "FOLDER FILE",
                description = "What Data Factory's blob trigger passes. The run is the same; a file that is not in the"
                        + " landing is refused, for then the trigger is set up wrong. Default: nothing is compared.")
        List<String> landed;

        @Option(
                names = "--event-grid",
                paramLabel = "JSON",
                description = "The same, as Event Grid delivers it: one event or a list.")
        String eventGrid;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            if (sample != null && sample < 1) {
                throw new Failure.Usage("--sample %d: at least 1.".formatted(sample));
            }
            List<LandingEvent> events = new ArrayList<>();
            if (landed != null) {
                events.add(LandingEvent.of(landed.get(0), landed.get(1)));
            }
            if (eventGrid != null) {
                events.addAll(LandingEvent.ofEventGrid(eventGrid));
            }
            Run.Options options = call.options(retry(retry), vouching);
            if (!events.isEmpty()) {
                call.source(spec).ifPresent(source -> events.forEach(event -> event.check(source)));
            }
            if (sample != null) {
                return RunAnswer.of(Sample.of(call.open(spec), sample, options).execute(), call.began());
            }
            return call.early(spec)
                    .map(lake -> lake.by(options.publisher()))
                    .flatMap(lake -> Run.of(lake, options).nothingNew().map(result -> answer(lake, call, () -> result)))
                    .orElseGet(() -> {
                        Lake lake = call.open(spec).by(options.publisher());
                        return answer(lake, call, () -> Run.of(lake, options).execute());
                    });
        }

        private Answer answer(Lake lake, Call call, Supplier<Run.Result> run) {
            Run.Result result;
            try (OpenLineage events = OpenLineage.of(call.env(), call.warn())) {
                result = events.around(lake, call.runId(), run);
            }
            Optional<Train.Result> training = Train.after(lake, result, training(call, wait, Train.Earlier.FOLLOW));
            lake.publisher().anchor(lake);
            return RunAnswer.of(result, training, call.began());
        }
    }

    private static final String WAIT =
            "Follow the training to its end. Default: it is started, and a later run notes how it ended.";

    private static Train.Options training(Call call, boolean wait, Train.Earlier earlier) {
        return new Train.Options(
                call.env(), wait ? Train.Until.ENDED : Train.Until.STARTED, earlier, call.runId(), call.progress());
    }

    private static Arrivals.Retry retry(boolean always) {
        return always ? Arrivals.Retry.ALWAYS : Arrivals.Retry.IF_CHANGED;
    }

    @Command(
            name = "plan",
            header = "Say what a run would do; writes nothing.",
            footer = {"", "Example: lakeproof plan dataset.yaml"})
    static final class PlanCommand implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(names = "--retry", description = "Plan for a run that judges rejected batches again.")
        boolean retry;

        @Override
        public Answer run(Call call) {
            Plan.Result plan = Plan.of(call.open(spec), retry(retry)).execute();
            ObjectNode json = Json.object()
                    .put("dataset", plan.dataset())
                    .put("version", plan.version())
                    .put("next", plan.next());
            ArrayNode files = json.putArray("files");
            plan.files()
                    .forEach(file -> files.addObject().put("path", file.path()).put("size", file.size()));
            ArrayNode waiting = json.putArray("waiting");
            plan.waiting()
                    .forEach(
                            file -> waiting.addObject().put("path", file.path()).put("reason", file.reason()));
            json.set("rejected", rejected(plan.rejected()));
            json.set("changes", Json.tree(plan.changes()));
            json.set("rebuildBecause", Json.tree(plan.rebuildBecause()));
            json.set("undecided", Json.tree(plan.undecided()));
            json.set("scansAll", Json.tree(plan.scansAll()));
            return Answer.of(json, console -> print(plan, console));
        }

        private static void print(Plan.Result plan, Console console) {
            boolean acts = plan.next() != plan.version();
            console.out()
                    .println(console.bold(plan.dataset())
                            + (acts
                                    ? ": a run would publish version " + plan.next()
                                    : ": a run would do nothing, " + stands(plan.version())));
            Table table = new Table();
            plan.files()
                    .forEach(file -> table.row("take", Table.count(file.size()) + " bytes", Console.near(file.path())));
            plan.waiting().forEach(file -> table.row("wait", file.reason(), Console.near(file.path())));
            if (!table.isEmpty()) {
                console.out().println();
                console.out().println(table.text());
            }
            plan.rejected().forEach(batch -> console.out().println("\n" + Console.near(Run.waits(batch))));
            if (acts) {
                console.out().println();
                plan.changes().forEach(change -> console.out().println("changed: " + change));
                console.out()
                        .println(
                                plan.version() == 0
                                        ? "the first version"
                                        : plan.rebuildBecause().isEmpty()
                                                ? "new examples are appended"
                                                : "parts are rebuilt from raw: "
                                                        + String.join("; ", plan.rebuildBecause()));
                plan.undecided().forEach(it -> console.out().println("the run decides: " + it));
                if (!plan.scansAll().isEmpty()) {
                    console.out().println("what reads the whole dataset: " + String.join(", ", plan.scansAll()));
                }
            }
        }
    }

    private static String stands(long version) {
        return version == 0 ? "and there is no version yet" : "version " + version + " stands";
    }

    @Command(
            name = "versions",
            header = "List the dataset's versions, newest first, and the batches that wait.",
            footer = {"", "Example: lakeproof versions dataset.yaml"})
    static final class Versions implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            call.progress().begins("read the versions");
            lake.describe("versions");
            Map<Long, List<String>> tags = lake.tags().byVersion();
            ObjectNode json = Json.object().put("dataset", lake.spec().name());
            ArrayNode versions = json.putArray("versions");
            Table table = new Table().row("version", "published at", "rows", "run", "tags");
            for (Outline version : lake.versions().outlines()) {
                ObjectNode rows = Json.object();
                long examples = 0;
                for (TableVersion held : version.tables()) {
                    rows.put(held.name(), held.rows());
                    examples += RunAnswer.isPart(held.name()) ? held.rows() : 0;
                }
                List<String> named = tags.getOrDefault(version.version(), List.of());
                ObjectNode one = versions.addObject()
                        .put("version", version.version())
                        .put("publishedAt", version.publishedAt().toString())
                        .put("runId", version.runId())
                        .put("digest", version.digest());
                one.set("rows", rows);
                one.set("tags", Json.tree(named));
                table.row(
                        version.version(),
                        seconds(version.publishedAt()),
                        examples,
                        version.runId(),
                        String.join(", ", named));
            }
            List<Batch> waiting = Plan.rejected(lake);
            json.set("rejected", rejected(waiting));
            return Answer.of(json, console -> {
                console.out()
                        .println(console.bold(lake.spec().name())
                                + (versions.isEmpty() ? " has no version yet" : "\n\n" + table.text()));
                waiting.forEach(batch -> console.out().println("\n" + Console.near(Run.waits(batch))));
            });
        }
    }

    /** The batches that wait. */
    private static JsonNode rejected(List<Batch> waiting) {
        return Json.tree(waiting.stream()
                .map(batch -> (ObjectNode) Json.object()
                        .put("batch", batch.id())
                        .put("runId", batch.runId())
                        .<ObjectNode>set("failures", Json.tree(batch.failures()))
                        .set(
                                "files",
                                Json.tree(batch.files().stream()
                                        .map(Ledger.Entry::path)
                                        .toList())))
                .toList());
    }

    static String seconds(Instant at) {
        return at.toString().replaceFirst("(\\.[0-9]+)?Z$", "").replace('T', ' ') + " UTC";
    }

    @Command(
            name = "show",
            header = "Show one version: its tables, fingerprints and where every row went.",
            footer = {"", "Example: lakeproof show dataset.yaml 3"})
    static final class Show implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(
                index = "1",
                paramLabel = "VERSION",
                defaultValue = "latest",
                description = "A number, a tag, or latest (default).")
        String version;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            call.progress().begins("read the version");
            lake.describe("show");
            DatasetVersion shown = lake.version(version);
            List<String> tags = lake.tags().byVersion().getOrDefault(shown.version(), List.of());
            ObjectNode json = Json.object()
                    .put("dataset", lake.spec().name())
                    .put("version", shown.version())
                    .put("publishedAt", shown.publishedAt().toString())
                    .put("runId", shown.runId())
                    .put("digest", shown.digest());
            json.set("tags", Json.tree(tags));
            json.set("tables", RunAnswer.tables(shown.tables()));
            List<Entry<Trainings.Fact>> trainings = lake.trainings().of(shown);
            json.set("trainings", Json.tree(trainings.stream().map(Entry::json).toList()));
            json.set("record", shown.recordTree());
            return Answer.of(json, console -> {
                console.out().println(console.bold(lake.spec().name()) + " version " + shown.version() + "\n");
                Table facts = new Table()
                        .row("published at", seconds(shown.publishedAt()))
                        .row("run", shown.runId())
                        .row("record", "sha256 " + shown.digest());
                if (!tags.isEmpty()) {
                    facts.row("tags", String.join(", ", tags));
                }
                trainings.forEach(training -> facts.row("training", said(training.fact())));
                JsonNode record = shown.recordTree();
                record.path("because").forEach(reason -> facts.row("rebuilt", reason.asText()));
                Models.named(shown)
                        .ifPresent(model -> facts.row(
                                "features",
                                "fitted at version %d, sha256 %s".formatted(model.fittedAt(), model.digest())));
                Leakage.of(record).ifPresent(leakage -> facts.row("leakage", leakage.text()));
                record.path("about").properties().stream()
                        .filter(fact -> !fact.getValue().isNull())
                        .forEach(fact -> facts.row(
                                fact.getKey().replace('-', ' '), fact.getValue().asText()));
                console.out().println(facts.text() + "\n");
                Table steps = new Table().row("step", "rows in", "quarantined", "dropped", "rows out");
                VersionRecord.accounts(record)
                        .forEach(account -> steps.row(
                                account.step(), account.in(), account.quarantined(), account.dropped(), account.out()));
                console.out().println(steps.text() + "\n");
                console.out().println(RunAnswer.text(shown.tables()));
            });
        }

        /** Such as {@code completed risk:7, job lakeproof-claims-v3-0123456789ab}. */
        private static String said(Fact fact) {
            String model = fact.model()
                    .map(name ->
                            " " + name + fact.modelVersion().map(v -> ":" + v).orElse(""))
                    .orElse("");
            String more = fact.job()
                    .map(job -> ", job " + job.replaceFirst(".*/", ""))
                    .orElseGet(() -> fact.reason().map(why -> ", " + why).orElse(""));
            return fact.status().text() + model + more;
        }
    }

    @Command(
            name = "tag",
            header = "Name a version; a tag of that name moves.",
            footer = {"", "Example: lakeproof tag dataset.yaml 3 approved-2026"})
    static final class Tag implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(index = "1", paramLabel = "VERSION", description = "A number, a tag, or latest.")
        String version;

        @Parameters(index = "2", paramLabel = "NAME", description = "Letters, digits, and . _ -; a letter first.")
        String name;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            if (!name.matches("[A-Za-z][A-Za-z0-9._-]{0,99}") || name.equals("latest")) {
                throw new Failure.Usage(
                        "'%s' is no tag: use up to 100 letters, digits, and . _ -, a letter first, and not 'latest'."
                                .formatted(name));
            }
            Lake lake = vouching.of(call, call.open(spec));
            call.progress().begins("tag");
            lake.describe("tag");
            Optional<Long> named = lake.tags().find(name);
            io.lakeproof.jobs.Tag.Result result = io.lakeproof.jobs.Tag.of(
                            lake, lake.version(version), name, call.runId())
                    .execute();
            lake.publisher().anchor(lake);
            ObjectNode json = Json.object()
                    .put("dataset", lake.spec().name())
                    .put("version", result.version())
                    .put("tag", name);
            Optional<Long> before = named.filter(other -> other != result.version());
            json.put("movedFrom", before.orElse(null));
            result.view().ifPresent(view -> json.put("view", view));
            return Answer.of(json, console -> {
                console.out()
                        .println("%s version %d is now '%s'%s"
                                .formatted(
                                        console.bold(lake.spec().name()),
                                        result.version(),
                                        name,
                                        before.map(other -> ", which named version " + other)
                                                .orElse("")));
                result.view().ifPresent(view -> console.out().println("SQL reads it as " + view));
            });
        }
    }

    @Command(
            name = "replay",
            header = "Recompute a version from raw as its record says, and compare every step.",
            footer = {"", "Example: lakeproof replay dataset.yaml 3"})
    static final class Replay implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(index = "1", paramLabel = "VERSION", description = "A number, a tag, or latest.")
        String version;

        @Option(
                names = "--output",
                paramLabel = "FOLDER",
                description = "Keep each recomputed part there as a Delta table. Default: nothing is kept.")
        String output;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            return ReplayAnswer.of(io.lakeproof.jobs.Replay.of(
                            lake, lake.version(version), Optional.ofNullable(output), call.runId(), call.progress())
                    .execute());
        }
    }

    @Command(
            name = "apply",
            header = "Make features of new rows exactly as a version made its own.",
            footer = {"", "Example: lakeproof apply dataset.yaml 3 --input new --output scored"})
    static final class Apply implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(index = "1", paramLabel = "VERSION", description = "A number, a tag, or latest.")
        String version;

        @Option(
                names = "--input",
                required = true,
                paramLabel = "PATH",
                description =
                        "Files of the format that the spec reads: a file, a folder or a glob; or the folder of a Delta"
                                + " table. The label may be absent.")
        String input;

        @Option(
                names = "--output",
                required = true,
                paramLabel = "FOLDER",
                description = "Gets the features as a Delta table; there must be none yet.")
        String output;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            io.lakeproof.jobs.Apply.Result result = io.lakeproof.jobs.Apply.of(lake, lake.version(version))
                    .execute(input, output, call.runId(), call.progress());
            ObjectNode json = Json.object()
                    .put("dataset", result.dataset())
                    .put("version", result.version())
                    .put("status", "applied")
                    .put("model", result.model().orElse(null))
                    .put("rowsIn", result.rowsIn())
                    .put("rowsOut", result.rowsOut())
                    .put("output", result.output());
            return Answer.of(json, console -> console.out()
                    .println("%s version %d applied: %s rows in, %s rows out, in %s"
                            .formatted(
                                    console.bold(result.dataset()),
                                    result.version(),
                                    Table.count(result.rowsIn()),
                                    Table.count(result.rowsOut()),
                                    Console.near(result.output()))));
        }
    }

    @Command(
            name = "diff",
            header = "Say what differs between two versions, and why.",
            footer = {"", "Example: lakeproof diff dataset.yaml 3 latest"})
    static final class Diff implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(index = "1", paramLabel = "A", description = "The earlier version: a number, a tag, or latest.")
        String a;

        @Parameters(index = "2", paramLabel = "B", description = "The later version.")
        String b;

        @Option(
                names = "--rows",
                description = "Tell the split keys of added and removed rows, the first 20 of each part.")
        boolean rows;

        @Option(
                names = "--drift",
                description = "Measure how far each column of a changed part drifted: reads the part in both versions.")
        boolean drift;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            return DiffAnswer.of(io.lakeproof.jobs.Diff.of(
                            lake,
                            lake.version(a),
                            lake.version(b),
                            rows ? io.lakeproof.jobs.Diff.Rows.WITH_KEYS : io.lakeproof.jobs.Diff.Rows.COUNTED,
                            drift ? io.lakeproof.jobs.Diff.Drifts.MEASURED : io.lakeproof.jobs.Diff.Drifts.NOT_MEASURED,
                            call.progress())
                    .execute());
        }
    }

    @Command(
            name = "report",
            header =
                    "Write what a version holds onto one page: its rows, its parts, and every column part beside part.",
            footer = {"", "Example: lakeproof report dataset.yaml 3"})
    static final class ReportCommand implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(
                index = "1",
                paramLabel = "VERSION",
                defaultValue = "latest",
                description = "A number, a tag, or latest (default).")
        String version;

        @Option(
                names = "--output",
                paramLabel = "FILE",
                description = "The page to write. Default: DATASET-vVERSION.html here.")
        Path output;

        @Override
        public Answer run(Call call) {
            Lake lake = call.history(spec);
            DatasetVersion shown = lake.version(version);
            Path file =
                    output == null ? Path.of("%s-v%d.html".formatted(lake.spec().name(), shown.version())) : output;
            return ReportAnswer.of(Report.of(lake, shown, call.progress()).execute(file));
        }
    }

    @Command(
            name = "verify",
            header = "Check that versions are what they were: records, logs, and every byte of their files.",
            footer = {"", "Example: lakeproof verify dataset.yaml 3 --trust trust.yaml"})
    static final class VerifyCommand implements Job {
        @Parameters(
                index = "0",
                paramLabel = "SPEC|EVIDENCE.zip|HANDOVER.json",
                description =
                        "A dataset's spec: checks the lake. A zip from prove: checks that alone, without Spark. With"
                                + " --in-training: the lakeproof.json that a training was handed.")
        String subject;

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "VERSION",
                description = "A number, a tag, or latest (default).")
        String version;

        @Option(names = "--all", description = "Check the tables of every version. Default: those of one.")
        boolean all;

        @Option(
                names = "--in-training",
                description = "Read the parts that a training was handed, and compare their fingerprints alone.")
        boolean inTraining;

        @Option(
                names = "--at",
                paramLabel = "PART=PATH",
                description = "With --in-training, where a part lies here. Default: where the hand-over says.")
        Map<String, String> at = Map.of();

        @Mixin
        Checking checking = new Checking();

        @Override
        public Answer run(Call call) {
            if (all && version != null) {
                throw new Failure.Usage("--all and the version '%s' exclude each other.".formatted(version));
            }
            if (!inTraining && !at.isEmpty()) {
                throw new Failure.Usage("--at is for --in-training: add it, or leave --at out.");
            }
            if (inTraining) {
                return inTraining(call);
            }
            Trust trust = checking.trust();
            if (subject.endsWith(".zip")) {
                return evidence(trust);
            }
            Lake lake = checking.open(call, subject);
            Optional<String> reference = all ? Optional.empty() : Optional.of(version == null ? "latest" : version);
            LakeVerification.Result result = checking.verify(call, lake, reference, trust);
            String what = result.versions() == 0 && result.retired().isEmpty()
                    ? "without a version"
                    : reference.map(r -> "version " + lake.version(r).version()).orElse("all versions");
            return VerifyAnswer.of(lake.spec().name() + " " + what, result, checking.worth());
        }

        private Answer inTraining(Call call) {
            if (all || version != null) {
                throw new Failure.Usage("A hand-over is of one version: leave --all and the version out.");
            }
            checking.refuseLake();
            call.progress().begins("start Spark");
            return VerifyAnswer.of(InTraining.check(Lake.session(call.engine().start()), subject, at, call.progress()));
        }

        private Answer evidence(Trust trust) {
            if (all || version != null) {
                throw new Failure.Usage("Evidence is of one version: leave --all and the version out.");
            }
            checking.refuseLake();
            try {
                return VerifyAnswer.of(
                        subject,
                        EvidenceVerification.of(
                                Path.of(subject),
                                trust,
                                checking::anchored,
                                Build.current().version()),
                        checking.worth());
            } catch (IllegalArgumentException e) {
                throw new Failure.Unverified("%s is no evidence: %s.".formatted(subject, e.getMessage()));
            }
        }
    }

    @Command(
            name = "prove",
            header = "Write the evidence of a version, and check that the lake is still what it says.",
            footer = {"", "Example: lakeproof prove dataset.yaml --model risk:7 --trust trust.yaml"})
    static final class ProveCommand implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "VERSION",
                description = "A number, a tag, or latest. Default: what --model was trained on, or latest.")
        String version;

        @Option(
                names = "--model",
                paramLabel = "NAME[:VERSION]",
                description = "The version that this model was trained on, as the trainings say.")
        String model;

        @Option(
                names = "--output",
                paramLabel = "FILE",
                description = "The zip to write. Default: DATASET-VERSION-evidence.zip here.")
        Path output;

        @Mixin
        Checking checking = new Checking();

        @Override
        public Answer run(Call call) {
            if (model != null && version != null) {
                throw new Failure.Usage("--model says which version: leave '%s' out.".formatted(version));
            }
            Trust trust = checking.trust();
            Lake lake = checking.open(call, spec);
            String name = lake.spec().name();
            DatasetVersion proved =
                    lake.version(model == null ? (version == null ? "latest" : version) : trainedOn(lake));
            Path file = output == null ? Path.of("%s-%d-evidence.zip".formatted(name, proved.version())) : output;
            LakeVerification.Result result =
                    checking.verify(call, lake, Optional.of(String.valueOf(proved.version())), trust);
            Prove.of(lake, proved, call.progress()).execute(file);
            return VerifyAnswer.of(name, proved, file, result, checking.worth(), alsoTrainedOn(lake, proved));
        }

        /** The other versions on which a model of that name was trained, whose evidence is another zip. */
        private List<Long> alsoTrainedOn(Lake lake, DatasetVersion proved) {
            if (model == null) {
                return List.of();
            }
            ModelName wanted = ModelName.parse(model);
            return lake.trainings().of(wanted.name(), wanted.version()).stream()
                    .map(Entry::version)
                    .filter(version -> version != proved.version())
                    .distinct()
                    .sorted()
                    .toList();
        }

        private String trainedOn(Lake lake) {
            ModelName wanted = ModelName.parse(model);
            return lake.trainings()
                    .find(wanted.name(), wanted.version())
                    .map(training -> String.valueOf(training.version()))
                    .orElseThrow(() -> new Failure.Usage(
                            "%s has no training of a model '%s': record one with `lakeproof train %s VERSION --record %s`."
                                    .formatted(lake.spec().name(), model, spec, model)));
        }
    }

    /** A model as people name it: {@code NAME} or {@code NAME:VERSION}. */
    private record ModelName(String name, Optional<String> version) {
        static ModelName parse(String text) {
            int colon = text.lastIndexOf(':');
            String name = colon < 0 ? text : text.substring(0, colon);
            Optional<String> version = colon < 0 ? Optional.empty() : Optional.of(text.substring(colon + 1));
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._ -]{0,254}")
                    || version.filter(String::isBlank).isPresent()) {
                throw new Failure.Usage(
                        "'%s' is no model: write NAME or NAME:VERSION, of letters, digits, and . _ -.".formatted(text));
            }
            return new ModelName(name, version);
        }
    }

    @Command(
            name = "train",
            header = "Start the training on a version, or record one that was made elsewhere.",
            footer = {
                "",
                "Examples:",
                "  lakeproof train dataset.yaml 3 --wait",
                "  lakeproof train dataset.yaml approved --record risk:7 --job run-4711"
            })
    static final class TrainCommand implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(
                index = "1",
                paramLabel = "VERSION",
                defaultValue = "latest",
                description = "A number, a tag, or latest (default).")
        String version;

        @Option(names = "--wait", description = WAIT)
        boolean wait;

        @Option(
                names = "--again",
                description = "Start another training beside one that the version has. Default: that one is followed.")
        boolean again;

        @Option(
                names = "--if-due",
                description = "Start it only if training.when says so and there is none yet, as a run does; without a"
                        + " training in the spec, do nothing.")
        boolean ifDue;

        @Option(
                names = "--record",
                paramLabel = "MODEL[:VERSION]",
                description = "Start nothing: record that this model was trained on the version, wherever that was.")
        String model;

        @Option(
                names = "--job",
                paramLabel = "ID",
                description = "With --record, what trained it: a job's id, a page's address. Default: not recorded.")
        String job;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            if (model != null && (wait || again || ifDue)) {
                throw new Failure.Usage("--record starts nothing: leave --wait, --again and --if-due out.");
            }
            if (again && ifDue) {
                throw new Failure.Usage("--again and --if-due exclude each other.");
            }
            if (model == null && job != null) {
                throw new Failure.Usage("--job '%s' is for --record MODEL: add it, or leave --job out.".formatted(job));
            }
            return model == null ? train(call) : record(call);
        }

        private Answer train(Call call) {
            Lake lake = vouching.of(call, call.history(spec));
            DatasetVersion on = lake.version(version);
            Train.Options options = training(call, wait, again ? Train.Earlier.LEAVE : Train.Earlier.FOLLOW);
            Optional<Train.Result> training =
                    ifDue ? Train.ifDue(lake, on, options) : Optional.of(Train.on(lake, on, options));
            lake.publisher().anchor(lake);
            return training.map(TrainAnswer::of)
                    .orElseGet(() -> TrainAnswer.ofNothing(lake.spec().name(), on.version()));
        }

        private Answer record(Call call) {
            ModelName trained = ModelName.parse(model);
            Lake lake = vouching.of(call, call.open(spec));
            call.progress().begins("record the training");
            lake.describe("train");
            DatasetVersion on = lake.version(version);
            Entry<Trainings.Fact> entry = lake.trainings()
                    .put(
                            new Fact(
                                    Trainings.Status.RECORDED,
                                    Optional.empty(),
                                    Optional.of(trained.name()),
                                    trained.version(),
                                    Optional.ofNullable(job)),
                            on,
                            lake.principal(),
                            lake.stamp(call.runId()),
                            Instant.now());
            lake.publisher().anchor(lake);
            ObjectNode json = Json.object()
                    .put("dataset", lake.spec().name())
                    .put("model", trained.name())
                    .put("modelVersion", trained.version().orElse(null))
                    .put("version", entry.version())
                    .put("record", entry.record())
                    .put("recordedAt", entry.at().toString());
            return Answer.of(json, console -> console.out()
                    .println("%s version %d trained '%s'"
                            .formatted(console.bold(lake.spec().name()), entry.version(), model)));
        }
    }

    @Command(
            name = "maintain",
            header = "Compact the tables; clean up old versions if told to, never one with a tag.",
            footer = {"", "Example: lakeproof maintain dataset.yaml --keep 10"})
    static final class MaintainCommand implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(
                names = "--keep",
                paramLabel = "N",
                description =
                        "Clean up the data of all but the newest N versions and the tagged ones; their records stay."
                                + " Default: every version stays whole.")
        Integer keep;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            if (keep != null && keep < 1) {
                throw new Failure.Usage("--keep %d: at least 1.".formatted(keep));
            }
            Lake lake = vouching.of(call, call.history(spec));
            Maintain.Result result = Maintain.of(
                            lake,
                            new Maintain.Options(
                                    keep == null ? OptionalInt.empty() : OptionalInt.of(keep),
                                    call.runId(),
                                    call.progress()))
                    .execute();
            lake.publisher().anchor(lake);
            ObjectNode json = Json.object()
                    .put("dataset", lake.spec().name())
                    .put("files", result.files())
                    .put("models", result.models());
            json.set("compacted", Json.tree(result.compacted()));
            json.set("retired", Json.tree(result.retired()));
            ObjectNode kept = json.putObject("kept");
            result.kept().forEach((version, tags) -> kept.set(String.valueOf(version), Json.tree(tags)));
            return Answer.of(json, console -> {
                console.out()
                        .println("%s: %s compacted, %s cleaned up (%s files)"
                                .formatted(
                                        console.bold(lake.spec().name()),
                                        count(result.compacted().size(), "table"),
                                        count(result.retired().size(), "version"),
                                        Table.count(result.files())));
                if (result.models() > 0) {
                    console.out()
                            .println("%s removed, of runs that published nothing"
                                    .formatted(count(result.models(), "fitted model")));
                }
                result.kept().forEach((version, tags) -> console.out()
                        .println("version %d stays: tagged %s".formatted(version, String.join(", ", tags))));
            });
        }

        private static String count(long number, String what) {
            return number + " " + what + (number == 1 ? "" : "s");
        }
    }

    @Command(
            name = "quarantine",
            header = "Show what was turned away, and why: the reasons by how often, each with an example.",
            footer = {"", "Example: lakeproof quarantine dataset.yaml --run 20260101-120000-c0ffee"})
    static final class Quarantine implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(
                names = "--run",
                paramLabel = "ID",
                description = "What this run turned away. Default: what is turned away now.")
        String run;

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "20",
                description = "How many reasons to show. Default: 20.")
        int limit;

        @Override
        public Answer run(Call call) {
            Lake lake = call.open(spec);
            call.progress().begins("read the quarantine");
            lake.describe("quarantine");
            ObjectNode json = Json.object().put("dataset", lake.spec().name());
            ArrayNode reasons = json.putArray("reasons");
            Table table = new Table().row("rows", "why");
            if (lake.quarantine().exists()) {
                Dataset<Row> wanted = run == null
                        ? io.lakeproof.jobs.publish.Publish.turnedAway(lake, Plan.rejected(lake))
                        : lake.quarantine().head().where(col("run_id").equalTo(run));
                List<Row> rows = wanted.groupBy(
                                col("kind"),
                                col("rule"),
                                col("column"),
                                // Of these the reason alone says what is wrong.
                                when(col("kind").notEqual("rule").or(col("rule").equalTo("upsert")), col("reason"))
                                        .as("why"))
                        .agg(
                                count(lit(1)).as("rows"),
                                min(struct("source_file", "value", "reason")).as("example"))
                        .select("kind", "rule", "column", "rows", "example.*")
                        .orderBy(col("rows").desc(), col("rule"), col("column"), col("reason"))
                        .limit(limit)
                        .collectAsList();
                for (Row row : rows) {
                    String kind = row.getString(0);
                    String rule = row.getString(1);
                    String file = row.getString(4);
                    String value = row.getString(5);
                    String reason = row.getString(6);
                    reasons.addObject()
                            .put("rows", row.getLong(3))
                            .put("kind", kind)
                            .put("rule", rule)
                            .put("column", row.getString(2))
                            .put("value", value)
                            .put("reason", reason)
                            .put("sourceFile", file);
                    table.row(row.getLong(3), rule == null || rule.equals("upsert") ? reason : rule);
                    String column = row.getString(2);
                    table.row(
                            "",
                            "  " + (column == null ? "" : column + " " + brief(value) + ", ") + "in "
                                    + Console.near(file));
                }
            }
            return Answer.of(json, console -> {
                console.out()
                        .println(console.bold(lake.spec().name())
                                + (reasons.isEmpty() ? ": nothing is in quarantine" : ": turned away, by reason\n"));
                if (!reasons.isEmpty()) {
                    console.out().println(table.text());
                }
            });
        }

        private static String brief(String value) {
            return value == null ? "NULL" : value.length() > 40 ? value.substring(0, 39) + "…" : value;
        }
    }

    @Command(
            name = "withdraw",
            header = "Take a file, a batch or a version back: publishes the next version without it.",
            footer = {"", "Example: lakeproof withdraw dataset.yaml landing/may.csv --reason \"sent twice\""})
    static final class Withdraw implements Job {
        @Parameters(index = "0", paramLabel = "SPEC", description = SPEC)
        String spec;

        @Parameters(
                index = "1",
                paramLabel = "WHAT",
                description = "A source file's path (whole, or its last parts), a batch's id, or a version's number.")
        String what;

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why, for the record.")
        String reason;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            if (reason.isBlank()) {
                throw new Failure.Usage("--reason says nothing; write why, for the record keeps it.");
            }
            Run.Options options = call.options(Arrivals.Retry.IF_CHANGED, vouching);
            Lake lake = call.open(spec);
            return RunAnswer.of(
                    io.lakeproof.jobs.Withdraw.of(lake, what, reason, options).execute(), call.began());
        }
    }

    @Command(
            name = "suggest",
            header = "Read a sample of files and write a first spec for them: contract, rules and split.",
            footer = {"", "Example: lakeproof suggest landing/claims.csv --output dataset.yaml"})
    static final class Suggest implements Job {
        @Parameters(paramLabel = "PATH", description = "A file, or a folder of files: csv, json or parquet.")
        String path;

        @Option(
                names = "--output",
                paramLabel = "FILE",
                description =
                        "Write the spec there, where there is no file yet. Default: to standard output, with paths"
                                + " relative to the working directory.")
        Path output;

        @Option(
                names = "--sample",
                paramLabel = "N",
                defaultValue = "10000",
                description = "How many rows to look at. Default: 10000.")
        int sample;

        @Override
        public Answer run(Call call) {
            if (sample < 1) {
                throw new Failure.Usage("--sample %d: at least 1.".formatted(sample));
            }
            if (output != null && Files.exists(output)) {
                throw new Failure.Usage("%s is there already; name another file, or remove it.".formatted(output));
            }
            call.progress().begins("start Spark");
            io.lakeproof.jobs.suggest.Suggest.Result suggested = io.lakeproof.jobs.suggest.Suggest.of(
                            Lake.session(call.engine().start()),
                            path,
                            Optional.ofNullable(output).map(Path::toString),
                            sample,
                            call.progress())
                    .execute();
            ObjectNode json = Json.object()
                    .put("status", "suggested")
                    .put("rows", suggested.rows())
                    .put("whole", suggested.whole())
                    .put("spec", suggested.spec());
            if (output == null) {
                return Answer.of(json, console -> console.out().print(suggested.spec()));
            }
            try {
                Files.writeString(output, suggested.spec(), StandardOpenOption.CREATE_NEW);
            } catch (IOException e) {
                throw new Failure.Usage("cannot write %s: %s".formatted(output, e));
            }
            return Answer.of(json.put("output", output.toString()), console -> console.out()
                    .println("%s: a first spec, from %,d rows. Read it, then: lakeproof run %s"
                            .formatted(console.bold(output.toString()), suggested.rows(), output)));
        }
    }

    @Command(
            name = "ingest",
            header = "One step: take what is new into raw.",
            footer = {"", "Example: lakeproof ingest dataset.yaml --run-id monday"})
    static final class Ingest implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Override
        public Answer run(Call call) {
            return RunAnswer.of(steps(call, spec).ingest(), call.began());
        }
    }

    @Command(
            name = "validate",
            header = "One step: judge what the run's ingest took in.",
            footer = {"", "Example: lakeproof validate dataset.yaml --run-id monday"})
    static final class Validate implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Override
        public Answer run(Call call) {
            return RunAnswer.of(steps(call, spec).validate(), call.began());
        }
    }

    @Command(
            name = "transform",
            header = "One step: run the transforms on what the run's ingest took in; publishes nothing.",
            footer = {"", "Example: lakeproof transform dataset.yaml --run-id monday --output /tmp/examples"})
    static final class Transform implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(
                names = "--output",
                paramLabel = "FOLDER",
                description =
                        "Write the examples there as a Delta table, but for those of outputs. Default: they are only"
                                + " counted.")
        String output;

        @Override
        public Answer run(Call call) {
            return RunAnswer.of(steps(call, spec).transform(Optional.ofNullable(output)), call.began());
        }
    }

    @Command(
            name = "split",
            header = "One step: run the transforms and the split on what the run's ingest took in; publishes nothing.",
            footer = {"", "Example: lakeproof split dataset.yaml --run-id monday --output /tmp/parts"})
    static final class Split implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Option(
                names = "--output",
                required = true,
                paramLabel = "FOLDER",
                description = "Write each part there as a Delta table.")
        String output;

        @Override
        public Answer run(Call call) {
            return RunAnswer.of(steps(call, spec).split(output), call.began());
        }
    }

    @Command(
            name = "publish",
            header = "One step: write the parts of what the run took in and publish the next version.",
            footer = {"", "Example: lakeproof publish dataset.yaml --run-id monday"})
    static final class Publish implements Job {
        @Parameters(paramLabel = "SPEC", description = SPEC)
        String spec;

        @Mixin
        Vouching vouching = new Vouching();

        @Override
        public Answer run(Call call) {
            Run.Options options = call.options(Arrivals.Retry.IF_CHANGED, vouching);
            return RunAnswer.of(Steps.of(call.open(spec), options).publish(), call.began());
        }
    }

    private static Steps steps(Call call, String spec) {
        return Steps.of(call.open(spec), call.options(Arrivals.Retry.IF_CHANGED, new Vouching()));
    }
}
