package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.udf;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The digest of single rows: what the fingerprint sums up, as a column to group by. */
public final class RowDigest {

    private RowDigest() {}

    /**
     * SHA-256, 32 bytes and never NULL, over the canonical bytes of these columns in any order: the same for the same values
     * and nulls, whatever their types, maps included. NaN equals itself, and -0.0 is not 0.0.
     */
    public static Column of(StructType columns) {
        RowEncoding encoding = RowEncoding.of(columns);
        return udf(new Digest(encoding), DataTypes.BinaryType).apply(encoding.canonicalRow());
    }

    private static final class Digest implements UDF1<Row, byte[]> {
        private final RowEncoding encoding;
        private transient Tally.Digester digester;

        Digest(RowEncoding encoding) {
            this.encoding = encoding;
        }

        @Override
        public byte[] call(Row row) {
            if (digester == null) {
                digester = new Tally.Digester();
            }
            return digester.digest(encoding, row).clone();
        }
    }
}
