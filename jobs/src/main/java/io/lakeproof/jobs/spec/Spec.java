package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
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
        Map<String, Object> tree,
        String file) {

    /** The same dataset, tried on at most so many rows, its tables in a folder of their own. */
    public Spec sampled(int rows, String folder) {
        return new Spec(
                name,
                description,
                owner,
                source.sampled(rows),
                new Tables(new Tables.Root.Folder(folder), Map.of()),
                rules,
                transforms,
                split,
                tree,
                file);
    }
}
