package io.lakeproof.jobs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The rows of a JSON text, each as it stands there: the items of an array, or the one document. Holds one item at a time, so
 * that an array may be larger than memory.
 */
final class JsonItems implements Iterator<String> {

    private static final JsonFactory JSON = lenient().build();

    private final Window text;
    private final JsonParser parser;
    private boolean ended;
    private String next;

    /** The items of what a reader gives; reading on throws {@link UncheckedIOException} where it is no JSON. */
    JsonItems(Reader reader) throws IOException {
        text = new Window(reader);
        parser = JSON.createParser(text);
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_ARRAY) {
            advance();
        } else {
            ended = true;
            next = first == null ? null : item();
        }
    }

    /** The items of one line: the line itself, if it is no JSON. */
    static String[] ofLine(String line) {
        List<String> items = new ArrayList<>();
        try {
            new JsonItems(new StringReader(line)).forEachRemaining(items::add);
        } catch (IOException | UncheckedIOException e) {
            return new String[] {line};
        }
        return items.toArray(String[]::new);
    }

    /** What Spark's reader lets pass when the spec's options say so; whether they do, is left to it. */
    static JsonFactoryBuilder lenient() {
        return new JsonFactoryBuilder()
                .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
                .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                .enable(JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
                .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER);
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public String next() {
        if (next == null) {
            throw new NoSuchElementException();
        }
        String item = next;
        try {
            advance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return item;
    }

    private void advance() throws IOException {
        ended = ended || parser.nextToken() == JsonToken.END_ARRAY;
        next = ended ? null : item();
    }

    private String item() throws IOException {
        long start = parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        parser.finishToken();
        return text.take(start, parser.currentLocation().getCharOffset());
    }

    /** Keeps what a parser read ahead of the last item. */
    private static final class Window extends FilterReader {
        private final StringBuilder kept = new StringBuilder();
        private long before;

        Window(Reader in) {
            super(in);
        }

        @Override
        public int read(char[] chars, int from, int length) throws IOException {
            int read = in.read(chars, from, length);
            if (read > 0) {
                kept.append(chars, from, read);
            }
            return read;
        }

        String take(long from, long to) {
            String item = kept.substring((int) (from - before), (int) (to - before));
            kept.delete(0, (int) (to - before));
            before = to;
            return item;
        }
    }
}
