package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Diff;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.drift.Outcome;
import io.lakeproof.lineage.Json;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a difference reads: what changed, how many rows came and went, and why. */
final class DiffAnswer {

    private DiffAnswer() {}

    static Answer of(Diff.Result result) {
        return Answer.of(json(result), console -> print(result, console));
    }

    private static ObjectNode json(Diff.Result result) {
        ObjectNode json = Json.object()
                .put("dataset", result.dataset())
                .put("before", result.before())
                .put("after", result.after())
                .put("status", result.empty() ? "same" : "different");
        ArrayNode changes = json.putArray("changes");
        for (Diff.Change change : result.changes()) {
            changes.addObject()
                    .put("what", change.what())
                    .put("name", change.name())
                    .put("before", change.before().orElse(null))
                    .put("after", change.after().orElse(null))
                    .set("causes", causes(change.causes()));
        }
        ObjectNode parts = json.putObject("parts");
        for (Diff.Part part : result.parts()) {
            ObjectNode one = parts.putObject(part.name())
                    .put("before", part.before())
                    .put("after", part.after())
                    .put("added", part.added())
                    .put("removed", part.removed());
            one.set("columnsAdded", Json.tree(part.columnsAdded()));
            one.set("columnsRemoved", Json.tree(part.columnsRemoved()));
            one.set("keysAdded", Json.tree(part.keysAdded()));
            one.set("keysRemoved", Json.tree(part.keysRemoved()));
            ArrayNode drifts = one.putArray("drifts");
            part.drifts().forEach(drift -> drifts.addObject()
                    .put("column", drift.column())
                    .put("distance", drift.distance())
                    .put("chance", drift.chance()));
            one.set("causes", causes(part.causes()));
        }
        ArrayNode measures = json.putArray("measures");
        for (Diff.Measure measure : result.measures()) {
            measures.addObject()
                    .put("level", measure.level())
                    .put("rule", measure.rule())
                    .put("before", measure.before().orElse(null))
                    .put("after", measure.after().orElse(null))
                    .set("causes", causes(result.causes()));
        }
        return json;
    }

    private static ArrayNode causes(List<Diff.Cause> causes) {
        ArrayNode all = Json.object().putArray("causes");
        causes.forEach(cause -> all.addObject()
                .put("version", cause.version())
                .put("cause", cause.kind().text())
                .put("detail", cause.detail()));
        return all;
    }

    private static void print(Diff.Result result, Console console) {
        console.out()
                .println(console.bold(result.dataset()) + " from version " + result.before() + " to "
                        + result.after()
                        + (result.empty() ? ": nothing differs" : ""));
        if (!result.changes().isEmpty()) {
            Table table = new Table();
            result.changes()
                    .forEach(change -> table.row(
                            sign(change.before(), change.after()),
                            change.what(),
                            Console.near(change.name()),
                            arrow(change.before(), change.after()),
                            text(change.causes())));
            console.out().println("\n" + table.text());
        }
        if (result.parts().stream().anyMatch(Diff.Part::changed)) {
            Table table = new Table().row("part", "before", "added", "removed", "after");
            result.parts()
                    .forEach(part -> table.row(part.name(), part.before(), part.added(), part.removed(), part.after()));
            console.out().println("\n" + table.text());
            result.parts().stream().filter(Diff.Part::changed).forEach(part -> about(part, console));
        }
        if (!result.measures().isEmpty()) {
            Table table = new Table();
            result.measures()
                    .forEach(measure -> table.row(
                            measure.level(),
                            brief(measure.rule()),
                            measure.before().orElse("not asked") + " -> "
                                    + measure.after().orElse("not asked")));
            console.out().println("\nmeasured by rules\n\n" + table.text());
        }
        List<Diff.Cause> why = result.parts().stream()
                .flatMap(part -> part.causes().stream())
                .distinct()
                .toList();
        if (!why.isEmpty()) {
            console.out().println("\nrows changed because of");
            why.forEach(cause -> console.out().println("  " + text(List.of(cause)) + detail(cause)));
        }
    }

    private static void about(Diff.Part part, Console console) {
        if (!part.columnsAdded().isEmpty() || !part.columnsRemoved().isEmpty()) {
            console.out()
                    .println("\n" + part.name() + ": rows are compared by the columns that both have"
                            + list("; new: ", part.columnsAdded(), ", ")
                            + list("; gone: ", part.columnsRemoved(), ", "));
        }
        if (!part.keysAdded().isEmpty()) {
            console.out().println("\n" + part.name() + ": " + keys("added", part.keysAdded()));
        }
        if (!part.keysRemoved().isEmpty()) {
            console.out().println("\n" + part.name() + ": " + keys("removed", part.keysRemoved()));
        }
        if (!part.drifts().isEmpty()) {
            List<Drift> beyond =
                    part.drifts().stream().filter(Drift::isBeyondChance).toList();
            Table table = new Table();
            beyond.forEach(drift -> table.row(
                    Console.near(drift.column()), Outcome.number(drift.distance()), Outcome.number(drift.chance())));
            console.out()
                    .println("\n" + part.name() + ": "
                            + (beyond.isEmpty()
                                    ? "no column drifted farther than chance may"
                                    : "columns that drifted, and how far chance may\n\n" + table.text()));
        }
    }

    private static String brief(String rule) {
        return rule.length() <= 50 ? rule : rule.substring(0, 49) + "…";
    }

    private static String keys(String what, List<String> keys) {
        return "keys of " + what + " rows" + (keys.size() < Diff.KEYS ? "" : ", the first " + Diff.KEYS) + "\n  "
                + String.join("\n  ", keys);
    }

    private static String list(String before, List<String> names, String between) {
        return names.isEmpty() ? "" : before + String.join(between, names);
    }

    private static String sign(Optional<String> before, Optional<String> after) {
        return before.isEmpty() ? "+" : after.isEmpty() ? "-" : "~";
    }

    private static String arrow(Optional<String> before, Optional<String> after) {
        return before.isPresent() && after.isPresent()
                ? before.get() + " -> " + after.get()
                : before.or(() -> after).orElse("");
    }

    private static String text(List<Diff.Cause> causes) {
        return causes.stream()
                .map(cause -> cause.kind().text() + " (version " + cause.version() + ")")
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String detail(Diff.Cause cause) {
        return cause.detail().isEmpty() ? "" : ": " + Console.near(cause.detail());
    }
}
