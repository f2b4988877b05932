package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * The {@code tags} table: names for versions. A tag that moves gets a further row, and each row holds the digest of the one
 * before, so that nothing is forgotten and nothing rewritten unnoticed.
 */
public final class Tags {

    /** The table's columns; the newest row of a tag says where it stands. */
    public static final StructType SCHEMA =
            StructType.fromDDL("number BIGINT, tag STRING, version BIGINT, record STRING, tagged_by STRING, "
                    + "tagged_at TIMESTAMP, previous STRING, digest STRING, envelope STRING");

    private final Links<Entry> links;

    private Tags(Links<Entry> links) {
        this.links = links;
    }

    /** The tags in that table, which need not exist yet. */
    public static Tags of(Session session, TableName name, Signer signer) {
        return new Tags(new Links<>(session, Table.of(session, name), SCHEMA, Tags::row, Tags::entry, signer));
    }

    /**
     * One row: a tag that was put on a version.
     *
     * @param number 1, 2, 3 … over all tags
     * @param record the digest of that version's record
     * @param by who put it there
     * @param at when, to the microsecond
     * @param previous the digest of the row before; absent: it is the first
     * @param digest SHA-256 over the canonical JSON of all those before
     * @param envelope a signature of them; absent: it is unsigned
     */
    public record Entry(
            long number,
            String tag,
            long version,
            String record,
            String by,
            Instant at,
            Optional<String> previous,
            String digest,
            Optional<String> envelope)
            implements Link {

        private static Entry after(Optional<Entry> before, String tag, DatasetVersion version, String by, Instant at) {
            return new Entry(
                    Links.after(before),
                    tag,
                    version.version(),
                    version.digest(),
                    by,
                    at,
                    before.map(Entry::digest),
                    "",
                    Optional.empty());
        }

        private Entry sealed(String digest, Optional<String> envelope) {
            return new Entry(number, tag, version, record, by, at, previous, digest, envelope);
        }

        @Override
        public String name() {
            return "tag " + tag;
        }

        @Override
        public ObjectNode json() {
            return Json.object()
                    .put("number", number)
                    .put("tag", tag)
                    .put("version", version)
                    .put("record", record)
                    .put("taggedBy", by)
                    .put("taggedAt", at.toString())
                    .put("previous", previous.orElse(null));
        }
    }

    /** The version that a tag names; empty when there is no such tag. */
    public Optional<Long> find(String tag) {
        return Optional.ofNullable(standing().get(tag)).map(Entry::version);
    }

    /** Where each tag stands, by its name. */
    public Map<String, Entry> standing() {
        Map<String, Entry> standing = new LinkedHashMap<>();
        all().forEach(entry -> standing.put(entry.tag(), entry));
        return standing;
    }

    /** Every row, oldest first: a tag has one for each time it was put somewhere. */
    public List<Entry> all() {
        return links.all();
    }

    /** Names a version; a tag of that name moves. */
    public Entry put(String tag, DatasetVersion version, String by, Stamp stamp, Instant now) {
        return links.add(
                all -> Optional.empty(),
                before -> Entry.after(before, tag, version, by, now.truncatedTo(ChronoUnit.MICROS)),
                Entry::sealed,
                stamp);
    }

    /** Every row, for people; no rows when nothing was tagged yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }

    private static Row row(Entry entry) {
        return RowFactory.create(
                entry.number(),
                entry.tag(),
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
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                row.getTimestamp(5).toInstant(),
                Optional.ofNullable(row.getString(6)),
                row.getString(7),
                Optional.ofNullable(row.getString(8)));
    }
}
