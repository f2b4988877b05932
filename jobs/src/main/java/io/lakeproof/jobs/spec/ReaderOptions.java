package io.lakeproof.jobs.spec;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.to_timestamp;

import com.univocity.parsers.csv.UnescapedQuoteHandling;
import io.lakeproof.jobs.DidYouMean;
import java.nio.charset.Charset;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The options of Spark's readers, and two of our own for images: Spark ignores one that it does not know, which would hide a typing error. */
final class ReaderOptions {

    // Without nanValue, positiveInf, negativeInf and locale: a csv is read as text first, and typed by the contract.
    private static final List<String> CSV = List.of(
            "sep",
            "delimiter",
            "encoding",
            "charset",
            "quote",
            "escape",
            "charToEscapeQuoteEscaping",
            "comment",
            "header",
            "multiLine",
            "lineSep",
            "ignoreLeadingWhiteSpace",
            "ignoreTrailingWhiteSpace",
            "emptyValue",
            "dateFormat",
            "timestampFormat",
            "timestampNTZFormat",
            "maxColumns",
            "maxCharsPerColumn",
            "unescapedQuoteHandling");

    private static final List<String> JSON = List.of(
            "encoding",
            "charset",
            "multiLine",
            "lineSep",
            "allowComments",
            "allowUnquotedFieldNames",
            "allowSingleQuotes",
            "allowNumericLeadingZeros",
            "allowBackslashEscapingAnyCharacter",
            "allowUnquotedControlChars",
            "allowNonNumericNumbers",
            "dateFormat",
            "timestampFormat",
            "timestampNTZFormat",
            "timeZone",
            "locale");

    /** What the jobs settle themselves, folded, to the remedy. */
    private static final Map<String, String> SETTLED = settled();

    private static final Set<String> FLAGS = Set.of("header", "multiline", "wholetext");
    private static final Set<String> NUMBERS = Set.of("maxcolumns", "maxcharspercolumn", "maxpixels");
    private static final Set<String> CHARACTERS = Set.of("quote", "escape", "comment", "chartoescapequoteescaping");
    private static final List<String> REBASE = List.of("EXCEPTION", "CORRECTED", "LEGACY");
    private static final Map<String, List<String>> CHOICES = Map.of(
            "datetimerebasemode",
            REBASE,
            "int96rebasemode",
            REBASE,
            "unescapedquotehandling",
            Stream.of(UnescapedQuoteHandling.values()).map(Enum::name).toList());
    private static final Set<String> SEPARATORS = Set.of("sep", "delimiter", "linesep");
    private static final Set<String> CHARSETS = Set.of("encoding", "charset");

    private ReaderOptions() {}

    /** The options a format takes; names ignore case. */
    static List<String> of(Source.Format format) {
        return switch (format) {
            case CSV -> CSV;
            case JSON -> JSON;
            case TEXT -> List.of("encoding", "charset", "lineSep", "wholetext");
            case PARQUET -> List.of("datetimeRebaseMode", "int96RebaseMode");
            case AVRO -> List.of("avroSchema", "datetimeRebaseMode", "positionalFieldMatching");
            case IMAGE -> List.of("labelPattern", "maxPixels");
            case ORC, BINARY_FILE, IDX -> List.of();
        };
    }

    /** The options with the defaults that differ from Spark's: a csv has a header. */
    static Map<String, String> withDefaults(Source.Format format, Map<String, String> given) {
        Map<String, String> options = new LinkedHashMap<>(given);
        if (format == Source.Format.CSV && given.keySet().stream().noneMatch("header"::equalsIgnoreCase)) {
            options.put("header", "true");
        }
        return options;
    }

