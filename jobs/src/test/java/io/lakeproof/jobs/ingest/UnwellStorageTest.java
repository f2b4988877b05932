package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.ingest.Inspection.Readable;
import io.lakeproof.jobs.ingest.Inspection.Waits;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.lineage.Hadoop;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When storage fails, no file is called unreadable for it: it would be left out of the dataset until it is delivered again. */
class UnwellStorageTest {

    private static final int FOR_GOOD = Integer.MAX_VALUE;

    @TempDir
    Path landing;

    @AfterEach
    void well() {
        UnwellFileSystem.failsFor(0);
    }

    @Test
    void a_file_that_storage_stops_giving_while_it_is_inspected_waits() {
        Drop drop = Drop.csv(landing, "id INT").put("1.csv", "id\n1\n").put("2.csv.gz", Drop.gzip("id\n2\n"));
        for (SourceFile file : files(drop)) {
            UnwellFileSystem.failsFor(1);
            assertThat(inspect(drop, file))
                    .isInstanceOf(Waits.class)
                    .extracting(Inspection::reason)
                    .isEqualTo("the storage did not give it: Operation failed: the server is busy");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PARQUET", "ORC", "AVRO"})
    void so_does_one_with_a_schema_or_it_is_read_after_all(Format format) {
        Drop drop = Drop.of(landing, format, "id BIGINT")
                .save("1." + format.sparkName(), Drop.SESSION.range(3).toDF());
        SourceFile file = files(drop).get(0);
        UnwellFileSystem.failsFor(0);
        assertThat(inspect(drop, file)).isInstanceOf(Readable.class);
        int reads = UnwellFileSystem.reads();
        for (int after = 0; after < reads; after++) {
            for (int fail : List.of(1, 3, FOR_GOOD)) {
                UnwellFileSystem.failsFor(fail, after);
                assertThat(inspect(drop, file))
                        .as("of %d reads, %d fail after %d", reads, fail, after)
                        .isInstanceOfAny(
                                fail == FOR_GOOD
                                        ? new Class<?>[] {Waits.class}
                                        : new Class<?>[] {Waits.class, Readable.class});
            }
        }
    }

    @Test
    void a_file_that_storage_did_not_give_once_is_none_of_the_unreadable() {
        Drop drop = Drop.csv(landing, "id INT").put("1.csv", "id\n1\n");
        List<Readable> readable = List.of((Readable) inspect(drop, files(drop).get(0)));
        UnwellFileSystem.failsFor(1);
        assertThat(SourceReader.unreadable(Drop.SESSION, source(drop), readable))
                .isEmpty();
    }

    @Test
    void a_file_that_storage_no_longer_gives_waits_and_is_not_unreadable() {
        Drop drop = Drop.csv(landing, "id INT").put("1.csv", "id\n1\n");
        List<Readable> readable = List.of((Readable) inspect(drop, files(drop).get(0)));
        UnwellFileSystem.failsFor(FOR_GOOD);
        assertThat(SourceReader.unreadable(Drop.SESSION, source(drop), readable))
                .singleElement()
                .isInstanceOf(Waits.class);
    }

    private static List<SourceFile> files(Drop drop) {
        return Landing.list(Hadoop.configuration(Drop.SESSION), source(drop), Instant.now())
                .files();
    }

    private static Inspection inspect(Drop drop, SourceFile file) {
        return Inspection.of(Drop.SESSION, source(drop), List.of(file)).get(0);
    }

    private static Source source(Drop drop) {
        return drop.source("unwell:" + drop.landing());
    }
}
