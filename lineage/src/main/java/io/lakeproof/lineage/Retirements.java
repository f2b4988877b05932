package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code retirements} table: versions whose data was cleaned up, and by whom. Their records stand. Each row holds the
 * digest of the one before, so that a clean-up can't be claimed afterwards.
 */
public final class Retirements {

    /** The table's columns. */
    public static final StructType SCHEMA = StructType.fromDDL("number BIGINT, version BIGINT, record STRING, "
            + "retired_by STRING, retired_at TIMESTAMP, previous STRING, digest STRING, envelope STRING");

    private final Links<Entry> links;

    private Retirements(Links<Entry> links) {
        this.links = links;
    }

    /** The retirements in that table, which need not exist yet. */
    public static Retirements of(Session session, TableName name, Signer signer) {
        return new Retirements(
                new Links<>(session, Table.of(session, name), SCHEMA, Retirements::row, Retirements::entry, signer));
    }

    /**
     * A version whose data may be gone.
     *
     * @param number 1, 2, 3 …
     * @param version the dataset version
     * @param record the digest of its record
     * @param by who cleaned up
     * @param at when, to the microsecond
     * @param previous the digest of the row before; absent: it is the first
     * @param digest SHA-256 over the canonical JSON of all those before
     * @param envelope a signature of them; absent: it is unsigned
     */
    public record Entry(
            long number,
            long version,
            String record,
            String by,
            Instant at,
            Optional<String> previous,
            String digest,
            Optional<String> envelope)
            implements Link {

        @Override
        public String name() {
            return "retirement of version " + version;
        }

        @Override
        public ObjectNode json() {
            return Json.object()
                    .put("number", number)
                    .put("version", version)
                    .put("record", record)
                    .put("retiredBy", by)
                    .put("retiredAt", at.toString())
                    .put("previous", previous.orElse(null));
        }

        private Entry sealed(String digest, Optional<String> envelope) {
            return new Entry(number, version, record, by, at, previous, digest, envelope);
        }
    }

    /** Every row, oldest first. */
    public List<Entry> all() {
        return links.all();
    }

    /** Whether that version's data was cleaned up. */
    public boolean holds(DatasetVersion version) {
        return all().stream().anyMatch(gone -> gone.version() == version.version());
    }

    /** Notes that a version's data is about to go; noted once. */
    public void put(DatasetVersion version, String by, Stamp stamp, Instant now) {
        links.add(
                all -> all.stream()
                        .filter(entry -> entry.version() == version.version())
                        .findFirst(),
                before -> new Entry(
                        Links.after(before),
                        version.version(),
                        version.digest(),
                        by,
                        now.truncatedTo(ChronoUnit.MICROS),
                        before.map(Entry::digest),
                        "",
                        Optional.empty()),
                Entry::sealed,
                stamp);
    }

    /** Every row, for people; no rows when nothing was retired yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }

    private static Row row(Entry entry) {
        return RowFactory.create(
                entry.number(),
                entry.version(),
                entry.record(),
                entry.by(),
                Timestamp.from(entry.at()),
                entry.previous().orElse(null),
                entry.digest(),
                entry.envelope().orElse(null));
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getLong(0),
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getTimestamp(4).toInstant(),
                Optional.ofNullable(row.getString(5)),
                row.getString(6),
                Optional.ofNullable(row.getString(7)));
    }
}
