package io.lakeproof.lineage;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Takes the fingerprint of rows on their way into a table, so that nobody reads them twice.
 *
 * <pre>{@code
 * FingerprintObserver observer = FingerprintObserver.of(table.schema());
 * observer.observe(rows).write().format("delta").save(path);
 * Fingerprint written = observer.result();
 * }</pre>
 *
 * <p>Tasks, stages and speculative copies that run again count once. One observer serves one action that reads all rows;
 * a second attempt at a write needs a new one.
 */
public final class FingerprintObserver {

    private final StructType schema;
    private final RowEncoding encoding;
    private final Tally tally = new Tally();

    private FingerprintObserver(StructType schema) {
        this.schema = schema;
        this.encoding = RowEncoding.of(schema);
    }

    /**
     * An observer of rows with these columns, in any order; nullability doesn't matter. Throws when a column's type cannot
     * be fingerprinted.
     *
     * @param schema the columns of the table that the rows are written to: a table with more or wider columns would hold
     *     other content than the rows passing by
     */
    public static FingerprintObserver of(StructType schema) {
        return new FingerprintObserver(schema);
    }

    /**
     * Returns the same rows; reading them takes the fingerprint of the declared columns, whatever other columns stand beside
     * them. Throws when a declared column is missing or of another type.
     */
    public Dataset<Row> observe(Dataset<Row> rows) {
        List<String> present = List.of(rows.columns());
        RowEncoding actual = RowEncoding.of(new StructType(Arrays.stream(schema.fields())
                .filter(field -> present.contains(field.name()))
                .map(field -> rows.schema().apply(field.name()))
                .toArray(StructField[]::new)));
        if (!actual.schemaDigest().equals(encoding.schemaDigest())) {
            throw new IllegalArgumentException("Cannot fingerprint rows with the columns "
                    + rows.schema().simpleString() + " for a table with the columns " + encoding.simpleString()
                    + ". Cast and complete the rows first.");
        }
        return tally.observe(rows, encoding);
    }

    /** The fingerprint of the rows that have passed; that of an empty table when none has. Never waits. */
    public Fingerprint result() {
        return new Fingerprint(tally.rows(), encoding.schemaDigest(), Fingerprint.hex(tally.sum()));
    }
}
