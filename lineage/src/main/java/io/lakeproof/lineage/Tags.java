package io.lakeproof.lineage;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
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

    private final Links<Name> links;

    private Tags(Links<Name> links) {
        this.links = links;
    }

    /** The tags in that table, which need not exist yet. */
    public static Tags of(Session session, TableName name, Signer signer) {
        return new Tags(
                new Links<>(session, Table.of(session, name), SCHEMA, row -> new Name(row.getString(1)), signer));
    }

    /** That a version has a name. */
    public record Name(String tag) implements Entry.Fact {

        @Override
        public String deed() {
            return "tagged";
        }

        @Override
        public String about(long version) {
            return "tag " + tag;
        }

        @Override
        public Map<String, String> columns() {
            return Map.of("tag", tag);
        }
    }

    /** The version that a tag names; empty when there is no such tag. */
    public Optional<Long> find(String tag) {
        return Optional.ofNullable(standing().get(tag)).map(Entry::version);
    }

    /** Where each tag stands, by its name. */
    public Map<String, Entry<Name>> standing() {
        Map<String, Entry<Name>> standing = new LinkedHashMap<>();
        all().forEach(entry -> standing.put(entry.fact().tag(), entry));
        return standing;
    }

    /** The tags that stand, in the order of their names, by the version that they name. */
    public Map<Long, List<String>> byVersion() {
        return new TreeMap<>(standing())
                .values().stream()
                        .collect(Collectors.groupingBy(
                                Entry::version,
                                TreeMap::new,
                                Collectors.mapping(entry -> entry.fact().tag(), Collectors.toList())));
    }

    /** Every row, oldest first: a tag has one for each time it was put somewhere. */
    public List<Entry<Name>> all() {
        return links.all();
    }

    /** Names a version; a tag of that name moves. */
    public Entry<Name> put(String tag, DatasetVersion version, String by, Stamp stamp, Instant now) {
        return links.add(there -> false, new Name(tag), version, by, stamp, now);
    }

    /** Every row, for people; no rows when nothing was tagged yet. */
    public Dataset<Row> rows() {
        return links.rows();
    }
}
