package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.Seed;
import io.lakeproof.jobs.spec.Source.Format;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows out are rows in, whatever is in them, and reading costs no job before something asks for rows. */
class CountsTest {

    private static final String[] TEXTS = {
        "",
        "1",
        "x",
        " ",
        "\"\"",
        "\"a,b\"",
        "\"q\\\"q\"",
        "\"q\"\"q\"",
        "a\"b",
        "\\",
        "'",
        "\t",
        "\u0000",
        "\uFFFD",
        "é",
        "NA",
        "-1",
        "#",
        "1e400",
        "2026-01-01",
        "\"unclosed",
        "closed\"",
        "😀",
        "\uFEFF",
        "\u2028",
        "\u0085",
        "null"
    };

    @TempDir
    Path landing;

    @Test
    void every_line_of_hostile_csv_comes_out_once_readable_or_with_a_reason() {
        Random random = new Random(Seed.CHOSEN);
        Drop drop = Drop.csv(landing, "a INT, b STRING, c DOUBLE, d DATE").nulls("NA", "-1");
        List<Integer> expected = new ArrayList<>();
        for (int file = 0; file < 12; file++) {
            StringBuilder text = new StringBuilder("d,b,extra,a,c\n");
            int lines = random.nextInt(60);
            for (int i = 0; i < lines; i++) {
                StringBuilder line = new StringBuilder();
                int values = random.nextInt(4) == 0 ? random.nextInt(9) : 5;
                for (int v = 0; v < values; v++) {
                    line.append(v == 0 ? "" : ",").append(TEXTS[random.nextInt(TEXTS.length)]);
                }
                // Spark takes a line of nothing but spaces for blank: it is no row.
                String whole = line.toString().trim().isEmpty() ? "z" : line.toString();
                text.append(whole).append(random.nextBoolean() ? "\n" : "\r\n");
            }
            drop.put(file + ".csv", text.toString());
            expected.add(lines);
        }
        long all = expected.stream().mapToInt(i -> i).sum();
        assertThat(drop.good().size() + drop.bad().size())
                .as("seed %s", Seed.CHOSEN)
                .isEqualTo((int) all);
        assertThat(drop.read().count()).as("seed %s", Seed.CHOSEN).isEqualTo(all);
        long counted = drop.read().groupBy("_source_file").count().collectAsList().stream()
                .mapToLong(r -> r.getLong(1))
                .sum();
        assertThat(counted).isEqualTo(all);
        assertThat(drop.read()
                        .where("_unreadable IS NOT NULL AND (_unreadable.reason IS NULL OR _unreadable.text IS NULL)")
                        .count())
                .isZero();
    }

    @Test
    void every_line_of_hostile_json_comes_out_once_readable_or_with_a_reason() {
        Random random = new Random(Seed.CHOSEN);
        String[] values = {
            "1",
            "\"x\"",
            "1.5",
            "null",
            "true",
            "{}",
            "[1]",
            "\"\"",
            "3000000000",
            "NaN",
            "\"é\"",
            "\"2026-01-01\"",
            "oops",
            "1e999"
        };
        Drop drop = Drop.of(
                landing, Format.JSON, "a INT, b STRING, c DOUBLE, d DATE, e DECIMAL(4,2), f BOOLEAN, g STRUCT<x: INT>");
        int lines = 0;
        for (int file = 0; file < 8; file++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(60); i >= 0; i--) {
                List<String> fields = new ArrayList<>();
                for (String name : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
                    if (random.nextInt(3) > 0) {
                        fields.add("\"" + name + "\": " + values[random.nextInt(values.length)]);
                    }
                }
                String[] others = {"5", "null", "\"s\"", "{\"a\": ", "}", "garbage"};
                text.append(
                                random.nextInt(6) == 0
                                        ? others[random.nextInt(others.length)]
                                        : "{" + String.join(", ", fields) + "}")
                        .append("\n");
                lines++;
            }
            drop.put(file + ".json", "{\"a\": 1}\n" + text);
            lines++;
        }
        assertThat(drop.refused()).as("seed %s", Seed.CHOSEN).isEmpty();
        assertThat(drop.good().size() + drop.bad().size())
                .as("seed %s", Seed.CHOSEN)
                .isEqualTo(lines);
        assertThat(drop.read().count()).isEqualTo(lines);
    }

    @Test
    void inspecting_is_one_job_and_reading_none() {
        Drop drop = Drop.csv(landing, "a INT, b STRING");
        for (int i = 0; i < 20; i++) {
            drop.put(i + ".csv", (i % 2 == 0 ? "a,b" : "b,a") + "\n1,2\n");
        }
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counter = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        List<SourceFile> files = drop.list().files();
        Drop.SESSION.sparkContext().addSparkListener(counter);
        try {
            List<Inspection.Readable> readable = drop.readable();
            settle();
            assertThat(jobs).hasValue(1);
            var rows = SourceReader.read(Drop.SESSION, drop.source(), readable);
            settle();
            assertThat(jobs).hasValue(1);
            assertThat(rows.count()).isEqualTo(files.size());
        } finally {
            Drop.SESSION.sparkContext().removeSparkListener(counter);
        }
    }

    /** Lets the listener's events arrive: those of a job that is over are behind those of the one before it. */
    private static void settle() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
