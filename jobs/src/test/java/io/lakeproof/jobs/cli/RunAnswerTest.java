package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Run;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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
}
