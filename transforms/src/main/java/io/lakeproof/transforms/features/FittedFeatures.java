package io.lakeproof.transforms.features;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Feature steps with what they learned from the train part.
 *
 * @param states one for each step
 */
public record FittedFeatures(List<FeatureStep> steps, List<State> states) {

    public FittedFeatures {
        steps = List.copyOf(steps);
        states = List.copyOf(states);
        if (steps.size() != states.size()) {
            throw new IllegalArgumentException("%d steps, %d states".formatted(steps.size(), states.size()));
        }
    }

    /**
     * Fits every step on the train part as the steps before it left it. Starts Spark jobs, one or more for each step that
     * learns something; {@code train} is read by each.
     *
     * @throws BadFit when a step cannot be fitted; the message names it
     */
    public static FittedFeatures fit(List<FeatureStep> steps, Dataset<Row> train) {
        List<State> states = new ArrayList<>();
        Dataset<Row> rows = train;
        for (FeatureStep step : steps) {
            State state = fit(step, states.size() + 1, rows);
            states.add(state);
            rows = step.feature().apply(rows, state, Use.TRAIN);
        }
        return new FittedFeatures(steps, states);
    }

    /**
     * What the steps learn from the train part now, each with what was learned before it as it stands. A class of Spark ML,
     * which may not learn the same twice, is not fitted again.
     */
    public List<State> again(Dataset<Row> train) {
        List<State> again = new ArrayList<>();
        Dataset<Row> rows = train;
        for (FeatureStep step : steps) {
            State state = states.get(again.size());
            again.add(state.stage().isPresent() ? state : fit(step, again.size() + 1, rows));
            rows = step.feature().apply(rows, state, Use.TRAIN);
        }
        return again;
    }

    private static State fit(FeatureStep step, int number, Dataset<Row> train) {
        try {
            return step.feature().fit(train);
        } catch (BadFit bad) {
            throw new BadFit("feature step %d, %s: %s".formatted(number, step.kind(), bad.getMessage()));
        }
    }

    /** Applies every step, lazily. */
    public Dataset<Row> apply(Dataset<Row> rows, Use use) {
        Dataset<Row> applied = rows;
        for (int i = 0; i < steps.size(); i++) {
            applied = steps.get(i).feature().apply(applied, states.get(i), use);
        }
        return applied;
    }

    /** Whether a step learns something whose fit reads the train part. */
    public static boolean learns(FeatureStep step) {
        return step.feature() instanceof Estimated || !step.feature().reads().isEmpty();
    }
}
