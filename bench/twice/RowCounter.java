package io.lakeproof.lineage;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** In the place of the library's: counts all rows twice, and keeps one count. What the second costs, one costs. */
public final class RowCounter {

    private final Tally tally = new Tally();

    public Dataset<Row> observe(Dataset<Row> rows) {
        return tally.observe(new Tally().observe(rows, null), null);
    }

    public long rows() {
        return tally.rows();
    }
}
