package io.lakeproof.lineage;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A table of {@link Link}s: rows are only added, one after the other, whoever adds them at the same time.
 *
 * @param schema the table's columns, the first of them {@code number}
 * @param row a link as a row
 * @param link a row as a link
 * @param signer signs those that are added
 */
record Links<L extends Link>(
        Session session, Table table, StructType schema, Function<L, Row> row, Function<Row, L> link, Signer signer) {

    /** What closes a link. */
    interface Sealed<L> {
        L of(L link, String digest, Optional<String> envelope);
    }

    /** Every link, oldest first. */
    List<L> all() {
        return table.rows(List.of(schema.fieldNames()), Optional.empty()).stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0)))
                .map(link)
                .toList();
    }

    /** Every row; none when the table does not exist yet. */
    Dataset<Row> rows() {
        return table.exists() ? table.head() : session.spark().createDataFrame(List.of(), schema);
    }

    /**
     * Adds a link, unless it is there.
     *
     * @param same finds it among those that are there
     * @param next makes it, after the newest of them, without digest and signature
     * @param sealed one with its digest, and, once it has that, with a signature
     */
    L add(Function<List<L>, Optional<L>> same, Function<Optional<L>, L> next, Sealed<L> sealed, Stamp stamp) {
        while (true) {
            List<L> all = all();
            Optional<L> there = same.apply(all);
            if (there.isPresent()) {
                return there.get();
            }
            L open = next.apply(all.stream().reduce((before, after) -> after));
            L closed = sealed.of(open, open.computed(), Optional.empty());
            L added = sealed.of(open, closed.digest(), signer.envelope(closed));
            table.insert(
                    session.spark().createDataFrame(List.of(row.apply(added)), schema),
                    "number",
                    added.number(),
                    stamp);
            if (all().contains(added)) {
                return added;
            }
        }
    }

    /** The number after the newest link. */
    static long after(Optional<? extends Link> newest) {
        return newest.map(Link::number).orElse(0L) + 1;
    }
}
