package io.lakeproof.lineage;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code retirements} table: versions whose data was cleaned up, and by whom. Their records stand. Each row holds the
 * digest of the one before, so that a clean-up can't be claimed afterwards.
 */
public final class Retirements {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL("number BIGINT, version BIGINT, record STRING, "
            + "retired_by STRING, retired_at TIMESTAMP, previous STRING, digest STRING, envelope STRING");

    private final Links<Gone> links;

    private Retirements(Links<Gone> links) {
        this.links = links;
    }

    /** The retirements in that table, which need not exist yet. */
    public static Retirements of(Session session, TableName name, Signer signer) {
        return new Retirements(new Links<>(session, Table.of(session, name), SCHEMA, row -> new Gone(), signer));
    }

    /** That a version's data may be gone. */
    public record Gone() implements Entry.Fact {

        @Override
        public String deed() {
            return "retired";
        }

        @Override
        public String about(long version) {
            return "retirement of version " + version;
        }

        @Override
        public Map<String, String> columns() {
            return Map.of();
        }
    }

    /** Every row, oldest first. */
    public List<Entry<Gone>> all() {
        return links.all();
    }

    /** Whether that version's data was cleaned up. */
    public boolean holds(DatasetVersion version) {
        return all().stream().anyMatch(gone -> gone.version() == version.version());
    }

    /** Notes that a version's data is about to go; noted once. */
    public void put(DatasetVersion version, String by, Stamp stamp, Instant now) {
        links.add(there -> there.version() == version.version(), new Gone(), version, by, stamp, now);
    }

    /** Every row, for people; no rows when nothing was retired yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }
}
