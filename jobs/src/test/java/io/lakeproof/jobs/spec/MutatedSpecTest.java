package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.lakeproof.jobs.Failure;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** However a spec is damaged, the answer is a spec or a list of problems. */
class MutatedSpecTest {

    private static final String SCRAPS = "{}[]:,#&*!|>'\"%@`-? \n\t\\${~0aé\u0000\uD83D/.";

    private static Path dir;

    @BeforeContainer
    static void create() throws IOException {
        dir = Files.createTempDirectory("specs");
    }

    @AfterContainer
    static void delete() throws IOException {
        Files.deleteIfExists(dir.resolve("dataset.yaml"));
        Files.deleteIfExists(dir);
    }

    @Property(tries = 600, shrinking = ShrinkingMode.OFF)
    void no_damage_to_the_text_makes_the_reader_fail(@ForAll long seed) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        StringBuilder yaml = new StringBuilder(SpecReaderTest.FULL);
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int at = random.nextInt(yaml.length());
            switch (random.nextInt(4)) {
                case 0 -> yaml.deleteCharAt(at);
                case 1 -> yaml.insert(at, SCRAPS.charAt(random.nextInt(SCRAPS.length())));
                case 2 -> yaml.setCharAt(at, SCRAPS.charAt(random.nextInt(SCRAPS.length())));
                default -> yaml.delete(at, Math.min(yaml.length(), at + random.nextInt(80)));
            }
        }
        assertAnswered(yaml.toString(), random.nextInt(25) == 0);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void no_exchange_of_values_makes_the_reader_fail(@ForAll long seed) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        List<String> lines = new ArrayList<>(SpecReaderTest.FULL.lines().toList());
        List<String> values =
                List.of("null", "true", "-1", "1e400", ".nan", "[]", "{}", "[[1], {a: b}]", "''", "2026-01-01", "? x");
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int line = random.nextInt(lines.size());
            String value = values.get(random.nextInt(values.size()));
            lines.set(
                    line,
                    random.nextBoolean()
                            ? lines.get(line).replaceFirst(": .*", ": " + value)
                            : lines.get(line).replaceFirst("- .*", "- " + value));
        }
        assertAnswered(String.join("\n", lines), random.nextInt(25) == 0);
    }

    @Example
    void a_character_outside_the_basic_plane_may_stand_anywhere() throws IOException {
        for (int spaces = 0; spaces < 4; spaces++) {
            assertAnswered("#" + " ".repeat(spaces) + "\uD83D".repeat(3_000) + "\nname: x", false);
        }
    }

    private static void assertAnswered(String yaml, boolean withSpark) throws IOException {
        String file = Files.writeString(dir.resolve("dataset.yaml"), yaml.replace("\uD83D", "\uD83D\uDE00"))
                .toString();
        try {
            Map<String, String> env = Map.of("LAKE", "/lake");
            if (withSpark) {
                SpecReader.check(file, env, LocalSpark.session());
            } else {
                SpecReader.read(file, env);
            }
        } catch (Failure.BadSpec bad) {
            assertThat(bad.problems())
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem).startsWith(file).doesNotContain("\n"));
        } catch (RuntimeException | Error thrown) {
            fail("for\n" + yaml, thrown);
        }
    }
}
