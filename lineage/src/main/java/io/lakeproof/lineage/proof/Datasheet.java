package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;

/**
 * The datasheet that a technical documentation asks for: the points of Annex IV, section 2(d), of Regulation (EU) 2024/1689
 * in their order, then the words of the NAIC model bulletin on artificial intelligence systems by insurers (2023), section 3.
 * What no record says is "not recorded".
 */
final class Datasheet {

    private Datasheet() {}

    static String of(Evidence evidence) {
        JsonNode record = evidence.version().recordTree();
        JsonNode spec = record.path("spec");
        String name = record.path("dataset").asText();
        Html html = new Html()
                .title(
                        "Datasheet of %s, version %d"
                                .formatted(name, evidence.version().version()),
                        "Made from the version record; nothing in it is written by hand.");
        html.section("EU AI Act, Annex IV, 2(d)");
        html.part("General description of the data set")
                .fact("Description", spec.path("description"))
                .fact("Purpose", spec.path("purpose"))
                .fact("Main characteristics: columns", EvidencePage.contract(record))
                .fact("Main characteristics: rows by part", parts(record));
        html.part("Provenance")
                .fact("Supplier", spec.path("supplier"))
                .fact(
                        "Source files",
                        Json.tree(evidence.history().stream()
                                .mapToLong(version ->
                                        version.recordTree().path("sources").size())
                                .sum()))
                .fact("Legal basis", spec.path("legal-basis"))
                .fact("Jurisdiction", spec.path("jurisdiction"));
        html.part("Scope")
                .fact("Period covered", spec.path("period-covered"))
                .fact("Retention class", spec.path("retention-class"));
        html.part("How the data was obtained and selected")
                .fact("Landing", spec.at("/source/path"))
                .fact("Load", spec.at("/source/load"))
                .fact("Rules on rows: what breaks one is not in the data set", rules(record, "rows"))
                .fact("Split", record.path("split"));
        html.part("Labelling").fact("Label", spec.path("label"));
        html.part("Cleaning")
                .fact("Transforms, in their order", EvidencePage.steps(record.path("transforms")))
                .fact(
                        "Feature steps, fitted on train alone, in their order",
                        EvidencePage.steps(record.at("/features/steps")))
                .fact("Where every row went", record.path("accounts"));
        html.section("NAIC model bulletin: data practices");
        html.fact("Data currency: published", record.path("publishedAt"))
                .fact("Data currency: period covered", spec.path("period-covered"))
                .fact("Lineage: digest of the record before", record.path("previous"))
                .fact("Lineage: code", record.path("code"))
                .fact("Quality: rules on the batch, the data set and the examples", notOnRows(record))
                .fact(
                        "Integrity: digest of the record",
                        Json.tree(evidence.version().digest()))
                .fact("Bias analysis and minimization", record.path("bias"))
                .fact("Suitability: purpose", spec.path("purpose"))
                .fact("Suitability: leakage", record.path("leakage"));
        return html.page("Datasheet of " + name);
    }

    private static ObjectNode parts(JsonNode record) {
        ObjectNode parts = Json.object();
        record.path("tables").forEach(table -> parts.set(table.path("name").asText(), table.path("rows")));
        return parts;
    }

    private static ArrayNode rules(JsonNode record, String level) {
        ArrayNode rules = Json.object().putArray("rules");
        record.path("rules").forEach(rule -> {
            if (rule.path("level").asText().equals(level)) {
                rules.add(rule);
            }
        });
        return rules;
    }

    private static ArrayNode notOnRows(JsonNode record) {
        ArrayNode rules = Json.object().putArray("rules");
        record.path("rules").forEach(rule -> {
            if (!rule.path("level").asText().equals("rows")) {
                rules.add(rule);
            }
        });
        return rules;
    }
}
