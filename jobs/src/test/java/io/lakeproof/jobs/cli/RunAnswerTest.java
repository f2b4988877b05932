package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.train.Train;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Trainings.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunAnswerTest {

    @Test
    void people_read_paths_from_where_they_are_and_programs_read_uris() {
        String here = "file:" + Path.of("").toAbsolutePath();
        String note = here + "/landing/a b.csv is a copy of " + here + "/landing/b.csv, not of file:/elsewhere/a.csv";
        Answer answer = RunAnswer.of(
                new Run.Result(
                        "claims",
                        Run.Status.NOTHING_NEW,
                        1,
                        "run",
                        List.of(),
                        0,
                        0,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(note)),
                Instant.now());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        answer.text().accept(new Console(stream, stream, Console.Colour.NEVER, 0));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("note: landing/a b.csv is a copy of landing/b.csv, not of file:/elsewhere/a.csv\n");
        assertThat(answer.json().get("notes").get(0).asText()).isEqualTo(note);
    }

    @Test
    void a_training_that_failed_leaves_the_status_published_and_ends_with_exit_code_5() {
        Run.Result published = new Run.Result(
                "claims", Run.Status.PUBLISHED, 3, "run", List.of(), 0, 0, List.of(), List.of(), List.of(), List.of());
        Train.Result failed = new Train.Result(
                "claims",
                3,
                Optional.of(Status.FAILED),
                "training.when is always",
                Optional.of("/jobs/j"),
                Optional.of("Failed"),
                Optional.of("https://page"),
                List.of(),
                List.of(),
                Optional.of(new Failure.Remote("training job j failed", null)));
        Answer answer = RunAnswer.of(published, Optional.of(failed), Instant.now());
        assertThat(answer.failure().orElseThrow().exitCode()).isEqualTo(5);
        assertThat(answer.json().get("status").asText()).isEqualTo("published");
        assertThat(answer.json().get("exitCode").asInt()).isEqualTo(5);
        assertThat(answer.json().get("training"))
                .isEqualTo(
                        Json.parse(
                                """
                                {"status": "failed", "reason": "training.when is always", "job": "/jobs/j", "azureStatus": "Failed",
                                 "page": "https://page", "models": [], "notes": [], "problems": ["training job j failed"]}"""));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        answer.text().accept(new Console(stream, stream, Console.Colour.NEVER, 0));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("claims version 3 published")
                .endsWith("claims version 3: training failed\njob /jobs/j\nhttps://page\n");
    }
}
