package io.lakeproof.lineage;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** In the place of the library's: takes every fingerprint twice, and keeps one. What the second costs, one costs. */
public final class FingerprintObserver {

    private final RowEncoding encoding;
    private final Tally tally = new Tally();

    private FingerprintObserver(StructType schema) {
        encoding = RowEncoding.of(schema);
    }

    public static FingerprintObserver of(StructType schema) {
        return new FingerprintObserver(schema);
    }

    public Dataset<Row> observe(Dataset<Row> rows) {
        return tally.observe(new Tally().observe(rows, encoding), encoding);
    }

    public Fingerprint result() {
        return new Fingerprint(tally.rows(), encoding.schemaDigest(), Fingerprint.hex(tally.sum()));
    }
}
