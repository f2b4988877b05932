package io.lakeproof.lineage;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A digest of a table's content that does not depend on the order of rows and columns, file layout, partitioning or
 * engine: every value, null, type and column name and every repeated row counts. Specified to the byte in
 * {@code docs/reference/fingerprint.md}.
 *
 * @param rows how many rows
 * @param schema SHA-256 of the encoded column names and types: 64 lower-case hex digits
 * @param sum the rows' SHA-256 digests, added up modulo 2^256: 64 lower-case hex digits
 */
public record Fingerprint(long rows, String schema, String sum) {

    private static final Pattern STATE = Pattern.compile("lp1/(0|[1-9][0-9]{0,18})/([0-9a-f]{64})/([0-9a-f]{64})");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    public Fingerprint {
        if (rows < 0 || !HEX.matcher(schema).matches() || !HEX.matcher(sum).matches()) {
            throw new IllegalArgumentException("Not a fingerprint: rows " + rows + ", schema '" + schema + "', sum '"
                    + sum + "'. Rows start at 0; schema and sum are 64 lower-case hex digits.");
        }
    }

    /** The fingerprint of a table with these columns and no rows. Throws when a column's type cannot be fingerprinted. */
    public static Fingerprint empty(StructType schema) {
        return new Fingerprint(0, RowEncoding.of(schema).schemaDigest(), "0".repeat(64));
    }

    /** Reads all rows and returns their fingerprint: one Spark job of its own. */
    public static Fingerprint of(Dataset<Row> rows) {
        FingerprintObserver observer = FingerprintObserver.of(rows.schema());
        observer.observe(rows).count();
        return observer.result();
    }

    /** Reads what {@link #state()} wrote. */
    public static Fingerprint parse(String state) {
        Matcher parts = STATE.matcher(state);
        if (!parts.matches()) {
            throw new IllegalArgumentException("Not a fingerprint's state: '" + state
                    + "'. It is written lp1/ROWS/SCHEMA/SUM, for example by an earlier version record.");
        }
        return new Fingerprint(Long.parseLong(parts.group(1)), parts.group(2), parts.group(3));
    }

    /** The fingerprint of the rows of both tables together; both must have the same columns. */
    public Fingerprint plus(Fingerprint other) {
        if (!schema.equals(other.schema)) {
            throw new IllegalArgumentException("Cannot add fingerprints of different columns: schema " + schema
                    + " and " + other.schema + ". Fingerprint the whole table again.");
        }
        BigInteger total = new BigInteger(sum, 16).add(new BigInteger(other.sum, 16));
        return new Fingerprint(Math.addExact(rows, other.rows), schema, hex(total));
    }

    /** What people compare: {@code lp1:} and 64 hex digits. */
    public String text() {
        MessageDigest digest = sha256();
        digest.update("lp1\n".getBytes(StandardCharsets.US_ASCII));
        digest.update(HexFormat.of().parseHex(schema));
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(rows).array());
        digest.update(HexFormat.of().parseHex(sum));
        return "lp1:" + HexFormat.of().formatHex(digest.digest());
    }

    /** Everything that {@link #plus} needs, as text: {@code lp1/ROWS/SCHEMA/SUM}. */
    public String state() {
        return "lp1/" + rows + "/" + schema + "/" + sum;
    }

    /** The same as {@link #text()}. */
    @Override
    public String toString() {
        return text();
    }

    static String hex(BigInteger sum) {
        String digits = sum.mod(BigInteger.ONE.shiftLeft(256)).toString(16);
        return "0".repeat(64 - digits.length()) + digits;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
