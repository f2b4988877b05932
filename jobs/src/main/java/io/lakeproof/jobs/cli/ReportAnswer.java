package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.publish.Leakage;
import io.lakeproof.jobs.report.Report;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Json;
import java.util.List;
import java.util.Optional;

/** How a report reads to a program: all that the page shows; people are told where the page is. */
final class ReportAnswer {

    private static final int NAMED = 5;

    private ReportAnswer() {}

    static Answer of(Report.Result result) {
        return Answer.of(json(result), console -> {
            console.out()
                    .println("%s version %d: %s"
                            .formatted(console.bold(result.dataset()), result.version(), result.file()));
            result.groups().forEach(group -> drifted(group).ifPresent(console.out()::println));
        });
    }

    private static Optional<String> drifted(Report.Group group) {
        List<String> names = group.columns().stream()
                .filter(column ->
                        column.farthest().filter(Drift::isBeyondChance).isPresent())
                .map(Report.Column::name)
                .toList();
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of("note: %s%s of %d columns lie farther from %s than by chance: %s%s"
                        .formatted(
                                group.output().isEmpty() ? "" : group.output() + ": ",
                                names.size(),
                                group.columns().size(),
                                group.parts().get(0).title(),
                                // A column's name may hold a line break.
                                String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
                                        .replaceAll("\\R", " "),
                                names.size() > NAMED ? " …" : ""));
    }

    private static ObjectNode json(Report.Result result) {
        ObjectNode json = Json.object()
                .put("dataset", result.dataset())
                .put("version", result.version())
                .put("path", result.file().toString());
        json.set("publishedAt", result.record().path("publishedAt"));
        json.set("runId", result.record().path("runId"));
        json.set("tags", Json.tree(result.tags()));
        json.set(
                "trainings",
                Json.tree(result.trainings().stream().map(Entry::json).toList()));
        json.set("accounts", Json.tree(result.accounts()));
        json.set("rules", result.record().path("rules"));
        ArrayNode groups = json.putArray("tables");
        result.groups().forEach(group -> groups.add(group(group)));
        json.put("quarantined", result.quarantined());
        ArrayNode reasons = json.putArray("quarantine");
        result.turnedAway().forEach(reason -> reasons.addObject()
                .put("rows", reason.rows())
                .put("kind", reason.kind())
                .put("rule", reason.rule().orElse(null))
                .put("column", reason.column().orElse(null)));
        ArrayNode history = json.putArray("history");
        result.history().forEach(past -> {
            ObjectNode one = history.addObject()
                    .put("version", past.version())
                    .put("publishedAt", past.publishedAt().toString())
                    .put("examples", past.examples());
            one.set("tags", Json.tree(past.tags()));
            one.set("changes", Json.tree(past.changes()));
        });
        return json;
    }

    private static ObjectNode group(Report.Group group) {
        ObjectNode json = Json.object().put("output", group.output());
        ArrayNode parts = json.putArray("parts");
        group.parts().forEach(part -> parts.addObject()
                .put("name", part.name())
                .put("rows", part.rows())
                .put("share", part.got())
                .put("asked", part.asked().orElse(null))
                .put("fingerprint", part.fingerprint()));
        json.set("labels", Json.tree(group.labels()));
        json.put("leakage", group.leakage().map(Leakage::text).orElse(null));
        ArrayNode columns = json.putArray("columns");
        group.columns().forEach(column -> columns.add(column(group, column)));
        return json;
    }

    private static ObjectNode column(Report.Group group, Report.Column column) {
        ObjectNode json = Json.object()
                .put("name", column.name())
                .put("type", column.type().sql());
        ObjectNode parts = json.putObject("parts");
        for (int i = 0; i < group.parts().size(); i++) {
            int part = i;
            column.parts()
                    .get(i)
                    .ifPresent(found -> parts.set(group.parts().get(part).name(), found(found)));
        }
        column.bars().ifPresent(bars -> {
            ObjectNode spread = json.putObject("bars").put("single", bars.single());
            spread.set("edges", Json.tree(bars.edges()));
            spread.put("below", bars.below()).put("above", bars.above());
            spread.set("shares", Json.tree(bars.rounded()));
        });
        column.frequent().ifPresent(frequent -> {
            ObjectNode values = json.putObject("frequent");
            ArrayNode most = values.putArray("values");
            frequent.values()
                    .forEach(value ->
                            most.addObject().put("value", value.text()).set("counts", Json.tree(value.counts())));
            values.put("otherValues", frequent.otherValues()).set("others", Json.tree(frequent.others()));
        });
        return json;
    }

    private static ObjectNode found(Report.Found found) {
        ObjectNode json = Json.object()
                .put("rows", found.rows())
                .put("nulls", found.nulls())
                .put("nan", found.notNumbers())
                .put("infinite", found.infinite())
                .put("distinct", found.distinct().orElse(null))
                .put("distinctIsExact", found.exact())
                .put("min", found.least().orElse(null))
                .put("max", found.greatest().orElse(null))
                .put("mean", found.mean().orElse(null))
                .put("stddev", found.deviation().orElse(null));
        found.fromFirst().ifPresent(drift -> json.putObject("drift")
                .put("distance", drift.distance())
                .put("chance", drift.chance())
                .put("beyondChance", drift.isBeyondChance()));
        return json;
    }
}
