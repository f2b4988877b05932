package io.lakeproof.jobs;

import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.ingest.Ingest;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Candidate;
import io.lakeproof.jobs.publish.Course;
import io.lakeproof.jobs.publish.Examples;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.Batches;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Table.Commit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A run's steps as jobs of their own, for Data Factory or a workflow to chain. Steps of one run share its id; what lasts
 * between them is raw, quarantine and the verdict in {@code lineage/batches}.
 */
public final class Steps {

    private final Lake lake;
    private final Run.Options options;

    private Steps(Lake lake, Run.Options options) {
        this.lake = lake;
        this.options = options;
    }

    /** The steps of a run, named by the options' run id. */
    public static Steps of(Lake lake, Run.Options options) {
        return new Steps(lake, options);
    }

    /** Takes what is new into raw; publishes nothing. */
    public Run.Result ingest() {
        return Run.untilDecided(lake, options, stamp -> Optional.of(ingest(stamp)));
    }

    private Run.Result ingest(Stamp stamp) {
        Optional<DatasetVersion> latest = latest();
        Course course = Course.of(lake, latest);
        Arrivals arrivals = Run.arrivals(lake, course, options.retry());
        Run.requireLedger(lake, arrivals);
        Ingest.Result ingested = Ingest.of(lake, stamp, latest, course.recipe(), arrivals, options.progress())
                .execute();
        List<String> notes = Run.notes(arrivals, ingested.notes());
        if (ingested.batch().isEmpty()) {
            return Run.unchanged(lake, stamp, latest, notes);
        }
        Batch batch = ingested.batch().get();
        lake.batches().record(batch, stamp, Instant.now());
        return Run.result(
                lake,
                stamp,
                latest,
                Run.Status.INGESTED,
                batch.rows() + batch.unreadable(),
                batch.unreadable(),
                List.of(),
                notes);
    }

    /** Judges what the run ingested, or what was published before when only the spec changed. */
    public Run.Result validate() {
        return Run.untilDecided(lake, options, stamp -> Optional.of(validate(stamp)));
    }

    private Run.Result validate(Stamp stamp) {
        Optional<DatasetVersion> latest = latest();
        Optional<Candidate> candidate = candidate(latest);
        return candidate.map(c -> judge(stamp, c)).orElseGet(() -> Run.unchanged(lake, stamp, latest, nothing()));
    }

    /**
     * Runs the transforms on what the run ingested, those of the outputs included, and counts the rows behind each.
     *
     * @param output a folder that gets the dataset's own examples as a Delta table; absent: they are only counted, as those
     *     of the outputs are
     */
    public Run.Result transform(Optional<String> output) {
        return compute(counted -> {
            List<String> written = new ArrayList<>();
            counted.forEach((chain, examples) -> {
                options.progress().begins(chain.naming("transform"));
                lake.describe(chain.naming("transform"));
                if (output.isPresent() && !chain.isOutput()) {
                    written.add(write(examples.rows(), output.get()));
                } else {
                    examples.rows().foreach(row -> {});
                }
            });
            return written;
        });
    }

    /**
     * Runs the transforms and the split on what the run ingested.
     *
     * @param output a folder that gets a Delta table for each part, those of the outputs included
     */
    public Run.Result split(String output) {
        return compute(counted -> {
            lake.describe("split");
            Intake intake = candidate(latest()).orElseThrow().added();
            List<String> written = new ArrayList<>();
            counted.forEach((chain, examples) -> {
                for (String part : chain.tables()) {
                    options.progress().begins("write " + part);
                    boolean first = part.equals(chain.tables().get(0));
                    Dataset<Row> uncounted = Examples.of(lake, intake, chain);
                    written.add(write(
                            chain.rows(part, first ? examples.rows() : uncounted, uncounted), output + "/" + part));
                }
            });
            return written;
        });
    }

    /** Writes the parts and publishes the version, if the run's batch was accepted; judges it first if nobody has. */
    public Run.Result publish() {
        return Run.untilDecided(lake, options, stamp -> {
            Optional<DatasetVersion> latest = latest();
            Optional<Candidate> candidate = candidate(latest);
            if (candidate.isEmpty()) {
                return Optional.of(Run.unchanged(lake, stamp, latest, nothing()));
            }
            return Run.publish(candidate.get(), verdict(candidate.get()), stamp, List.of(), options);
        });
    }

    private interface Computation {
        /** What was written, a line each. */
        List<String> on(Map<Chain, Examples> examples);
    }

