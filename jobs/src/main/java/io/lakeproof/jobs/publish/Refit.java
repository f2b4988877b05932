package io.lakeproof.jobs.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.drift.Outcome;
import io.lakeproof.jobs.drift.Profile;
import io.lakeproof.jobs.spec.Features;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.features.FeatureStep;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Whether a batch moves train so far that the feature steps are fitted again, by {@code features.refit: on-drift}: measured
 * once, before anything is written, and kept in the version record.
 *
 * @param outcome what came of it
 * @param now the profile of train with the batch, in the bins that the fit made; absent: there is nothing to measure by
 */
public record Refit(Outcome outcome, Optional<Profile> now) {

    /** Whether this spec asks for it at all. */
    static boolean isAskedFor(Lake lake) {
        return lake.spec().features().refit() == Features.Refit.ON_DRIFT
                && !lake.spec().features().steps().isEmpty();
    }

    /**
     * Measures what a candidate would make of train, from the batch alone where it is appended.
     *
     * @return empty: it is not asked for, or the steps are fitted anyway
     */
    static Optional<Refit> of(Candidate candidate, Progress progress) {
        Lake lake = candidate.lake();
        if (!isAskedFor(lake) || candidate.fits()) {
            return Optional.empty();
        }
        DatasetVersion latest = candidate.course().latest().orElseThrow();
        FeatureModel model = FeatureModel.of(lake, latest);
        long since = model.model().fittedAt();
        Optional<Profile> profile = model.profile(lake);
        if (profile.isEmpty()) {
            return Optional.of(new Refit(
                    Outcome.unknown(since, "features.refit was not on-drift when its model was fitted"),
                    Optional.empty()));
        }
        Optional<Profile> before = candidate.rebuilds() ? Optional.empty() : counted(latest, since, profile.get());
        if (before.isEmpty() && !candidate.rebuilds()) {
            return Optional.of(new Refit(
                    Outcome.unknown(since, "features.refit was not on-drift in version " + latest.version()),
                    Optional.empty()));
        }
        progress.begins("measure the drift since version " + since);
        lake.describe("measure the drift of");
        Dataset<Row> examples = Examples.of(lake, candidate.added(), lake.spec().chain());
        Profile added = profile.get().again(measured(lake, FeatureModel.train(lake, examples)));
        Profile now = before.map(added::plus).orElse(added);
        return Optional.of(new Refit(
                Outcome.of(
                        profile.get().drifts(now),
                        lake.spec().features().drift().orElseThrow(),
                        since,
                        "features.drift"),
                Optional.of(now)));
    }

    /** The profile of a version's train, from its record. */
    private static Optional<Profile> counted(DatasetVersion version, long since, Profile profile) {
        return version.version() == since
                ? Optional.of(profile)
                : Optional.ofNullable(version.recordTree().at("/features/drift/counts"))
                        .filter(counts -> !counts.isMissingNode())
                        .map(profile::with);
    }

    /**
     * The columns that the steps learn from. With a step of which nobody can say what it learns from, an {@code estimator},
     * all that can be expected to last.
     */
    static Dataset<Row> measured(Lake lake, Dataset<Row> train) {
        Dataset<Row> lasting = Drift.lasting(train, lake.spec().split());
        List<FeatureStep> steps = lake.spec().features().steps();
        if (steps.stream().anyMatch(step -> step.stage().isPresent())) {
            return lasting;
        }
        Set<String> learnt = new HashSet<>();
        steps.forEach(step -> learnt.addAll(step.learnsFrom()));
        return lasting.select(Stream.of(lasting.columns())
                .filter(learnt::contains)
                .map(Lake::column)
                .toArray(Column[]::new));
    }

    /** The decision as a version record holds it; without counts where the model's own are the version's. */
    ObjectNode json() {
        ObjectNode json = Json.object().put("refit", outcome.drifted()).put("reason", outcome.reason());
        now.filter(any -> !outcome.drifted()).ifPresent(profile -> json.set("counts", profile.counts()));
        return json;
    }
}
