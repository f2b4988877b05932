package io.lakeproof.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.train.Handover.Part;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training is told, held against the request bodies that Microsoft's own schemas describe. */
class HandoverTest {

    private static final Path SCHEMAS = Path.of("../../shared/checks/schemas/azureml");

    static final String COMMAND =
            """
            {"properties": {
              "jobType": "Command",
              "experimentName": "${lakeproof.dataset}",
              "command": "python train.py --train ${{inputs.train}} --fingerprint ${lakeproof.train.fingerprint}",
              "environmentId": "/subscriptions/s/providers/environments/sklearn/versions/1",
              "computeId": "/subscriptions/s/computes/cpu",
              "environmentVariables": {"LAKEPROOF_FOLDER": "${lakeproof.folder}"},
              "inputs": {
                "train": {"jobInputType": "mltable", "uri": "${lakeproof.train.mltable}", "mode": "Direct"},
                "test": {"jobInputType": "uri_folder", "uri": "${lakeproof.test.path}"},
                "version": {"jobInputType": "literal", "value": "${lakeproof.version}"}}}}
            """;

    private static final String PIPELINE =
            """
            {"properties": {
              "jobType": "Pipeline",
              "inputs": {"train": {"jobInputType": "mltable", "uri": "${lakeproof.train.asset}"}},
              "jobs": {"fit": {"type": "command", "command": "python fit.py"}},
              "settings": {"default_compute": "cpu"}}}
            """;

    private static final String SWEEP =
            """
            {"properties": {
              "jobType": "Sweep",
              "objective": {"goal": "Maximize", "primaryMetric": "auc"},
              "samplingAlgorithm": {"samplingAlgorithmType": "Random"},
              "searchSpace": {"rate": ["uniform", [0.01, 0.1]]},
              "trial": {"command": "python train.py --data ${{inputs.train}}", "environmentId": "azureml:e:1"},
              "inputs": {"train": {"jobInputType": "mltable", "uri": "${lakeproof.train.mltable}"}},
              "limits": {"jobLimitsType": "Sweep", "maxTotalTrials": 10}}}
            """;

    private static final String INVOCATION =
            """
            {"properties": {"InputData": {
              "train": {"JobInputType": "UriFolder", "Uri": "${lakeproof.train.path}"},
              "version": {"JobInputType": "Literal", "Value": "${lakeproof.version}"}}}}
            """;