    private Run.Result compute(Computation computation) {
        Stamp stamp = lake.stamp(options.runId());
        Optional<DatasetVersion> latest = latest();
        Optional<Candidate> candidate = candidate(latest);
        if (candidate.isEmpty()) {
            return Run.unchanged(lake, stamp, latest, nothing());
        }
        Intake intake = candidate.get().added();
        Map<Chain, Examples> examples = new LinkedHashMap<>();
        lake.spec().chains().forEach(chain -> examples.put(chain, Examples.counted(lake, intake, chain)));
        List<String> written;
        try {
            written = computation.on(examples);
        } catch (Exception e) {
            Optional<String> why = Run.rejection(e);
            if (why.isEmpty()) {
                throw e;
            }
            throw new Failure.Rejected(why.get());
        }
        List<Account> accounts = examples.values().stream()
                .flatMap(counted -> counted.accounts().stream())
                .toList();
        // Rows that could not be read are not among the examples, but this step's counts are the run's.
        long unreadable = candidate.get().rebuilds()
                ? 0
                : candidate.get().batch().map(Batch::unreadable).orElse(0L);
        return new Run.Result(
                lake.spec().name(),
                Run.Status.VALIDATED,
                latest.map(DatasetVersion::version).orElse(0L),
                stamp.run(),
                candidate.get().rebuildBecause(),
                accounts.get(0).in() + unreadable,
                accounts.get(0).quarantined() + unreadable,
                latest.map(DatasetVersion::tables).orElse(List.of()),
                accounts,
                List.of(),
                written);
    }

    /** What an earlier attempt of the step wrote there is replaced, and nothing else. */
    private String write(Dataset<Row> rows, String folder) {
        Table table = lake.output(folder);
        if (table.exists() && !table.isOf(lake.spec().name())) {
            throw new Failure.Usage("--output %s: the table there holds what %s did not write; name another folder."
                    .formatted(folder, lake.spec().name()));
        }
        Commit written = table.replace(rows, lake.stamp(options.runId()));
        return "%,d examples are in %s, a Delta table".formatted(written.rows(), folder);
    }

    private Run.Result judge(Stamp stamp, Candidate candidate) {
        Validate.Result verdict = Run.verdict(candidate, stamp, options);
        if (!verdict.failures().isEmpty()) {
            return Run.reject(stamp, candidate, verdict, List.of());
        }
        candidate.batch().ifPresent(batch -> lake.batches()
                .record(Run.judged(candidate, batch, verdict), stamp, Instant.now()));
        return Run.judged(candidate, stamp, Run.Status.VALIDATED, verdict, List.of());
    }

    /** The verdict that the step {@code validate} left, if it still holds: nothing was published since. */
    private Validate.Result verdict(Candidate candidate) {
        Optional<Batch> judged = candidate
                .batch()
                .filter(batch -> batch.status() != Batches.Status.INGESTED)
                .filter(batch -> batch.base() == candidate.course().next() - 1)
                .filter(batch ->
                        batch.recipe().equals(candidate.course().recipe().digest(lake.spec())));
        return judged.map(batch -> new Validate.Result(
                        batch.judgement(), batch.failed(), Json.parse(batch.outcomes()), batch.failures()))
                .orElseGet(() -> Run.verdict(candidate, lake.stamp(options.runId()), options));
    }

    private List<String> nothing() {
        return lake.batches().ofRun(options.runId()).isPresent()
                ? List.of()
                : List.of(
                        "run %s has no batch: give this step the --run-id that ingest had".formatted(options.runId()));
    }

    private Optional<DatasetVersion> latest() {
        return Run.latest(lake);
    }

    /** What the run has to publish: its batch, unless another run has taken the same files since, or a changed spec. */
    private Optional<Candidate> candidate(Optional<DatasetVersion> latest) {
        Course course = Course.of(lake, latest);
        Optional<Batch> batch = lake.batches().ofRun(options.runId()).filter(b -> !taken(b));
        return batch.isEmpty() && !course.actsAlone()
                ? Optional.empty()
                : Optional.of(Candidate.of(lake, course, batch));
    }

    private boolean taken(Batch batch) {
        Map<String, String> digests =
                batch.files().stream().collect(Collectors.toMap(Ledger.Entry::path, Ledger.Entry::sha256));
        return lake.ledger().ofPaths(new ArrayList<>(digests.keySet())).stream()
                .anyMatch(entry -> entry.version() > 0 && entry.sha256().equals(digests.get(entry.path())));
    }
}
