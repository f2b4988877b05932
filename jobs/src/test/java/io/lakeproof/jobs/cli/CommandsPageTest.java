package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The page of commands says what the commands themselves say; {@code -Dlakeproof.update} writes it anew. */
class CommandsPageTest {

    private static final Path PAGE = Path.of("..", "docs", "reference", "commands.md");

    @Test
    void it_holds_every_command_with_every_option() throws IOException {
        String page = page(new CommandLine(new Shell.Root()).getCommandSpec());
        if (System.getProperty("lakeproof.update") != null) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE)
                .as("write it anew with -Dlakeproof.update -Dtest=CommandsPageTest")
                .content()
                .isEqualTo(page);
    }

    private static String page(CommandSpec root) {
        StringBuilder page = new StringBuilder(
                """
                # Commands

                Made from the commands themselves: `lakeproof COMMAND --help` says the same.

                ## Exit codes

                | code | means |
                | --- | --- |
                | 0 | done; also: there was nothing new |
                | 1 | a bug: a stack trace says where |
                | 2 | the command line |
                | 3 | the spec: each problem with file, line and remedy |
                | 4 | the data was rejected |
                | 5 | a remote service, or storage, failed |
                | 6 | verification failed |

                ## For every command

                """);
        table(page, root.options().stream().filter(option -> !option.hidden()).toList(), List.of());
        Map<String, CommandLine> commands = new TreeMap<>(root.subcommands());
        commands.forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            page.append("\n## `").append(name).append("`\n\n");
            page.append(text(spec.usageMessage().header())).append("\n\n");
            page.append("```\n").append(synopsis(spec)).append("\n```\n\n");
            table(
                    page,
                    spec.options().stream()
                            .filter(option -> !option.inherited() && !option.hidden())
                            .toList(),
                    spec.positionalParameters());
            String[] footer = spec.usageMessage().footer();
            String examples = java.util.Arrays.stream(footer)
                    .map(line -> line.replaceFirst("^Examples?:", "").strip())
                    .filter(line -> !line.isEmpty())
                    .collect(Collectors.joining("\n"));
            if (!examples.isEmpty()) {
                page.append("\n```\n").append(examples).append("\n```\n");
            }
        });
        return page.toString();
    }

    private static String synopsis(CommandSpec spec) {
        String parameters = spec.positionalParameters().stream()
                .map(parameter ->
                        parameter.arity().min() > 0 ? parameter.paramLabel() : "[" + parameter.paramLabel() + "]")
                .collect(Collectors.joining(" "));
        return ("lakeproof " + spec.name() + " " + parameters + " [OPTIONS]").replace("  ", " ");
    }

    private static void table(StringBuilder page, List<OptionSpec> options, List<PositionalParamSpec> parameters) {
        page.append("| | |\n| --- | --- |\n");
        parameters.forEach(parameter -> row(page, parameter.paramLabel() + "`", parameter.description()));
        options.stream()
                .sorted((a, b) -> a.longestName().compareTo(b.longestName()))
                .forEach(option -> row(
                        page,
                        option.longestName()
                                + (option.arity().max() > 0 ? " " + option.paramLabel() : "")
                                + (option.required() ? "` **required**" : "`"),
                        option.description()));
    }

    private static void row(StringBuilder page, String name, String[] description) {
        page.append("| `")
                .append(name.replace("|", "\\|"))
                .append(" | ")
                .append(text(description).replace("|", "\\|"))
                .append(" |\n");
    }

    private static String text(String[] lines) {
        return String.join(" ", lines).replace("%n", " ").replace("%%", "%").strip();
    }
}
