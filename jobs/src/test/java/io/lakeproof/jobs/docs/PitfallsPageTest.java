package io.lakeproof.jobs.docs;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages say is shown by a test is shown by one that exists. */
class PitfallsPageTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT|Properties))(?:#(\\w+))?`");

    @ParameterizedTest
    @ValueSource(strings = {"pitfalls.md", "guarantees.md"})
    void every_named_test_exists(String page) throws IOException {
        Map<String, String> sources = sources();
        List<MatchResult> named = TEST.matcher(
                        Files.readString(ROOT.resolve("docs").resolve(page)))
                .results()
                .toList();
        assertThat(named).hasSizeGreaterThan(10);
        assertThat(named).allSatisfy(test -> {
            assertThat(sources).containsKey(test.group(1));
            if (test.group(2) != null) {
                assertThat(sources.get(test.group(1))).containsPattern("\\b" + test.group(2) + "(\\(| =)");
            }
        });
    }

    @Test
    void every_pitfall_has_a_reason_and_every_cell_of_tests_holds_tests_alone() throws IOException {
        List<String[]> rows = Files.readAllLines(ROOT.resolve("docs/pitfalls.md")).stream()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split("(?<!\\\\)\\|", -1))
                .filter(cells -> !cells[1].isBlank() && !cells[1].strip().matches("---|the failure"))
                .toList();
        assertThat(rows).hasSizeGreaterThan(40);
        assertThat(rows).allSatisfy(cells -> {
            assertThat(cells).as(Arrays.toString(cells)).hasSize(5);
            assertThat(cells[2].strip()).as(cells[1]).endsWith(".");
            assertThat(TEST.matcher(cells[3]).replaceAll("")).as(cells[1]).matches("[, ]*");
        });
    }

    /** The test classes of all modules and examples: name → source. */
    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT, 14)) {
            return files.filter(file -> file.toString().contains("/src/test/java/")
                            && !file.toString().contains("/target/")
                            && file.toString().endsWith(".java"))
                    .collect(toMap(file -> file.getFileName().toString().replace(".java", ""), PitfallsPageTest::read));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
