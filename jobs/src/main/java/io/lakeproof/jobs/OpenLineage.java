package io.lakeproof.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.transforms.Step;
import io.openlineage.client.Clients;
import io.openlineage.client.DefaultConfigPathProvider;
import io.openlineage.client.OpenLineage.ColumnLineageDatasetFacet;
import io.openlineage.client.OpenLineage.DatasetFacetsBuilder;
import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.client.OpenLineage.InputDatasetInputFacetsBuilder;
import io.openlineage.client.OpenLineage.JobFacetsBuilder;
import io.openlineage.client.OpenLineage.OutputDataset;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.OpenLineage.RunFacetsBuilder;
import io.openlineage.client.OpenLineage.SchemaDatasetFacet;
import io.openlineage.client.OpenLineageClient;
import io.openlineage.client.transports.HttpConfig;
import io.openlineage.client.transports.HttpTransport;
import java.net.URI;
import java.nio.file.Files;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;

/**
 * Tells an OpenLineage receiver what a run does, and never stands in its way: what cannot be told is warned of once. Where
 * events go, the client's own configuration says.
 */
public final class OpenLineage implements AutoCloseable {

    private static final URI PRODUCER = URI.create("urn:lakeproof");

    private final io.openlineage.client.OpenLineage facets = new io.openlineage.client.OpenLineage(PRODUCER);
    private final UUID run = UUID.randomUUID();
    private final String namespace;
    private final Consumer<String> warn;
    private Optional<OpenLineageClient> client = Optional.empty();
    private boolean warned;

    private OpenLineage(String namespace, Consumer<String> warn) {
        this.namespace = namespace;
        this.warn = warn;
    }

    /**
     * The events of one run, as the environment and {@code openlineage.yml} configure them; silent when nothing does.
     *
     * @param warn told once why events cannot be sent
     */
    public static OpenLineage of(Map<String, String> env, Consumer<String> warn) {
        OpenLineage events = new OpenLineage(env.getOrDefault("OPENLINEAGE_NAMESPACE", "lakeproof"), warn);
        events.quietly(() -> events.client = client(env));
        return events;
    }

    private static Optional<OpenLineageClient> client(Map<String, String> env) {
        if ("true".equalsIgnoreCase(env.get("OPENLINEAGE_DISABLED"))) {
            return Optional.empty();
        }
        boolean configured = env.keySet().stream().anyMatch(name -> name.startsWith("OPENLINEAGE__"))
                || new DefaultConfigPathProvider().getPaths().stream().anyMatch(Files::isRegularFile);
        if (configured) {
            return Optional.of(Clients.newClient());
        }
        return Optional.ofNullable(env.get("OPENLINEAGE_URL")).map(url -> {
            HttpConfig http = new HttpConfig();
            http.setUrl(URI.create(url));
            return OpenLineageClient.builder()
                    .transport(new HttpTransport(http))
                    .build();
        });
    }

    /** The result of a run that is told of as it begins and as it ends: complete, or failed when the data was rejected. */
    public Run.Result around(Lake lake, String runId, Supplier<Run.Result> execution) {
        emit(() -> event(EventType.START, lake, runId, Optional.empty(), List.of(landing(lake, List.of())), List.of()));
        Run.Result result;
        try {
            result = execution.get();
        } catch (Throwable e) {
            // Spark throws checked exceptions that no method declares.
            fails(lake, runId, String.valueOf(e.getMessage()));
            throw e;
        }
        if (result.failures().isEmpty()) {
            completes(lake, result);
        } else {
            fails(lake, runId, String.join("; ", result.failures()));
        }
        return result;
    }

