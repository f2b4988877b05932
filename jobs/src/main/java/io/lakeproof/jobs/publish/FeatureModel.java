package io.lakeproof.jobs.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.drift.Profile;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Models.Model;
import io.lakeproof.transforms.features.BadFit;
import io.lakeproof.transforms.features.FittedFeatures;
import io.lakeproof.transforms.features.State;
import io.lakeproof.transforms.features.Use;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * A dataset's feature steps, fitted, and where that is kept: {@code model.json} with what the steps learned, a folder of
 * Spark ML's own for each class of it, and, where drift decides on the next fit, {@code profile.json} with what it is measured
 * by.
 *
 * @param fitted the steps
 * @param model what the version record names
 * @param train the part that they were fitted on
 */
public record FeatureModel(FittedFeatures fitted, Model model, String train) {

    private static final String FILE = "model.json";

    private static final String PROFILE = "profile.json";

    /** Fits the steps on the train part of these examples, and keeps the model before any version names it. */
    static FeatureModel fit(Lake lake, Dataset<Row> examples, String attempt, long version) {
        try {
            FittedFeatures fitted = onTrain(lake, examples, train -> {
                if (Refit.isAskedFor(lake)) {
                    Profile profile = Profile.of(Refit.measured(lake, train));
                    lake.models().write(attempt, PROFILE, Json.text(profile.json()));
                }
                return FittedFeatures.fit(lake.spec().features().steps(), train);
            });
            return new FeatureModel(fitted, keep(lake.models(), fitted, attempt, version), trainPart(lake));
        } catch (BadFit bad) {
            throw new Failure.Rejected(bad.getMessage());
        }
    }

    /** What the steps learn from these examples now, one for each; see {@link FittedFeatures#again}. */
    public List<State> again(Lake lake, Dataset<Row> examples) {
        return onTrain(lake, examples, fitted::again);
    }

    private static <T> T onTrain(Lake lake, Dataset<Row> examples, Function<Dataset<Row>, T> fit) {
        Dataset<Row> train = train(lake, examples);
        // Examples come from raw by way of every rule and transform; steps read them again and again.
        boolean kept = Refit.isAskedFor(lake)
                || lake.spec().features().steps().stream()
                                .filter(FittedFeatures::learns)
                                .count()
                        > 1;
        try {
            return fit.apply(kept ? train.persist(StorageLevel.MEMORY_AND_DISK()) : train);
        } finally {
            if (kept) {
                train.unpersist();
            }
        }
    }

    /** Those of the examples that the steps are fitted on. */
    static Dataset<Row> train(Lake lake, Dataset<Row> examples) {
        return lake.spec().chain().rows(trainPart(lake), examples, examples);
    }

    /** What the fit was made from, to measure drift by; absent: nobody asked for it then. */
    Optional<Profile> profile(Lake lake) {
        return model.files().stream()
                .filter(file -> file.path().equals(PROFILE))
                .findFirst()
                .map(file -> Profile.parse(Json.parse(lake.models().read(model.name(), PROFILE))));
    }

    /** The part that steps are fitted on: the one named train, or else the first. */
    public static String trainPart(Lake lake) {
        List<String> parts = lake.spec().split().names();
        return parts.contains("train") ? "train" : parts.get(0);
    }

    private static Model keep(Models models, FittedFeatures fitted, String attempt, long version) {
        ObjectNode file = Json.object().put("format", 1);
        ArrayNode steps = file.putArray("steps");
        for (int i = 0; i < fitted.steps().size(); i++) {
            State state = fitted.states().get(i);
            ObjectNode step =
                    steps.addObject().put("kind", fitted.steps().get(i).kind());
            step.set("learned", state.values());
            if (state.stage().isPresent()) {
                String folder = "stage-" + (i + 1);
                step.put("stage", folder);
                try {
                    state.stage().get().write().save(models.uri(attempt, folder));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        models.write(attempt, FILE, Json.text(file));
        return models.seal(attempt, version);
    }

    /**
     * The model that a version names, once every byte of it is known to be what was published.
     *
     * @param lake its spec is the one that the version was made by
     * @throws Failure.Unverified when a file was altered or is gone
     */
    public static FeatureModel of(Lake lake, DatasetVersion version) {
        Models models = lake.models();
        Model model = Models.named(version)
                .orElseThrow(() -> new IllegalStateException("version " + version.version() + " names no model"));
        List<Models.Difference> differences = models.differences(model);
        if (!differences.isEmpty()) {
            throw new Failure.Unverified(differences.stream()
                    .map(difference ->
                            "the fitted model of version %d is not what was published: %s: expected %s, found %s; restore it from a backup"
                                    .formatted(
                                            version.version(),
                                            models.uri(model.name(), difference.path()),
                                            difference
                                                    .expected()
                                                    .map(Models.Difference::text)
                                                    .orElse("no such file"),
                                            difference.text()))
                    .collect(Collectors.joining("\n")));
        }
        List<State> states = new ArrayList<>();
        for (JsonNode step : Json.parse(models.read(model.name(), FILE)).get("steps")) {
            states.add(new State(
                    step.get("learned"), Optional.ofNullable(step.get("stage")).map(folder -> PipelineModel.read()
                            .session(lake.spark())
                            .load(models.uri(model.name(), folder.asText())))));
        }
        return new FeatureModel(new FittedFeatures(lake.spec().features().steps(), states), model, trainPart(lake));
    }

    /** The rows of a part as the steps make them, lazily. */
    public Dataset<Row> apply(Dataset<Row> rows, String part) {
        return fitted.apply(rows, part.equals(train) ? Use.TRAIN : Use.OTHER);
    }
}
