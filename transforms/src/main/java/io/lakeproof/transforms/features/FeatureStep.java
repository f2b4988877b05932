package io.lakeproof.transforms.features;

import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Kind;
import io.lakeproof.transforms.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.StructType;

/** A feature step as the spec declares it. */
public final class FeatureStep {

    private final String kind;
    private final Map<String, Object> with;
    private final Feature feature;

    FeatureStep(String kind, Map<String, Object> with, Feature feature) {
        this.kind = kind;
        this.with = with;
        this.feature = feature;
    }

    /** A step, or everything that is wrong with it: {@code step} is present exactly if {@code problems} is empty. */
    public record Parsed(Optional<FeatureStep> step, List<Problem> problems) {}

    /**
     * What steps use that do not say otherwise.
     *
     * @param key the split's key; empty: rows are split by time alone
     * @param label the spec's label; absent: it has none
     */
    public record Defaults(List<String> key, Optional<String> label) {}

    /**
     * What a step makes of columns.
     *
     * @param output the columns that come out; those that went in when there is a problem
     * @param problem what keeps it from running; absent: nothing
     */
    public record Checked(StructType output, Optional<Problem> problem) {}

    /** Every kind of feature step, in the order of the documentation. */
    public static List<Kind> kinds() {
        return FeatureKinds.ALL;
    }

    /**
     * Reads one item of the spec's {@code features}, such as {@code {impute: {columns: [x], strategy: median}}}. Starts no
     * Spark.
     *
     * @param item the YAML as maps, lists and scalars
     * @param number its place in the list, from 1
     */
    public static Parsed of(Object item, int number, Defaults defaults) {
        return FeatureKinds.parse(item, number, defaults);
    }

    /** The spec's key: {@code impute}, {@code scale}, {@code estimator} … */
    public String kind() {
        return kind;
    }

    /** The parameters, label and key filled in, for the version record: strings, numbers, lists and maps. */
    public Map<String, Object> with() {
        return with;
    }

    /** The class of Spark ML that it runs; absent: it runs none. */
    public Optional<Class<?>> stage() {
        return feature instanceof Estimated estimated
                ? Optional.of(estimated.stage().getClass())
                : Optional.empty();
    }

    /** Tries the step on columns; starts no Spark. */
    public Checked check(StructType input) {
        try {
            return new Checked(feature.output(input), Optional.empty());
        } catch (BadStep bad) {
            return new Checked(input, Optional.of(new Problem(kind, bad.getMessage())));
        }
    }

    /** The columns that it learns from and does without afterwards. */
    public List<String> labels() {
        return feature.labels();
    }

    Feature feature() {
        return feature;
    }
}
