package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.substring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Columns by name, whatever the name holds, and what to say when one is not there. */
public final class Columns {

    private Columns() {}

    /** The column of this name. */
    public static Column named(String name) {
        return col(quoted(name));
    }

    static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** The names, in their order. */
    public static List<String> of(StructType schema) {
        return List.of(schema.fieldNames());
    }

    /** The type of a column that is there. */
    public static DataType type(StructType schema, String name) {
        return schema.apply(name).dataType();
    }

    /** Throws {@link BadStep} unless the schema has all of them. */
    public static void require(String kind, StructType schema, Collection<String> names) {
        BadStep.refuse(absent(kind, schema, names));
    }

    /** What to say of each name that the schema lacks; of none: nothing. */
    public static List<String> absent(String kind, StructType schema, Collection<String> names) {
        return names.stream()
                .filter(name -> !of(schema).contains(name))
                .distinct()
                .map(name -> missing(kind, name, schema).getMessage())
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** The names that the entries stand for, each once: an entry that is a name means it alone, any other is a pattern. */
    static Set<String> matching(String kind, StructType schema, List<String> entries) {
        Set<String> found = new LinkedHashSet<>();
        List<String> wrong = new ArrayList<>();
        for (String entry : entries) {
            try {
                List<String> matches = matching(schema, entry);
                if (matches.isEmpty()) {
                    wrong.add(missing(kind, entry, schema).getMessage());
                }
                found.addAll(matches);
            } catch (PatternSyntaxException bad) {
                wrong.add(missing(kind, entry, schema).getMessage() + "; nor is it a regular expression: "
                        + bad.getDescription());
            }
        }
        BadStep.refuse(wrong);
        return found;
    }

    /** @throws PatternSyntaxException when the entry is neither a name nor a pattern */
    static List<String> matching(StructType schema, String entry) {
        return of(schema).contains(entry)
                ? List.of(entry)
                : of(schema).stream()
                        .filter(Pattern.compile(entry).asMatchPredicate())
                        .toList();
    }

    static BadStep missing(String kind, String name, StructType schema) {
        return new BadStep("%s: no column '%s'%s; there is %s"
                .formatted(kind, name, didYouMean(name, of(schema)), list(of(schema))));
    }

    /** At most 20 names, and how many more there are. */
    public static String list(List<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String shown = String.join(", ", names.subList(0, Math.min(20, names.size())));
        return names.size() <= 20 ? shown : shown + " and " + (names.size() - 20) + " more";
    }

    /** {@code , did you mean 'x'?} or nothing. */
    public static String didYouMean(String wrong, Collection<String> right) {
        return nearest(wrong, right)
                .map(name -> ", did you mean '" + name + "'?")
                .orElse("");
    }

    /** The name that may have been meant. */
    static Optional<String> nearest(String wrong, Collection<String> right) {
        return right.stream()
                .filter(name -> distance(wrong, name) <= Math.min(wrong.length() - 1, (wrong.length() + 2) / 3))
                .min((a, b) -> Integer.compare(distance(wrong, a), distance(wrong, b)));
    }

    /** A name for a column in passing that none of the schema's has. */
    public static String unused(StructType schema, String base) {
        List<String> taken =
                Arrays.stream(schema.fieldNames()).map(String::toLowerCase).toList();
        String name = base;
        for (int i = 2; taken.contains(name); i++) {
            name = base + i;
        }
        return name;
    }

    /** Fails the run for the row that evaluates it; {@link BadRow} finds the message again. */
    public static Column bad(DataType type, Object... message) {
        List<Column> words = new ArrayList<>();
        words.add(lit(BadRow.MARK));
        for (Object word : message) {
            words.add(word instanceof Column value ? substring(value.cast("string"), 1, 100) : lit(word));
        }
        return raise_error(concat(words.toArray(Column[]::new))).cast(type);
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
