package io.lakeproof.jobs.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

/** The page's Python computes what the library computes, over rows as pyarrow hands them out. */
class AzurePageTest {

    /** Beside the specification's: what nests, what is at the end of a range, and names that sort by their bytes alone. */
    private static final List<String> MORE = List.of(
            "SELECT array(named_struct('b', 1, 'a', array(1.5D, NULL)), NULL) AS deep, map(1, map('x', X'00FF')) AS maps",
            "SELECT DATE'0001-01-01' AS d, TIMESTAMP_NTZ'9999-12-31 23:59:59.999999' AS n, TIMESTAMP'1969-12-31 23:59:59.5' AS t",
            "SELECT CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) AS big, CAST(-0.01 AS DECIMAL(3,2)) AS small",
            "SELECT float('NaN') AS f, float(-0.0) AS z, double('Infinity') AS i, float(3.4028235E38) AS m, 1.17E-38F AS s",
            "SELECT 1 AS Z, 2 AS a, 3 AS `\uFFFD`, 4 AS `\uD83D\uDE00`, 5 AS `with space`, 'x\uD83D\uDE00' AS text",
            "SELECT -128Y AS b, -32768S AS s, -2147483648 AS i, -9223372036854775808L AS l, X'' AS e, '' AS t, CAST(array() AS ARRAY<INT>) AS n");

    @TempDir
    Path dir;

    private static boolean hasPython() {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void its_python_computes_the_fingerprints_of_the_specifications_examples() throws Exception {
        boolean there = hasPython();
        if (!there) {
            System.err.println("SKIPPED: there is no python3, the snippet of docs/azure.md is not run");
        }
        assumeTrue(there, "there is no python3");
        Matcher snippet = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/azure.md")));
        assertThat(snippet.find()).isTrue();
        StringBuilder script = new StringBuilder(snippet.group(1).replaceFirst("(?s)if __name__.*", ""))
                .append("from decimal import Decimal\n");
        List<String> expected = new ArrayList<>();
        List<String> queries = new ArrayList<>(MORE);
        Files.readAllLines(Path.of("../docs/reference/fingerprint-vectors.csv")).stream()
                .skip(1)
                .map(line -> line.replaceFirst("(\\|[^|]*){4}$", ""))
                .forEach(queries::add);
        for (String query : queries) {
            Dataset<Row> rows = LocalSpark.session().sql(query);
            script.append("print(fingerprint(json.loads(%s), [%s]))%n"
                    .formatted(
                            text(rows.schema().json()),
                            rows.collectAsList().stream()
                                    .map(AzurePageTest::literal)
                                    .collect(Collectors.joining(", "))));
            expected.add(Fingerprint.of(rows).text());
        }
        assertThat(expected).hasSizeGreaterThan(12);
        Path file = Files.writeString(dir.resolve("fingerprint.py"), script);
        Process python = new ProcessBuilder("python3", file.toString())
                .redirectErrorStream(true)
                .start();
        List<String> printed = new String(python.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(printed).isEqualTo(expected);
    }

    /** A value of Spark's as the Python value that pyarrow makes of the same. */
    private static String literal(Object value) {
        if (value == null) {
            return "None";
        } else if (value instanceof Boolean flag) {
            return flag ? "True" : "False";
        } else if (value instanceof Float || value instanceof Double) {
            return "float('%s')".formatted(value);
        } else if (value instanceof Number && !(value instanceof BigDecimal)) {
            return value.toString();
        } else if (value instanceof BigDecimal decimal) {
            return "Decimal('%s')".formatted(decimal.toPlainString());
        } else if (value instanceof String text) {
            return text(text);
        } else if (value instanceof byte[] bytes) {
            return "bytes.fromhex('%s')".formatted(HexFormat.of().formatHex(bytes));
        } else if (value instanceof java.sql.Date day) {
            return "date.fromisoformat('%s')".formatted(day.toLocalDate());
        } else if (value instanceof java.sql.Timestamp at) {
            return micros(at.toInstant()) + ".replace(tzinfo=timezone.utc)";
        } else if (value instanceof LocalDateTime at) {
            return micros(at.toInstant(java.time.ZoneOffset.UTC));
        } else if (value instanceof Row row) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < row.length(); i++) {
                fields.add(text(row.schema().fieldNames()[i]) + ": " + literal(row.get(i)));
            }
            return "{" + String.join(", ", fields) + "}";
        } else if (value instanceof scala.collection.Map<?, ?> map) {
            Map<?, ?> entries = JavaConverters.mapAsJavaMap(map);
            return entries.entrySet().stream()
                    .map(entry -> "(%s, %s)".formatted(literal(entry.getKey()), literal(entry.getValue())))
                    .collect(Collectors.joining(", ", "[", "]"));
        } else if (value instanceof scala.collection.Seq<?> items) {
            return JavaConverters.seqAsJavaList(items).stream()
                    .map(AzurePageTest::literal)
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        throw new AssertionError(value.getClass());
    }

    private static String micros(Instant at) {
        long micros = Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1000);
        return "(datetime(1970, 1, 1) + timedelta(microseconds=%d))".formatted(micros);
    }

    private static String text(String text) {
        return text.codePoints().mapToObj("\\U%08x"::formatted).collect(Collectors.joining("", "'", "'"));
    }
}
