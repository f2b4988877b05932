package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.spec.Source.Format;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {

    @TempDir
    Path landing;

    private Drop csv(String contract) {
        return Drop.csv(landing, contract);
    }

    @Test
    void columns_are_matched_by_name_whatever_their_order() {
        Drop drop = csv("a INT, b STRING").put("1.csv", "b,a\nx,1\n").put("2.csv", "a,b\n2,y\n");
        assertThat(drop.good()).containsExactly("1|x", "2|y");
        assertThat(drop.notes())
                .containsExactly("its columns are in another order than the contract's: matched by name");
    }

    @Test
    void header_names_may_differ_in_case_and_surrounding_space() {
        Drop drop = csv("id INT, Name STRING").put("1.csv", "ID, name\n1,x\n");
        assertThat(drop.good()).containsExactly("1|x");
        assertThat(drop.notes())
                .containsExactly(
                        "column ID is taken for id, which is spelt differently",
                        "column  name is taken for Name, which is spelt differently");
    }

    @Test
    void a_missing_nullable_column_is_filled_and_an_extra_one_ignored() {
        Drop drop = csv("id INT, name STRING").put("1.csv", "id,extra,b`t,c.d\n1,x,y,z\n");
        assertThat(drop.good()).containsExactly("1|null");
        assertThat(drop.bad()).isEmpty();
        assertThat(drop.notes())
                .containsExactly(
                        "column name is missing: it is filled with NULL",
                        "columns extra, b`t, c.d not in the contract: ignored");
    }

    @Test
    void a_file_that_cannot_meet_the_contract_is_refused_and_the_others_go_on() {
        Drop drop = csv("id INT NOT NULL, name STRING")
                .put("duplicate.csv", "id,name,NAME\n1,a,b\n")
                .put("good.csv", "id,name\n1,a\n")
                .put("missing.csv", "name\nx\n")
                .put("other.csv", "x;y\n1;2\n");
        assertThat(drop.good()).containsExactly("1|a");
        assertThat(drop.refused())
                .containsExactly(
                        "column name is there 2 times: rename or remove all but one",
                        "column id is missing, and the contract says NOT NULL: add it to the file, or let the contract"
                                + " allow NULL",
                        "none of its columns is in the contract: it has x;y; check source.format, source.options"
                                + " (header, sep, encoding) and the contract");
    }

    @Test
    void a_row_of_empty_values_between_tabs_is_never_lost() {
        Drop drop = csv("a STRING, b STRING").option("sep", "\t").put("1.csv", "a\tb\n1\t2\n\t\n3\t4\n");
        assertThat(drop.good()).isEmpty();
        assertThat(drop.refused())
                .containsExactly(
                        "a row holds empty values alone, and read line by line would pass for a blank line: set"
                                + " source.options.multiLine to true, or remove such rows");
        assertThat(drop.option("multiLine", "true").good()).containsExactly("1|2", "3|4", "null|null");
    }

    @Test
    void a_file_that_is_not_in_the_wide_encoding_that_the_spec_names_is_told_so() {
        Drop drop = csv("id INT").option("encoding", "UTF-16").put("1.csv", "id\n1\n");
        assertThat(drop.refused()).singleElement().asString().contains("encoding");
    }

    @Test
    void a_duplicate_column_outside_the_contract_does_no_harm() {
        assertThat(csv("id INT").put("1.csv", "x,id,X,x\n1,2,3,4\n").good()).containsExactly("2");
    }

    @Test
    void a_value_that_does_not_parse_is_never_a_silent_null() {
        Drop drop =
                csv("i INT, b BOOLEAN, d DOUBLE, n DECIMAL(5,2), t TIMESTAMP, day DATE, z TIMESTAMP_NTZ, y TINYINT, m DECIMAL(38,1)")
                        .put(
                                "1.csv",
                                """
                        i,b,d,n,t,day,z,y,m
                        1,true,1.5,1.25,2026-01-02 03:04:05,2026-01-02,2026-01-02 03:04:05,1,15.0
                        ,,,,,,,,
                        1.5,,,,,,,,
                        3000000000,,,,,,,,
                        ,maybe,,,,,,,
                        ,,1.2.3,,,,,,
                        ,,12D,,,,,,
                        ,,12f,,,,,,
                        ,,1e999,,,,,,
                        ,,Infinity,,,,,,
                        ,,,1.255,,,,,
                        ,,,1.250,,,,,
                        ,,,12e-4,,,,,
                        ,,,1e2,,,,,
                        ,,,1234.5,,,,,
                        ,,,,12:30:00,,,,
                        ,,,,2026-13-01,,,,
                        ,,,,2026-01-02T03:04:05+01:00,,,,
                        ,,,,,2026,,,
                        ,,,,,2026-02-30,,,
                        ,,,,,2026-01-02 10:00:00,,,
                        ,,,,,,2026-01-02T03:04:05Z,,
                        ,,,,,,,128,
                        ,,,,,,,,15e-1
                        ,,,,,,,,125e-2
                        ,,,,,,,,1.250e1
                        ,,,,,,,,12500.0E-3
                        ,,,,,,,,0.0e-9
                        ,,,,,,,,1e-9999999999
                        ,,,,,,,,99999999999999999999999999999999999999e-1
                        ,,,,2026-01-02 03:04:05.1234567,,,,
                        ,,,,2026-01-02 03:04:05.123456789Z,,,,
                        ,,,,2026-01-02 03:04:05.1234560Z,,,,
                        """);
        assertThat(drop.good())
                .containsExactlyInAnyOrder(
                        "1|true|1.5|1.25|2026-01-02 03:04:05.0|2026-01-02|2026-01-02T03:04:05|1|15.0",
                        "null|null|null|null|null|null|null|null|null",
                        "null|null|Infinity|null|null|null|null|null|null",
                        "null|null|null|1.25|null|null|null|null|null",
                        "null|null|null|100.00|null|null|null|null|null",
                        "null|null|null|null|2026-01-02 02:04:05.0|null|null|null|null",
                        "null|null|null|null|null|null|null|null|1.5",
                        "null|null|null|null|null|null|null|null|12.5",
                        "null|null|null|null|null|null|null|null|12.5",
                        "null|null|null|null|null|null|null|null|0.0",
                        "null|null|null|null|null|null|null|null|9999999999999999999999999999999999999.9",
                        "null|null|null|null|2026-01-02 03:04:05.123456|null|null|null|null");
        assertThat(drop.bad().stream().map(b -> b.substring(0, b.lastIndexOf('|'))))
                .containsExactlyInAnyOrder(
                        "i|1.5|it is not an INT",
                        "i|3000000000|it is not an INT",
                        "b|maybe|it is not a BOOLEAN",
                        "d|1.2.3|it is not a DOUBLE",
                        "d|12D|it is not a DOUBLE",
                        "d|12f|it is not a DOUBLE",
                        "d|1e999|it is not a DOUBLE",
                        "n|1.255|it is not a DECIMAL(5,2), or would be rounded to fit one",
                        "n|12e-4|it is not a DECIMAL(5,2), or would be rounded to fit one",
                        "n|1234.5|it is not a DECIMAL(5,2), or would be rounded to fit one",
                        "t|12:30:00|it is not a TIMESTAMP",
                        "t|2026-13-01|it is not a TIMESTAMP",
                        "day|2026|it is not a DATE",
                        "day|2026-02-30|it is not a DATE",
                        "day|2026-01-02 10:00:00|it is not a DATE",
                        "z|2026-01-02T03:04:05Z|it is not a TIMESTAMP_NTZ",
                        "y|128|it is not a TINYINT",
                        "m|125e-2|it is not a DECIMAL(38,1), or would be rounded to fit one",
                        "m|1e-9999999999|it is not a DECIMAL(38,1), or would be rounded to fit one",
                        "t|2026-01-02 03:04:05.1234567|it is not a TIMESTAMP",
                        "t|2026-01-02 03:04:05.123456789Z|it is not a TIMESTAMP");
    }

    @Test
    void the_text_of_an_unreadable_row_is_kept() {
        Drop drop = csv("id INT, name STRING, n INT").put("1.csv", "id,name,n\n1,a,2,3\n4\n5,\"x, y\",six\n");
        assertThat(drop.bad())
                .containsExactlyInAnyOrder(
                        "n|six|it is not an INT|5,\"x, y\",six",
                        "null|null|it does not have 3 values as its header has|1,a,2,3",
                        "null|null|it does not have 3 values as its header has|4");
    }

    @Test
    void a_null_in_a_not_null_column_is_unreadable() {
        Drop drop = csv("id INT NOT NULL, name STRING").put("1.csv", "id,name\n,a\n1,b\n");
        assertThat(drop.good()).containsExactly("1|b");
        assertThat(drop.bad()).containsExactly("id|null|it is NULL, and the contract says NOT NULL|,a");
    }

    @Test
    void null_values_are_null_and_surrounding_space_does_not_hide_them_from_numbers() {
        Drop drop = csv("id INT, name STRING, d DOUBLE")
                .nulls("-1", "NA", "it's")
                .put("1.csv", "id,name,d\n-1,NA,NA\n 2,-1 , -1\n3,it's,4\n");
        assertThat(drop.good()).containsExactly("2|-1 |null", "3|null|4.0", "null|null|null");
    }

    @Test
    void date_and_timestamp_formats_are_those_of_the_options() {
        Drop drop = csv("d DATE, t TIMESTAMP")
                .option("dateFormat", "dd.MM.yyyy")
                .option("timestampFormat", "dd.MM.yyyy HH:mm")
                .put("1.csv", "d,t\n31.12.2026,31.12.2026 23:59\n2026-12-31,\n31.02.2026,\n,31.12.2026\n");
        assertThat(drop.good()).containsExactly("2026-12-31|2026-12-31 23:59:00.0");
        assertThat(drop.bad()).hasSize(3);
    }

    @Test
    void text_in_another_encoding_is_named_as_such() {
        Drop drop = csv("id INT, name STRING")
                .put("1.csv", "id,name\n1,Müller\n2,x\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(drop.good()).containsExactly("2|x");
        assertThat(drop.bad())
                .containsExactly("name|M\uFFFDller|it is not text in the encoding that the file is read in: set"
                        + " source.options.encoding|1,M\uFFFDller");
        assertThat(drop.option("encoding", "ISO-8859-1").good()).containsExactly("1|Müller", "2|x");
    }

    @Test
    void the_text_of_a_bad_row_is_the_line_in_its_file() {
        Drop drop = csv("id INT, n INT, s STRING")
                .put("1.csv", "id,n,s\n1,x, \"a, b\" \n2,2,ok\n\"3\",y,\"q\"\nid,n,s\n4,5\n")
                .put("2.csv", "s,id\r\n\"a\",x1\r\n\"b\",2\r\n")
                .put("3.csv.gz", Drop.gzip("id,n,s\n07,1.5,\"\"\n"));
        assertThat(drop.texts())
                .containsExactlyInAnyOrder(
                        "1,x, \"a, b\" ", "\"3\",y,\"q\"", "id,n,s", "4,5", "\"a\",x1", "07,1.5,\"\"");
        assertThat(csv("id INT, s STRING")
                        .option("encoding", "ISO-8859-1")
                        .put("1.csv", "id,s\nx,\"é\"\n".getBytes(StandardCharsets.ISO_8859_1))
                        .texts())
                .contains("x,\"é\"");
    }

    @Test
    void a_quote_that_never_closes_does_not_swallow_the_rest_of_the_file() {
        Drop drop = csv("id INT, n INT, s STRING")
                .option("multiLine", "true")
                .put("1.csv", "id,n,s\n1,1,a\n2,1,\"open\n3,1,c\n4,1,d\n")
                .put("2.csv", "id,n,s\n5,1,\"a\nb\"\n6,1,c\n7,1,\"d\r\ne\"  \n")
                .put("3.csv", "id,n,s\n8,1,\"a\nb\"");
        assertThat(drop.good()).hasSize(4);
        assertThat(drop.refused())
                .containsExactly(
                        "a quote that opens in its last row is never closed, and took in all lines behind it: close the quote, or deliver the file again");
        byte[] wide = "id,n,s\n2,1,\"open\n3,1,c\n".getBytes(StandardCharsets.UTF_16);
        assertThat(csv("id INT, n INT, s STRING")
                        .option("encoding", "UTF-16")
                        .put("1.csv", wide)
                        .refused())
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
    void wide_encodings_are_read(String encoding) {
        Drop drop = csv("id INT, name STRING")
                .option("encoding", encoding)
                .put("1.csv", "id,name\n1,Müller\n2,\u0a0d\n".getBytes(Charset.forName(encoding)));
        assertThat(drop.good()).containsExactly("1|Müller", "2|\u0a0d");
    }

    @Test
    void a_utf_16_file_read_as_utf_8_is_refused_with_the_remedy() {
        Drop drop = csv("id INT").put("1.csv", "id\n1\n".getBytes(StandardCharsets.UTF_16));
        assertThat(drop.refused())
                .containsExactly("it starts with a UTF-16 byte order mark: set source.options.encoding to UTF-16");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_byte_order_mark_and_crlf_are_no_part_of_names_or_values(boolean multiLine) {
        Drop drop = csv("id INT, name STRING")
                .option("multiLine", Boolean.toString(multiLine))
                .put("1.csv", "\uFEFFid,name\r\n1,a\r\n2,b\r\n");
        assertThat(drop.good()).containsExactly("1|a", "2|b");
        assertThat(drop.notes()).isEmpty();
    }

    @Test
    void quoted_line_breaks_are_read_with_multi_line() {
        Drop drop = csv("id INT, name STRING, n INT")
                .option("multiLine", "true")
                .put("1.csv", "id,name,n\n1,\"a\nb\",2\n3,\"c\r\nd\",x\n");
        assertThat(drop.good()).containsExactly("1|a\nb|2");
        assertThat(drop.bad()).hasSize(1);
    }

    @Test
    void empty_and_header_only_files_have_no_rows_and_a_note() {
        Drop drop = csv("id INT")
                .put("0.csv", "")
                .put("1.csv", "id\n")
                .put("2.csv", "\n \n")
                .put("3.csv.gz", Drop.gzip(""));
        assertThat(drop.good()).isEmpty();
        assertThat(drop.read().schema().fieldNames()).containsExactly("id", "_source_file", "_unreadable");
        assertThat(drop.refused()).isEmpty();
        assertThat(drop.notes()).hasSize(4).allMatch(n -> n.contains("no rows"), "says no rows");
    }

    @Test
    void without_a_header_columns_go_by_position() {
        Drop drop = Drop.of(landing, Format.CSV, "id INT, name STRING").put("1.csv", "1,a\n2\n3,b\n");
        assertThat(drop.good()).containsExactly("1|a", "3|b");
        assertThat(drop.bad()).containsExactly("null|null|it does not have 2 values as the contract has|2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b.csv",
                "50%.csv",
                "a%20b.csv",
                "é✓.csv",
                "a#b.csv",
                "a,b.csv",
                "{a,b}.csv",
                "[ab].csv",
                "a*b?.csv",
                "a'b\"c.csv",
                "a+b&c=d.csv",
                "year=2026/part=1.csv",
                "back\\slash.csv"
            })
    void a_file_of_any_name_is_read_and_named_exactly(String name) {
        Drop drop = csv("id INT").put(name, "id\n1\n").put("ab.csv", "id\n2\n");
        List<String> files = drop.read().select("_source_file").collectAsList().stream()
                .map(r -> r.getString(0))
                .sorted()
                .toList();
        assertThat(files)
                .isEqualTo(drop.list().files().stream().map(SourceFile::path).toList())
                .anyMatch(path -> path.endsWith(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a.b", "a`b", "a'b", "a\"b", "a$b", "_metadata", "c0", "v0", "t0", "problem", "é"})
    void a_column_of_any_name_is_read(String name) {
        String quoted = "`" + name.replace("`", "``") + "`";
        Drop drop = csv(quoted + " INT NOT NULL").put("1.csv", "\"" + name.replace("\"", "\\\"") + "\",x\n1,2\nz,3\n");
        assertThat(drop.refused()).isEmpty();
        assertThat(drop.good()).containsExactly("1");
        assertThat(drop.bad()).containsExactly(name + "|z|it is not an INT|z,3");
    }

    @Test
    void six_hundred_columns_are_read() {
        String contract =
                IntStream.range(0, 600).mapToObj(i -> "c" + i + " INT").collect(Collectors.joining(","));
        String header = IntStream.range(0, 600).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
        String row = IntStream.range(0, 600).mapToObj(Integer::toString).collect(Collectors.joining(","));
        Drop drop = csv(contract).put("1.csv", header + "\n" + row + "\n" + row + "x\n");
        assertThat(drop.good()).hasSize(1);
        assertThat(drop.bad()).hasSize(1).allMatch(b -> b.startsWith("c599|599x|"));
    }

    @Test
    void compressed_files_are_read_and_mislabelled_ones_refused() {
        Drop drop = csv("id INT")
                .put("1.csv.gz", Drop.gzip("id\n1\n"))
                .put("2.csv", Drop.gzip("id\n2\n"))
                .put("3.csv.gz", "id\n3\n")
                .put("4.csv.gz", Arrays.copyOf(Drop.gzip("id\n" + "4\n".repeat(5000)), 30))
                .put("5.csv", new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0});
        assertThat(drop.good()).containsExactly("1");
        assertThat(drop.refused())
                .containsExactly(
                        "its bytes are gz data, its name does not say so: rename it so that it ends with .gz",
                        "its name ends with .gz, but it does not decompress: it is cut short or something else; deliver it again, or"
                                + " rename it",
                        "its name ends with .gz, but it does not decompress: it is cut short or something else; deliver it again, or"
                                + " rename it",
                        "its bytes are a zip archive, its name does not say so: unpack it (an Excel workbook: save it"
                                + " as CSV)");
    }

    @Test
    void separators_quotes_comments_and_line_separators_are_those_of_the_options() {
        Drop drop = csv("id INT, name STRING")
                .option("SEP", "\\t")
                .option("quote", "'")
                .option("comment", "#")
                .put("1.csv", "# made by hand\n\nid\tname\n1\t'a\tb'\n# 2\tx\n\n3\tc\n");
        assertThat(drop.good()).containsExactly("1|a\tb", "3|c");
        assertThat(drop.bad()).isEmpty();
    }

    @Test
    void options_that_would_lose_rows_or_files_have_no_effect() {
        Drop drop = csv("id INT")
                .option("mode", "DROPMALFORMED")
                .option("pathGlobFilter", "*.nothing")
                .option("ignoreCorruptFiles", "true")
                .option("enforceSchema", "false")
                .option("inferSchema", "true")
                .option("columnNameOfCorruptRecord", "id")
                .put("1.csv", "id\n1\n2,3\n");
        assertThat(drop.good()).containsExactly("1");
        assertThat(drop.bad()).hasSize(1);
    }

    @Test
    void counts_are_right_whatever_is_selected() {
        Drop drop = csv("id INT, name STRING").put("1.csv", "id,name\n1,a\n2\n3,b,c\nx,d\n");
        assertThat(drop.read().count()).isEqualTo(4);
        assertThat(drop.read().where("_unreadable IS NULL").count()).isEqualTo(1);
        assertThat(drop.read().where("_unreadable IS NOT NULL").count()).isEqualTo(3);
        assertThat(drop.read().select("id").count()).isEqualTo(4);
        List<Row> reasons = drop.read()
                .where("_unreadable.column IS NULL AND _unreadable IS NOT NULL")
                .collectAsList();
        assertThat(reasons).hasSize(2);
    }

    @Test
    void an_empty_value_is_null_quoted_or_not_unless_the_options_name_another_null() {
        Drop drop = csv("id INT, name STRING").put("1.csv", "id,name\n1,\n2,\"\"\n\"\",x\n");
        assertThat(drop.good()).containsExactly("1|null", "2|null", "null|x");
        drop.put("1.csv", "id,name\n1,\n2,\"\"\n3,NA\n");
        assertThat(drop.option("nullValue", "NA").good()).containsExactly("1|null", "2|", "3|null");
    }

    @Test
    void pieces_of_a_quoted_value_with_line_breaks_never_pass_for_rows() {
        Drop drop = csv("id STRING, name STRING")
                .put("1.csv", "id,name\n1,\"a\nb,c\nd\"\n2,5\" pipe\n3,\"unclosed\n4,x\n5,\"y\\\"z\"\n6,\"\\\"\n")
                .put("2.csv", "id,name\n3,unclosed\n7,\"q\"\"q\"\n");
        assertThat(drop.good()).containsExactly("2|5\" pipe", "3|unclosed", "7|\"q\"\"q\"");
        assertThat(drop.bad()).hasSize(7);
        assertThat(drop.bad().stream().filter(b -> b.contains("source.options.multiLine")))
                .hasSize(6);
        assertThat(drop.notes())
                .containsExactly(
                        "7 of its rows are torn by a line break within quotes, and go to quarantine: set"
                                + " source.options.multiLine to true",
                        "quotes within its values are doubled, and stay so: set source.options.escape to '\"'");
        assertThat(drop.option("escape", "\"").good()).contains("7|q\"q");
        assertThat(drop.option("multiLine", "true").notes()).isEmpty();
    }

    @Test
    void a_file_full_of_quoted_line_breaks_is_refused_with_the_remedy() {
        Drop drop = csv("id INT, name STRING")
                .put(
                        "1.csv",
                        "id,name\n" + "1,\"a\nb\"\n"
                                + IntStream.range(0, 1100)
                                        .mapToObj(i -> i + ",\"a\nb\"\n")
                                        .collect(Collectors.joining()));
        assertThat(drop.refused())
                .containsExactly(
                        "more than 1000 lines, or a MiB of text, are pieces of quoted values, the last of which"
                                + " opens in line 2002: set source.options.multiLine to true if values hold line breaks, or close"
                                + " the quote");
        assertThat(drop.option("multiLine", "true").good()).hasSize(1101);
    }

    @Test
    void no_line_after_a_quote_that_opens_is_a_row_until_the_quote_is_known_to_be_closed() {
        String inner = IntStream.range(0, 150).mapToObj(i -> "7,fake,1\n").collect(Collectors.joining());
        Drop drop = csv("id INT, note STRING, z INT")
                .option("escape", "\"")
                .put("ends-with-a-newline.csv", "id,note,z\n3,\"abc\n7,fake,1\n\",5\n4,ok,1\n5,fine,2\n")
                .put("long.csv", "id,note,z\n6,\"abc\n" + inner + "x\"\"y\"\"\n7,fake,2\n\",5\n8,\"o,k\",1\n")
                .put("behind-an-inch.csv", "id,note,z\n5\" x,\"abc\n7,fake,1\nd\",1\n9,ok,1\n")
                .put("again-in-one-line.csv", "id,note,z\n1,\"abc\n\",\",7,8\n7,fake,1\n\"\n")
                .put("cut-short.csv", "id,note,z\n10,ok,1\n11,\"abc\n7,fake,1\n")
                .put("a-slip.csv", "id,note,z\n12,\"abc,1\n7,lost,1\n13,\"lost\",1\n14,ok,1\n");
        assertThat(drop.good()).containsExactly("10|ok|1", "14|ok|1", "4|ok|1", "5|fine|2", "8|o,k|1", "9|ok|1");
        assertThat(drop.refused()).isEmpty();
        assertThat(drop.option("escape", "\\").good())
                .as("doubled quotes, read by another escape")
                .noneMatch(row -> row.contains("fake"));
    }
}
