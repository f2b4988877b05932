package io.lakeproof.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM killed outright, again and again, leaves what the next run makes good. */
class KilledIT {

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void a_run_killed_again_and_again_publishes_every_row_once() throws IOException, InterruptedException {
        Path spec = Small.dataset(Files.createDirectories(folder.resolve("dataset")));
        for (int file = 1; file < 20; file++) {
            Small.drop(folder.resolve("dataset"), file + ".csv", 200 * file);
        }
        Path lake = folder.resolve("dataset/lake");
        try (SparkHome spark = SparkHome.in(Files.createDirectories(folder.resolve("spark")))) {
            for (String sign : List.of(
                    "raw/_delta_log/00000000000000000000.json",
                    "train/_delta_log/00000000000000000000.json",
                    // An empty table first, then version 1.
                    "lineage/versions/_delta_log/00000000000000000001.json")) {
                spark.embeddedKilledAt(
                        () -> Files.exists(lake.resolve(sign)), Map.of(), List.of(), "run", spec.toString());
            }

            SparkHome.Ended ended = spark.embedded("run", spec.toString(), "--json");

            assertThat(ended.exitCode()).as(ended.err()).isZero();
            JsonNode told = Json.parse(ended.out());
            assertThat(told.get("status").asText()).isEqualTo("nothing-new");
            assertThat(told.get("version").asLong()).isEqualTo(1);
            List<Integer> ids = new ArrayList<>();
            for (String part : List.of("train", "test")) {
                JsonNode pinned = told.get("tables").get(part);
                Dataset<Row> rows = delta().option(
                                "versionAsOf", pinned.get("deltaVersion").asLong())
                        .load(lake.resolve(part).toString());
                rows.select("id").collectAsList().forEach(row -> ids.add(row.getInt(0)));
                assertThat(delta().load(lake.resolve(part).toString()).count())
                        .as("the bare head of %s", part)
                        .isEqualTo(pinned.get("rows").asLong());
            }
            Collections.sort(ids);
            assertThat(ids)
                    .isEqualTo(IntStream.range(0, 4000)
                            .filter(id -> id % 20 != 0)
                            .boxed()
                            .toList());
            assertThat(delta().load(lake.resolve("lineage/versions").toString()).count())
                    .isEqualTo(1);
            assertThat(delta().load(lake.resolve("lineage/files").toString()).count())
                    .isEqualTo(20);
        }
    }

    private static DataFrameReader delta() {
        return LocalSpark.session().read().format("delta");
    }
}