    static Handover handover(String job, long version, String record, Optional<String> batchEndpoint) {
        AzureMl azureMl = new AzureMl(
                AzureMlStandIn.WORKSPACE,
                URI.create("https://management.azure.com"),
                "https://ml.azure.com",
                job,
                batchEndpoint.map(URI::create),
                Optional.empty(),
                "abfss://lake@account.dfs.core.windows.net/claims/training",
                Training.DataAsset.REGISTER,
                Training.Reader.MLTABLE,
                Training.Export.NONE,
                List.of());
        DatasetVersion published = new DatasetVersion(
                version,
                Instant.parse("2026-01-01T00:00:00Z"),
                "run-1",
                "attempt-1",
                List.of(),
                new Membership(List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), 0),
                "{}",
                record,
                Optional.empty(),
                Optional.empty());
        String lake = "abfss://lake@account.dfs.core.windows.net/claims/";
        return new Handover(
                "claims",
                published,
                List.of(
                        new Part("train", lake + "train", 4, 800, "lp1:" + "a".repeat(64)),
                        new Part("test", lake + "it's \"test\"", 5, 200, "lp1:" + "b".repeat(64))),
                azureMl);
    }

    private static Handover handover(String job) {
        return handover(job, 3, "d".repeat(64), Optional.empty());
    }

    private static JsonSchema schema(String root) throws IOException {
        Path file = SCHEMAS.resolve("aml-2024-04-01.strict.schema.json");
        boolean there = Files.exists(file);
        if (!there) {
            System.err.println("SKIPPED: " + file + " is not here, request bodies are not held against it");
        }
        assumeTrue(there, file + " is not here");
        ObjectNode schema = Json.object().put("$schema", "http://json-schema.org/draft-07/schema#");
        schema.set("definitions", Json.parse(Files.readString(file)).get("definitions"));
        schema.putArray("allOf").addObject().put("$ref", "#/definitions/" + root);
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
    }

    @ParameterizedTest
    @ValueSource(strings = {COMMAND, PIPELINE, SWEEP})
    void the_body_of_a_job_is_as_its_schema_says(String job) throws IOException {
        assertThat(schema("PutJob").validate(handover(job).body())).isEmpty();
    }

    @Test
    void the_examples_body_is_as_its_schema_says_and_names_what_lies_in_the_workspace() throws IOException {
        ObjectNode body = handover(Files.readString(Path.of("../examples/iris/azure/train-job.json")))
                .body();
        assertThat(schema("PutJob").validate(body)).isEmpty();
        assertThat(body.at("/properties/computeId").asText()).isEqualTo(AzureMlStandIn.WORKSPACE + "/computes/cpu");
    }

    @Test
    void the_schema_would_notice_a_wrong_body() throws IOException {
        ObjectNode body = handover(COMMAND).body();
        ((ObjectNode) body.get("properties")).put("tagz", "x");
        assertThat(schema("PutJob").validate(body)).isNotEmpty();
    }

    @Test
    void the_bodies_of_the_data_assets_are_as_their_schema_says() throws IOException {
        JsonSchema schema = schema("PutDataVersion");
        assertThat(handover(COMMAND).assets()).hasSize(3).allSatisfy(asset -> assertThat(schema.validate(asset.body()))
                .isEmpty());
    }

    @Test
    void the_body_of_an_invocation_is_as_its_schema_says_and_holds_nothing_of_ours() throws IOException {
        Path file = SCHEMAS.resolve("batch-endpoint-invoke.schema.json");
        assumeTrue(Files.exists(file), file + " is not here");
        JsonNode body = handover(INVOCATION, 3, "d".repeat(64), Optional.of("https://e.inference.ml.azure.com/jobs"))
                .body();
        assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
                        .getSchema(Files.readString(file))
                        .validate(body))
                .isEmpty();
        assertThat(body.at("/properties/InputData/version/Value").asText()).isEqualTo("3");
    }

    @Test
    void placeholders_are_filled_in_and_azures_own_are_left() {
        JsonNode properties = handover(COMMAND).body().get("properties");
        assertThat(properties.get("command").asText())
                .isEqualTo("python train.py --train ${{inputs.train}} --fingerprint lp1:" + "a".repeat(64));
        assertThat(properties.at("/inputs/train/uri").asText())
                .isEqualTo("abfss://lake@account.dfs.core.windows.net/claims/training/v3/train");
        assertThat(properties.at("/environmentVariables/LAKEPROOF_FOLDER").asText())
                .isEqualTo("abfss://lake@account.dfs.core.windows.net/claims/training/v3");
        assertThat(handover(PIPELINE).body().at("/properties/inputs/train/uri").asText())
                .isEqualTo(AzureMlStandIn.WORKSPACE + "/data/claims-train/versions/3");
    }

    @Test
    void a_command_finds_what_it_was_handed_even_if_its_author_forgot_to_say() {
        String place = "abfss://lake@account.dfs.core.windows.net/claims/training/v3/lakeproof.json";
        JsonNode command = handover(COMMAND).body().get("properties");
        assertThat(command.at("/tags/lakeproof-handover").asText()).isEqualTo(place);
        assertThat(command.at("/environmentVariables/LAKEPROOF_HANDOVER").asText())
                .isEqualTo(place);
        assertThat(handover(SWEEP)
                        .body()
                        .at("/properties/trial/environmentVariables/LAKEPROOF_HANDOVER")
                        .asText())
                .isEqualTo(place);
        assertThat(handover(COMMAND.replace("LAKEPROOF_FOLDER", "LAKEPROOF_HANDOVER"))
                        .body()
                        .at("/properties/environmentVariables/LAKEPROOF_HANDOVER")
                        .asText())
                .endsWith("/v3");
    }

    @Test
    void a_version_without_a_part_that_the_body_names_is_refused() {
        assertThatThrownBy(() -> handover(COMMAND.replace("test.path", "validation.path"))
                        .body())
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessage(
                        "training.azure-ml.job: version 3 has no ${lakeproof.validation.path}; train on a version with"
                                + " that part, or leave it out");
    }

    @Test
    void a_jobs_name_is_the_same_for_the_same_and_another_for_any_other_version_record_or_body() {
        String name = handover(COMMAND).jobName(1);
        assertThat(name).matches("lakeproof-claims-v3-[0-9a-f]{12}").hasSizeLessThan(255);
        assertThat(handover(COMMAND).jobName(1)).isEqualTo(name);
        assertThat(handover(COMMAND).jobName(2)).isEqualTo(name + "-2");
        assertThat(handover(COMMAND.replace("\n", "\n\n")).jobName(1)).isEqualTo(name);
        assertThat(handover(COMMAND.replace("cpu", "gpu")).jobName(1)).isNotEqualTo(name);
        assertThat(handover(COMMAND, 4, "d".repeat(64), Optional.empty()).jobName(1))
                .isNotEqualTo(name);
        assertThat(handover(COMMAND, 3, "e".repeat(64), Optional.empty()).jobName(1))
                .isNotEqualTo(name);
    }

    @Test
    void a_table_of_an_output_has_a_folder_of_its_own_and_an_asset_without_a_slash() {
        Handover made = handover(COMMAND);
        Part part = new Part("sessions/train", made.parts().get(0).location(), 0, 1, "lp1:" + "c".repeat(64));
        Handover handover = new Handover(made.dataset(), made.version(), List.of(part), made.azureMl());
        assertThat(handover.files()).containsKey("sessions/train/MLTable");
        assertThat(handover.assets())
                .extracting(Handover.Asset::name)
                .containsExactly(made.dataset(), made.dataset() + "-sessions-train");
    }

    @Test
    void an_mltable_pins_the_delta_version() {
        assertThat(handover(COMMAND).files().get("test/MLTable"))
                .isEqualTo(
                        """
                        $schema: https://azuremlschemas.azureedge.net/latest/MLTable.schema.json
                        type: mltable
                        paths:
                          - folder: "abfss://lake@account.dfs.core.windows.net/claims/it's \\"test\\""
                        transformations:
                          - read_delta_lake:
                              version_as_of: 5
                        """);
    }

    @Test
    void a_reader_that_knows_too_little_is_refused_with_what_it_lacks() {
        assertThat(Handover.unreadable("train", 1, List.of("appendOnly", "invariants")))
                .isEmpty();
        assertThat(Handover.unreadable("train", 3, List.of("deletionVectors", "appendOnly")))
                .contains("part train asks for Delta reader version 3 (deletionVectors)");
        assertThatThrownBy(() -> Handover.refuse(List.of("part train asks for Delta reader version 3")))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("export: parquet");
    }
}
