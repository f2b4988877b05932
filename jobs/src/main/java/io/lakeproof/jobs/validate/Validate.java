package io.lakeproof.jobs.validate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.rules.DatasetRules;
import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.jobs.rules.Waiver;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table.Commit;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Judges what a version would take in: quarantines the rows that break a row rule, and says which rules the batch, the
 * dataset and the examples break.
 */
public final class Validate {

    private final Lake lake;
    private final Stamp stamp;
    private final Subject subject;
    private final Progress progress;

    private Validate(Lake lake, Stamp stamp, Subject subject, Progress progress) {
        this.lake = lake;
        this.stamp = stamp;
        this.subject = subject;
        this.progress = progress;
    }

    /**
     * What is judged. Each is a lazy plan, read only if there are rules about it.
     *
     * @param batch the new batch; absent: there is none, and rules about batches are not asked
     * @param judgesAgain whether rows that were judged before are judged again with the batch
     * @param judged the rows whose verdicts go to quarantine; absent: every row was judged before
     * @param standing what of quarantine the version would hold, if every row was judged before
     * @param all every row that the version would take in
     * @param examples all examples of a chain that the version would hold
     */
    public record Subject(
            Optional<Batch> batch,
            boolean judgesAgain,
            Supplier<Optional<Intake>> judged,
            Supplier<Dataset<Row>> standing,
            Supplier<Intake> all,
            Function<Chain, Dataset<Row>> examples) {}

    /** A judgement over a subject. */
    public static Validate of(Lake lake, Stamp stamp, Subject subject, Progress progress) {
        return new Validate(lake, stamp, subject, progress);
    }

    /**
     * The verdict.
     *
     * @param judgement the attempt that the verdicts in quarantine carry
     * @param failed rows that a row rule turned away
     * @param outcomes what every rule measured, row rules first, in the spec's order: an array of objects with
     *     {@code level}, {@code rule}, {@code passed}, {@code measured} and {@code asked}, and {@code waiver} where one lets
     *     a broken rule through
     * @param failures why the version must not be published, a line each; empty: nothing stands against it
     */
    public record Result(String judgement, long failed, JsonNode outcomes, List<String> failures) {
        /** What somebody's waiver lets through, a line each. */
        public List<String> waived() {
            List<String> waived = new ArrayList<>();
            outcomes.forEach(outcome -> {
                JsonNode waiver = outcome.path("waiver");
                if (!waiver.isMissingNode()) {
                    waived.add("%s is broken (%s) and waived until %s by %s: %s"
                            .formatted(
                                    outcome.get("rule").asText(),
                                    outcome.get("measured").asText("nothing to measure"),
                                    waiver.get("until").asText(),
                                    waiver.get("by").asText(),
                                    waiver.get("reason").asText()));
                }
            });
            return waived;
        }

        /** The same verdict, and something more that stands against the version. */
        public Result failing(String why) {
            return new Result(
                    judgement,
                    failed,
                    outcomes,
                    Stream.concat(failures.stream(), Stream.of(why)).toList());
        }
    }

    /** Judges; writes to quarantine what the row rules turn away. */
    public Result execute() {
        Rules rules = lake.spec().rules();
        progress.begins("validate " + rules.all().count() + " rules");
        lake.describe("validate");
        Optional<String> unreadable = unreadable();
        if (unreadable.isPresent()) {
            return new Result(
                    stamp.attempt(),
                    0,
                    Json.tree(List.of()),
                    unreadable.stream().toList());
        }
        TurnedAway turnedAway = turnedAway(rules);
        long failed = turnedAway.rows();
        List<DatasetRules.Outcome> outcomes = new ArrayList<>();
        subject.batch()
                .ifPresent(batch -> outcomes.addAll(evaluate(
                        rules.batch(),
                        () -> Intake.bare(Intake.ofBatch(lake, batch.rawVersion(), batch.id())
                                .rows()))));
        outcomes.addAll(
                evaluate(rules.dataset(), () -> Intake.bare(subject.all().get().kept())));
        List<JsonNode> measured = new ArrayList<>();
        rules.rows().forEach(rule -> measured.add(json(turnedAway, rule)));
        List<String> failures = new ArrayList<>();
        tooMany(rules, failed, measured).ifPresent(failures::add);
        outcomes.forEach(outcome -> note(outcome, "", measured, failures));
        for (Chain chain : lake.spec().chains()) {
            evaluate(chain.rules(), () -> subject.examples().apply(chain))
                    .forEach(outcome -> note(outcome, chain.name(), measured, failures));
        }
        return new Result(stamp.attempt(), failed, Json.tree(measured), List.copyOf(failures));
    }

    /**
     * What the row rules turned away.
     *
     * @param rows how many rows they turn away now
     * @param byRule how many rows broke each rule, by its text, now or, where every row was judged before, then; a row may
     *     break several
     */
    private record TurnedAway(long rows, Map<String, Long> byRule) {
        static final TurnedAway NOTHING = new TurnedAway(0, Map.of());
    }

    private TurnedAway turnedAway(Rules rules) {
        if (rules.rows().isEmpty() && lake.spec().source().upsert().isEmpty()) {
            return TurnedAway.NOTHING;
        }
        Optional<Intake> judged = subject.judged().get();
        if (judged.isPresent()) {
            return quarantine(judged.get());
        }
        return lake.quarantine().exists()
                ? new TurnedAway(0, byRule(subject.standing().get()))
                : TurnedAway.NOTHING;
    }

