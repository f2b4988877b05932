package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.proof.Html.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The evidence for people who are no engineers: nothing in it is written by hand, all of it comes from the records. */
final class EvidencePage {

    /** What stands where a record says nothing. */
    static final String UNKNOWN = "not recorded";

    /** More source files than people read; the others are in {@code sources.csv}. */
    private static final int SHOWN = 200;

    private EvidencePage() {}

    static String of(Evidence evidence) {
        DatasetVersion version = evidence.version();
        JsonNode record = version.recordTree();
        String name = record.path("dataset").asText();
        Html html = new Html()
                .title(
                        "%s, version %d".formatted(name, version.version()),
                        text(record.at("/spec/description")).equals(UNKNOWN)
                                ? "The evidence of a dataset version"
                                : text(record.at("/spec/description")));
        facts(html, record, version);
        collected(html, evidence);
        changed(html, record);
        thrownAway(html, evidence);
        split(html, record);
        trained(html, evidence);
        history(html, evidence);
        html.section("How to check this")
                .text(
                        "Run `lakeproof verify` on this zip: it needs neither the lake nor the network. It computes every digest"
                                + " anew, follows the chain of records back to version 1, and checks the signatures when it is given the"
                                + " keys to trust. `lakeproof verify` on the dataset's spec holds the lake itself against the records.");
        return html.page(name + " version " + version.version());
    }

    private static void facts(Html html, JsonNode record, DatasetVersion version) {
        html.section("What this is")
                .fact("Published", record.path("publishedAt"))
                .fact("By", record.path("principal"))
                .fact("In the environment", record.path("environment"))
                .fact("Run", record.path("runId"))
                .fact("Owner of the dataset", record.at("/spec/owner"))
                .fact("Purpose", record.at("/spec/purpose"))
                .fact("Legal basis", record.at("/spec/legal-basis"))
                .fact("Jurisdiction", record.at("/spec/jurisdiction"))
                .fact("Period covered", record.at("/spec/period-covered"))
                .fact("Digest of the record (SHA-256)", Json.tree(version.digest()))
                .fact(
                        "Signed by key",
                        Json.tree(version.envelope().map(EvidencePage::signer).orElse(null)));
    }

    private static String signer(String envelope) {
        try {
            return Envelope.parse(envelope).keyId();
        } catch (IllegalArgumentException e) {
            return UNKNOWN;
        }
    }

    private static void collected(Html html, Evidence evidence) {
        html.section("What was collected");
        List<List<String>> files = new ArrayList<>();
        long rows = 0;
        long all = 0;
        for (DatasetVersion version : evidence.history()) {
            for (JsonNode file : version.recordTree().path("sources")) {
                all++;
                rows += file.path("rows").asLong();
                if (files.size() < SHOWN) {
                    files.add(List.of(
                            String.valueOf(version.version()),
                            file.path("path").asText(),
                            file.path("status").asText(),
                            count(file.path("rows")),
                            count(file.path("unreadable")),
                            file.path("sha256").asText().substring(0, 16) + "…"));
                }
            }
        }
        html.text("%s source files with %s readable rows over all versions up to this one%s."
                        .formatted(
                                number(all),
                                number(rows),
                                all > SHOWN ? "; the first " + SHOWN + " stand here, all of them in sources.csv" : ""))
                .table(
                        List.of(
                                Column.number("version"),
                                Column.text("file"),
                                Column.text("status"),
                                Column.number("rows"),
                                Column.number("unreadable"),
                                Column.text("SHA-256")),
                        files);
        html.part("The contract that they had to meet")
                .shows(contract(evidence.version().recordTree()));
    }

    /** The contract as a list of its columns. */
    static JsonNode contract(JsonNode record) {
        ArrayNode columns = Json.object().putArray("columns");
        for (StructField field :
                StructType.fromDDL(record.path("contract").asText()).fields()) {
            columns.addObject()
                    .put("column", field.name())
                    .put("type", field.dataType().sql())
                    .put("may be NULL", field.nullable() ? "yes" : "no")
                    .put("meaning", field.getComment().getOrElse(() -> ""));
        }
        return columns;
    }