    /** What is wrong with an option, if anything. */
    static Optional<String> problem(Source.Format format, String name, String value) {
        List<String> known = of(format);
        String folded = name.toLowerCase(Locale.ROOT);
        if (SETTLED.containsKey(folded)) {
            return Optional.of("settled by the job; " + SETTLED.get(folded));
        }
        if (known.stream().noneMatch(name::equalsIgnoreCase)) {
            String there = known.isEmpty() ? "; there are none" : "; there is " + String.join(", ", known);
            return Optional.of("unknown option of " + format.sparkName()
                    + DidYouMean.closest(name, known)
                            .map(near -> ", did you mean '" + near + "'?")
                            .orElse(there));
        }
        boolean flag = FLAGS.contains(folded) || folded.startsWith("allow") || folded.startsWith("ignore");
        String wanted = flag && !value.matches("(?i)true|false")
                ? "true or false"
                : NUMBERS.contains(folded)
                                && !value.matches(
                                        folded.equals("maxcharspercolumn")
                                                ? "-1|0*[1-9][0-9]{0,8}"
                                                : "0*[1-9][0-9]{0,8}")
                        ? "a whole number above 0"
                        : CHARACTERS.contains(folded) && value.length() > 1
                                ? "a single character"
                                : CHARSETS.contains(folded) && !isCharset(value)
                                        ? "a character set; write one such as UTF-8, ISO-8859-1 or windows-1252"
                                        : folded.equals("labelpattern") && !hasOneGroup(value)
                                                ? "a regular expression with one group, for the label; write one such as .*/([^/]+)/[^/]*"
                                                : SEPARATORS.contains(folded) && value.isEmpty()
                                                        ? "a separator; write one such as ',' or '\\t'"
                                                        : outOfSet(folded, value);
        return Optional.ofNullable(wanted).map(words -> "'" + value + "' is not " + words);
    }

    private static String outOfSet(String folded, String value) {
        if (folded.equals("timezone")) {
            return isZone(value) ? null : "a time zone; write one such as UTC or Europe/Paris";
        }
        List<String> choices = CHOICES.get(folded);
        return choices == null || choices.contains(value.toUpperCase(Locale.ROOT))
                ? null
                : "one of " + String.join(", ", choices);
    }

    /** What Spark has against the pattern of a date or a time, if anything. */
    static Optional<String> patternProblem(SparkSession spark, String name, String value) {
        if (!name.toLowerCase(Locale.ROOT).matches("(date|timestamp|timestampntz)format")) {
            return Optional.empty();
        }
        try {
            spark.createDataFrame(List.of(RowFactory.create("")), StructType.fromDDL("text STRING"))
                    .select(to_timestamp(col("text"), value))
                    .collectAsList();
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("'" + value + "' is not a pattern of dates and times that Spark knows; write one such as"
                    + " dd.MM.yyyy or yyyy-MM-dd HH:mm:ss");
        }
    }

    private static boolean hasOneGroup(String pattern) {
        try {
            return Pattern.compile(pattern).matcher("").groupCount() == 1;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private static boolean isZone(String name) {
        try {
            return !ZoneId.of(name, ZoneId.SHORT_IDS).getId().isEmpty();
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static boolean isCharset(String name) {
        try {
            return Charset.isSupported(name);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Map<String, String> settled() {
        Map<String, String> settled = new TreeMap<>();
        Stream.of(
                        "path",
                        "paths",
                        "pathGlobFilter",
                        "modifiedBefore",
                        "modifiedAfter",
                        "recursiveFileLookup",
                        "basePath")
                .forEach(name -> settled.put(name.toLowerCase(Locale.ROOT), "source.path chooses the files"));
        Stream.of("mode", "columnNameOfCorruptRecord", "ignoreCorruptFiles", "ignoreMissingFiles")
                .forEach(name -> settled.put(
                        name.toLowerCase(Locale.ROOT), "remove it: what cannot be read goes to quarantine"));
        Stream.of(
                        "inferSchema",
                        "enforceSchema",
                        "mergeSchema",
                        "samplingRatio",
                        "prefersDecimal",
                        "primitivesAsString")
                .forEach(name -> settled.put(
                        name.toLowerCase(Locale.ROOT), "remove it: source.schema says what columns there are"));
        settled.put("nullvalue", "write source.null-values instead");
        return settled;
    }
}
