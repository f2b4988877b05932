package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Source.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatsTest {

    @TempDir
    Path landing;

    private Drop drop(Format format, String contract) {
        return Drop.of(landing, format, contract);
    }

    private static Dataset<Row> sql(String query) {
        return Drop.SESSION.sql(query);
    }

    @Test
    void json_lines_are_read_by_name_and_unknown_fields_ignored() {
        Drop drop = drop(Format.JSON, "id INT, name STRING, n DECIMAL(5,2), d DATE, t TIMESTAMP, tags ARRAY<STRING>")
                .put(
                        "1.json",
                        """
                        {"id": 1, "name": "a", "n": 1.25, "d": "2026-01-02", "t": "2026-01-02T03:04:05Z", "tags": ["x"], "more": {}}

                        {"name": "b"}
                        """);
        assertThat(drop.good())
                .containsExactly(
                        "1|a|1.25|2026-01-02|2026-01-02 03:04:05.0|ArraySeq(x)".replace("ArraySeq", "WrappedArray"),
                        "null|b|null|null|null|null");
        assertThat(drop.notes()).containsExactly("column more not in the contract: ignored");
    }

    @Test
    void a_json_value_that_does_not_fit_names_its_column() {
        Drop drop = drop(Format.JSON, "id INT NOT NULL, n DECIMAL(5,2), d DATE, `a b.c` DOUBLE")
                .put(
                        "1.json",
                        """
                        {"id": 1.5}
                        {"id": "x"}
                        {"id": 3000000000}
                        {"id": 1, "n": 1.255}
                        {"id": 2, "d": "2026"}
                        {"id": 3, "a b.c": "z"}
                        {"n": 1}
                        {"id": 4
                        no json
                        {"id": 5}
                        """);
        assertThat(drop.good()).containsExactly("5|null|null|null");
        assertThat(drop.bad())
                .containsExactlyInAnyOrder(
                        "id|1.5|it is not an INT|{\"id\": 1.5}",
                        "id|x|it is not an INT|{\"id\": \"x\"}",
                        "id|3000000000|it is not an INT|{\"id\": 3000000000}",
                        "n|1.255000000000000000000000000000000|it is not a DECIMAL(5,2), or would be rounded to fit one|{\"id\":1,\"n\":1.255000000000000000000000000000000}"
                                .replace(
                                        "1.255000000000000000000000000000000", "1.25500000000000000000000000000000000"),
                        "d|2026|it is not a DATE|{\"id\":2,\"d\":\"2026\"}",
                        "a b.c|z|it is not a DOUBLE|{\"id\": 3, \"a b.c\": \"z\"}",
                        "id|null|it is NULL, and the contract says NOT NULL|{\"n\":1.00000000000000000000000000000000000}",
                        "null|null|not a whole JSON document, or one with a value of another type|{\"id\": 4",
                        "null|null|not a whole JSON document, or one with a value of another type|no json");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void of_an_array_the_items_with_a_bad_value_go_to_quarantine_and_the_others_stay(boolean multiLine) {
        String array =
                "[{\"id\": 1, \"s\": \"a]\"}, {\"id\": \"x\"},@{ \"id\" :2}, null, 7, \"t\", [{\"id\": 3}], {}, {\"id\": -4}@]";
        Drop drop = drop(Format.JSON, "id INT, s STRING")
                .option("multiLine", String.valueOf(multiLine))
                .put("1.json", array.replace("@", multiLine ? "\n" : "") + "\n" + (multiLine ? "" : "\n{\"id\": 5}\n"));
        assertThat(drop.good())
                .containsExactlyElementsOf(
                        multiLine
                                ? List.of("-4|null", "1|a]", "2|null", "null|null")
                                : List.of("-4|null", "1|a]", "2|null", "5|null", "null|null"));
        String other = "null|null|not a whole JSON document, or one with a value of another type|";
        assertThat(drop.bad())
                .containsExactlyInAnyOrder(
                        "id|x|it is not an INT|{\"id\": \"x\"}",
                        other + "null",
                        other + "7",
                        other + "\"t\"",
                        other + "[{\"id\": 3}]");
    }

    @Test
    void an_array_is_read_item_by_item_whatever_its_size_and_a_broken_one_keeps_its_beginning() {
        String items =
                IntStream.range(0, 20_000).mapToObj("{\"id\": %d}"::formatted).collect(Collectors.joining(",\n"));
        Drop drop = drop(Format.JSON, "id INT")
                .option("multiLine", "true")
                .put("1.json", "[" + items + "]\n")
                .put("2.json.gz", Drop.gzip("\uFEFF[" + items + "]"))
                .put("3.json", "[" + items);
        assertThat(drop.good()).hasSize(40_000);
        assertThat(drop.bad())
                .singleElement()
                .asString()
                .contains("not a whole JSON document")
                .hasSizeLessThan(10_200);
    }

    @Test
    void json_in_another_encoding_is_read_line_by_line_and_whole() {
        byte[] line = "{\"id\": 1, \"s\": \"é\"}\n".getBytes(StandardCharsets.ISO_8859_1);
        Drop drop = drop(Format.JSON, "id INT, s STRING").put("1.json", line);
        assertThat(drop.bad()).singleElement().asString().contains("source.options.encoding");
        assertThat(drop.option("encoding", "ISO-8859-1").good()).containsExactly("1|é");
        assertThat(drop.option("encoding", "ISO-8859-1")
                        .option("multiLine", "true")
                        .good())
                .containsExactly("1|é");
        byte[] unsaid = "{\"id\": 1}".getBytes(StandardCharsets.UTF_16);
        assertThat(drop(Format.JSON, "id INT").put("1.json", unsaid).refused())
                .containsExactly("it starts with a UTF-16 byte order mark: set source.options.encoding to UTF-16");
        byte[] wide = "[{\"id\": 1, \"s\": \"é\"},\n{\"id\": 2}]".getBytes(StandardCharsets.UTF_16);
        assertThat(drop.put("1.json", wide)
                        .option("encoding", "UTF-16")
                        .option("multiLine", "true")
                        .good())
                .containsExactly("1|é", "2|null");
    }

    @Test
    void json_names_that_differ_in_case_are_matched_and_two_spellings_in_a_file_refused() {
        Drop drop = drop(Format.JSON, "id INT NOT NULL, name STRING")
                .put("1.json", "{\"ID\": 1, \"name\": \"a\"}\n")
                .put("2.json", "{\"id\": 2, \"Name\": \"b\"}\n")
                .put("3.json", "{\"id\": 3}\n{\"Id\": 4}\n")
                .put("4.json", "{\"name\": \"x\"}\n");
        assertThat(drop.good()).containsExactly("1|a", "2|b");
        assertThat(drop.refused())
                .containsExactly(
                        "column id is there 2 times: rename or remove all but one",
                        "column id is missing, and the contract says NOT NULL: add it to the file, or let the contract allow NULL");
    }

    @Test
    void json_documents_and_arrays_are_read_with_multi_line() {
        Drop drop = drop(Format.JSON, "id INT")
                .option("multiLine", "true")
                .put("1.json", "{\n \"id\": 1\n}\n")
                .put("2.json", "[\n{\"id\": 2},\n{\"id\": 3}]\n")
                .put("3.json", "{\"id\": 4}\n{\"id\": 5}\n");
        assertThat(drop.good()).containsExactly("1", "2", "3");
        assertThat(drop.refused()).singleElement().asString().startsWith("it holds more than one document");
    }

    @Test
    void a_second_document_on_a_line_is_never_lost() {
        Drop drop = drop(Format.JSON, "id INT")
                .put("1.json", "{\"id\": 1}\n{\"id\": 2} {\"id\": 3}\n")
                .put("2.json", "{\"id\": 4} garbage\n");
        assertThat(drop.good()).isEmpty();
        assertThat(drop.refused()).hasSize(2).allMatch(r -> r.contains("holds more than one document"));
    }

    @Test
    void a_name_twice_in_one_object_is_refused_for_only_the_last_value_would_be_read() {
        Drop drop = drop(Format.JSON, "id INT, s STRING")
                .put("1.json", "{\"id\": 1}\n{\"id\": 20, \"id\": 21}\n")
                .put("2.json", "{\"id\": 2, \"s\": {\"a\": 1, \"a\": 2}}\n")
                .put("3.json", "{\"id\": 3, \"s\": {\"id\": 1}}\n");
        assertThat(drop.good()).containsExactly("3|{\"id\":1}");
        assertThat(drop.refused())
                .containsExactly(
                        "line 2 names 'id' twice in one object, and only the last value would be read: give each name once",
                        "line 1 names 'a' twice in one object, and only the last value would be read: give each name once");
    }

    @Test
    void a_document_over_several_lines_is_told_the_way_to_be_read() {
        Drop drop = drop(Format.JSON, "id INT").put("1.json", "{\n \"id\": 110\n}\n");
        assertThat(drop.good()).isEmpty();
        assertThat(drop.refused())
                .containsExactly(
                        "a document goes on in line 2: set source.options.multiLine to true, or put each on a line of its own");
    }

    @Test
    void json_without_a_document_has_no_rows() {
        Drop drop = drop(Format.JSON, "id INT")
                .put("1.json", "\n \n")
                .put("2.json", "[]\n")
                .put("3.json", "[ ]");
        assertThat(drop.good()).isEmpty();
        assertThat(drop.refused()).isEmpty();
        assertThat(drop.notes()).hasSize(3).containsOnly("it is empty: no rows");
    }

    @Test
    void a_json_number_that_is_too_large_is_no_infinite_value() {
        Drop drop = drop(Format.JSON, "d DOUBLE, f FLOAT")
                .put("1.json", "{\"d\": 1e999}\n{\"f\": 1e39}\n{\"d\": 1e300, \"f\": 1e30}\n");
        assertThat(drop.good()).containsExactly("1.0E300|1.0E30");
        assertThat(drop.bad()).hasSize(2).allMatch(row -> row.contains("it is infinite, or too large for its type"));
    }

    @Test
    void a_number_that_fits_is_not_blamed_for_a_document_that_is_no_json() {
        Drop drop = drop(Format.JSON, "id BIGINT, s STRING")
                .put("1.json", "{\"id\": 58, \"s\": \"a\tb\"}\n{\"id\": 1.5}\n");
        assertThat(drop.bad())
                .containsExactlyInAnyOrder(
                        "null|null|not a whole JSON document, or one with a value of another type|{\"id\": 58, \"s\": \"a\tb\"}",
                        "id|1.5|it is not a BIGINT|{\"id\": 1.5}");
    }

    @Test
    void the_text_of_a_bad_document_is_the_line_in_its_file() {
        Drop drop = drop(Format.JSON, "id INT NOT NULL, n DECIMAL(5,2), d DATE, x DOUBLE")
                .put(
                        "1.json",
                        """
                        {"id": 1, "n": 1.255}
                        { "d": "20260101", "id":2 , "other": [1.10] }
                        {"id": null}
                        {"x": 1e400, "id": 4}
                        {"id": 5}
                        no json
                        """)
                .put("2.json", "[{\"id\": 6}, { \"id\" :\"x\"}]");
        assertThat(drop.texts())
                .containsExactlyInAnyOrder(
                        "{\"id\": 1, \"n\": 1.255}",
                        "{ \"d\": \"20260101\", \"id\":2 , \"other\": [1.10] }",
                        "{\"id\": null}",
                        "{\"x\": 1e400, \"id\": 4}",
                        "no json",
                        "{ \"id\" :\"x\"}");
    }

    @Test
    void half_a_character_is_not_made_a_question_mark() {
        Drop drop = drop(Format.JSON, "id INT, s STRING")
                .put("1.json", "{\"id\": 1, \"s\": \"\\ud83d\"}\n{\"id\": 2, \"s\": \"\\ud83d\\ude00?\"}\n");
        assertThat(drop.good()).containsExactly("2|😀?");
        assertThat(drop.bad()).singleElement().asString().contains("half a character");
    }

    @Test
    void a_text_with_commas_is_no_decimal_of_json() {
        Drop drop = drop(Format.JSON, "id INT, d DECIMAL(10,2)")
                .put(
                        "1.json",
                        """
                        {"id": 1, "d": "1,25"}
                        {"id": 2, "d": ",1,"}
                        {"id": 3, "d": "１"}
                        {"id": 4, "d": "1.234,50"}
                        {"id": 5, "d": "-1.5e1"}
                        {"id": 6, "d": "2.50"}
                        {"id": 7, "d": "x"}
                        """);
        assertThat(drop.good()).containsExactly("5|-15.00", "6|2.50");
        assertThat(drop.bad()).hasSize(5);
        assertThat(drop(Format.JSON, "a ARRAY<DECIMAL(10,2)>")
                        .put("1.json", "{\"a\": [\"1,25\"]}")
                        .refused())
                .singleElement()
                .asString()
                .startsWith("line 1 has a value in a that would be read as 125.0");
    }

    @Test
    void a_json_value_is_never_made_to_fit_at_whatever_depth() {
        Drop drop = drop(
                        Format.JSON,
                        "t TINYINT, s STRING, d DECIMAL(38,10), f FLOAT, x DOUBLE, ts TIMESTAMP, n STRUCT<ts: TIMESTAMP, day: DATE,"
                                + " d: DECIMAL(5,2), t: TINYINT, s: STRING>, arr ARRAY<DECIMAL(5,2)>, m MAP<STRING, FLOAT>")
                .put(
                        "1.json",
                        """
                        {"t": -128, "s": "1.10", "d": 1.0000000001, "f": 1.5, "x": 0.0, "ts": "2026-01-01T00:00:00.123456Z", "n": {"ts": "2026-01-01 10:00:00", "day": "2026-01-02", "d": 1.250, "t": 127, "s": "ok"}, "arr": [1.25, null], "m": {"a": 1.5}}
                        {"s": 1.5, "n": null, "arr": []}
                        {"s": {"a": 1.5}, "n": {}}
                        """)
                .put(
                        "2.json",
                        """
                        {"t": 200}
                        {"s": 1.10}
                        {"s": 12345678901234567890.123456789}
                        {"s": {"a": [1.10]}}
                        {"s": 1e999}
                        {"d": 1.00000000019}
                        {"d": 0.00000000019}
                        {"f": 1e-50}
                        {"x": 1e-400}
                        {"ts": "2026-01-01T00:00:00.123456789Z"}
                        {"n": {"ts": "12:30:00"}}
                        {"n": {"ts": 1767225600}}
                        {"n": {"day": "2026"}}
                        {"n": {"d": 1.255}}
                        {"n": {"t": 200}}
                        {"n": {"s": "�"}}
                        {"arr": [1.25, 1.255]}
                        {"m": {"a": 1e39}}
                        """)
                .put("3.json", "{\"n\": {\"s\": \"x\"}}\n{\"n\": {\"s\": 1.10}}\n")
                .put("4.json", "{\"n\": {\"S\": \"x\"}}\n");
        assertThat(drop.good())
                .containsExactly(
                        "-128|1.10|1.0000000001|1.5|0.0|2026-01-01 00:00:00.123456|[2026-01-01 10:00:00.0,2026-01-02,1.25,127,ok]|WrappedArray(1.25, null)|Map(a -> 1.5)",
                        "null|1.5|null|null|null|null|null|WrappedArray()|null",
                        "null|{\"a\":1.5}|null|null|null|null|[null,null,null,null,null]|null|null");
        assertThat(drop.bad())
                .extracting(bad -> bad.substring(0, bad.indexOf('|')))
                .containsExactlyInAnyOrder(
                        "t", "s", "s", "s", "s", "d", "d", "f", "x", "ts", "n", "n", "n", "n", "n", "n", "arr", "m");
        assertThat(drop.refused())
                .containsExactly(
                        "line 2 has a value in n.s that would be read as 1.1: put it in quotes",
                        "line 1 names S in n, which the contract spells s, and it would be read as NULL: spell them alike");
        assertThat(drop.notes()).anyMatch(note -> note.startsWith("7 of its numbers cannot be read as they stand"));
    }

    @Test
    void parquet_text_that_is_not_utf_8_is_quarantined_at_whatever_depth() {
        Drop drop = drop(Format.PARQUET, "id INT, s STRING, n STRUCT<t: STRING>")
                .save(
                        "1",
                        sql("SELECT 1 id, 'é�' s, named_struct('t', 'x') n"
                                + " UNION ALL SELECT 2, CAST(X'FFFE61' AS STRING), NULL"
                                + " UNION ALL SELECT 3, NULL, named_struct('t', CAST(X'FF' AS STRING))"));
        assertThat(drop.good()).containsExactly("1|é�|[x]");
        assertThat(drop.bad()).hasSize(2).allMatch(row -> row.contains("it is not text in the encoding"));
    }

    @Test
    void days_before_the_calendars_part_name_the_option_that_tells_them() throws IOException {
        Drop drop = drop(Format.PARQUET, "day DATE");
        MessageType type = MessageTypeParser.parseMessageType("message m { required int32 day (DATE); }");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(
                        landing.resolve("1.parquet").toUri()))
                .withType(type)
                .build()) {
            writer.write(new SimpleGroup(type).append("day", -719162));
        }
        assertThat(SourceReader.unreadable(Drop.SESSION, drop.source(), drop.readable()))
                .singleElement()
                .extracting(Inspection::reason)
                .asString()
                .contains("set source.options.datetimeRebaseMode to CORRECTED");
        assertThat(drop.option("datetimeRebaseMode", "CORRECTED").good()).containsExactly("0001-01-01");
    }

    @Test
    void text_that_is_not_utf_8_is_quarantined() {
        Drop drop = Drop.of(landing, Format.TEXT, null)
                .put("1.txt", "Müller\nMeier\n".getBytes(StandardCharsets.ISO_8859_1))
                .put("2.txt", "Müller\n");
        assertThat(drop.good()).containsExactly("Meier", "Müller");
        assertThat(drop.bad()).singleElement().asString().contains("it is not text in the encoding");
    }

    @Test
    void json_in_another_encoding_is_named_as_such() {
        Drop drop = drop(Format.JSON, "id INT, name STRING")
                .put("1.json", "{\"id\": 1, \"name\": \"Müller\"}\n".getBytes(StandardCharsets.ISO_8859_1))
                .put("2.json", "\uFEFF{\"id\": 2, \"name\": \"x\"}\r\n");
        assertThat(drop.good()).containsExactly("2|x");
        assertThat(drop.bad()).singleElement().asString().contains("it is not text in the encoding");
    }

    @ParameterizedTest
    @EnumSource(names = {"PARQUET", "ORC", "AVRO"})
    void typed_files_are_matched_by_name_and_widened_without_loss(Format format) {
        Drop drop = drop(
                        format,
                        "id BIGINT, n DECIMAL(10,2), d DOUBLE, s STRING, nested STRUCT<b: BIGINT, a: STRING>, list ARRAY<BIGINT>, missing INT")
                .save(
                        "1",
                        sql(
                                "SELECT 'x' s, 1 id, CAST(1.5 AS DECIMAL(4,1)) n, CAST(1.5 AS FLOAT) d, named_struct('a', 'q', 'b', 2) nested, array(1, 2) list, 9 extra"))
                .save("2", sql("SELECT 2L ID, 's' s"));
        assertThat(drop.refused()).isEmpty();
        assertThat(drop.good())
                .containsExactly("1|1.50|1.5|x|[2,q]|WrappedArray(1, 2)|null", "2|null|null|s|null|null|null");
        assertThat(drop.bad()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"PARQUET", "ORC", "AVRO"})
    void typed_files_that_would_lose_something_are_refused(Format format) throws IOException {
        Drop drop = drop(format, "id INT NOT NULL")
                .save("1", sql("SELECT 1L id"))
                .save("2", sql("SELECT 'x' id"))
                .save("3", sql("SELECT 1 other"))
                .save("4", sql("SELECT CAST(id AS INT) id FROM VALUES 1, NULL AS t(id)"))
                .put("5", "no such file")
                .put("6", "");
        drop.put("7", Arrays.copyOf(Files.readAllBytes(landing.resolve("4")), 100));
        assertThat(drop.good()).containsExactly("1");
        assertThat(drop.bad()).containsExactly("id|null|it is NULL, and the contract says NOT NULL|{}");
        List<String> refused = drop.refused();
        assertThat(refused.get(0))
                .isEqualTo(
                        "column id is BIGINT in the file and INT in the contract, which cannot hold every such value: change one of them");
        assertThat(refused.get(1)).startsWith("column id is STRING in the file");
        assertThat(refused.get(2)).startsWith("none of its columns is in the contract");
        assertThat(refused.get(3)).startsWith("not a readable " + format.sparkName() + " file");
        assertThat(drop.notes()).containsExactly("it is empty: no rows");
    }

    @Test
    void avro_without_its_package_is_one_line() throws IOException {
        try (java.net.URLClassLoader none = new java.net.URLClassLoader(new java.net.URL[0], null)) {
            assertThatThrownBy(() -> Inspector.requireFormat(source(Format.AVRO), none))
                    .isInstanceOf(Failure.BadSpec.class)
                    .hasMessageContaining("spark-avro_2.12")
                    .hasMessageNotContaining("\n");
            Inspector.requireFormat(source(Format.CSV), none);
        }
    }

    private Source source(Format format) {
        return Drop.of(landing, format, "id BIGINT").source();
    }

    @Test
    void text_and_binary_files_have_fixed_columns() {
        Drop text = Drop.of(landing.resolve("t"), Format.TEXT, null)
                .put("1.txt", "a\n\nb")
                .put("2.txt.gz", Drop.gzip("c"));
        assertThat(text.good()).containsExactly("", "a", "b", "c");
        Drop binary = Drop.of(landing.resolve("b"), Format.BINARY_FILE, null)
                .put("a b.png", new byte[] {1, 2})
                .put("0.png", "");
        assertThat(binary.read()
                        .selectExpr("length", "hex(content)", "_source_file LIKE '%/b/%.png'", "_unreadable")
                        .collectAsList())
                .extracting(Row::mkString)
                .containsExactly("20102truenull");
        assertThat(binary.notes()).containsExactly("it is empty: no rows");
    }

    @Test
    void bzip2_is_read_and_zstd_without_hadoops_native_library_is_refused_with_the_remedy() {
        String csv = "id\n" + "7\n".repeat(3);
        byte[] zstd = HexFormat.of().parseHex("28b52ffd20096100006964 0a370a370a370a".replace(" ", ""));
        Drop drop = Drop.of(landing, Format.CSV, "id INT")
                .option("header", "true")
                .put("1.csv.bz2", Drop.bzip2(csv))
                .put("2.csv.zst", zstd)
                .put("3.csv", Drop.bzip2(csv));
        assertThat(drop.good()).containsExactly("7", "7", "7");
        assertThat(drop.refused())
                .containsExactly(
                        "zst data needs Hadoop's native library, which is not here: deliver the file as gz or bz2, or run where it is",
                        "its bytes are bz2 data, its name does not say so: rename it so that it ends with .bz2");
    }

    @Test
    void files_that_fail_while_they_are_read_are_found_and_the_others_kept() throws IOException {
        Drop drop = drop(Format.PARQUET, "id BIGINT");
        for (int i = 0; i < 9; i++) {
            drop.save(i + ".parquet", sql("SELECT id FROM range(1000)"));
        }
        for (int bad : List.of(2, 7)) {
            byte[] bytes = Files.readAllBytes(landing.resolve(bad + ".parquet"));
            Arrays.fill(bytes, 4, 200, (byte) 0x55);
            drop.put(bad + ".parquet", bytes);
        }
        assertThat(drop.refused()).isEmpty();
        assertThatThrownBy(drop::good).isInstanceOf(Exception.class);
        List<Inspection> bad = SourceReader.unreadable(Drop.SESSION, drop.source(), drop.readable());
        assertThat(bad)
                .extracting(b -> Path.of(b.file().path()).getFileName().toString())
                .containsExactly("2.parquet", "7.parquet");
        assertThat(bad)
                .allMatch(b -> b.reason().startsWith("cannot be read to its end: ")
                        && !b.reason().contains("\n"));
    }

    @Test
    void a_schema_that_spark_refuses_turns_its_file_away_and_no_other() {
        Drop drop = Drop.of(landing, Format.PARQUET, "id BIGINT").save("good", sql("SELECT 1L AS id"));
        Drop.SESSION.conf().set("spark.sql.caseSensitive", "true");
        try {
            drop.save("twice", sql("SELECT 2L AS id, 3L AS ID"));
        } finally {
            Drop.SESSION.conf().unset("spark.sql.caseSensitive");
        }
        assertThat(drop.good()).containsExactly("1");
        assertThat(drop.refused())
                .singleElement()
                .asString()
                .startsWith("Spark cannot read its schema: ")
                .contains("already exists");
    }

    @Test
    void null_values_are_null_in_every_format() {
        Drop json = Drop.of(landing.resolve("j"), Format.JSON, "id INT, name STRING, f BOOLEAN")
                .nulls("-1", "NA", "1", "-99.9", "2.5")
                .put(
                        "1.json",
                        "{\"id\": -1, \"name\": \"NA\", \"f\": true}\n{\"id\": 2, \"name\": \"x\"}\n{\"id\": -99}\n");
        assertThat(json.good()).containsExactly("-99|null|null", "2|x|null", "null|null|true");
        Drop parquet = Drop.of(landing.resolve("p"), Format.PARQUET, "id BIGINT, d DOUBLE NOT NULL")
                .nulls("-1", "-99.9")
                .save("1", sql("SELECT id, d FROM VALUES (-1, 1.5D), (1, -1D), (-99, 2D), (2, -99.9D) AS t(id, d)"));
        assertThat(parquet.good()).containsExactly("-99|2.0", "null|1.5");
        assertThat(parquet.bad())
                .containsExactly(
                        "d|null|it is NULL, and the contract says NOT NULL|{\"id\":1}",
                        "d|null|it is NULL, and the contract says NOT NULL|{\"id\":2}");
    }
}
