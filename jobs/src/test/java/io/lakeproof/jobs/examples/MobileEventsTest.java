package io.lakeproof.jobs.examples;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.Seed;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the example makes of events that come late, twice, broken and in any order is what its generator knows to be true, to
 * the row and the value: a million of them with {@code -Dlakeproof.events=1000000}. Another order every time, which
 * {@code -Dlakeproof.seed} repeats.
 */
@Tag("long")
class MobileEventsTest {

    /** So many as the README shows. */
    private static final long SHOWN = 10_000;

    private static final long EVENTS = Long.getLong("lakeproof.events", SHOWN);

    private static final long SEED = Math.floorMod(Seed.CHOSEN, 100_000);

    @TempDir
    private Path folder;

    @Test
    void the_tables_are_the_truth_in_whatever_order_and_batches_the_files_come() throws Exception {
        for (String file : List.of("dataset.yaml", "schema.ddl", "sessions.sql", "users.sql", "order_lines.sql")) {
            Files.copy(ExamplesTest.EXAMPLES.resolve("mobile-events").resolve(file), folder.resolve(file));
        }
        Generator.run(
                "mobile-events",
                "--events",
                String.valueOf(EVENTS),
                "--out",
                folder.resolve("phones").toString(),
                "--truth",
                folder.resolve("truth").toString());
        JsonNode counts = Json.parse(Files.readString(folder.resolve("truth/counts.json")));
        Lake lake = lake();

        Run.Result result = runInBatches(lake);

        assertThat(result.status()).as("%s, seed %d", result.failures(), SEED).isEqualTo(Run.Status.PUBLISHED);
        assertThat(result.notes()).noneMatch(note -> note.startsWith("leakage"));
        DatasetVersion version = lake.version("latest");
        assertThat(version.table("quarantine").orElseThrow().rows())
                .as("seed %d", SEED)
                .isEqualTo(counts.get("malformed").asLong());
        assertThat(result.accounts())
                .filteredOn(account -> account.step().equals("1 deduplicate"))
                .containsExactly(new Account(
                        "1 deduplicate",
                        EVENTS + counts.get("duplicates").asLong(),
                        0,
                        counts.get("duplicates").asLong(),
                        EVENTS));
        for (Chain output : lake.spec().outputs()) {
            Fingerprint published = output.tables().stream()
                    .map(name ->
                            Fingerprint.parse(version.table(name).orElseThrow().state()))
                    .reduce(Fingerprint::plus)
                    .orElseThrow();
            assertThat(published.rows())
                    .as(output.name())
                    .isEqualTo(counts.get(output.name()).asLong());
            assertThat(published)
                    .as("%s, seed %d", output.name(), SEED)
                    .isEqualTo(Fingerprint.of(
                            truth(lake, output.name(), output.tables().get(0))));
        }
        // Where a user is, users alone say; of that user's events the part has those of its time.
        Map<String, String> times = Map.of(
                "train", "at < '2026-01-15'",
                "validation", "at >= '2026-01-15' AND at < '2026-01-20'",
                "test", "at >= '2026-01-20'");
        for (Map.Entry<String, String> part : times.entrySet()) {
            Dataset<Row> theirs = rows(lake, version, "users/" + part.getKey()).select(col("user_id"));
            TableVersion published = version.table(part.getKey()).orElseThrow();
            assertThat(published.fingerprint())
                    .as("%s, seed %d", part.getKey(), SEED)
                    .isEqualTo(Fingerprint.of(truth(lake, "events", part.getKey())
                                    .where(part.getValue())
                                    .join(broadcast(theirs), "user_id")
                                    .select(Stream.of(rows(lake, version, part.getKey())
                                                    .columns())
                                            .map(name -> col(name))
                                            .toArray(org.apache.spark.sql.Column[]::new)))
                            .text());
        }
        if (EVENTS == SHOWN) {
            assertThat(shown())
                    .as("the tables in the README")
                    .containsExactlyInAnyOrderElementsOf(version.tables().stream()
                            .map(table -> "%s %,d %s"
                                    .formatted(
                                            table.name(),
                                            table.rows(),
                                            table.fingerprint().substring(4, 16)))
                            .toList());
        }
        System.out.printf(
                "%,d events (%s): every table equals the truth, in version %d, seed %d%n",
                EVENTS, counts, version.version(), SEED);
    }

    /** Name, rows and the beginning of the fingerprint of each table, whatever its Delta version. */
    private static List<String> shown() throws IOException {
        return Pattern.compile("(?m)^  ([\\w/]+) +([\\d,]+)  ([0-9a-f]{12}) ")
                .matcher(Files.readString(ExamplesTest.EXAMPLES.resolve("mobile-events/README.md")))
                .results()
                .map(table -> table.group(1) + " " + table.group(2) + " " + table.group(3))
                .toList();
    }

    /** Shuffled, a part of the files first and the others after, so that late events find older ones published. */
    private Run.Result runInBatches(Lake lake) throws IOException {
        Path landing = Files.createDirectory(folder.resolve("landing"));
        List<Path> files = new ArrayList<>();
        try (Stream<Path> phones = Files.list(folder.resolve("phones"))) {
            phones.sorted().forEach(files::add);
        }
        Random random = new Random(SEED);
        Collections.shuffle(files, random);
        int first = 3 + random.nextInt(files.size() - 5);
        Run.Result result = null;
        for (List<Path> batch : List.of(files.subList(0, first), files.subList(first, files.size()))) {
            for (Path file : batch) {
                Files.move(file, landing.resolve(file.getFileName()));
            }
            result = Run.of(lake, new Run.Options("test", Arrivals.Retry.IF_CHANGED, Publisher.PLAIN, Progress.SILENT))
                    .execute();
        }
        return result;
    }

    private Lake lake() {
        SparkSession session = Lake.session(LocalSpark.session());
        return new Lake(
                session,
                SpecReader.check(folder.resolve("dataset.yaml").toString(), Map.of(), session)
                        .spec());
    }

    private static Dataset<Row> rows(Lake lake, DatasetVersion version, String table) {
        return lake.table(table).at(version.table(table).orElseThrow().deltaVersion());
    }

    private Dataset<Row> truth(Lake lake, String what, String table) {
        return lake.spark()
                .read()
                .schema(lake.table(table).head().schema())
                .option("mode", "FAILFAST")
                .json(folder.resolve("truth").resolve(what + ".json").toString());
    }
}
