package com.example;

import static io.lakeproof.testkit.SparkAssertions.assertThatDataset;
import static io.lakeproof.testkit.SparkAssertions.assertThatTransform;
import static io.lakeproof.testkit.SparkAssertions.row;

import io.lakeproof.testkit.LocalSpark;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class ScrubTest {

    private final Scrub scrub = new Scrub("notes");
    private final Dataset<Row> input = LocalSpark.session()
            .sql("SELECT * FROM VALUES (1, 'call 0301234567 or 12'), (2, NULL), (3, '1234') AS t(id, notes)");

    @Test
    void puts_a_mark_in_the_place_of_long_numbers() {
        assertThatDataset(scrub.apply(input))
                .hasSchema("id INT, notes STRING")
                .hasRows(row(1, "call # or 12"), row(2, null), row(3, "#"));
    }

    @Test
    void gives_the_same_every_time_from_one_row_at_a_time_and_takes_nulls() {
        assertThatTransform(scrub::apply, input).isDeterministic().isRowLocal().isNullSafe();
    }
}