    private void completes(Lake lake, Run.Result result) {
        emit(() -> {
            if (result.status() != Run.Status.PUBLISHED) {
                return event(
                        EventType.COMPLETE,
                        lake,
                        result.runId(),
                        Optional.empty(),
                        List.of(landing(lake, List.of())),
                        List.of());
            }
            DatasetVersion version = lake.version(String.valueOf(result.version()));
            List<JsonNode> rules = new ArrayList<>();
            version.recordTree().get("rules").forEach(rules::add);
            return event(
                    EventType.COMPLETE,
                    lake,
                    result.runId(),
                    Optional.empty(),
                    List.of(landing(lake, rules)),
                    version.tables().stream().map(table -> output(lake, table)).toList());
        });
    }

    private void fails(Lake lake, String runId, String why) {
        emit(() -> event(EventType.FAIL, lake, runId, Optional.of(why), List.of(landing(lake, List.of())), List.of()));
    }

    @Override
    public void close() {
        quietly(() -> {
            if (client.isPresent()) {
                client.get().close();
            }
        });
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private void emit(Supplier<io.openlineage.client.OpenLineage.RunEvent> event) {
        quietly(() -> client.ifPresent(receiver -> receiver.emit(event.get())));
    }

    /** A receiver that is down, or a class that a cluster brings in another version, must not end a run. */
    private void quietly(Attempt attempt) {
        try {
            attempt.run();
        } catch (Exception | LinkageError e) {
            if (!warned) {
                warned = true;
                warn.accept("OpenLineage events cannot be sent, the run goes on without: " + e.getMessage());
            }
        }
    }

    private io.openlineage.client.OpenLineage.RunEvent event(
            EventType type,
            Lake lake,
            String runId,
            Optional<String> error,
            List<InputDataset> inputs,
            List<OutputDataset> outputs) {
        RunFacetsBuilder runFacets = facets.newRunFacetsBuilder()
                .processing_engine(facets.newProcessingEngineRunFacet(
                        lake.spark().version(), "spark", Build.current().version()))
                .tags(facets.newTagsRunFacet(
                        List.of(facets.newTagsRunFacetFields("lakeproof.run", runId, "lakeproof"))));
        error.ifPresent(why -> runFacets.errorMessage(facets.newErrorMessageRunFacet(why, "JAVA", null)));
        JobFacetsBuilder jobFacets = facets.newJobFacetsBuilder()
                .jobType(facets.newJobTypeJobFacetBuilder()
                        .processingType("BATCH")
                        .integration("LAKEPROOF")
                        .jobType("JOB")
                        .build());
        Build build = Build.current();
        build.commit()
                .ifPresent(commit -> jobFacets.sourceCodeLocation(facets.newSourceCodeLocationJobFacetBuilder()
                        .type("git")
                        .url(PRODUCER)
                        .version(commit)
                        .build()));
        return facets.newRunEventBuilder()
                .eventType(type)
                .eventTime(ZonedDateTime.now(ZoneOffset.UTC))
                .run(facets.newRun(run, runFacets.build()))
                .job(facets.newJob(namespace, lake.spec().name(), jobFacets.build()))
                .inputs(inputs)
                .outputs(outputs)
                .build();
    }

    private InputDataset landing(Lake lake, List<JsonNode> rules) {
        Name name = Name.of(lake.spec().source().path());
        DatasetFacetsBuilder about = facets.newDatasetFacetsBuilder();
        about.schema(schema(lake.spec().source().columns()));
        InputDatasetInputFacetsBuilder input = facets.newInputDatasetInputFacetsBuilder();
        if (!rules.isEmpty()) {
            input.dataQualityAssertions(facets.newDataQualityAssertionsDatasetFacet(rules.stream()
                    .map(rule -> facets.newDataQualityAssertionsDatasetFacetAssertionsBuilder()
                            .assertion(rule.get("rule").asText())
                            .success(rule.get("passed").asBoolean())
                            .build())
                    .toList()));
        }
        return facets.newInputDatasetBuilder()
                .namespace(name.namespace())
                .name(name.name())
                .facets(about.build())
                .inputFacets(input.build())
                .build();
    }

    private OutputDataset output(Lake lake, TableVersion table) {
        Name name = Name.of(table.path());
        StructType columns = lake.table(table.name()).at(table.deltaVersion()).schema();
        DatasetFacetsBuilder about = facets.newDatasetFacetsBuilder()
                .schema(schema(columns))
                .version(facets.newDatasetVersionDatasetFacet(String.valueOf(table.deltaVersion())));
        lake.spec().chains().stream()
                .filter(chain -> chain.tables().contains(table.name()))
                .forEach(chain -> about.columnLineage(lineage(lake, chain)));
        return facets.newOutputDatasetBuilder()
                .namespace(name.namespace())
                .name(name.name())
                .facets(about.build())
                .outputFacets(facets.newOutputDatasetOutputFacetsBuilder()
                        .outputStatistics(facets.newOutputStatisticsOutputDatasetFacetBuilder()
                                .rowCount(table.rows())
                                .build())
                        .build())
                .build();
    }

    private SchemaDatasetFacet schema(StructType columns) {
        return facets.newSchemaDatasetFacet(Stream.of(columns.fields())
                .map(field -> facets.newSchemaDatasetFacetFieldsBuilder()
                        .name(field.name())
                        .type(field.dataType().catalogString())
                        .build())
                .toList());
    }

    private ColumnLineageDatasetFacet lineage(Lake lake, Chain chain) {
        Name landing = Name.of(lake.spec().source().path());
        var fields = facets.newColumnLineageDatasetFacetFieldsBuilder();
        origins(lake, chain)
                .forEach((column, origin) -> fields.put(
                        column,
                        facets.newColumnLineageDatasetFacetFieldsAdditionalBuilder()
                                .inputFields(List.of(facets.newInputFieldBuilder()
                                        .namespace(landing.namespace())
                                        .name(landing.name())
                                        .field(origin)
                                        .build()))
                                .build()));
        return facets.newColumnLineageDatasetFacetBuilder()
                .fields(fields.build())
                .build();
    }

    /**
     * The column of the landing that each column of a chain's examples comes from, as the steps declare it. What an expression, a
     * join, SQL or a class of the user's own computes is left out: it is unknown.
     */
    static Map<String, String> origins(Lake lake, Chain chain) {
        Map<String, String> origins = new HashMap<>();
        StructType columns = lake.spec().source().columns();
        Stream.of(columns.fieldNames()).forEach(name -> origins.put(name, name));
        List<Step> steps = new ArrayList<>(lake.spec().transforms());
        steps.addAll(chain.isOutput() ? chain.transforms() : List.of());
        for (Step step : steps) {
            Map<?, ?> named = step.with().get("columns") instanceof Map<?, ?> map ? map : Map.of();
            switch (step.kind()) {
                case "rename" -> {
                    Map<String, String> before = new HashMap<>(origins);
                    origins.keySet().removeAll(named.keySet());
                    named.forEach((from, to) -> {
                        if (before.containsKey(from)) {
                            origins.put((String) to, before.get(from));
                        }
                    });
                }
                case "derive" -> origins.keySet().removeAll(named.keySet());
                case "select", "drop", "cast", "filter", "fill", "replace", "deduplicate", "join" -> {}
                default -> origins.clear();
            }
            columns = step.check(lake.spark(), columns).output();
            origins.keySet().retainAll(List.of(columns.fieldNames()));
        }
        return origins;
    }

    /** A dataset's name in the words of OpenLineage. */
    record Name(String namespace, String name) {
        static Name of(String place) {
            if (!place.contains("/")) {
                return new Name("spark-catalog", place);
            }
            URI uri = URI.create(place.replace(" ", "%20").replace("*", "%2A"));
            boolean local = uri.getAuthority() == null;
            return new Name(
                    local
                            ? Optional.ofNullable(uri.getScheme()).orElse("file")
                            : uri.getScheme() + "://" + uri.getAuthority(),
                    uri.getPath());
        }
    }
}
