package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.train.InTraining;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.proof.EvidenceVerification;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.LakeVerification;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a verification reads: a line per finding, or what was checked and what that proves. */
final class VerifyAnswer {

    private VerifyAnswer() {}

    static Answer of(String what, LakeVerification.Result result, String worth) {
        ObjectNode json = json(what, result);
        String state = result.versions() > 0
                ? "unchanged"
                : result.retired().isEmpty() ? "nothing was published yet" : "records unchanged";
        return answer(json, result.findings(), what, state, read(result), worth, "");
    }

    static Answer of(String what, EvidenceVerification.Result result, String worth) {
        ObjectNode json = json(what, result.findings())
                .put("dataset", result.dataset())
                .put("version", result.version())
                .put("versions", result.versions())
                .put("files", result.files())
                .put("beyond", result.beyond());
        String read = "%s records, %s files%s"
                .formatted(
                        Table.count(result.versions()),
                        Table.count(result.files()),
                        result.beyond() == 0
                                ? ""
                                : "; the anchor keeps %s further rows of tags and trainings, written since or taken out"
                                        .formatted(Table.count(result.beyond())));
        String about = "%s, %s version %d".formatted(what, result.dataset(), result.version());
        return answer(json, result.findings(), about, "genuine", read, worth, "");
    }

    /**
     * Evidence that was written, and how the lake stands to it.
     *
     * @param others the versions beside it that the model which was asked for was trained on
     */
    static Answer of(
            String dataset,
            DatasetVersion version,
            Path evidence,
            LakeVerification.Result result,
            String worth,
            List<Long> others) {
        String what = "%s version %d".formatted(dataset, version.version());
        ObjectNode json = json(what, result)
                .put("dataset", dataset)
                .put("version", version.version())
                .put("publishedAt", version.publishedAt().toString())
                .put("evidence", evidence.toAbsolutePath().normalize().toUri().toString());
        json.set("alsoTrainedOn", Json.tree(others));
        return answer(
                json,
                result.findings(),
                what,
                "unchanged since " + Commands.seconds(version.publishedAt()),
                read(result),
                worth,
                "evidence: " + evidence
                        + (others.isEmpty()
                                ? ""
                                : "\nnote: a model of that name was trained on %s too, which this does not prove: name the model's version, or prove each by its number"
                                        .formatted(others.stream()
                                                .map(other -> "version " + other)
                                                .collect(Collectors.joining(", ")))));
    }

    /** What a training reads, held against what it was handed. */
    static Answer of(InTraining.Result result) {
        List<InTraining.Part> wrong =
                result.parts().stream().filter(part -> !part.isGenuine()).toList();
        ObjectNode json = Json.object()
                .put("dataset", result.dataset())
                .put("version", result.version())
                .put("status", wrong.isEmpty() ? "verified" : "failed");
        ObjectNode parts = json.putObject("parts");
        result.parts().forEach(part -> parts.putObject(part.name())
                .put("path", part.path())
                .put("expected", part.expected())
                .put("found", part.found().orElse(null))
                .put("problem", part.problem().orElse(null)));
        String what = "%s version %d".formatted(result.dataset(), result.version());
        if (wrong.isEmpty()) {
            return Answer.of(json, console -> console.out()
                    .println("%s: %s as published"
                            .formatted(
                                    console.bold(what),
                                    result.parts().stream()
                                            .map(InTraining.Part::name)
                                            .collect(Collectors.joining(", ")))));
        }
        json.put("exitCode", 6);
        Failure failure = new Failure.Unverified(wrong.stream()
                .map(part -> "%s part %s is not what was handed over: expected %s, %s at %s. Do not train on it."
                        .formatted(
                                what,
                                part.name(),
                                part.expected(),
                                part.found().map(found -> "found " + found).orElseGet(() -> "could not read it (%s)"
                                        .formatted(part.problem().orElse(""))),
                                part.path()))
                .collect(Collectors.joining("\n")));
        return new Answer(json, console -> {}, Optional.of(failure));
    }

    private static String read(LakeVerification.Result result) {
        String retired = result.retired().isEmpty()
                ? ""
                : "; cleaned up by maintain, records alone: "
                        + result.retired().stream().map(v -> "version " + v).collect(Collectors.joining(", "));
        return "%s files, %s bytes%s".formatted(Table.count(result.files()), Table.count(result.bytes()), retired);
    }

    private static ObjectNode json(String what, LakeVerification.Result result) {
        ObjectNode json = json(what, result.findings())
                .put("versions", result.versions())
                .put("files", result.files())
                .put("bytes", result.bytes());
        json.set("retired", Json.tree(result.retired()));
        return json;
    }

    private static ObjectNode json(String what, List<Finding> findings) {
        ObjectNode json = Json.object().put("subject", what).put("status", findings.isEmpty() ? "verified" : "failed");
        ArrayNode list = json.putArray("findings");
        findings.forEach(finding -> list.addObject()
                .put("what", finding.kind().text())
                .put("where", finding.where())
                .put("expected", finding.expected())
                .put("found", finding.found()));
        if (!findings.isEmpty()) {
            json.put("exitCode", 6);
        }
        return json;
    }

    private static Answer answer(
            ObjectNode json,
            List<Finding> findings,
            String what,
            String verdict,
            String read,
            String worth,
            String written) {
        json.put("proves", worth);
        Optional<Failure> failure = findings.isEmpty()
                ? Optional.empty()
                : Optional.of(new Failure.Unverified(
                        findings.stream().map(Finding::text).collect(Collectors.joining("\n"))));
        return new Answer(
                json,
                console -> {
                    if (findings.isEmpty()) {
                        console.out()
                                .println("%s: %s (%s)".formatted(console.bold(what), console.green(verdict), read));
                        console.out().println(worth);
                    } else {
                        console.out()
                                .println("%s: %s, %s"
                                        .formatted(
                                                console.bold(what),
                                                console.red("changed"),
                                                findings.size() == 1 ? "1 finding" : findings.size() + " findings"));
                    }
                    if (!written.isEmpty()) {
                        console.out().println(written);
                    }
                },
                failure);
    }
}
