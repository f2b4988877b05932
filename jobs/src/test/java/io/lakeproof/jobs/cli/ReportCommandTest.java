package io.lakeproof.jobs.cli;

import static io.lakeproof.jobs.cli.Spoken.say;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.stddev_samp;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.TestDataset;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.testkit.LocalSpark;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The report on a dataset whose spec and data mean no good: two versions, an empty part, outputs, every kind of column. */
@Tag("ci")
class ReportCommandTest {

    private static final String SPEC =
            """
            name: claims
            description: "<script>alert('description')</script> & more"
            owner: <img src=x onerror=alert(1)>
            source: {path: landing, format: csv, schema: "id BIGINT NOT NULL, amount INT, note STRING"}
            tables: {root: '${ROOT}'}
            rules:
              rows: ['ColumnValues "amount" >= 0']
              dataset: ['Completeness "amount" > 0.5']
            transforms:
              - filter: id % 50 <> 3
              - derive:
                  "<script>alert('column')</script>": "CASE WHEN id % 3 = 0 THEN '<script>alert(2)</script>' WHEN id < 2 THEN 'rare-secret' ELSE 'b' END"
                  "a.b`c\\"d $1 %s": "IF(id % 7 = 0, double('NaN'), IF(id % 11 = 0, double('-Infinity'), IF(id % 5 = 0, NULL, id / 10.0)))"
                  nested: named_struct('x', 'nested-secret')
                  picture: IF(id % 2 = 0, NULL, encode('picture-secret', 'UTF-8'))
                  day: date_add(DATE'2024-01-01', CAST(id % 40 AS INT))
                  at: TIMESTAMP'2024-01-01 12:00:00' + make_interval(0, 0, 0, 0, CAST(id AS INT))
                  nothing: CAST(NULL AS STRING)
                  label: id % 4 = 0
                  cost: CAST(id AS DECIMAL(20, 2)) / 3
            split: {key: id, seed: 7, parts: {train: 60, test: 40, rare: 0.0001}}
            label: label
            outputs:
              large: {transforms: [{filter: amount >= 50}], split: {key: id, parts: {train: 50, test: 50}}}
              plain: {transforms: [{select: [id, amount]}]}
            """;

    @TempDir
    static Path dir;

    private static Lake lake;
    private static JsonNode json;
    private static String page;
    private static Spoken latest;

    @BeforeAll
    static void two_versions_and_their_reports() throws IOException {
        TestDataset dataset = TestDataset.in(dir).spec(SPEC.replace("${ROOT}", "lake"));
        dataset.drop("a.csv", TestDataset.csv(0, 300) + "300,-1,broken-secret\nunreadable-secret,2,x\n")
                .run();
        lake = dataset.lake();
        lake.tags().put("approved", lake.version("1"), "anna", Stamp.of("claims", "t"), Instant.now());
        dataset.drop("b.csv", TestDataset.csv(400, 500)).run();
        Spoken spoken = report("approved", "one.html");
        assertThat(spoken.err()).isEmpty();
        json = Json.parse(spoken.out());
        page = Files.readString(dir.resolve("one.html"));
        latest = say(
                LocalSpark::session,
                "report",
                dir.resolve("dataset.yaml").toString(),
                "--output",
                dir.resolve("two.html").toString());
    }

    private static Spoken report(String version, String file) {
        return say(
                LocalSpark::session,
                "report",
                dir.resolve("dataset.yaml").toString(),
                version,
                "--output",
                dir.resolve(file).toString(),
                "--json");
    }

    private static JsonNode column(String name) {
        for (JsonNode column : json.at("/tables/0/columns")) {
            if (column.get("name").asText().equals(name)) {
                return column;
            }
        }
        throw new AssertionError(name);
    }

    @Test
    void the_key_that_no_two_parts_share_is_not_compared() {
        assertThat(column("amount").at("/parts/test/drift").isObject()).isTrue();
        assertThat(column("id").at("/parts/test").has("rows")).isTrue();
        assertThat(column("id").at("/parts/test").has("drift")).isFalse();
    }

