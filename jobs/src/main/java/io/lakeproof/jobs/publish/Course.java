package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.ingest.Columns;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.Features;
import io.lakeproof.jobs.spec.Recipe;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.transforms.Scope;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * How the next version follows from the newest: what changed in the spec, and whether new examples can be appended.
 *
 * @param latest the newest dataset version; absent: there is none
 * @param recipe what the spec asks for
 * @param changes what changed in the spec since the newest version, in words
 * @param judgesAgain whether rows that were judged before are judged again, because rules or contract changed
 * @param rereads whether files that were taken in are read again, because they are now read otherwise
 * @param wholly why every batch means a rebuild, in words; empty: new examples are appended
 */
public record Course(
        Optional<DatasetVersion> latest,
        Recipe recipe,
        List<String> changes,
        boolean judgesAgain,
        boolean rereads,
        List<String> wholly) {

    private static final String REFIT = "features.refit: always fits the feature steps again";

    /** The course from the newest version. */
    public static Course of(Lake lake, Optional<DatasetVersion> latest) {
        Recipe recipe = Recipe.of(lake.spec());
        if (latest.isEmpty()) {
            return new Course(latest, recipe, List.of(), false, false, List.of());
        }
        Recipe before = Recipe.parse(latest.get().recordTree().get("recipe"));
        boolean contract = !recipe.contract().equals(before.contract());
        boolean widened = contract
                && widens(
                        StructType.fromDDL(
                                latest.get().recordTree().get("contract").asText()),
                        lake);
        List<String> wholly = new ArrayList<>();
        Source.Load load = lake.spec().source().load();
        if (load != Source.Load.APPEND) {
            wholly.add("load: " + load.name().toLowerCase(Locale.ROOT) + " replaces rows");
        }
        if (lake.spec().features().refit() == Features.Refit.ALWAYS
                && !lake.spec().features().steps().isEmpty()) {
            wholly.add(REFIT);
        }
        for (Chain chain : lake.spec().chains()) {
            int number = 0;
            for (Step step : chain.transforms()) {
                number++;
                if (step.scope() != Scope.ROW_LOCAL) {
                    wholly.add("%s %d, %s, looks at more than one row"
                            .formatted(chain.naming("transform"), number, step.kind()));
                }
            }
            chain.split()
                    .flatMap(Split::stratify)
                    .ifPresent(column -> wholly.add(
                            "%s.stratify: %s cuts every class anew".formatted(chain.naming("split"), column)));
        }
        return new Course(
                latest,
                recipe,
                recipe.changesSince(before),
                contract || !recipe.rules().equals(before.rules()),
                (contract && !widened) || !recipe.reading().equals(before.reading()),
                List.copyOf(wholly));
    }

    /** The number of the next version. */
    public long next() {
        return latest.map(version -> version.version() + 1).orElse(1L);
    }

    /**
     * Whether a version follows from the changed spec alone, without a batch. Not where files are read otherwise: then there
     * was none to read again, raw holds nothing, and the first file that comes is read the new way.
     */
    public boolean actsAlone() {
        return latest.isPresent() && !changes.isEmpty() && !rereads;
    }

    /** What only a run can say, for it depends on the rows of the batch; empty: nothing. */
    public List<String> undecided(Lake lake) {
        boolean mayRefit = latest.isPresent()
                && changes.isEmpty()
                && Refit.isAskedFor(lake)
                && lake.spec().split().stratify().isEmpty();
        return mayRefit
                ? List.of(
                        "features.refit: on-drift fits the feature steps again, and the parts are rebuilt, if a column drifts by %s"
                                .formatted(lake.spec()
                                        .features()
                                        .drift()
                                        .orElseThrow()
                                        .stripTrailingZeros()
                                        .toPlainString()))
                : List.of();
    }

    /** Whether a batch means that the feature steps are fitted again. */
    boolean refits() {
        return wholly.contains(REFIT);
    }

    /**
     * Whether the new contract is the old one and further columns that may be NULL, and that no file has: then raw is widened,
     * not read again.
     */
    private static boolean widens(StructType before, Lake lake) {
        List<StructField> old = Arrays.asList(before.fields());
        List<StructField> all = Arrays.asList(lake.spec().source().contract().fields());
        List<StructField> added =
                all.stream().filter(field -> !old.contains(field)).toList();
        if (!all.containsAll(old) || !added.stream().allMatch(StructField::nullable)) {
            return false;
        }
        Set<String> ignored = lake.versions().members(Long.MAX_VALUE).columnsIgnored();
        return added.stream().noneMatch(field -> ignored.stream().anyMatch(name -> Columns.same(name, field.name())));
    }
}