    private TurnedAway quarantine(Intake judged) {
        Dataset<Row> failed = judged.failed();
        // Writing no rows would make an empty table, and leave an empty file that no commit names. Not by isEmpty(),
        // which
        // looks through one partition, then through a few more, where usually no row fails in any.
        if (failed.limit(1).count() == 0) {
            return TurnedAway.NOTHING;
        }
        Commit commit = lake.quarantine().append(Quarantine.ofFailed(failed, stamp, Instant.now()), stamp);
        return new TurnedAway(
                commit.rows(),
                byRule(lake.quarantine()
                        .at(commit.version())
                        .where(col("attempt").equalTo(stamp.attempt()))));
    }

    private static Map<String, Long> byRule(Dataset<Row> quarantined) {
        Map<String, Long> byRule = new HashMap<>();
        quarantined
                .where(col("kind").equalTo("rule"))
                .select(explode(col("failures.rule")).as("rule"))
                .groupBy("rule")
                .count()
                .collectAsList()
                .forEach(row -> byRule.put(row.getString(0), row.getLong(1)));
        return byRule;
    }

    private static List<DatasetRules.Outcome> evaluate(List<Rules.Rule> rules, Supplier<Dataset<Row>> rows) {
        return rules.isEmpty() ? List.of() : DatasetRules.evaluate(rows.get(), rules);
    }

    /** @param output the output that the rule is about; empty: the dataset */
    private void note(DatasetRules.Outcome outcome, String output, List<JsonNode> measured, List<String> failures) {
        String level = outcome.rule().level().name().toLowerCase(Locale.ROOT);
        ObjectNode json = Json.object()
                .put("level", output.isEmpty() ? level : level + " of " + output)
                .put("rule", outcome.rule().dqdl())
                .put("passed", outcome.passed())
                .put("measured", outcome.measured().orElse(null))
                .put("asked", outcome.asked());
        measured.add(json);
        if (!outcome.passed()) {
            rejecting(
                            outcome.rule().dqdl(),
                            output.isEmpty() ? outcome.message() : output + ": " + outcome.message(),
                            json)
                    .ifPresent(failures::add);
        }
    }

    /**
     * What a broken rule has against the version; nothing where somebody waived it, which the outcome then says.
     *
     * @param outcome of the rule
     */
    private Optional<String> rejecting(String rule, String message, ObjectNode outcome) {
        Optional<Waiver> waiver =
                Optional.ofNullable(lake.spec().rules().waivers().get(rule));
        if (waiver.filter(it -> it.holds(LocalDate.now(ZoneOffset.UTC))).isPresent()) {
            outcome.set("waiver", waiver.get().json());
            return Optional.empty();
        }
        return Optional.of(waiver.map(it -> message + "; its waiver ended on " + it.until())
                .orElse(message));
    }

    private static JsonNode json(TurnedAway turnedAway, Rules.Rule rule) {
        long rows = turnedAway.byRule().getOrDefault(rule.dqdl(), 0L);
        return Json.object()
                .put("level", "rows")
                .put("rule", rule.dqdl())
                .put("passed", rows == 0)
                .put("measured", rows + (rows == 1 ? " row turned away" : " rows turned away"))
                .put("asked", "every row");
    }

    /** A batch of which no file can be read is not a batch. */
    private Optional<String> unreadable() {
        return subject.batch()
                .filter(batch -> batch.files().stream().allMatch(file -> file.status() == Ledger.Status.UNREADABLE))
                .map(batch -> "None of the %d files of the batch can be read; quarantine says why"
                        .formatted(batch.files().size()));
    }

    private Optional<String> tooMany(Rules rules, long failed, List<JsonNode> measured) {
        long unreadable = subject.batch().map(Batch::unreadable).orElse(0L);
        long out = unreadable + failed;
        if (rules.maxQuarantined().isEmpty() || out == 0) {
            return Optional.empty();
        }
        long in = unreadable + judgedRows();
        BigDecimal limit = rules.maxQuarantined().get();
        BigDecimal share = BigDecimal.valueOf(out).divide(BigDecimal.valueOf(in), MathContext.DECIMAL64);
        if (share.compareTo(limit) <= 0) {
            return Optional.empty();
        }
        ObjectNode outcome = Json.object()
                .put("level", "batch")
                .put("rule", Waiver.MAX_QUARANTINED)
                .put("passed", false)
                .put("measured", "%d of %d rows, %s".formatted(out, in, percent(share)))
                .put("asked", "at most " + percent(limit));
        measured.add(outcome);
        return rejecting(
                Waiver.MAX_QUARANTINED,
                "max-quarantined %s: %,d of %,d rows (%s) are unreadable or broke a row rule; `lakeproof quarantine` shows why"
                        .formatted(percent(limit), out, in, percent(share)),
                outcome);
    }

    /** How many rows the failed ones are of: those of the batch, or all when all are judged again. */
    private long judgedRows() {
        return subject.batch().isPresent() && !subject.judgesAgain()
                ? subject.batch().get().rows()
                : subject.judged().get().map(intake -> intake.rows().count()).orElse(0L);
    }

    private static String percent(BigDecimal share) {
        return share.movePointRight(2)
                        .round(new MathContext(4))
                        .stripTrailingZeros()
                        .toPlainString() + "%";
    }
}
