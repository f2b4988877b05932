package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.lit;

import com.univocity.parsers.csv.CsvParser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;

/**
 * The rows of a csv file that are pieces of one: a quote opens and its line ends. Read line by line, such a piece can have
 * just as many values as the header, and would pass for a row.
 */
final class TornRows {

    private static final String BETWEEN = "\u0001";
    private static final String NULL = "\u0002";

    /** A quote that is not closed within so many lines is a slip of the pen, and tears no other line. */
    private static final int MOST_LINES = 100;

    private final CsvParser parser;
    private final String quote;
    private final String escaped;
    private final String nullValue;
    private final Set<String> rows = new HashSet<>();
    private boolean doubled;
    private final List<String> since = new ArrayList<>();

    TornRows(CsvParser parser, Options options) {
        this.parser = parser;
        this.quote = String.valueOf(options.quote());
        this.escaped = options.escape() + quote;
        this.nullValue = options.text("nullValue", "");
    }

    /** What identifies a row: its values, {@code file} standing before them. */
    static Column key(Column file, List<Column> values) {
        List<Column> parts = new ArrayList<>(List.of(file));
        values.forEach(value -> parts.add(coalesce(value, lit(NULL))));
        return concat_ws(BETWEEN, parts.toArray(Column[]::new));
    }

    /** The keys found so far, each to be preceded by {@code prefix(file)}. */
    Set<String> rows() {
        return rows;
    }

    /** Whether quotes within quoted values are doubled though another character is set to escape them. */
    boolean doubled() {
        return doubled;
    }

    static String prefix(String file) {
        return file + BETWEEN;
    }

    /** The next line, without its end. */
    void add(String line) {
        if (line.contains(quote)) {
            doubled |= !escaped.equals(quote + quote) && line.contains(quote + quote) && keepsQuotes(line);
            boolean even = line.replace(escaped, "")
                                    .chars()
                                    .filter(c -> c == quote.charAt(0))
                                    .count()
                            % 2
                    == 0;
            if (!even && opens(line)) {
                rows.add(key(line));
                since.clear();
                since.add(line);
                return;
            }
            if (!even && !since.isEmpty()) {
                since.forEach(piece -> rows.add(key(piece)));
                rows.add(key(line));
                since.clear();
            }
        }
        if (since.size() > MOST_LINES) {
            since.clear();
        } else if (!since.isEmpty()) {
            since.add(line);
        }
    }

    /** A quote put at the end closes the last value, and so changes nothing, only when one is open there. */
    private boolean opens(String line) {
        return Arrays.equals(parser.parseLine(line), parser.parseLine(line + quote));
    }

    /** Whether a value comes out with its own quotes, because those within are not escaped as the options say. */
    private boolean keepsQuotes(String line) {
        return Arrays.stream(parser.parseLine(line))
                .anyMatch(value -> value != null && value.startsWith(quote) && value.contains(quote + quote));
    }

    private String key(String line) {
        String[] values = parser.parseLine(line);
        return values == null
                ? ""
                : String.join(
                        BETWEEN,
                        Arrays.stream(values)
                                .map(value -> value == null || value.equals(nullValue) ? NULL : value)
                                .toList());
    }
}
