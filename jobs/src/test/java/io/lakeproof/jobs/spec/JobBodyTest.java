package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's spec and job body are read without a problem, and its table names every placeholder that there is. */
class JobBodyTest {

    @TempDir
    Path dir;

    private static List<String> blocks(String page, String language) {
        List<String> blocks = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(blocks).isNotEmpty();
        return blocks;
    }

    @Test
    void the_pages_examples_are_read_without_a_problem() throws IOException {
        String page = Files.readString(Path.of("../docs/azure.md"));
        Path spec = Files.writeString(
                dir.resolve("dataset.yaml"),
                SpecReaderTest.SMALL + String.join("", blocks(page, "yaml")).replace("KEY", "id"));
        for (String body : blocks(page, "json")) {
            Files.writeString(dir.resolve("train-job.json"), body);
            Training training = SpecReader.read(
                            spec.toString(),
                            Map.of(
                                    "AML_WORKSPACE",
                                    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"))
                    .training()
                    .orElseThrow();
            assertThat(training.when()).isEqualTo(Training.When.ON_ROWS);
        }
    }

    @Test
    void the_pages_table_names_every_placeholder() throws IOException {
        String page = Files.readString(Path.of("../docs/azure.md"));
        String table = page.substring(page.indexOf("| placeholder | is |"));
        Matcher rows = Pattern.compile("(?m)^\\| (`[^|]+) \\|").matcher(table.substring(0, table.indexOf("\n\n")));
        TreeSet<String> named = new TreeSet<>();
        rows.results()
                .forEach(row ->
                        named.addAll(List.of(row.group(1).replace("`", "").split(", ", -1))));
        TreeSet<String> there = new TreeSet<>(JobBody.OF_VERSION);
        JobBody.OF_PART.forEach(name -> there.add("PART." + name));
        assertThat(named).isEqualTo(there);
    }
}
