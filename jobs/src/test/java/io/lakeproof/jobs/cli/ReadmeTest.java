package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's spec and links; that its commands print what it shows is for {@code .ci/run} to see. */
class ReadmeTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    @Test
    void its_spec_is_an_excerpt_of_the_example() throws IOException {
        Matcher block = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(readme());
        assertThat(block.find()).isTrue();
        List<String> shown =
                block.group(1).lines().filter(line -> !line.isBlank()).toList();

        assertThat(Files.readAllLines(ROOT.resolve("examples/birdstrikes/dataset.yaml")))
                .containsSubsequence(shown);
    }
}
