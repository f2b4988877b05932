package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tutorial's commands run, in its order and in one folder, and print what it shows. */
@Tag("ci")
class TutorialTest {

    private static final Path EXAMPLE = Path.of("../examples/birdstrikes");

    @TempDir
    Path clone;

    private static boolean hasShell() throws InterruptedException {
        try {
            return new ProcessBuilder("sh", "-c", "true").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void its_commands_print_what_it_shows() throws Exception {
        boolean there = hasShell();
        if (!there) {
            System.err.println("SKIPPED: there is no sh, the commands of docs/tutorial.md are not run");
        }
        assumeTrue(there, "there is no sh");
        for (String file : List.of("dataset.yaml", "schema.ddl", "landing/birdstrikes.csv")) {
            Path copy = clone.resolve("examples/birdstrikes").resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(EXAMPLE.resolve(file), copy);
        }
        ConsolePage reader = ConsolePage.in(clone);
        List<ConsolePage.Shown> steps = ConsolePage.of(Path.of("../docs/tutorial.md"));
        assertThat(steps).hasSizeGreaterThan(12);
        for (ConsolePage.Shown step : steps) {
            String command = step.command();
            boolean proves = command.startsWith("./lakeproof prove ");
            // A zip is written where the reader is, and this JVM is elsewhere.
            Spoken said = reader.say(proves ? command + " --output birdstrikes-2-evidence.zip" : command);
            assertThat(ConsolePage.normal(said.out() + said.err()))
                    .as(command)
                    .isEqualTo(ConsolePage.normal(step.answer()));
            boolean forged = command.equals("./lakeproof verify birds/dataset.yaml");
            assertThat(said.exitCode()).as(command).isEqualTo(forged ? 6 : 0);
        }
    }
}
