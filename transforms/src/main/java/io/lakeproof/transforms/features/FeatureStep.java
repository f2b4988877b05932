package io.lakeproof.transforms.features;

import io.lakeproof.transforms.Assumed;
import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Kind;
import io.lakeproof.transforms.Problem;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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

    /**
     * What comes of an item of the spec's {@code features}.
     *
     * @param columns behind it; absent: nobody can say
     * @param problems what keeps it from running, whatever the guessed columns are
     */
    public record Tried(Optional<Assumed> columns, List<Problem> problems) {}

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

    /**
     * Tries an item on columns; starts no Spark.
     *
     * @param item the YAML as maps, lists and scalars
     * @param step what was read of it; absent: it could not be read
     */
    public static Tried behind(Assumed input, Object item, Optional<FeatureStep> step) {
        Optional<Checked> checked = step.map(it -> it.check(input.columns()));
        if (checked.isPresent() && checked.get().problem().isEmpty()) {
            return new Tried(Optional.of(fitting(input, checked.get().output())), List.of());
        }
        List<Problem> problems =
                step.stream().flatMap(it -> it.absent(input.columns()).stream()).toList();
        return new Tried(
                FeatureKinds.assumed(input, item),
                problems.isEmpty()
                        ? checked.flatMap(Checked::problem).stream()
                                .filter(problem ->
                                        input.holds(step.orElseThrow().with(), problem.message()))
                                .toList()
                        : problems);
    }

    private List<Problem> absent(StructType input) {
        List<String> named = with.get("columns") instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
        return Columns.absent(kind, input, named).stream()
                .map(message -> new Problem(kind, message))
                .toList();
    }

    /** Behind a step that fits: a step that takes a guessed column keeps its type. */
    private static Assumed fitting(Assumed input, StructType output) {
        Set<String> guessed = new HashSet<>(input.guessed());
        guessed.retainAll(Columns.of(output));
        return new Assumed(output, guessed);
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
            StructType output = feature.output(input);
            refuseToReplace(input);
            return new Checked(output, Optional.empty());
        } catch (BadStep bad) {
            return new Checked(input, Optional.of(new Problem(kind, bad.getMessage())));
        }
    }

    /** A step may change the columns that it names, and makes others; what is there beside them stays. */
    private void refuseToReplace(StructType input) {
        List<String> named = with.get("columns") instanceof List<?> columns
                ? columns.stream().map(String::valueOf).toList()
                : List.of();
        Stream<String> made = with.get("suffix") instanceof String suffix
                ? named.stream().map(name -> name + suffix)
                : kind.equals("assemble")
                        ? Stream.of(String.valueOf(with.getOrDefault("into", "features")))
                        : Stream.empty();
        made.filter(name -> !named.contains(name) && Columns.of(input).contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new BadStep("%s: there is a column '%s' already; write %s: with another name"
                            .formatted(kind, name, kind.equals("assemble") ? "into" : "suffix"));
                });
    }

    /**
     * The columns whose values it learns from, as far as they are known: none for a class of Spark ML. A key that it takes rows
     * apart by is none of them.
     */
    public List<String> learnsFrom() {
        Object key = with.get("key");
        return feature.reads().stream()
                .filter(name -> !(key instanceof List<?> names && names.contains(name)))
                .toList();
    }

    /** The columns that it learns from and does without afterwards. */
    public List<String> labels() {
        return feature.labels();
    }

    Feature feature() {
        return feature;
    }
}
