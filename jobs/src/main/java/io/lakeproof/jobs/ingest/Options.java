package io.lakeproof.jobs.ingest;

import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.csv.UnescapedQuoteHandling;
import io.lakeproof.jobs.spec.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.types.StructType;

/**
 * The spec's reader options, whose names ignore case, as Spark and the header's reader understand them.
 *
 * @param contract the columns that they are to give
 */
record Options(HashMap<String, String> values, StructType contract) implements Serializable {

    /** Options that would choose other files or drop rows without a word; what is read was decided before. */
    private static final Set<String> IGNORED = Set.of(
            "path",
            "paths",
            "pathglobfilter",
            "modifiedbefore",
            "modifiedafter",
            "recursivefilelookup",
            "basepath",
            "mode",
            "columnnameofcorruptrecord",
            "inferschema",
            "enforceschema",
            "mergeschema",
            "columnpruning",
            "ignorecorruptfiles",
            "ignoremissingfiles",
            "ignoreextension",
            "samplingratio",
            "primitivesasstring",
            "dropfieldifallnull");

    static Options of(Source source) {
        HashMap<String, String> values = new HashMap<>();
        source.options().forEach((name, value) -> {
            String key = name.toLowerCase(Locale.ROOT);
            if (!IGNORED.contains(key)) {
                values.put(key, value);
            }
        });
        return new Options(values, source.columns());
    }

    /** For Spark's reader: the spec's options and those that keep every row and every file. */
    Map<String, String> forSpark() {
        Map<String, String> options = new HashMap<>(values);
        options.put("mode", "PERMISSIVE");
        options.put("enforceschema", "true");
        options.put("columnpruning", "false");
        options.put("ignorecorruptfiles", "false");
        options.put("ignoremissingfiles", "false");
        // Files are named one by one: folders such as year=2026 add no columns.
        options.put("recursivefilelookup", "true");
        // Spark splits lines at single bytes, which tears two-byte characters apart.
        if (multiLine()) {
            options.put("multiline", "true");
        }
        return options;
    }

    /** For a line or a document that was read already. */
    Map<String, String> forText() {
        Map<String, String> options = forSpark();
        options.keySet().removeAll(Set.of("multiline", "linesep", "encoding", "charset"));
        return options;
    }

    String text(String name, String absent) {
        return values.getOrDefault(name.toLowerCase(Locale.ROOT), absent);
    }

    private boolean flag(String name) {
        return text(name, "false").equalsIgnoreCase("true");
    }

    boolean header() {
        return flag("header");
    }

    /** Whether a file is parsed as a whole: as the spec says, or because its encoding cannot be split at bytes. */
    boolean multiLine() {
        return flag("multiLine") || (lineSep().isEmpty() && encoding().name().matches("UTF-(16|32).*"));
    }

    /** The text between two lines; empty: LF, CR or CRLF. */
    String lineSep() {
        return text("lineSep", "");
    }

    Charset encoding() {
        String name = text("encoding", text("charset", StandardCharsets.UTF_8.name()));
        return Charset.forName(name);
    }

    /** What the bytes say in that encoding, without a byte order mark. */
    BufferedReader reader(InputStream in) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, encoding()), 1 << 16);
        reader.mark(1);
        if (reader.read() != '\uFEFF') {
            reader.reset();
        }
        return reader;
    }

    private char character(String name, char absent) {
        String value = text(name, String.valueOf(absent));
        return value.isEmpty() ? '\0' : value.charAt(0);
    }

    char comment() {
        return character("comment", '\0');
    }

    char quote() {
        return character("quote", '"');
    }

    char escape() {
        return character("escape", '\\');
    }

    /** The settings that Spark gives to the same parser, so that a header reads as Spark reads it. */
    CsvParserSettings csv() {
        CsvParserSettings settings = new CsvParserSettings();
        settings.getFormat().setDelimiter(separator());
        settings.getFormat().setQuote(quote());
        settings.getFormat().setQuoteEscape(escape());
        if (!text("charToEscapeQuoteEscaping", "").isEmpty()) {
            settings.getFormat().setCharToEscapeQuoteEscaping(character("charToEscapeQuoteEscaping", '\\'));
        }
        if (comment() == '\0') {
            settings.setCommentProcessingEnabled(false);
        } else {
            settings.getFormat().setComment(comment());
        }
        if (!lineSep().isEmpty()) {
            settings.getFormat().setLineSeparator(lineSep());
        }
        settings.setLineSeparatorDetectionEnabled(lineSep().isEmpty() && multiLine());
        settings.setIgnoreLeadingWhitespaces(flag("ignoreLeadingWhiteSpace"));
        settings.setIgnoreTrailingWhitespaces(flag("ignoreTrailingWhiteSpace"));
        settings.setReadInputOnSeparateThread(false);
        settings.setMaxColumns(Integer.parseInt(text("maxColumns", "20480")));
        settings.setMaxCharsPerColumn(-1);
        settings.setNullValue(text("nullValue", ""));
        settings.setEmptyValue(text("emptyValue", ""));
        settings.setUnescapedQuoteHandling(UnescapedQuoteHandling.valueOf(
                text("unescapedQuoteHandling", "STOP_AT_DELIMITER").toUpperCase(Locale.ROOT)));
        return settings;
    }

    /** What stands between two values of a line. */
    String separator() {
        String separator = text("sep", text("delimiter", ","));
        return List.of("\\t", "\\\\", "\\u0000").contains(separator)
                ? separator.translateEscapes().replace("u0000", "\0")
                : separator;
    }
}
