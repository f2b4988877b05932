package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Replay;
import io.lakeproof.lineage.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a replay reads: every step, and the first that differs with what may explain it. */
final class ReplayAnswer {

    private ReplayAnswer() {}

    static Answer of(Replay.Result result) {
        List<String> problems = problems(result);
        return new Answer(
                json(result, problems),
                console -> print(result, console),
                problems.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Failure.Unverified(String.join("\n", problems))));
    }

    private static List<String> problems(Replay.Result result) {
        List<String> problems = new ArrayList<>();
        result.differing().ifPresent(step -> {
            problems.add("version %d of %s differs at %s: recorded %s, found %s"
                    .formatted(
                            result.version(),
                            result.dataset(),
                            step.name(),
                            text(step.recorded()),
                            text(step.found())));
            result.causes().forEach(cause -> problems.add("likely cause: " + cause));
        });
        return problems;
    }

    private static ObjectNode json(Replay.Result result, List<String> problems) {
        ObjectNode json = Json.object()
                .put("dataset", result.dataset())
                .put("version", result.version())
                .put("status", problems.isEmpty() ? "identical" : "different")
                .put("output", result.output().orElse(null));
        result.differing().ifPresent(step -> json.put("differsAt", step.name()));
        ArrayNode steps = json.putArray("steps");
        for (Replay.Step step : result.steps()) {
            ObjectNode one = steps.addObject().put("step", step.name()).put("identical", step.identical());
            one.set("recorded", Json.tree(step.recorded()));
            one.set("found", Json.tree(step.found()));
        }
        if (!problems.isEmpty()) {
            json.set("causes", Json.tree(result.causes()));
            json.put("exitCode", 6);
            json.set("problems", Json.tree(problems));
        }
        return json;
    }

    private static void print(Replay.Result result, Console console) {
        console.out()
                .println(console.bold(result.dataset()) + " version " + result.version() + ": "
                        + result.differing()
                                .map(step -> console.red("differs at " + step.name()))
                                .orElse(console.green("identical")));
        Table table = new Table().row("step", "recorded", "found", "");
        result.steps()
                .forEach(step -> table.row(
                        step.name(),
                        brief(step.recorded()),
                        brief(step.found()),
                        step.identical() ? "identical" : "differs"));
        console.out().println("\n" + table.text());
        result.output()
                .ifPresent(output -> console.out().println("\nthe recomputed parts are in " + Console.near(output)));
    }

    private static String text(Map<String, Object> measures) {
        return measures.entrySet().stream()
                .map(measure -> measure.getKey() + " "
                        + (measure.getValue() instanceof Long count ? Table.count(count) : measure.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String brief(Map<String, Object> measures) {
        return text(measures).replaceAll("fingerprint lp1:([0-9a-f]{12})[0-9a-f]*", "$1");
    }
}
