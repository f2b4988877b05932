package io.lakeproof.jobs.train;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.train.Handover.Part;
import io.lakeproof.jobs.train.Workspace.Job;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Trainings.Fact;
import io.lakeproof.lineage.Trainings.Status;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Hands a version over to Azure Machine Learning: once, however often it is asked to. */
public final class Train {

    private final Lake lake;
    private final Training training;
    private final Options options;
    private final Pace pace;
    private final Workspace workspace;
    private final List<String> notes = new ArrayList<>();

    private Train(Lake lake, Training training, Options options, Pace pace) {
        this.lake = lake;
        this.training = training;
        this.options = options;
        this.pace = pace;
        AzureMl azureMl = training.azureMl();
        this.workspace = new Workspace(
                azureMl,
                new AzureHttp(
                        options.env(), azureMl.endpoint(), azureMl.endpoint().toString(), pace));
    }

    /** How long to stay with it. */
    public enum Until {
        STARTED,
        ENDED
    }

    /** What to do about a training that the version has already. */
    public enum Earlier {
        /** It is followed. */
        FOLLOW,
        /** Another one is started beside it. */
        LEAVE
    }

    /**
     * How to train.
     *
     * @param env the environment, in which credentials are looked for
     * @param runId the run's id
     */
    public record Options(Map<String, String> env, Until until, Earlier earlier, String runId, Progress progress) {}

    /**
     * How a training stands.
     *
     * @param status absent: it could not be started, or nobody knows
     * @param reason why there is one, or none
     * @param job its id; absent: there is none
     * @param said Azure's word for how it stands; absent: there is no job
     * @param page where people look at it; absent: nowhere
     * @param models what it registered
     * @param notes what a person should know, a line each
     * @param problem what went wrong; absent: nothing
     */
    public record Result(
            String dataset,
            long version,
            Optional<Status> status,
            String reason,
            Optional<String> job,
            Optional<String> said,
            Optional<String> page,
            List<Model> models,
            List<String> notes,
            Optional<Failure> problem) {

        /** A model that the training registered. */
        public record Model(String name, String version) {}
    }

    /**
     * Trains on a version, because somebody wants it.
     *
     * @throws Failure.Usage when the spec has no training
     */
    public static Result on(Lake lake, DatasetVersion version, Options options) {
        return on(lake, version, options, Pace.USUAL);
    }

    static Result on(Lake lake, DatasetVersion version, Options options, Pace pace) {
        return new Train(lake, training(lake), options, pace).train(version, "asked for by lakeproof train");
    }

    /**
     * Trains on a version if {@code training.when} says so and nothing is known of it yet: the last step of a chain of steps,
     * as {@link #after} is that of a run.
     *
     * @return empty when the spec has no training, or there is nothing to do
     */
    public static Optional<Result> ifDue(Lake lake, DatasetVersion version, Options options) {
        return ifDue(lake, version, options, Pace.USUAL);
    }

    static Optional<Result> ifDue(Lake lake, DatasetVersion version, Options options, Pace pace) {
        return lake.spec().training().flatMap(training -> new Train(lake, training, options, pace).decide(version));
    }

    private static Training training(Lake lake) {
        return lake.spec()
                .training()
                .orElseThrow(() ->
                        new Failure.Usage("%s has no training. Write training: in %s, or record one with --record."
                                .formatted(lake.spec().name(), lake.spec().file())));
    }

    /**
     * The last step of a run: trains on the version that it published, or that an earlier run published and did not get to
     * hand over, if {@code training.when} says so.
     *
     * @return empty when the spec has no training, or there is nothing to do
     */
    public static Optional<Result> after(Lake lake, Run.Result run, Options options) {
        return after(lake, run, options, Pace.USUAL);
    }

    static Optional<Result> after(Lake lake, Run.Result run, Options options, Pace pace) {
        boolean current = run.status() == Run.Status.PUBLISHED || run.status() == Run.Status.NOTHING_NEW;
        if (lake.spec().training().isEmpty() || run.version() == 0 || !current) {
            return Optional.empty();
        }
        DatasetVersion version = lake.version(String.valueOf(run.version()));
        try {
            return new Train(lake, lake.spec().training().get(), options, pace).decide(version);
        } catch (Failure failure) {
            // The version is published, and stays so.
            return Optional.of(new Result(
                    lake.spec().name(),
                    version.version(),
                    Optional.empty(),
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    Optional.of(new Failure.Remote(
                            "version %d is published, but not handed over: %s"
                                    .formatted(version.version(), failure.getMessage()),
                            failure))));
        }
    }

