package io.lakeproof.jobs;

import static io.lakeproof.jobs.TestDataset.csv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.lakeproof.jobs.Run.Status;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.lineage.Json;
import io.openlineage.client.OpenLineage.ColumnLineageDatasetFacetFields;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineageClientUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.util.ReflectionUtils;

/** What a receiver on the loopback is told of a run, and that a run does not mind what becomes of it. */
class OpenLineageTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private final List<JsonNode> events = Collections.synchronizedList(new ArrayList<>());
    private final List<String> warnings = new ArrayList<>();
    private HttpServer receiver;
    private int answer = 201;
    private long delay;
    private TestDataset dataset;

    @BeforeEach
    void listen() throws IOException {
        dataset = TestDataset.in(dir);
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/api/v1/lineage", exchange -> {
            events.add(JSON.readTree(exchange.getRequestBody()));
            try {
                Thread.sleep(delay);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    @Test
    void a_published_run_is_told_of_as_it_starts_and_completes() {
        dataset.change(
                "rules:",
                "transforms: [rename: {note: remark}, derive: {twice: amount * 2}, fill: {amount: 0}]\nrules:");
        dataset.drop("a.csv", csv(0, 20) + "20,-1,bad\n");
        Run.Result result = run();
        assertThat(result.status()).isEqualTo(Status.PUBLISHED);
        assertThat(warnings).isEmpty();
        assertThat(events).extracting(event -> event.get("eventType").asText()).containsExactly("START", "COMPLETE");
        assertThat(events.get(0).at("/run/runId")).isEqualTo(events.get(1).at("/run/runId"));
        events.forEach(OpenLineageTest::assertWellFormed);
        JsonNode complete = events.get(1);
        assertThat(complete.at("/job/namespace").asText()).isEqualTo("lakeproof");
        assertThat(complete.at("/job/name").asText()).isEqualTo("claims");
        JsonNode landing = complete.at("/inputs/0");
        assertThat(landing.get("namespace").asText()).isEqualTo("file");
        assertThat(landing.get("name").asText()).endsWith("/landing");
        assertThat(landing.at("/inputFacets/dataQualityAssertions/assertions/0/assertion")
                        .asText())
                .isEqualTo("ColumnValues \"amount\" >= 0");
        assertThat(landing.at("/inputFacets/dataQualityAssertions/assertions/0/success")
                        .asBoolean(true))
                .isFalse();
        result.tables().forEach(table -> {
            JsonNode output = output(complete, table.path());
            assertThat(output.at("/facets/version/datasetVersion").asText())
                    .isEqualTo(String.valueOf(table.deltaVersion()));
            assertThat(output.at("/outputFacets/outputStatistics/rowCount").asLong())
                    .isEqualTo(table.rows());
            assertThat(output.at("/facets/schema/fields")).isNotEmpty();
        });
        JsonNode lineage =
                output(complete, dataset.lake().table("train").name().text()).at("/facets/columnLineage/fields");
        // What an expression computes is unknown, and left out.
        assertThat(lineage.fieldNames()).toIterable().containsExactlyInAnyOrder("id", "amount", "remark");
        assertThat(lineage.at("/remark/inputFields/0/field").asText()).isEqualTo("note");
    }

    @Test
    void what_the_schemas_do_not_have_is_found() {
        dataset.drop("a.csv", csv(0, 20));
        run();
        JsonNode event = events.get(1);
        assertOfTheSchemas(event);
        ((ObjectNode) event.at("/run/facets/tags/tags/0")).put("colour", "red");
        assertThatThrownBy(() -> assertOfTheSchemas(event)).isInstanceOf(AssertionError.class);
        ((ObjectNode) event.at("/run/facets/tags/tags/0")).remove("colour");
        ((ObjectNode) event.at("/job/facets/jobType")).put("colour", "red");
        assertThatThrownBy(() -> assertOfTheSchemas(event)).hasMessageContaining("JobTypeJobFacet colour");
        ((ObjectNode) event.at("/job/facets/jobType")).remove("colour");
        ((ObjectNode) event.at("/outputs/0/outputFacets/outputStatistics")).put("rowCount", "many");
        assertThatThrownBy(() -> assertOfTheSchemas(event)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void a_rejected_run_is_told_of_as_it_starts_and_fails() {
        dataset.change("rules:", "rules:\n  batch: [RowCount > 100]");
        assertThat(dataset.drop("a.csv", csv(0, 20))).isNotNull();
        assertThat(run().status()).isEqualTo(Status.REJECTED);
        assertThat(events).extracting(event -> event.get("eventType").asText()).containsExactly("START", "FAIL");
        events.forEach(OpenLineageTest::assertWellFormed);
        assertThat(events.get(1).at("/run/facets/errorMessage/message").asText())
                .contains("RowCount > 100");
    }

    @Tag("ci")
    @Test
    void a_receiver_that_is_down_costs_one_warning() {
        receiver.stop(0);
        assertThat(dataset.drop("a.csv", csv(0, 20))).isNotNull();
        assertThat(run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(warnings).hasSize(1).first().asString().startsWith("OpenLineage events cannot be sent");
    }

    @Tag("ci")
    @Test
    void a_receiver_that_answers_500_slowly_costs_one_warning() {
        answer = 500;
        delay = 700;
        dataset.drop("a.csv", csv(0, 20));
        assertThat(run().status()).isEqualTo(Status.PUBLISHED);
        assertThat(warnings).hasSize(1);
    }

    @Test
    void without_a_configuration_nobody_is_told() {
        dataset.drop("a.csv", csv(0, 20));
        try (OpenLineage silent = OpenLineage.of(Map.of(), warnings::add)) {
            assertThat(silent.around(dataset.lake(), "r", dataset::run).status())
                    .isEqualTo(Status.PUBLISHED);
        }
        assertThat(events).isEmpty();
        assertThat(warnings).isEmpty();
    }

    private Run.Result run() {
        String url = "http://127.0.0.1:" + receiver.getAddress().getPort();
        try (OpenLineage told = OpenLineage.of(Map.of("OPENLINEAGE_URL", url), warnings::add)) {
            return told.around(dataset.lake(), "r", () -> dataset.run(Arrivals.Retry.IF_CHANGED));
        }
    }

    private static JsonNode output(JsonNode event, String path) {
        for (JsonNode output : event.get("outputs")) {
            if (path.endsWith(output.get("name").asText())) {
                return output;
            }
        }
        throw new AssertionError(path + " is not in " + event);
    }

    /** What the schemas of the OpenLineage specification require of each facet that we send; {@code *} is every item. */
    private static final Map<String, List<String>> REQUIRED = Map.of(
            "processing_engine", List.of("version"),
            "tags", List.of("tags/*/key", "tags/*/value"),
            "errorMessage", List.of("message", "programmingLanguage"),
            "jobType", List.of("processingType", "integration"),
            "sourceCodeLocation", List.of("type", "url"),
            "schema", List.of("fields/*/name"),
            "version", List.of("datasetVersion"),
            "columnLineage",
                    List.of(
                            "fields/*/inputFields/*/namespace",
                            "fields/*/inputFields/*/name",
                            "fields/*/inputFields/*/field"),
            "dataQualityAssertions", List.of("assertions/*/assertion", "assertions/*/success"),
            "outputStatistics", List.of("rowCount"));

    /**
     * By the client's classes, which are made from the schemas: each value is of its type, and no property, and no facet, is one
     * that they do not have. What they require, {@link #REQUIRED} says.
     */
    private static void assertOfTheSchemas(JsonNode event) {
        RunEvent parsed = OpenLineageClientUtils.runEventFromJson(event.toString());
        assertThat(Json.parse(OpenLineageClientUtils.toJson(parsed))).isEqualTo(event);
        assertThat(additional(parsed)).isEmpty();
    }

    private static Stream<String> additional(Object value) {
        if (value instanceof Iterable<?> items) {
            return StreamSupport.stream(items.spliterator(), false).flatMap(OpenLineageTest::additional);
        } else if (value instanceof Map<?, ?> named) {
            return named.values().stream().flatMap(OpenLineageTest::additional);
        } else if (value == null || !value.getClass().getName().startsWith("io.openlineage.client.OpenLineage$")) {
            return Stream.empty();
        }
        return Stream.of(value.getClass().getMethods())
                .filter(method -> method.getName().startsWith("get") && method.getParameterCount() == 0)
                .flatMap(getter -> {
                    Object got = ReflectionUtils.invokeMethod(getter, value);
                    // Its properties are the columns.
                    return getter.getName().equals("getAdditionalProperties")
                                    && !(value instanceof ColumnLineageDatasetFacetFields)
                            ? ((Map<?, ?>) got).keySet().stream().map(name -> value.getClass() + " " + name)
                            : additional(got);
                });
    }

    private static void assertWellFormed(JsonNode event) {
        assertOfTheSchemas(event);
        assertThat(event.at("/eventType").asText()).isIn("START", "COMPLETE", "FAIL");
        assertThat(OffsetDateTime.parse(event.at("/eventTime").asText())).isNotNull();
        assertThat(UUID.fromString(event.at("/run/runId").asText())).isNotNull();
        required(event, "producer", "schemaURL", "job/namespace", "job/name");
        facets(event.at("/run/facets"));
        facets(event.at("/job/facets"));
        Stream.of("inputs", "outputs")
                .map(event::path)
                .forEach(datasets -> datasets.forEach(dataset -> {
                    required(dataset, "namespace", "name");
                    Stream.of("facets", "inputFacets", "outputFacets")
                            .map(dataset::path)
                            .forEach(OpenLineageTest::facets);
                }));
    }

    private static void facets(JsonNode facets) {
        facets.fields().forEachRemaining(named -> {
            JsonNode facet = named.getValue();
            assertThat(facet.path("_producer").asText()).as(facet.toString()).isEqualTo("urn:lakeproof");
            assertThat(facet.path("_schemaURL").asText())
                    .as(facet.toString())
                    .startsWith("https://openlineage.io/spec/");
            assertThat(REQUIRED).containsKey(named.getKey());
            required(facet, REQUIRED.get(named.getKey()).toArray(String[]::new));
        });
    }

    private static void required(JsonNode node, String... paths) {
        for (String path : paths) {
            List<JsonNode> found = List.of(node);
            for (String name : path.split("/", -1)) {
                found = found.stream()
                        .flatMap(at -> name.equals("*")
                                ? StreamSupport.stream(at.spliterator(), false)
                                : Stream.of(at.path(name)))
                        .toList();
            }
            assertThat(found)
                    .as("%s of %s", path, node)
                    .allMatch(value -> value.isValueNode() && !value.asText().isEmpty());
        }
    }
}
