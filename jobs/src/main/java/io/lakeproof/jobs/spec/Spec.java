package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A dataset as its {@code dataset.yaml} describes it: read, checked, every path absolute.
 *
 * @param name the dataset's name: letters, digits, {@code _} and {@code -}
 * @param description one sentence for people; absent: none
 * @param owner who answers for it; absent: nobody is named
 * @param source the landing and the contract
 * @param tables where the Delta tables live
 * @param rules what must hold
 * @param transforms in the order they run
 * @param split how examples find their part
 * @param features what is done to them behind the split
 * @param onLeakage what happens when examples leak from part to part; absent: what a run wrote is looked at, and reported
 * @param label the column that is to be predicted; absent: nothing is looked for that determines it
 * @param outputs further tables, made of what the transforms give; none: the parts are all there is
 * @param protect how tagged versions are kept beside retention; absent: by retention alone
 * @param training what is trained on a version; absent: nothing
 * @param about what people answer for, by the key of the spec: purpose, legal-basis and so on; what is missing is absent
 * @param tree the YAML after {@code ${NAME}} was filled in, as maps, lists and scalars, for the version record
 * @param file the spec's own URI
 */
public record Spec(
        String name,
        Optional<String> description,
        Optional<String> owner,
        Source source,
        Tables tables,
        Rules rules,
        List<Step> transforms,
        Split split,
        Features features,
        Optional<OnLeakage> onLeakage,
        Optional<String> label,
        List<Chain> outputs,
        Optional<Protect> protect,
        Optional<Training> training,
        Map<String, String> about,
        Map<String, Object> tree,
        String file) {

    /** The keys of {@link #about}, in their order. */
    public static final List<String> ABOUT =
            List.of("purpose", "legal-basis", "jurisdiction", "period-covered", "supplier", "retention-class");

    /** What happens when examples leak from part to part; either way all examples are looked at. */
    public enum OnLeakage {
        /** It is written down, and published all the same. */
        REPORT,
        /** Nothing is published. */
        REJECT
    }

    /** How tagged versions are kept beside retention. */
    public enum Protect {
        /** Each has a copy of its own. */
        COPY
    }

    /** The chains from the rows that a version takes in to its tables: the dataset's own, then the outputs'. */
    public List<Chain> chains() {
        List<Chain> chains = new ArrayList<>(outputs);
        chains.add(0, new Chain("", transforms, rules.examples(), Optional.of(split), label));
        return List.copyOf(chains);
    }

    /** The dataset's own way from rows to parts, which the feature steps go on from. */
    public Chain chain() {
        return chains().get(0);
    }

    /** The same dataset, its tables elsewhere. */
    public Spec in(Tables elsewhere) {
        return with(source, elsewhere);
    }

    /**
     * The spec in one piece, as a file that says the same wherever it is read: {@code ${NAME}} filled in, contract and
     * queries written out, keys in the order of the spec. It is JSON, which is YAML too. What is trained on a version, how it
     * is protected, and how storage is opened, have no part in how the version came about, and are left out.
     */
    public String text() {
        Map<String, Object> whole = new LinkedHashMap<>(tree);
        whole.remove("training");
        whole.remove("protect");
        whole.remove("storage");
        if (source.contract() != null) {
            Map<Object, Object> written = new LinkedHashMap<>((Map<?, ?>) tree.get("source"));
            written.put("schema", source.contract().toDDL());
            whole.put("source", written);
        }
        whole.computeIfPresent("transforms", (key, given) -> inlined(given, transforms));
        if (!outputs.isEmpty()) {
            Map<Object, Object> written = new LinkedHashMap<>((Map<?, ?>) tree.get("outputs"));
            outputs.forEach(output -> written.computeIfPresent(output.name(), (name, given) -> {
                Map<Object, Object> one = new LinkedHashMap<>((Map<?, ?>) given);
                one.computeIfPresent("transforms", (key, steps) -> inlined(steps, output.transforms()));
                return one;
            }));
            whole.put("outputs", written);
        }
        return Json.text(literal(whole));
    }

    private static List<Object> inlined(Object given, List<Step> transforms) {
        List<Object> steps = new ArrayList<>((List<?>) given);
        for (int i = 0; i < steps.size(); i++) {
            if (transforms.get(i).with().containsKey("file")
                    && transforms.get(i).kind().equals("sql")) {
                steps.set(i, Map.of("sql", transforms.get(i).with().get("query")));
            } else if (transforms.get(i).kind().equals("infer")) {
                // With the model's SHA-256, by which another model under that name is known.
                steps.set(i, Map.of("infer", transforms.get(i).with()));
            }
        }
        return steps;
    }

    /** What was filled in is not filled in again. */
    private static Object literal(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> entries = new LinkedHashMap<>();
            map.forEach((key, entry) -> entries.put(key, literal(entry)));
            return entries;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Spec::literal).toList();
        }
        return value instanceof String text ? text.replace("${", "$${") : value;
    }

    /** The same dataset, tried on at most so many rows, its tables in a folder of their own. */
    public Spec sampled(int rows, String folder) {
        return with(source.sampled(rows), folder);
    }

    /** The same dataset in another place: every table below that folder, a whole URI. */
    public Spec below(String root) {
        return with(source, root);
    }

    private Spec with(Source read, String root) {
        return with(read, new Tables(new Tables.Root.Folder(root), Map.of()));
    }

    private Spec with(Source other, Tables elsewhere) {
        return new Spec(
                name,
                description,
                owner,
                other,
                elsewhere,
                rules,
                transforms,
                split,
                features,
                onLeakage,
                label,
                outputs,
                protect,
                training,
                about,
                tree,
                file);
    }
}