    @Test
    void what_is_counted_is_what_spark_counts() {
        String name = "a.b`c\"d $1 %s";
        Column weird = Lake.column(name);
        for (String part : new String[] {"train", "test"}) {
            Row found = lake.read("1", part)
                    .agg(
                            count("*"),
                            count("amount"),
                            min("amount"),
                            max("amount"),
                            avg("amount"),
                            stddev_samp("amount"),
                            count(when(weird.isNaN(), 1)),
                            count(when(weird.equalTo(Double.NEGATIVE_INFINITY), 1)),
                            count(when(weird.isNull(), 1)),
                            count(when(col("picture").isNull(), 1)))
                    .first();
            JsonNode amount = column("amount").at("/parts/" + part);
            assertThat(amount.get("rows").asLong()).isEqualTo(found.getLong(0)).isPositive();
            assertThat(amount.get("nulls").asLong()).isEqualTo(found.getLong(0) - found.getLong(1));
            assertThat(amount.get("min").asDouble()).isEqualTo(found.getInt(2));
            assertThat(amount.get("max").asDouble()).isEqualTo(found.getInt(3));
            assertThat(amount.get("mean").asDouble()).isCloseTo(found.getDouble(4), within(1e-9));
            assertThat(amount.get("stddev").asDouble()).isCloseTo(found.getDouble(5), within(1e-9));
            JsonNode odd = column(name).at("/parts/" + part);
            assertThat(odd.get("nan").asLong()).isEqualTo(found.getLong(6)).isPositive();
            assertThat(odd.get("infinite").asLong()).isEqualTo(found.getLong(7)).isPositive();
            assertThat(odd.get("nulls").asLong()).isEqualTo(found.getLong(8)).isPositive();
            assertThat(column("picture").at("/parts/" + part + "/nulls").asLong())
                    .isEqualTo(found.getLong(9))
                    .isPositive();
            assertThat(column("day").at("/parts/" + part + "/min").asDouble()).isBetween(19723.0, 19763.0);
        }
        assertThat(column("nested").at("/parts/train/distinct").isNull()).isTrue();
        assertThat(column("nested").has("bars") || column("nested").has("frequent"))
                .isFalse();
        assertThat(column("nothing").at("/parts/train/nulls"))
                .isEqualTo(column("nothing").at("/parts/train/rows"));
        assertThat(column("cost").at("/parts/train/mean").asDouble()).isPositive();
        assertThat(column("cost").at("/parts/test/drift/beyondChance").asBoolean(true))
                .isFalse();
        assertThat(column("cost").at("/parts/rare/rows").asLong()).isZero();
        assertThat(column("cost").at("/parts/rare/drift").isMissingNode()).isTrue();
        assertThat(column("label").at("/frequent/values/0/value").asText()).isEqualTo("false");
    }

    @Test
    void it_says_where_rows_went_and_what_was_asked() {
        assertThat(json.get("dataset").asText()).isEqualTo("claims");
        assertThat(json.get("version").asLong()).isEqualTo(1);
        assertThat(json.get("path").asText()).endsWith("/one.html");
        assertThat(json.get("tags").get(0).asText()).isEqualTo("approved");
        assertThat(json.get("accounts").get(1).toString())
                .isEqualTo("{\"step\":\"rules\",\"in\":301,\"quarantined\":1,\"dropped\":0,\"out\":300}");
        assertThat(json.get("quarantined").asLong()).isEqualTo(2);
        assertThat(json.get("quarantine").toString())
                .contains("{\"rows\":1,\"kind\":\"row\",\"rule\":null,\"column\":\"id\"}")
                .contains(
                        "{\"rows\":1,\"kind\":\"rule\",\"rule\":\"ColumnValues \\\"amount\\\" >= 0\",\"column\":\"amount\"}");
        assertThat(json.at("/tables/0/parts/0/asked").asDouble()).isCloseTo(0.6, within(1e-5));
        assertThat(json.at("/tables/0/parts/2/rows").asLong()).isZero();
        assertThat(json.findValuesAsText("output")).containsExactly("", "large", "plain");
        assertThat(json.at("/tables/1/parts/0/name").asText()).isEqualTo("large/train");
        assertThat(json.at("/tables/2/parts/0/asked").isNull()).isTrue();
        assertThat(json.get("history").toString())
                .contains(
                        "\"examples\":294,\"tags\":[\"approved\"],\"changes\":[\"the first version\",\"1 file came with 301 rows\"]");

        assertThat(latest.exitCode()).isZero();
        assertThat(latest.out())
                .startsWith("claims version 2: ")
                .contains("two.html")
                .hasLineCount(1);
        assertThat(dir.resolve("two.html"))
                .content()
                .contains("What this version took in", "1 file came with 100 rows");
    }

