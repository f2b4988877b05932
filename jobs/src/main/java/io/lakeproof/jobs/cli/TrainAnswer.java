package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.train.Train;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Trainings.Status;
import java.util.stream.Collectors;

/** How a training reads: for people a line or two, for programs an object. */
final class TrainAnswer {

    private TrainAnswer() {}

    static Answer of(Train.Result result) {
        ObjectNode json = Json.object().put("dataset", result.dataset()).put("version", result.version());
        json.setAll(json(result));
        result.problem().ifPresent(problem -> json.put("exitCode", problem.exitCode()));
        return new Answer(json, console -> print(result, console), result.problem());
    }

    /** No training is due. */
    static Answer ofNothing(String dataset, long version) {
        return Answer.of(
                Json.object().put("dataset", dataset).put("version", version).put("status", "nothing-due"),
                console -> console.out()
                        .println("%s version %d: no training is due".formatted(console.bold(dataset), version)));
    }

    /** The training, without what it is of. */
    static ObjectNode json(Train.Result result) {
        ObjectNode json = Json.object()
                .put("status", result.status().map(Status::text).orElse("not-started"))
                .put("reason", result.reason())
                .put("job", result.job().orElse(null))
                .put("azureStatus", result.said().orElse(null))
                .put("page", result.page().orElse(null));
        ArrayNode models = json.putArray("models");
        result.models()
                .forEach(model -> models.addObject().put("name", model.name()).put("version", model.version()));
        json.set("notes", Json.tree(result.notes()));
        json.set(
                "problems",
                Json.tree(result.problem().stream()
                        .flatMap(problem -> problem.getMessage().lines())
                        .toList()));
        return json;
    }

    static void print(Train.Result result, Console console) {
        String version = console.bold(result.dataset()) + " version " + result.version();
        String line =
                switch (result.status().orElse(Status.CLAIMED)) {
                    case SKIPPED -> version + ": no training, " + result.reason();
                    case STARTED -> version + ": training " + console.green("started") + ", " + result.reason();
                    case COMPLETED -> version + ": training " + console.green("completed")
                            + (result.models().isEmpty()
                                    ? ", no model registered"
                                    : ", registered "
                                            + result.models().stream()
                                                    .map(model -> model.name() + ":" + model.version())
                                                    .collect(Collectors.joining(", ")));
                    case FAILED -> version + ": training " + console.red("failed");
                    case CANCELED -> version + ": training " + console.red("canceled");
                    case CLAIMED, RECORDED -> version + ": " + console.red("no training was started");
                };
        console.out().println(line);
        result.job().ifPresent(job -> console.out().println("job " + job));
        result.page().ifPresent(page -> console.out().println(page));
        result.notes().forEach(note -> console.out().println("note: " + Console.near(note)));
    }
}
