package io.lakeproof.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.train.AzureMlStandIn.Fault;
import io.lakeproof.jobs.train.Workspace.Job;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a workspace may answer, over HTTP, and that there is one job however it does. */
class WorkspaceTest {

    static final Pace QUICK = new Pace(6, Duration.ofMillis(5), Duration.ofSeconds(1), Duration.ofMillis(5));

    private static final ObjectNode BODY =
            (ObjectNode) Json.parse("{\"properties\": {\"jobType\": \"Command\", \"command\": \"c\"}}");

    private AzureMlStandIn azure;

    @BeforeEach
    void listen() throws IOException {
        azure = new AzureMlStandIn();
    }

    @AfterEach
    void stop() {
        azure.close();
    }

    private Workspace workspace(Map<String, String> env) {
        return workspace(env, azure.endpoint());
    }

    private static Workspace workspace(Map<String, String> env, String endpoint) {
        AzureMl azureMl = new AzureMl(
                AzureMlStandIn.WORKSPACE,
                URI.create(endpoint),
                "https://ml.azure.com",
                "{}",
                Optional.empty(),
                Optional.empty(),
                "file:/lake/training",
                Training.DataAsset.REGISTER,
                Training.Reader.MLTABLE,
                Training.Export.NONE,
                List.of());
        return new Workspace(azureMl, new AzureHttp(env, azureMl.endpoint(), endpoint, QUICK));
    }

    private Workspace workspace() {
        return workspace(Entra.running().env());
    }

    @Test
    void a_job_is_created_once_and_found_from_then_on() {
        Job first = workspace().start("a", BODY.deepCopy());
        Job second = workspace().start("a", BODY.deepCopy());
        assertThat(first.status()).isEqualTo("NotStarted");
        assertThat(first.page()).contains("https://ml.azure.com/runs/a");
        assertThat(second.id()).isEqualTo(first.id()).isEqualTo(AzureMlStandIn.WORKSPACE + "/jobs/a");
        assertThat(azure.started()).isEqualTo(1);
        assertThat(azure.requests()).containsExactly("GET /jobs/a", "PUT /jobs/a", "GET /jobs/a");
    }

