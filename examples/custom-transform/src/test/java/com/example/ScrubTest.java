package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.Surroundings;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class ScrubTest {

    private final Dataset<Row> input =
            LocalSpark.session().sql("SELECT * FROM VALUES (1, 'call 0301234567 or 12'), (2, NULL) AS t(id, notes) ORDER BY id");

    @Test
    void puts_a_mark_in_the_place_of_long_numbers() {
        assertThat(new Scrub("notes").apply(input).collectAsList())
                .extracting(row -> row.get(1))
                .containsExactly("call # or 12", null);
    }

    @Test
    void is_what_the_spec_asks_for() {
        Map<String, Object> item =
                Map.of("class", "com.example.Scrub", "with", Map.of("column", "notes"), "scope", "row-local");
        Step.Parsed parsed = Step.of(item, NO_FILES);
        assertThat(parsed.problems()).isEmpty();
        assertThat(parsed.step().orElseThrow().transform()).isEqualTo(new Scrub("notes"));
        assertThat(parsed.step().orElseThrow().check(LocalSpark.session(), input.schema()).problems())
                .isEqualTo(List.of());
    }

    private static final Surroundings NO_FILES = new Surroundings() {
        @Override
        public String read(String file) {
            throw new IllegalArgumentException(file);
        }

        @Override
        public String resolve(String path) {
            return path;
        }
    };
}
