package io.lakeproof.lineage;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Counts the rows that pass one place in a plan, for the row accounts.
 *
 * <p>Tasks, stages and speculative copies that run again count once, so it may sit below a shuffle, where a count taken
 * with {@link Dataset#observe} would count twice. One counter serves one place and one action that reads all rows.
 */
public final class RowCounter {

    private final Tally tally = new Tally();

    /** Returns the same rows; reading them counts them. */
    public Dataset<Row> observe(Dataset<Row> rows) {
        return tally.observe(rows, null);
    }

    /** How many rows have passed; 0 when none has. Never waits. */
    public long rows() {
        return tally.rows();
    }
}
