package io.lakeproof.jobs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The values of a JSON file that Spark's reader alters without a word: it takes numbers for text through a double, rounds
 * digits that are too many for any decimal, drops the commas of texts that are to be decimals, writes a question mark for half a character, and looks past nested names that are spelt otherwise.
 */
final class AlteredValues {

    /** Further values make a file unfit. */
    static final int MOST = 1_000;

    private static final String BETWEEN = "\u0001";
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, DataType> columns = new HashMap<>();
    private final Set<String> keys = new HashSet<>();
    private String nested;

    AlteredValues(StructType contract) {
        Stream.of(contract.fields()).forEach(f -> columns.put(folded(f.name()), f.dataType()));
    }

    /** What such keys of a column begin with, the column being spelt as in the file. */
    static String prefix(String name) {
        return name + BETWEEN;
    }

    /** Columns' values as Spark gives them, as text, each behind its {@link #prefix}. */
    Set<String> keys() {
        return keys;
    }

    /** What is wrong with a value within a column, which has no such key; null: nothing. */
    String nested() {
        return nested;
    }

    /** Looks at the value of a column, at whose first token the parser stands, and leaves it at the last. */
    void look(String name, JsonParser parser) throws IOException {
        DataType type = columns.get(folded(name));
        if (type == null) {
            parser.skipChildren();
        } else if (!Leaves.isOne(type)) {
            within(name, parser, type);
        } else {
            String altered = altered(parser, type);
            if (altered != null) {
                keys.add(prefix(name) + altered);
            }
        }
    }

    private void within(String path, JsonParser parser, DataType type) throws IOException {
        JsonToken token = parser.currentToken();
        if (type instanceof StructType struct && token == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                StructField field = field(struct, name);
                if (field == null) {
                    parser.skipChildren();
                } else {
                    if (!field.name().equals(name)) {
                        report("names " + name + " in " + path + ", which the contract spells " + field.name()
                                + ", and it would be read as NULL: spell them alike");
                    }
                    within(path + "." + name, parser, field.dataType());
                }
            }
        } else if (type instanceof MapType map && token == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                parser.nextToken();
                within(path, parser, map.valueType());
            }
        } else if (type instanceof ArrayType array && token == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                within(path, parser, array.elementType());
            }
        } else if (!Leaves.isOne(type)) {
            parser.skipChildren();
        } else {
            String altered = altered(parser, type);
            if (altered != null) {
                boolean number = parser.currentToken().isNumeric();
                report("has a value in " + path + " that would be read as " + altered + ": "
                        + (type instanceof StringType && number ? "put it in quotes" : "correct it"));
            }
        }
    }

    private void report(String problem) {
        nested = nested == null ? problem : nested;
    }

    /** The text of what Spark makes of the value; null: it keeps it, or finds out by itself that it cannot. */
    private static String altered(JsonParser parser, DataType type) throws IOException {
        JsonToken token = parser.currentToken();
        if (type instanceof StringType && (token.isStructStart() || token == JsonToken.VALUE_NUMBER_FLOAT)) {
            return alteredText(parser);
        }
        if (token == JsonToken.VALUE_STRING && type instanceof StringType) {
            return hasHalfCharacter(parser)
                    ? new String(parser.getText().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                    : null;
        }
        if (token == JsonToken.VALUE_STRING && type instanceof DecimalType) {
            return alteredDecimal(parser.getText(), ((DecimalType) JsonValue.asked(type)).scale());
        }
        if (token != JsonToken.VALUE_NUMBER_FLOAT) {
            parser.skipChildren();
            return null;
        }
        String text = parser.getText();
        if (!text.matches("[-+]?[0-9.].*")) {
            return null;
        }
        boolean exponent = text.indexOf('e') >= 0 || text.indexOf('E') >= 0;
        if (type instanceof DecimalType && JsonValue.asked(type) instanceof DecimalType asked) {
            return exponent || text.length() - text.indexOf('.') - 1 > asked.scale()
                    ? rounded(new BigDecimal(text).stripTrailingZeros(), asked.scale())
                    : null;
        }
        boolean vanishes = (type instanceof DoubleType || type instanceof FloatType)
                && (exponent || text.length() > 300)
                && parser.getDoubleValue() == 0
                && text.matches("[^eE]*[1-9].*");
        return vanishes ? String.valueOf(parser.getDoubleValue()) : null;
    }

    /** Whether half of a surrogate pair stands alone, for which there are no bytes, and which would become a question mark. */
    private static boolean hasHalfCharacter(JsonParser parser) throws IOException {
        char[] chars = parser.getTextCharacters();
        int end = parser.getTextOffset() + parser.getTextLength();
        for (int i = parser.getTextOffset(); i < end; i++) {
            if (Character.isHighSurrogate(chars[i]) && i + 1 < end && Character.isLowSurrogate(chars[i + 1])) {
                i++;
            } else if (Character.isSurrogate(chars[i])) {
                return true;
            }
        }
        return false;
    }

    /** Spark drops commas, which mean one thing here and another there, and takes digits of any script. */
    private static String alteredDecimal(String text, int scale) {
        if (text.matches("[-+]?[0-9]*\\.?[0-9]*([eE][-+]?[0-9]+)?")) {
            return null;
        }
        try {
            return new BigDecimal(text.replace(",", ""))
                    .setScale(scale, RoundingMode.HALF_UP)
                    .toString();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String rounded(BigDecimal number, int scale) {
        if (number.scale() <= scale) {
            return null;
        }
        boolean vanishes = (long) number.scale() - number.precision() > scale;
        return (vanishes ? BigDecimal.ZERO.setScale(scale) : number.setScale(scale, RoundingMode.HALF_UP)).toString();
    }

    /** Writes the value as Spark does. */
    private static String alteredText(JsonParser parser) throws IOException {
        StringWriter text = new StringWriter();
        boolean[] altered = new boolean[1];
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            generator.copyCurrentStructure(new JsonParserDelegate(parser) {
                @Override
                public double getDoubleValue() throws IOException {
                    double number = super.getDoubleValue();
                    altered[0] |=
                            !Double.isFinite(number) || !Double.toString(number).equals(getText());
                    return number;
                }
            });
        }
        return altered[0] ? text.toString() : null;
    }

    private static StructField field(StructType struct, String name) {
        StructField alike = null;
        for (StructField field : struct.fields()) {
            if (field.name().equals(name)) {
                return field;
            }
            alike = Columns.same(field.name(), name) ? field : alike;
        }
        return alike;
    }

    private static String folded(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }
}