    @Test
    void the_token_is_asked_of_the_credential_chain_for_the_endpoint_alone() {
        workspace().find("a");
        assertThat(Entra.running().asked())
                .anyMatch(form -> form.contains("grant_type=client_credentials")
                        && form.contains("http%3A%2F%2F127.0.0.1%3A"
                                + URI.create(azure.endpoint()).getPort() + "%2F.default"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"NONE", "THROTTLED", "BROKEN", "UNAVAILABLE", "DROPPED", "CUT", "SLOW", "LOST"})
    void a_first_look_that_goes_wrong_is_taken_again(Fault fault) {
        azure.then(fault);
        assertThat(workspace().start("a", BODY.deepCopy()).name()).isEqualTo("a");
        assertThat(azure.started()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {
                "THROTTLED",
                "BROKEN",
                "UNAVAILABLE",
                "DROPPED",
                "LOST",
                "CUT",
                "CARRIED_OUT_BUT_BROKEN",
                "CARRIED_OUT_BUT_REFUSED",
                "SLOW",
                "CONFLICT"
            })
    void a_creation_that_goes_wrong_ends_with_one_job(Fault fault) {
        azure.then(Fault.NONE, fault);
        assertThat(workspace().start("a", BODY.deepCopy()).name()).isEqualTo("a");
        assertThat(azure.started()).isEqualTo(1);
    }

    @Test
    void an_answer_that_is_no_job_is_none() {
        String foreign =
                "127.0.0.1 was asked to %s job a and answered what no workspace does (HTTP 200). Correct training.azure-ml.endpoint, or look for a proxy that answers in its place.";
        azure.then(Fault.FOREIGN, Fault.NONE, Fault.FOREIGN, Fault.NONE);
        assertThatThrownBy(() -> workspace().start("a", BODY.deepCopy())).hasMessage(foreign.formatted("read"));
        assertThatThrownBy(() -> workspace().start("a", BODY.deepCopy())).hasMessage(foreign.formatted("create"));
        assertThat(azure.started()).isZero();
        assertThat(workspace().start("a", BODY.deepCopy()).name()).isEqualTo("a");
    }

    @Test
    void a_service_that_wants_to_be_left_alone_for_long_is() {
        azure.then(Fault.NONE, Fault.TOMORROW);
        assertThatThrownBy(() -> workspace().start("a", BODY.deepCopy()))
                .hasMessageContaining("(HTTP 429, Slow down., and asks to wait for 86400 s)");
        assertThat(azure.requests()).containsExactly("GET /jobs/a", "PUT /jobs/a");
    }

    @Test
    void a_throttled_request_waits_as_long_as_it_is_told() {
        azure.then(Fault.THROTTLED);
        long began = System.nanoTime();
        assertThat(workspace().find("a")).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(950));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    UNAUTHORIZED | Workspace ws would not create job a (HTTP 401, The token is not valid). Use an identity of the workspace's tenant (AZURE_TENANT_ID).
                    FORBIDDEN    | Workspace ws would not create job a (HTTP 403, The client may not do that). Give the identity the role 'AzureML Data Scientist' on the workspace.
                    """)
    void what_is_refused_is_told_with_a_remedy(Fault fault, String message) {
        azure.then(Fault.NONE, fault);
        assertThatThrownBy(() -> workspace().start("a", BODY.deepCopy()))
                .isInstanceOf(Failure.Remote.class)
                .hasMessage(message);
        assertThat(azure.started()).isZero();
    }

    @Test
    void a_service_that_stays_broken_ends_the_patience() {
        azure.then(Fault.BROKEN, Fault.BROKEN, Fault.BROKEN, Fault.BROKEN, Fault.BROKEN, Fault.BROKEN, Fault.BROKEN);
        assertThatThrownBy(() -> workspace().start("a", BODY.deepCopy()))
                .isInstanceOf(Failure.Remote.class)
                .hasMessage(
                        "Workspace ws would not read job a (HTTP 500, Something broke). Try again: what was started already is found, not started twice.");
    }

    @Test
    void a_service_that_is_not_there_is_told() {
        String endpoint = azure.endpoint();
        azure.close();
        assertThatThrownBy(() -> workspace(Entra.running().env(), endpoint).find("a"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("127.0.0.1 does not answer (")
                .hasMessageEndingWith("Try again: what was started already is found, not started twice.");
    }

    @Test
    void a_wrong_secret_is_told_and_never_shown() {
        Map<String, String> env = new HashMap<>(Entra.running().env());
        env.put("AZURE_CLIENT_SECRET", "s3cr3t");
        assertThatThrownBy(() -> workspace(env).find("a"))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageStartingWith("Azure gave no token: ")
                .hasMessageContaining("AADSTS7000215: Invalid client secret provided.")
                .hasMessageMatching("[^\\n]{100,400}")
                .hasMessageNotContaining("s3cr3t");
        assertThat(azure.requests()).isEmpty();
    }

    @Test
    void a_data_asset_is_registered_once_and_never_changed() {
        ObjectNode body = Json.object();
        body.putObject("properties")
                .put("dataType", "uri_folder")
                .put("dataUri", "file:/x")
                .putObject("tags")
                .put(Handover.RECORD, "abc");
        azure.then(Fault.NONE, Fault.LOST);
        String id = workspace().register("claims", "3", body);
        assertThat(workspace().register("claims", "3", body))
                .isEqualTo(id)
                .isEqualTo(AzureMlStandIn.WORKSPACE + "/data/claims/versions/3");
        ((ObjectNode) body.at("/properties/tags")).put(Handover.RECORD, "other");
        assertThatThrownBy(() -> workspace().register("claims", "3", body))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageContaining("claims:3 is there already and is of another record (abc, not other)");
        azure.then(Fault.NONE, Fault.FOREIGN);
        assertThatThrownBy(() -> workspace().register("claims", "4", body))
                .hasMessageContaining("asked to register data asset claims:4 and answered what no workspace does");
    }

    @Test
    void the_models_are_those_that_the_job_made() {
        azure.model("risk", "1", "other").model("risk", "2", "a").model("price", "7", "a");
        assertThat(workspace().models("a", "abc"))
                .containsExactly(new Workspace.Model("risk", "2"), new Workspace.Model("price", "7"));
    }
}
