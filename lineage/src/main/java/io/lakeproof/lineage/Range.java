package io.lakeproof.lineage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/**
 * The rows whose column lies between two values, both included; NULL does not.
 *
 * @param column a column of whole numbers or of texts, whose order is that of their UTF-8 bytes
 */
record Range(String column, Object least, Object most) {

    /** The rows with that number. */
    static Range of(String column, long number) {
        return new Range(column, number, number);
    }

    /** The rows with that number or a smaller one. */
    static Range upTo(String column, long most) {
        return new Range(column, Long.MIN_VALUE, most);
    }

    /** The rows with that text. */
    static Range of(String column, String text) {
        return new Range(column, text, text);
    }

    /** The narrowest range that holds all these texts. */
    static Range around(String column, Collection<String> texts) {
        return new Range(column, Collections.min(texts, Range::compare), Collections.max(texts, Range::compare));
    }

    boolean holds(Object value) {
        return value != null && compare(least, value) <= 0 && compare(value, most) <= 0;
    }

    /** The same as a condition of Spark's. */
    Column condition() {
        return functions.col(column).between(least, most);
    }

    private static int compare(Object one, Object other) {
        return one instanceof Long number
                ? Long.compare(number, (Long) other)
                : Arrays.compareUnsigned(utf8(one), utf8(other));
    }

    private static byte[] utf8(Object text) {
        return ((String) text).getBytes(StandardCharsets.UTF_8);
    }
}
