package io.lakeproof.jobs.publish;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Build;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.Spec;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.jobs.validate.Validate;
import io.lakeproof.lineage.Batches.Batch;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.proof.Envelope;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Writes down everything a version was made of, and reads back what the ledger owes to it. */
public final class VersionRecord {

    /** What of the code can make a difference to rows. */
    public static final List<String> CODE = List.of("lakeproof", "commit", "dirty", "jarSha256");

    /** What of the runtime can make a difference to rows. */
    public static final List<String> RUNTIME = List.of("spark", "delta", "deequ", "java", "djl", "cpu");

    /** A record is read by people too; quarantine has all. */
    private static final int REASONS = 100;

    private VersionRecord() {}

    static DatasetVersion of(
            Candidate candidate,
            Validate.Result verdict,
            Stamp stamp,
            List<String> notes,
            Membership change,
            List<Account> accounts,
            List<TableVersion> tables,
            Map<String, Leakage> leakage,
            Optional<FeatureModel> features,
            Joined joined,
            Publisher publisher,
            Instant now) {
        Lake lake = candidate.lake();
        Course course = candidate.course();
        Spec spec = lake.spec();
        ObjectNode record = Json.object()
                .put("format", 1)
                .put("dataset", spec.name())
                .put("version", course.next())
                .put("publishedAt", now.toString())
                .put("runId", stamp.run())
                .put("attempt", stamp.attempt())
                .put("mode", candidate.rebuilds() ? "rebuild" : "append")
                .put("principal", lake.principal())
                .put("environment", publisher.environment().orElse(null))
                .put("contract", spec.source().columns().toDDL());
        record.set("because", Json.tree(candidate.rebuildBecause()));
        record.set("spec", Json.tree(spec.tree()));
        record.put("specText", spec.text());
        record.set("recipe", course.recipe().json());
        record.set(
                "sources",
                Json.tree(candidate.batch().map(Batch::files).orElse(List.of()).stream()
                        .map(VersionRecord::source)
                        .toList()));
        record.set("unreadable", unreadable(candidate));
        record.set("change", Json.tree(change));
        record.set("notes", Json.tree(notes));
        record.set("rules", verdict.outcomes());
        record.set("waivers", waivers(verdict.outcomes()));
        record.set("accounts", Json.tree(accounts));
        record.set("transforms", transforms(spec.transforms(), joined));
        record.set("split", split(spec.split()));
        features.ifPresent(model -> record.set("features", features(spec, model, candidate.refit())));
        record.set("leakage", leakage.get("").json());
        if (!spec.outputs().isEmpty()) {
            ObjectNode outputs = record.putObject("outputs");
            spec.outputs()
                    .forEach(output -> outputs.set(
                            output.name(), output(output, joined, Optional.ofNullable(leakage.get(output.name())))));
        }
        ObjectNode about = record.putObject("about");
        Spec.ABOUT.forEach(key -> about.put(key, spec.about().get(key)));
        record.set("tables", Json.tree(tables));
        record.set("code", Build.current().json());
        record.set("runtime", runtime(lake));
        Optional<String> previous = course.latest().map(DatasetVersion::digest);
        record.put("previous", previous.orElse(null));
        String text = Json.canonical(record);
        return new DatasetVersion(
                course.next(),
                now,
                stamp.run(),
                stamp.attempt(),
                tables,
                change,
                text,
                Json.sha256(text),
                previous,
                publisher.key().map(key -> Envelope.sign(text, tables, key)));
    }

    /** Why rows and files could not be read, in one Spark job where there are any: the most frequent reasons first. */
    private static JsonNode unreadable(Candidate candidate) {
        ArrayNode unreadable = Json.object().putArray("unreadable");
        candidate.batch().filter(batch -> !batch.isWhollyRead()).ifPresent(batch -> Quarantine.unreadable(
                        candidate.lake().quarantine().head(), batch.id())
                .limit(REASONS)
                .collectAsList()
                .forEach(row -> unreadable
                        .addObject()
                        .put("kind", row.getString(0))
                        .put("column", row.getString(1))
                        .put("reason", row.getString(2))
                        .put("count", row.getLong(3))));
        return unreadable;
    }

    /** The broken rules that somebody's word let through. */
    private static JsonNode waivers(JsonNode outcomes) {
        ArrayNode waivers = Json.object().putArray("waivers");
        outcomes.forEach(outcome -> {
            if (outcome.has("waiver")) {
                waivers.addObject().put("rule", outcome.get("rule").asText()).setAll((ObjectNode)
                        outcome.get("waiver").deepCopy());
            }
        });
        return waivers;
    }

