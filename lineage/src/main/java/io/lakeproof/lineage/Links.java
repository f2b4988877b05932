package io.lakeproof.lineage;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * A table of {@link Entry}s: rows are only added, one after the other, whoever adds them at the same time.
 *
 * @param schema the table's columns, the first of them {@code number}
 * @param fact what a row says
 * @param signer signs those that are added
 */
record Links<F extends Entry.Fact>(
        Session session, Table table, StructType schema, Function<Row, F> fact, Signer signer) {

    /** Every row, oldest first. */
    List<Entry<F>> all() {
        return table.rows(List.of(schema.fieldNames()), Optional.empty()).stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0)))
                .map(this::entry)
                .toList();
    }

    /** Every row, for people; none when the table does not exist yet. */
    Dataset<Row> rows() {
        return table.exists() ? table.head() : session.spark().createDataFrame(List.of(), schema);
    }

    /**
     * Adds a row, unless it is there.
     *
     * @param same whether a row that is there says the same
     * @return the row that says it
     */
    Entry<F> add(Predicate<Entry<F>> same, F fact, DatasetVersion version, String by, Stamp stamp, Instant now) {
        while (true) {
            List<Entry<F>> all = all();
            Optional<Entry<F>> there = all.stream().filter(same).findFirst();
            if (there.isPresent()) {
                return there.get();
            }
            Optional<Entry<F>> newest = all.stream().reduce((before, after) -> after);
            Entry<F> open = new Entry<>(
                    newest.map(Entry::number).orElse(0L) + 1,
                    fact,
                    version.version(),
                    version.digest(),
                    by,
                    now.truncatedTo(ChronoUnit.MICROS),
                    newest.map(Entry::digest),
                    "",
                    Optional.empty());
            Entry<F> closed = open.sealed(open.computed(), Optional.empty());
            Entry<F> added = open.sealed(closed.digest(), signer.envelope(closed));
            table.insert(session.spark().createDataFrame(List.of(row(added)), schema), "number", added.number(), stamp);
            if (all().contains(added)) {
                return added;
            }
        }
    }

    private Row row(Entry<F> entry) {
        Map<String, Object> row = entry.row();
        return RowFactory.create(Stream.of(schema.fieldNames())
                .map(row::get)
                .map(value -> value instanceof Instant at ? Timestamp.from(at) : value)
                .toArray());
    }

    private Entry<F> entry(Row row) {
        F said = fact.apply(row);
        return new Entry<>(
                row.getLong(0),
                said,
                row.getLong(schema.fieldIndex("version")),
                text(row, "record"),
                text(row, said.deed() + "_by"),
                row.getTimestamp(schema.fieldIndex(said.deed() + "_at")).toInstant(),
                Optional.ofNullable(text(row, "previous")),
                text(row, "digest"),
                Optional.ofNullable(text(row, "envelope")));
    }

    private String text(Row row, String column) {
        return row.getString(schema.fieldIndex(column));
    }
}
