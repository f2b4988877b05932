package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.docs.Pages;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;

/** Every command of Lakeproof's that a page shows is one that the command line takes. */
class DocumentedCommandsTest {

    private static final Pattern CALL = Pattern.compile(
            "^\\s*(?:\\$ |\\d+ \\d+ \\* \\* \\* |[A-Z_]+=\\S+ )*(?:\\S*/)?(?:lakeproof|spark-submit .*lakeproof\\S*\\.jar) (.*)");

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    @Test
    void the_command_line_takes_every_command_that_a_page_shows() {
        List<String> wrong = new ArrayList<>();
        int[] commands = {0};
        for (Pages.Page page : Pages.all()) {
            for (Pages.Block block : page.blocks()) {
                if (!List.of("", "console", "sh", "bash").contains(block.language())) {
                    continue;
                }
                // A console block also shows what is printed.
                block.text()
                        .replace("\\\n", " ")
                        .lines()
                        .filter(line -> !block.language().equals("console") || line.startsWith("$ "))
                        .map(DocumentedCommandsTest::arguments)
                        .filter(arguments -> !arguments.isEmpty())
                        .forEach(arguments -> {
                            commands[0]++;
                            parse(arguments, true).forEach(problem -> wrong.add(page.name() + ": " + problem));
                        });
            }
            for (String span : page.spans()) {
                List<String> arguments = arguments(span);
                if (!arguments.isEmpty()) {
                    commands[0]++;
                    // A sentence may name a command alone.
                    parse(arguments, false).forEach(problem -> wrong.add(page.name() + ": " + problem));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(commands[0]).isGreaterThan(60);
    }

    @Test
    void it_would_notice_a_wrong_command() {
        assertThat(arguments("$ NO_COLOR=1 ./lakeproof run dataset.yaml --wait | head -n 3 # and so on"))
                .containsExactly("run", "dataset.yaml", "--wait");
        assertThat(arguments(
                        "5 2 * * * /opt/lakeproof/lakeproof withdraw a.yaml may.csv --reason \"sent twice\" >> log"))
                .containsExactly("withdraw", "a.yaml", "may.csv", "--reason", "sent twice");
        assertThat(arguments("spark-submit --master yarn lakeproof-0.1.0.jar plan dataset.yaml"))
                .containsExactly("plan", "dataset.yaml");
        assertThat(arguments("lakeproof: cannot read it")).isEmpty();
        assertThat(parse(List.of("rum", "dataset.yaml"), true)).isNotEmpty();
        assertThat(parse(List.of("run", "dataset.yaml", "--retries", "3"), true))
                .isNotEmpty();
        assertThat(parse(List.of("tag", "dataset.yaml", "3"), true)).isNotEmpty();
        assertThat(parse(List.of("tag"), false)).isEmpty();
    }

    /** What follows the command's name, up to a pipe, a redirection or a comment; empty: this calls something else. */
    private static List<String> arguments(String line) {
        Matcher call = CALL.matcher(line);
        // A synopsis, and a command that stands for any.
        if (!call.matches() || line.contains("[OPTIONS]") || call.group(1).startsWith("COMMAND")) {
            return List.of();
        }
        List<String> arguments = new ArrayList<>();
        Matcher words = WORD.matcher(call.group(1));
        while (words.find()) {
            String word = words.group();
            if (word.matches("\\||&&|\\|\\||;|#.*|[0-9]?>.*|<")) {
                break;
            }
            String plain =
                    words.group(1) != null ? words.group(1) : words.group(2) != null ? words.group(2) : words.group(3);
            // It stands for any number.
            arguments.add(plain.equals("N") ? "1" : plain);
        }
        return arguments;
    }

    private static List<String> parse(List<String> arguments, boolean whole) {
        try {
            new CommandLine(new Shell.Root()).parseArgs(arguments.toArray(String[]::new));
        } catch (MissingParameterException e) {
            return whole ? List.of(String.join(" ", arguments) + ": " + e.getMessage()) : List.of();
        } catch (ParameterException e) {
            return List.of(String.join(" ", arguments) + ": " + e.getMessage());
        }
        return List.of();
    }
}
