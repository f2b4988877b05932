package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.lit;

import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;

/**
 * The rows of a csv file that are pieces of one: a quote opens and its line ends. Read line by line, such a piece can have
 * just as many values as the header, and would pass for a row. So whatever follows the quote is a piece, until the quote is
 * known to be closed: the lines since are one whole row, or cannot be one while a line by itself is.
 */
final class TornRows {

    /** Further pieces make a file unfit, so that keys and text fit into memory. */
    static final int MOST = 1_000;

    private static final int MOST_CHARACTERS = 1 << 20;
    private static final String BETWEEN = "\u0001";
    private static final String NULL = "\u0002";
    private static final String END = "x";

    private final CsvParser parser;
    private final CsvParser doubling;
    private final int width;
    private final String quote;
    private final char escape;
    private final String separator;
    private final String lineEnd;
    private final String nullValue;
    private final Set<String> rows = new HashSet<>();
    private final StringBuilder within = new StringBuilder();
    private long opened;
    private boolean doubled;

    /** {@code width} is how many values a row has. */
    TornRows(Options options, int width) {
        this.parser = parser(options, options.escape());
        this.doubling = parser(options, options.quote());
        this.width = width;
        this.quote = String.valueOf(options.quote());
        this.escape = options.escape();
        this.separator = options.separator();
        this.lineEnd = options.lineSep().isEmpty() ? "\n" : options.lineSep();
        this.nullValue = options.text("nullValue", "");
    }

    private static CsvParser parser(Options options, char escape) {
        CsvParserSettings settings = options.csv();
        settings.getFormat().setQuoteEscape(escape);
        settings.setInputBufferSize(1 << 12);
        return new CsvParser(settings);
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

    /** Whether there are more pieces than can be turned away one by one. */
    boolean tooMany() {
        return rows.size() > MOST || within.length() > MOST_CHARACTERS;
    }

    /** The number of the line in which the last quote opens that its line does not close. */
    long opened() {
        return opened;
    }

    /** Whether quotes within quoted values are doubled though another character is set to escape them. */
    boolean doubled() {
        return doubled;
    }

    static String prefix(String file) {
        return file + BETWEEN;
    }

    /** The next line, without its end, and its number in the file. */
    void add(String line, long number) {
        boolean quotes = line.contains(quote);
        boolean keepsQuotes = quotes && escape != quote.charAt(0) && line.contains(quote + quote) && keepsQuotes(line);
        doubled |= keepsQuotes;
        if (!within.isEmpty()) {
            rows.add(key(line));
            within.append(lineEnd).append(line);
            if (quotes && closed(within.toString(), line)) {
                within.setLength(0);
            }
        } else if (quotes && !endsAfterQuote(line) && (opens(parser, line) || (keepsQuotes && opens(doubling, line)))) {
            rows.add(key(line));
            within.append(line);
            opened = number;
        }
    }

    /** Spares most lines the parser: a last quote that closes a value and has nothing or a separator behind it. */
    private boolean endsAfterQuote(String line) {
        int last = line.lastIndexOf(quote);
        char before = last == 0 ? ' ' : line.charAt(last - 1);
        return (last == line.length() - 1 || line.startsWith(separator, last + 1))
                && !Character.isWhitespace(before)
                && before != quote.charAt(0)
                && before != escape
                && !separator.endsWith(String.valueOf(before));
    }

    /** A quote put at the end of an open value closes it, and so changes nothing; of several rows only the first is seen. */
    private boolean opens(CsvParser by, String text) {
        String[] values = parse(by, text);
        return Arrays.equals(values, parse(by, text + quote)) && !Arrays.equals(values, parse(by, text + END));
    }

    /** A row by itself shows that the quote never closes only where what came before cannot go on. */
    private boolean closed(String text, String line) {
        return !opens(parser, text) && (isRow(text) || (isRow(line) && !line.contains(quote + quote)));
    }

    /** Whether the text is one row, the whole of it, whose quotes all are what they seem. */
    private boolean isRow(String text) {
        String[] values = parse(parser, text + separator + END);
        return values != null
                && values.length == width + 1
                && END.equals(values[width])
                && Arrays.stream(values)
                        .noneMatch(value -> value != null
                                && value.startsWith(quote)
                                && (separator + text).contains(separator + value));
    }

    /** Whether a value comes out with its own quotes, because those within are not escaped as the options say. */
    private boolean keepsQuotes(String line) {
        return Arrays.stream(parser.parseLine(line))
                .anyMatch(value -> value != null && value.startsWith(quote) && value.contains(quote + quote));
    }

    /** The first row; of several, {@code parseLine} would keep the others for the next call. */
    private static String[] parse(CsvParser parser, String text) {
        if (text.indexOf('\n') < 0) {
            return parser.parseLine(text);
        }
        parser.beginParsing(new StringReader(text));
        try {
            return parser.parseNext();
        } finally {
            parser.stopParsing();
        }
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