    private Optional<Result> decide(DatasetVersion version) {
        List<Entry<Fact>> known = standing(lake.trainings().all());
        settle(known);
        List<Entry<Fact>> ofVersion = known.stream()
                .filter(entry -> entry.record().equals(version.digest()))
                .toList();
        if (!ofVersion.isEmpty()) {
            // Nothing is to be done; what could not be learnt of earlier trainings is worth a line.
            Fact newest = ofVersion.get(ofVersion.size() - 1).fact();
            return notes.isEmpty()
                    ? Optional.empty()
                    : Optional.of(result(
                            version,
                            Optional.of(newest.status()),
                            newest.reason().orElse(""),
                            newest.job(),
                            Optional.empty(),
                            List.of(),
                            Optional.empty()));
        }
        Decision decision = Decision.of(lake, training, version, known, options.progress());
        if (!decision.trains()) {
            record(version, Fact.of(Status.SKIPPED, decision.reason()));
            return Optional.of(result(
                    version,
                    Optional.of(Status.SKIPPED),
                    decision.reason(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty()));
        }
        return Optional.of(train(version, decision.reason()));
    }

    /** Writes down how earlier trainings ended that nobody waited for; what cannot be learnt now, a later run may learn. */
    private void settle(List<Entry<Fact>> known) {
        Set<String> ended = known.stream()
                .filter(entry -> entry.fact().status().isEnd())
                .flatMap(entry -> entry.fact().job().stream())
                .collect(Collectors.toSet());
        for (Entry<Fact> entry : known) {
            String job = entry.fact().job().orElse("");
            if (entry.fact().status() == Status.STARTED && !ended.contains(job)) {
                Optional<DatasetVersion> version = lake.versions().find(entry.version());
                try {
                    Optional<Job> now = workspace.find(name(job));
                    if (version.isPresent() && now.isPresent()) {
                        end(version.get(), now.get());
                        problem(version.get(), now.get()).ifPresent(failed -> notes.add(failed.getMessage()));
                    } else if (version.isPresent()) {
                        record(
                                version.get(),
                                Fact.of(Status.FAILED, "the workspace no longer has it")
                                        .by(job));
                        notes.add("training job %s of version %d is no longer in the workspace: how it ended is unknown"
                                .formatted(name(job), entry.version()));
                    }
                } catch (Failure.Remote e) {
                    notes.add("how training %s stands is unknown: %s".formatted(name(job), e.getMessage()));
                    return;
                }
            }
        }
    }

    private Result train(DatasetVersion version, String reason) {
        List<Entry<Fact>> known = lake.trainings().of(version);
        Optional<String> earlier = known.stream()
                .filter(entry -> entry.fact().status() == Status.STARTED)
                .flatMap(entry -> entry.fact().job().stream())
                .reduce((before, after) -> after);
        boolean follows = options.earlier() == Earlier.FOLLOW;
        standing(known).stream()
                .filter(entry -> follows && earlier.isEmpty() && entry.fact().status() == Status.CLAIMED)
                .findFirst()
                .ifPresent(entry -> {
                    throw claimed(entry);
                });
        Job job = earlier.isPresent() && follows ? again(version, earlier.get()) : start(version, known);
        record(version, Fact.of(Status.STARTED, reason).by(job.id()));
        Job now = options.until() == Until.ENDED ? follow(job) : job;
        List<Result.Model> models = end(version, now);
        return result(
                version,
                Optional.of(status(now)),
                reason,
                Optional.of(now.id()),
                Optional.of(now),
                models,
                problem(version, now));
    }

    private Optional<Failure> problem(DatasetVersion version, Job job) {
        Status status = status(job);
        return status != Status.FAILED && status != Status.CANCELED
                ? Optional.empty()
                : Optional.of(new Failure.Remote(
                        "training job %s %s%s. Start another with `lakeproof train %s %d --again`."
                                .formatted(
                                        job.name(),
                                        status == Status.FAILED ? "failed" : "was canceled",
                                        job.page().map(page -> ": " + page).orElse(""),
                                        lake.spec().file(),
                                        version.version()),
                        null));
    }

    private Job again(DatasetVersion version, String job) {
        return workspace
                .find(name(job))
                .orElseThrow(() -> new Failure.Remote(
                        "Version %d was trained on by job %s, which the workspace no longer has. Start another with --again."
                                .formatted(version.version(), name(job)),
                        null));
    }

    private Job start(DatasetVersion version, List<Entry<Fact>> known) {
        if (lake.retirements().holds(version)) {
            throw new Failure.Usage("Version %d was cleaned up by maintain: its data is gone. Train on another."
                    .formatted(version.version()));
        }
        Handover handover = handover(version);
        options.progress().begins("hand over version " + version.version());
        lake.describe("train");
        write(handover);
        if (training.azureMl().export() == Training.Export.PARQUET) {
            handover.parts().forEach(part -> export(handover, part));
        }
        if (training.azureMl().dataAsset() == Training.DataAsset.REGISTER) {
            for (Handover.Asset asset : handover.assets()) {
                workspace.register(asset.name(), String.valueOf(version.version()), asset.body());
            }
        }
        Set<String> taken = known.stream()
                .flatMap(entry -> entry.fact().job().stream())
                .map(Train::name)
                .collect(Collectors.toSet());
        int attempt = 1;
        while (taken.contains(handover.jobName(attempt))) {
            attempt++;
        }
        return training.azureMl().batchEndpoint().isEmpty()
                ? workspace.start(handover.jobName(attempt), handover.body())
                : invoke(handover, handover.jobName(attempt));
    }

    /** Whoever gets the claim into the table invokes the endpoint, and nobody else. */
    private Job invoke(Handover handover, String claim) {
        String mine = "attempt " + UUID.randomUUID();
        Entry<Fact> entry =
                record(handover.version(), Fact.of(Status.CLAIMED, mine).by(claim));
        if (!entry.fact().reason().equals(Optional.of(mine))) {
            throw claimed(entry);
        }
        BatchEndpoint.Outcome outcome =
                new BatchEndpoint(training.azureMl(), options.env(), pace).invoke(handover.body());
        return outcome.job().orElseThrow(() -> {
            record(handover.version(), Fact.of(Status.FAILED, outcome.refused()).by(claim));
            return new Failure.Remote(
                    "The batch endpoint would not start a job (%s). Correct training.azure-ml, or give this identity access to the endpoint."
                            .formatted(outcome.refused().replaceFirst("\\.$", "")),
                    null);
        });
    }

    private static Failure.Remote claimed(Entry<Fact> entry) {
        return new Failure.Remote(
                "Version %d was handed to the batch endpoint on %s, and nobody knows whether it started a job. Look at the endpoint's jobs; start one with --again only if there is none."
                        .formatted(entry.version(), entry.at()),
                null);
    }

    /** Without the claims that came to nothing because the endpoint refused. */
    private static List<Entry<Fact>> standing(List<Entry<Fact>> entries) {
        Set<Optional<String>> refused = entries.stream()
                .filter(entry -> entry.fact().status() == Status.FAILED)
                .map(entry -> entry.fact().job())
                .filter(job -> job.filter(name -> !name.contains("/")).isPresent())
                .collect(Collectors.toSet());
        return entries.stream()
                .filter(entry -> !refused.contains(entry.fact().job()))
                .toList();
    }

    private Handover handover(DatasetVersion version) {
        List<Part> parts = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (String name : lake.parts()) {
            Table table = lake.table(name);
            version.table(name).ifPresent(pinned -> {
                parts.add(new Part(name, table.location(), pinned.deltaVersion(), pinned.rows(), pinned.fingerprint()));
                if (training.azureMl().reader() == Training.Reader.MLTABLE
                        && training.azureMl().export() == Training.Export.NONE) {
                    Table.Protocol protocol = table.protocol();
                    Handover.unreadable(name, protocol.reader(), protocol.features())
                            .ifPresent(unreadable::add);
                }
            });
        }
        Handover.refuse(unreadable);
        parts.stream()
                .map(Part::location)
                .filter(location -> location.startsWith("file:"))
                .findFirst()
                .ifPresent(location -> notes.add(location + " is on this machine: a job in Azure ML can't read it"));
        return new Handover(lake.spec().name(), version, parts, training.azureMl());
    }

    private void write(Handover handover) {
        try {
            FileSystem files = new Path(handover.folder()).getFileSystem(lake.hadoop());
            for (Map.Entry<String, String> file : handover.files().entrySet()) {
                write(files, new Path(handover.folder(), file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw unwritable(handover, e);
        }
    }

    /** Written aside and moved into place, so that what is there is whole; what is there already stays. */
    private void export(Handover handover, Part part) {
        options.progress().begins("export " + part.name());
        Path whole = new Path(handover.parquet(part));
        // Readers of Parquet look past names that begin with _, should two exports meet.
        Path aside = new Path(whole.getParent(), "_" + whole.getName() + "-" + UUID.randomUUID());
        try {
            FileSystem files = whole.getFileSystem(lake.hadoop());
            if (!files.exists(whole)) {
                lake.table(part.name()).at(part.deltaVersion()).write().parquet(aside.toString());
                if (files.exists(whole) || !files.rename(aside, whole)) {
                    files.delete(aside, true);
                }
            }
        } catch (IOException e) {
            throw unwritable(handover, e);
        }
    }

    private static Failure.Remote unwritable(Handover handover, IOException e) {
        return new Failure.Remote(
                "The hand-over cannot be written to %s: %s. Let this identity write there, or name another training.azure-ml.folder."
                        .formatted(handover.folder(), e.getMessage()),
                e);
    }

    /** What is there already is left alone: a training may be reading it. */
    private static void write(FileSystem files, Path path, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (InputStream in = files.open(path)) {
            if (Arrays.equals(in.readAllBytes(), bytes)) {
                return;
            }
        } catch (FileNotFoundException e) {
            // It is written below.
        }
        try (OutputStream out = files.create(path, true)) {
            out.write(bytes);
        }
    }

    private Job follow(Job started) {
        Job job = started;
        Duration pause = pace.poll();
        while (!status(job).isEnd()) {
            options.progress().begins("training %s: %s".formatted(job.name(), job.status()));
            sleep(pause);
            Duration longer = pause.multipliedBy(3).dividedBy(2);
            pause = longer.compareTo(pace.poll().multipliedBy(12)) < 0 ? longer : pause;
            // Created a moment ago, it may not be found yet.
            job = workspace.find(job.name()).orElse(job);
        }
        return job;
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure.Remote("Interrupted while the training runs; it goes on.", e);
        }
    }

    /** Writes down that a job ended, if it did, with the models that came out of it. */
    private List<Result.Model> end(DatasetVersion version, Job job) {
        Status status = status(job);
        if (!status.isEnd()) {
            return List.of();
        }
        Fact fact = Fact.of(status, "Azure ML says " + job.status()).by(job.id());
        List<Result.Model> models = status == Status.COMPLETED
                ? workspace.models(job.name(), version.digest()).stream()
                        .map(model -> new Result.Model(model.name(), model.version()))
                        .toList()
                : List.of();
        if (models.isEmpty()) {
            record(version, fact);
        }
        models.forEach(model -> record(version, fact.of(model.name(), Optional.of(model.version()))));
        return models;
    }

    private Entry<Fact> record(DatasetVersion version, Fact fact) {
        return lake.trainings().put(fact, version, lake.principal(), lake.stamp(options.runId()), Instant.now());
    }

    /** All that Azure ML says of a job; a word that it may learn later means that the job is not at its end. */
    private static Status status(Job job) {
        return switch (job.status()) {
            case "Completed" -> Status.COMPLETED;
            case "Failed" -> Status.FAILED;
            case "Canceled" -> Status.CANCELED;
            default -> Status.STARTED;
        };
    }

    private static String name(String jobId) {
        return jobId.substring(jobId.lastIndexOf('/') + 1);
    }

    private Result result(
            DatasetVersion version,
            Optional<Status> status,
            String reason,
            Optional<String> id,
            Optional<Job> job,
            List<Result.Model> models,
            Optional<Failure> problem) {
        return new Result(
                lake.spec().name(),
                version.version(),
                status,
                reason,
                id,
                job.map(Job::status),
                job.flatMap(Job::page),
                models,
                List.copyOf(notes),
                problem);
    }
}
