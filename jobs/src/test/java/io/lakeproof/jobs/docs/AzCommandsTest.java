package io.lakeproof.jobs.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command of Azure's own command line that a page shows is one that it takes; only then does it miss a login. */
@Tag("long")
class AzCommandsTest {

    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\(([^()]*)\\)");
    private static final Pattern AZ =
            Pattern.compile("(?m)^(?:\\$ )?(?:export )?(?:[A-Z_]+=)?\"?(az (?!ml |extension |login).*)");

    private static final String ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

    @TempDir
    Path config;

    @Test
    void azures_command_line_takes_every_command_that_a_page_shows() throws Exception {
        boolean there = said("az", "version").exitCode() == 0;
        if (!there) {
            System.err.println(
                    "SKIPPED: there is no az, its commands in the documentation are not tried (az ml never is)");
        }
        assumeTrue(there, "there is no az");
        TreeSet<String> commands = new TreeSet<>();
        for (Pages.Page page : Pages.all()) {
            for (Pages.Block block : page.blocks()) {
                if (List.of("", "console", "sh", "bash").contains(block.language())) {
                    collect(block.text().replaceAll("\\\\\n *", ""), commands);
                }
            }
        }
        assertThat(commands).hasSizeGreaterThan(15);
        assertThat(commands).allSatisfy(command -> {
            Said said = said("sh", "-c", command);
            assertThat(said.exitCode()).as(said.text()).isIn(0, 1);
            // Debian's az comes without some of its own modules.
            assertThat(said.text()).matches("(?s)(|.*(az login|Operation cancelled|No module named 'azure).*)");
        });
        assertThat(said("az", "group", "create", "--nme", "x").exitCode()).isEqualTo(2);
    }

    /** The commands, also those whose answer is part of another; some id stands for what the shell would fill in. */
    private static void collect(String text, Set<String> commands) {
        String rest = text;
        for (Matcher inner = SUBSTITUTION.matcher(rest); inner.find(); inner = SUBSTITUTION.matcher(rest)) {
            collect(inner.group(1), commands);
            rest = rest.substring(0, inner.start()) + ID + rest.substring(inner.end());
        }
        AZ.matcher(rest)
                .results()
                .map(found -> found.group(1).replaceAll("\\$\\w+", ID))
                .forEach(commands::add);
    }

    private record Said(int exitCode, String text) {}

    private Said said(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("AZURE_CONFIG_DIR", config.toString());
        builder.environment().put("AZURE_CORE_COLLECT_TELEMETRY", "false");
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        try {
            Process process = builder.start();
            String text = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Said(process.waitFor(), text.strip());
        } catch (IOException e) {
            return new Said(127, e.toString());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