    @Test
    void the_page_is_well_formed_and_nothing_in_it_is_run_or_fetched() throws Exception {
        String xml = page.replace("<!doctype html>", "").replaceAll("(<meta [^>]*)>", "$1/>");
        NodeList elements = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)))
                .getElementsByTagName("*");
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            assertThat(element.getTagName()).isNotIn("script", "img", "link", "iframe", "object", "form");
            for (int j = 0; j < element.getAttributes().getLength(); j++) {
                Attr attribute = (Attr) element.getAttributes().item(j);
                assertThat(attribute.getName()).isNotIn("src", "style").doesNotStartWith("on");
                assertThat(!attribute.getName().equals("href")
                                || attribute.getValue().matches("#c[0-9]+"))
                        .isTrue();
            }
        }
        assertThat(page)
                .contains("&lt;script&gt;alert(&#39;description&#39;)&lt;/script&gt; &amp; more")
                .contains("&lt;script&gt;alert(&#39;column&#39;)&lt;/script&gt;")
                .contains("&lt;script&gt;alert(2)&lt;/script&gt;")
                .contains("a.b`c&quot;d $1 %s")
                .contains("&lt;img src=x onerror=alert(1)&gt;")
                .doesNotContain("http:", "https:", "url(", "@import")
                .contains("prefers-color-scheme:dark", "The output large", "Balance of label");
    }

    @Test
    void no_value_that_few_rows_have_is_on_it() {
        assertThat(lake.read("1", "train")
                        .unionByName(lake.read("1", "test"))
                        .where("note = 'n1'")
                        .count())
                .isEqualTo(1);
        assertThat(page + json)
                .doesNotContain("-secret")
                .doesNotContain(
                        LongStream.range(0, 300).mapToObj(id -> ">n" + id + "<").collect(Collectors.toList()));
    }

    @Test
    void what_cannot_be_reported_is_one_line() throws IOException {
        Spoken nowhere = report("1", "no/such/folder.html");
        assertThat(nowhere.exitCode()).isEqualTo(2);
        assertThat(nowhere.err())
                .startsWith("lakeproof: The report cannot be written to ")
                .hasLineCount(1);
        assertThat(report("7", "x.html").err()).contains("has no version or tag '7'");

        Files.move(dir.resolve("lake/large/test"), dir.resolve("away"));
        Spoken gone = report("1", "x.html");
        assertThat(gone.exitCode()).isEqualTo(5);
        assertThat(gone.err())
                .startsWith("lakeproof: the rows of large/test cannot be read: the table ")
                .hasLineCount(1);
        Files.move(dir.resolve("away"), dir.resolve("lake/large/test"));

        lake.retirements().put(lake.version("2"), "anna", Stamp.of("claims", "t"), Instant.now());
        Spoken retired = report("2", "x.html");
        assertThat(retired.exitCode()).isEqualTo(2);
        assertThat(retired.err())
                .isEqualTo("lakeproof: Version 2 was cleaned up by maintain: its data is gone. Report on another.\n");
        assertThat(dir.resolve("x.html")).doesNotExist();
    }
}