    private static JsonNode output(Chain output, Joined joined, Optional<Leakage> leakage) {
        ObjectNode json = Json.object();
        json.set("transforms", transforms(output.transforms(), joined));
        json.set(
                "rules", Json.tree(output.rules().stream().map(Rules.Rule::dqdl).toList()));
        json.set("split", output.split().map(VersionRecord::split).orElse(null));
        json.put("label", output.label().orElse(null));
        json.set("leakage", leakage.map(Leakage::json).orElse(null));
        return json;
    }

    private static JsonNode transforms(List<Step> steps, Joined joined) {
        ArrayNode transforms = Json.object().putArray("transforms");
        for (Step step : steps) {
            ObjectNode json = transforms
                    .addObject()
                    .put("kind", step.kind())
                    .put("scope", step.scope().name().toLowerCase(Locale.ROOT));
            json.set("with", Json.tree(step.with()));
            Fingerprint read = joined.of(step);
            if (read != null) {
                json.putObject("joined").put("rows", read.rows()).put("fingerprint", read.text());
            }
        }
        return transforms;
    }

    private static JsonNode features(Spec spec, FeatureModel model, Optional<Refit> refit) {
        ObjectNode json = Json.object()
                .put(
                        "refit",
                        spec.features().refit().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .put("train", model.train());
        json.set(
                "steps",
                Json.tree(spec.features().steps().stream()
                        .map(step -> (ObjectNode)
                                Json.object().put("kind", step.kind()).set("with", Json.tree(step.with())))
                        .toList()));
        json.set("model", model.model().json());
        refit.ifPresent(measured -> json.set("drift", measured.json()));
        return json;
    }

    private static JsonNode split(Split split) {
        ObjectNode json = Json.object().put("seed", split.seed());
        json.set("key", Json.tree(split.key()));
        json.set("parts", Json.tree(split.parts()));
        json.set("time", split.time().map(time -> Json.tree(time.toString())).orElse(null));
        split.stratify().ifPresent(column -> json.put("stratify", column));
        return json;
    }

    /** The source files that a version took in, as the ledger holds them. */
    public static List<Ledger.Entry> sources(DatasetVersion version) {
        return StreamSupport.stream(version.recordTree().get("sources").spliterator(), false)
                .map(file -> new Ledger.Entry(
                        file.get("path").asText(),
                        file.get("size").asLong(),
                        Instant.parse(file.get("modificationTime").asText()),
                        file.get("sha256").asText(),
                        file.get("rows").asLong(),
                        file.get("unreadable").asLong(),
                        Ledger.Status.valueOf(file.get("status").asText().toUpperCase(Locale.ROOT)),
                        file.get("batch").asText(),
                        version.version()))
                .toList();
    }

    /** Where the rows of every step went. */
    public static List<Account> accounts(JsonNode record) {
        return StreamSupport.stream(record.get("accounts").spliterator(), false)
                .map(account -> new Account(
                        account.get("step").asText(),
                        account.get("in").asLong(),
                        account.get("quarantined").asLong(),
                        account.get("dropped").asLong(),
                        account.get("out").asLong()))
                .toList();
    }

    private static ObjectNode source(Ledger.Entry file) {
        return Json.object()
                .put("path", file.path())
                .put("size", file.size())
                .put("modificationTime", file.modified().toString())
                .put("sha256", file.sha256())
                .put("rows", file.rows())
                .put("unreadable", file.unreadable())
                .put("status", file.status().text())
                .put("batch", file.batch());
    }

    /** What a version runs on, as its record holds it. */
    public static JsonNode runtime(Lake lake) {
        ObjectNode runtime = Json.object()
                .put("spark", lake.spark().version())
                .put("delta", io.delta.tables.DeltaTable.class.getPackage().getImplementationVersion())
                .put("deequ", Build.current().deequ())
                .put("java", Runtime.version().toString())
                .put("master", lake.spark().sparkContext().master())
                .put("sessionTimeZone", lake.spark().conf().get("spark.sql.session.timeZone"));
        if (lake.spec().chains().stream()
                .flatMap(chain -> chain.transforms().stream())
                .anyMatch(step -> step.kind().equals("infer"))) {
            // A model's kernels are chosen by what the CPU can do, and round in their own ways.
            runtime.put("djl", Engine.getDjlVersion()).put("cpu", Cpu.features(lake.spark()));
        }
        return runtime;
    }
}