    private static void changed(Html html, JsonNode record) {
        html.section("What was changed, in this order").shows(steps(record.path("transforms")));
        if (record.has("features")) {
            html.part("Then computed by what was learned from the part train alone, in this order")
                    .shows(steps(record.at("/features/steps")))
                    .fact("Learned anew when", record.at("/features/refit"))
                    .fact("What was learned (SHA-256)", record.at("/features/model/digest"));
        }
        record.path("outputs").fields().forEachRemaining(output -> html.part("For the table " + output.getKey())
                .shows(steps(output.getValue().path("transforms"))));
    }

    /** Transforms or feature steps in their order. */
    static JsonNode steps(JsonNode recorded) {
        ArrayNode steps = Json.object().putArray("steps");
        for (JsonNode step : recorded) {
            ObjectNode shown = steps.addObject()
                    .put("step", steps.size())
                    .put("what", step.path("kind").asText())
                    .set("how", step.path("with"));
            if (step.has("joined")) {
                shown.set("joined", step.path("joined"));
            }
        }
        return steps;
    }

    /** The versions whose judgements stand: from the last rebuild, which judged every row anew, or from the first. */
    private static List<DatasetVersion> standing(Evidence evidence) {
        List<DatasetVersion> standing = new ArrayList<>();
        for (DatasetVersion version : evidence.history()) {
            if (version.recordTree().path("mode").asText().equals("rebuild")) {
                standing.clear();
            }
            standing.add(version);
        }
        return standing;
    }

    private static void thrownAway(Html html, Evidence evidence) {
        List<List<String>> accounts = new ArrayList<>();
        List<List<String>> unreadable = new ArrayList<>();
        List<List<String>> rules = new ArrayList<>();
        for (DatasetVersion version : standing(evidence)) {
            String number = String.valueOf(version.version());
            JsonNode record = version.recordTree();
            record.path("accounts")
                    .forEach(account -> accounts.add(List.of(
                            number,
                            account.path("step").asText(),
                            count(account.path("in")),
                            count(account.path("out")),
                            count(account.path("quarantined")),
                            count(account.path("dropped")))));
            record.path("unreadable")
                    .forEach(why -> unreadable.add(List.of(
                            number,
                            count(why.path("count")),
                            why.path("kind").asText(),
                            why.path("column").asText(""),
                            why.path("reason").asText())));
            record.path("rules")
                    .forEach(rule -> rules.add(List.of(
                            number,
                            rule.path("level").asText(),
                            rule.path("rule").asText(),
                            text(rule.path("measured")),
                            text(rule.path("asked")),
                            verdict(rule))));
        }
        html.section("What was thrown away, and why")
                .text(
                        "Every row that came in is accounted for: kept, put in quarantine with its reason, or dropped by a"
                                + " declared step. A rebuild judges all rows anew; other versions judge what they took in.");
        html.part("Where the rows went")
                .table(
                        List.of(
                                Column.number("version"),
                                Column.text("step"),
                                Column.number("rows in"),
                                Column.number("kept"),
                                Column.number("quarantined"),
                                Column.number("dropped")),
                        accounts);
        if (!unreadable.isEmpty()) {
            html.part("What could not be read")
                    .table(
                            List.of(
                                    Column.number("version"),
                                    Column.number("how many"),
                                    Column.text("rows or files"),
                                    Column.text("column"),
                                    Column.text("why")),
                            unreadable);
        }
        html.part("The rules")
                .table(
                        List.of(
                                Column.number("version"),
                                Column.text("level"),
                                Column.text("rule"),
                                Column.text("measured"),
                                Column.text("asked"),
                                Column.text("verdict")),
                        rules);
    }

    private static String verdict(JsonNode rule) {
        if (rule.path("passed").asBoolean()) {
            return "kept";
        }
        JsonNode waiver = rule.path("waiver");
        return waiver.isMissingNode()
                ? "broken"
                : "broken, waived by %s until %s: %s"
                        .formatted(
                                waiver.path("by").asText(),
                                waiver.path("until").asText(),
                                waiver.path("reason").asText());
    }

