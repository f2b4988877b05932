package io.lakeproof.jobs.train;

import com.azure.core.http.HttpMethod;
import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.train.AzureHttp.Answer;
import io.lakeproof.jobs.train.AzureHttp.NoAnswer;
import io.lakeproof.jobs.train.Workspace.Job;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** A batch endpoint, which starts a job each time it is invoked and can't be asked whether it has. */
final class BatchEndpoint {

    private final URI address;
    private final Map<String, String> headers;
    private final String workspace;
    private final AzureHttp http;

    BatchEndpoint(AzureMl azureMl, Map<String, String> env, Pace pace) {
        address = azureMl.batchEndpoint().orElseThrow();
        headers = azureMl.deployment()
                .map(name -> Map.of("azureml-model-deployment", name))
                .orElse(Map.of());
        workspace = azureMl.workspace();
        http = new AzureHttp(env, address, azureMl.audience(), pace);
    }

    /**
     * What became of an invocation.
     *
     * @param job the job that it started; absent: none
     * @param refused why there is none
     */
    record Outcome(Optional<Job> job, String refused) {}

    /**
     * Invokes the endpoint, once.
     *
     * @throws Failure.Remote when nobody knows whether a job was started
     */
    Outcome invoke(JsonNode body) {
        String unknown;
        try {
            Answer answer = http.sendOnce(HttpMethod.POST, address.toString(), body, headers);
            String name = answer.body().path("name").asText("");
            if (answer.isGood() && !name.isEmpty()) {
                return new Outcome(
                        Optional.of(new Job(workspace + "/jobs/" + name, name, "NotStarted", Optional.empty())), "");
            }
            if (answer.status() >= 400 && answer.status() < 500) {
                return new Outcome(Optional.empty(), answer.error());
            }
            unknown = address.getHost() + " answers " + answer.error();
        } catch (NoAnswer e) {
            unknown = e.getMessage();
        }
        throw new Failure.Remote(
                "%s: nobody knows whether it started a job. Look at the endpoint's jobs; start one with --again only if there is none."
                        .formatted(unknown),
                null);
    }
}
