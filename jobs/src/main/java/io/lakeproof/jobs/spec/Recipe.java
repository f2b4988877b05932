package io.lakeproof.jobs.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.features.FeatureStep;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * What a spec does to the data, as digests: when one of them changes, what was published no longer follows from the spec,
 * and the parts are rebuilt. Names, owners and places are not part of it.
 *
 * @param contract the columns
 * @param reading format, options and null values: how the bytes of a file become rows
 * @param load how batches meet
 * @param rules every rule of every level
 * @param transforms every step with its parameters and, for a class of the user's own, its code
 * @param split key, seed, parts, times and what is stratified
 * @param features every feature step with its parameters and, for a class of the user's own, its code; empty: there is none
 * @param outputs transforms, rules and split of every output; empty: there is none
 */
public record Recipe(
        String contract,
        String reading,
        String load,
        String rules,
        String transforms,
        String split,
        String features,
        String outputs) {

    /** The recipe of a spec. */
    public static Recipe of(Spec spec) {
        Source source = spec.source();
        return new Recipe(
                source.contract() == null ? "" : digest(source.contract().json()),
                digest(List.of(source.format().sparkName(), new TreeMap<>(source.options()), source.nullValues())),
                digest(List.of(
                        source.load().name(),
                        source.upsert()
                                .map(u -> List.of(
                                        u.key(), u.orderBy(), u.deleteWhen().orElse("")))
                                .orElse(List.of()))),
                digest(List.of(
                        spec.rules()
                                .all()
                                .map(rule -> rule.level() + " " + rule.dqdl())
                                .toList(),
                        spec.rules().maxQuarantined().map(Object::toString).orElse(""))),
                digest(spec.transforms().stream().map(Recipe::step).toList()),
                digest(split(spec.split())),
                spec.features().steps().isEmpty()
                        ? ""
                        : digest(spec.features().steps().stream()
                                .map(Recipe::step)
                                .toList()),
                spec.outputs().isEmpty()
                        ? ""
                        : digest(spec.outputs().stream().map(Recipe::output).toList()));
    }

    /** The recipe that a version record holds. */
    public static Recipe parse(JsonNode json) {
        return new Recipe(
                json.get("contract").asText(),
                json.get("reading").asText(),
                json.get("load").asText(),
                json.get("rules").asText(),
                json.get("transforms").asText(),
                json.get("split").asText(),
                json.path("features").asText(),
                json.path("outputs").asText());
    }

    /** The recipe as a version record holds it. */
    public ObjectNode json() {
        ObjectNode json = Json.object()
                .put("contract", contract)
                .put("reading", reading)
                .put("load", load)
                .put("rules", rules)
                .put("transforms", transforms)
                .put("split", split);
        // A dataset without feature steps or outputs is described as before there were any.
        if (!features.isEmpty()) {
            json.put("features", features);
        }
        return outputs.isEmpty() ? json : json.put("outputs", outputs);
    }

    /** One digest over all by which {@code spec}, whose recipe this is, may reject a batch: what leaks, too. */
    public String digest(Spec spec) {
        ObjectNode json =
                json().put("onLeakage", spec.onLeakage().map(Enum::name).orElse(null));
        spec.rules().waivers().forEach((rule, waiver) -> json.withObject("/waivers")
                .set(rule, waiver.json()));
        spec.chains()
                .forEach(chain -> json.put(chain.naming("label"), chain.label().orElse(null)));
        return Json.sha256(Json.canonical(json));
    }

    /** What changed since an earlier recipe, in words; empty: nothing. */
    public List<String> changesSince(Recipe before) {
        List<String> changes = new ArrayList<>();
        Map<String, Boolean> same = new LinkedHashMap<>();
        same.put("the contract changed", contract.equals(before.contract));
        same.put("source options changed", reading.equals(before.reading));
        same.put("the load changed", load.equals(before.load));
        same.put("the rules changed", rules.equals(before.rules));
        same.put("the transforms changed", transforms.equals(before.transforms));
        same.put("the split changed", split.equals(before.split));
        same.put("the feature steps changed", features.equals(before.features));
        same.put("the outputs changed", outputs.equals(before.outputs));
        same.forEach((change, unchanged) -> {
            if (!unchanged) {
                changes.add(change);
            }
        });
        return changes;
    }

    private static Object step(Step step) {
        Map<String, Object> what = new HashMap<>(Map.of("kind", step.kind(), "with", step.with()));
        if (step.kind().equals("sql")) {
            // The query counts, not which file it stands in.
            what.put("with", Map.of("query", step.with().get("query")));
        }
        if (step.kind().equals("infer")) {
            // The model's SHA-256 counts, not where it lies.
            Map<String, Object> with = new HashMap<>(step.with());
            with.remove("model-url");
            what.put("with", with);
        }
        if (step.kind().equals("class")) {
            what.put("code", code(step.transform().getClass()));
        }
        return what;
    }

    private static Object step(FeatureStep step) {
        Map<String, Object> what = new HashMap<>(Map.of("kind", step.kind(), "with", step.with()));
        step.stage()
                .filter(type -> !type.getName().startsWith("org.apache.spark.ml."))
                .ifPresent(type -> what.put("code", code(type)));
        return what;
    }

    /** SHA-256 of the class file: the same spec with other code is another recipe. */
    private static String code(Class<?> type) {
        String file = type.getName().replaceFirst(".*\\.", "") + ".class";
        try (InputStream bytes = type.getResourceAsStream(file)) {
            return bytes == null ? "" : DigestUtils.sha256Hex(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object output(Chain output) {
        return Map.of(
                "name", output.name(),
                "transforms", output.transforms().stream().map(Recipe::step).toList(),
                "rules", output.rules().stream().map(Rules.Rule::dqdl).toList(),
                "split", output.split().map(Recipe::split).orElse(""));
    }

    private static Object split(Split split) {
        Map<String, Object> what = new HashMap<>();
        what.put("key", split.key());
        what.put("seed", split.seed());
        what.put(
                "parts",
                split.parts().entrySet().stream()
                        .map(part -> List.of(part.getKey(), String.valueOf(part.getValue())))
                        .toList());
        what.put("time", split.time().map(Object::toString).orElse(""));
        split.stratify().ifPresent(column -> what.put("stratify", column));
        return what;
    }

    private static String digest(Object tree) {
        // JSON's canonical form takes objects and arrays only.
        return Json.sha256(Json.canonical(Json.tree(List.of(tree))));
    }
}