    private interface Cells {
        List<String> of(JsonNode node);
    }

    private static List<List<String>> rows(JsonNode array, Cells cells) {
        return StreamSupport.stream(array.spliterator(), false).map(cells::of).toList();
    }

    private static void split(Html html, JsonNode record) {
        html.section("How it was split")
                .fact("By the key", record.at("/split/key"))
                .fact("By time", record.at("/split/time").isNull() ? Json.tree("no") : record.at("/split/time"))
                .fact(
                        "Classes cut at the row",
                        record.at("/split/stratify").isMissingNode() ? Json.tree("no") : record.at("/split/stratify"))
                .fact("Seed", record.at("/split/seed"))
                .fact("Shares", record.at("/split/parts"))
                .fact("Leakage between the parts", record.path("leakage"))
                .table(
                        List.of(
                                Column.text("table"),
                                Column.number("rows"),
                                Column.text("fingerprint of its rows"),
                                Column.text("digest of its files")),
                        rows(
                                record.path("tables"),
                                table -> List.of(
                                        table.path("name").asText(),
                                        count(table.path("rows")),
                                        table.path("fingerprint").asText(),
                                        table.path("fileDigest").asText())));
        record.path("outputs").properties().forEach(output -> html.part("The output " + output.getKey())
                .fact("What was changed, after all of the above, in this order", steps(output.getValue()))
                .fact("Split", output.getValue().path("split"))
                .fact("Leakage between its parts", output.getValue().path("leakage")));
    }

    private static void trained(Html html, Evidence evidence) {
        html.section("What was trained on it");
        List<List<String>> trainings = new ArrayList<>();
        for (Link link : evidence.trainings()) {
            if (link.version() == evidence.version().version()) {
                JsonNode row = link.json();
                trainings.add(List.of(
                        row.path("status").asText(),
                        text(row.path("model")),
                        text(row.path("modelVersion")),
                        text(row.path("job")),
                        row.path("recordedBy").asText(),
                        row.path("recordedAt").asText()));
            }
        }
        if (trainings.isEmpty()) {
            html.text("No training on this version is recorded.");
        } else {
            html.table(
                    List.of(
                            Column.text("what"),
                            Column.text("model"),
                            Column.text("version"),
                            Column.text("job"),
                            Column.text("recorded by"),
                            Column.text("at")),
                    trainings);
        }
    }

    private static void history(Html html, Evidence evidence) {
        List<List<String>> versions = new ArrayList<>();
        for (DatasetVersion version : evidence.history()) {
            JsonNode record = version.recordTree();
            List<String> because = new ArrayList<>();
            record.path("because").forEach(why -> because.add(why.asText()));
            record.path("notes").forEach(note -> because.add(note.asText()));
            versions.add(List.of(
                    String.valueOf(version.version()),
                    record.path("publishedAt").asText(),
                    record.path("principal").asText(),
                    record.path("mode").asText().equals("rebuild") ? "rebuilt" : "appended",
                    String.join("; ", because),
                    version.digest().substring(0, 16) + "…"));
        }
        html.section("How it came about")
                .table(
                        List.of(
                                Column.number("version"),
                                Column.text("published"),
                                Column.text("by"),
                                Column.text("how"),
                                Column.text("why"),
                                Column.text("record")),
                        versions)
                .fact("Code", evidence.version().recordTree().path("code"))
                .fact("Ran on", evidence.version().recordTree().path("runtime"));
    }

    /** A value as people read it. */
    static String text(JsonNode value) {
        if (value.isMissingNode()
                || value.isNull()
                || (value.isTextual() && value.asText().isBlank())) {
            return UNKNOWN;
        }
        return value.isValueNode() ? value.asText() : value.toString();
    }

    private static String count(JsonNode number) {
        return number.isNumber() ? number(number.asLong()) : UNKNOWN;
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
