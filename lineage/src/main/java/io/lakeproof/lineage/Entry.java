package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A row of {@link Tags}, {@link Trainings} or {@link Retirements}.
 *
 * @param number 1, 2, 3 … over all rows of its table
 * @param fact what it says
 * @param version of which dataset version
 * @param record the digest of that version's record
 * @param by who added it
 * @param at when, to the microsecond
 * @param previous the digest of the row before; absent: it is the first
 * @param digest SHA-256 over the canonical JSON of all the others but the envelope
 * @param envelope a signature of it; absent: it is unsigned
 */
public record Entry<F extends Entry.Fact>(
        long number,
        F fact,
        long version,
        String record,
        String by,
        Instant at,
        Optional<String> previous,
        String digest,
        Optional<String> envelope)
        implements Link {

    /** What a row says of a dataset version. */
    public interface Fact {

        /** What was done, as the columns that say who did it and when begin: {@code tagged}. */
        String deed();

        /** What it is about, for people. */
        String about(long version);

        /** The columns that it has beside those which every row has, with their values; a value may be null. */
        Map<String, String> columns();
    }

    @Override
    public String name() {
        return fact.about(version);
    }

    /** The table's columns but for digest and signature. */
    private Map<String, Object> columns() {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("number", number);
        columns.putAll(fact.columns());
        columns.put("version", version);
        columns.put("record", record);
        columns.put(fact.deed() + "_by", by);
        columns.put(fact.deed() + "_at", at);
        columns.put("previous", previous.orElse(null));
        return columns;
    }

    @Override
    public ObjectNode json() {
        ObjectNode json = Json.object();
        columns()
                .forEach((name, value) ->
                        json.set(inJson(name), Json.tree(value instanceof Instant ? value.toString() : value)));
        return json;
    }

    private static String inJson(String column) {
        int line = column.indexOf('_');
        return line < 0
                ? column
                : column.substring(0, line)
                        + Character.toUpperCase(column.charAt(line + 1))
                        + column.substring(line + 2);
    }

    /** All of the table's columns. */
    Map<String, Object> row() {
        Map<String, Object> row = columns();
        row.put("digest", digest);
        row.put("envelope", envelope.orElse(null));
        return row;
    }

    Entry<F> sealed(String sealedBy, Optional<String> signature) {
        return new Entry<>(number, fact, version, record, by, at, previous, sealedBy, signature);
    }
}
