package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.TestDataset;
import io.lakeproof.jobs.spec.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrivalsTest {

    @TempDir
    private Path dir;

    private Arrivals arrivals(TestDataset dataset) {
        Lake lake = dataset.lake();
        return Arrivals.ofNew(lake, Recipe.of(lake.spec()), Arrivals.Retry.IF_CHANGED, Instant.now());
    }

    private void put(String name, long second) throws IOException {
        Path file = Files.createFile(dir.resolve("landing").resolve(name));
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
    }

    /** Otherwise the first load of a large landing would fail once all its work is done, and every run after it. */
    @Test
    void of_very_many_files_the_oldest_are_taken_and_a_note_tells_of_the_others() throws IOException {
        TestDataset dataset = TestDataset.in(dir);
        Files.createDirectories(dir.resolve("landing"));
        for (int number = 0; number < Arrivals.MOST; number++) {
            put(number + ".csv", 1_000_000_000L + number);
        }
        put("0-newest.csv", 1_200_000_000L);
        put("0-newer.csv", 1_100_000_000L);
        put("z-oldest.csv", 900_000_000L);
        Arrivals arrivals = arrivals(dataset);
        assertThat(arrivals.fresh())
                .hasSize(Arrivals.MOST)
                .extracting(SourceFile::path)
                .anyMatch(path -> path.endsWith("/z-oldest.csv"));
        assertThat(arrivals.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.path()).endsWith("/landing/99999.csv");
            assertThat(waiting.reason())
                    .isEqualTo("a run takes 100,000 files at most, the oldest first: run again for it and 2 more");
        });
        dataset.change("  format: csv", "  format: csv\n  load: snapshot");
        assertThat(arrivals(dataset).fresh()).hasSize(Arrivals.MOST + 3);
    }
}
