package io.lakeproof.jobs.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Seed;
import io.lakeproof.jobs.train.AzureMlStandIn.Fault;
import io.lakeproof.lineage.Json;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs that hand the same versions over at the same time, over a service that fails in every way it can, until each has its
 * training: there is one for each. {@code -Dlakeproof.seed} repeats a schedule, {@code -Dlakeproof.schedules} says how many.
 */
class FaultScheduleTest {

    private static final int VERSIONS = 2;
    private static final int RUNS = 3;
    private static final Pace HURRIED = new Pace(2, Duration.ofMillis(1), Duration.ofMillis(700), Duration.ofMillis(1));

    @Tag("ci")
    @Test
    void every_schedule_of_faults_ends_with_one_training_per_version() throws Exception {
        for (int i = 0; i < Integer.getInteger("lakeproof.schedules", 20); i++) {
            try {
                // Each by a seed of its own, so that one that failed can be run first and alone.
                schedule(new Random(Seed.CHOSEN + i));
            } catch (Throwable e) {
                throw new AssertionError("-Dlakeproof.schedules=1 -Dlakeproof.seed=" + (Seed.CHOSEN + i), e);
            }
        }
    }

    private static void schedule(Random random) throws Exception {
        ExecutorService runs = Executors.newFixedThreadPool(RUNS);
        try (AzureMlStandIn azure = new AzureMlStandIn()) {
            Fault[] faults = Fault.values();
            int troubles = 5 + random.nextInt(25);
            for (int i = 0; i < troubles; i++) {
                Fault fault = faults[random.nextInt(faults.length)];
                // Each of these takes a second; the others try the same code.
                boolean slow = fault == Fault.SLOW || fault == Fault.THROTTLED;
                azure.then(slow && random.nextInt(10) > 0 ? Fault.LOST : fault);
            }
            List<Callable<String>> handovers = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                for (int version = 1; version <= VERSIONS; version++) {
                    Handover handover =
                            HandoverTest.handover(HandoverTest.COMMAND, version, "d".repeat(64), Optional.empty());
                    handovers.add(() -> untilStarted(azure, handover));
                }
            }
            List<String> jobs = new ArrayList<>();
            for (Future<String> started : runs.invokeAll(handovers)) {
                jobs.add(started.get());
            }
            assertThat(azure.started()).as("jobs started").isEqualTo(VERSIONS);
            assertThat(jobs).hasSize(RUNS * VERSIONS);
            assertThat(azure.jobs().keySet()).containsExactlyInAnyOrderElementsOf(List.copyOf(new TreeSet<>(jobs)));
        } finally {
            runs.shutdownNow();
        }
    }

    /** A scheduler that starts the run again whenever it ends with an error. */
    private static String untilStarted(AzureMlStandIn azure, Handover handover) {
        for (int attempt = 1; attempt <= 100; attempt++) {
            var azureMl = handover.azureMl();
            Workspace workspace = new Workspace(
                    new io.lakeproof.jobs.spec.Training.AzureMl(
                            azureMl.workspace(),
                            URI.create(azure.endpoint()),
                            azureMl.audience(),
                            azureMl.job(),
                            azureMl.batchEndpoint(),
                            azureMl.deployment(),
                            azureMl.folder(),
                            azureMl.dataAsset(),
                            azureMl.reader(),
                            azureMl.export(),
                            azureMl.models()),
                    new AzureHttp(Entra.running().env(), URI.create(azure.endpoint()), azure.endpoint(), HURRIED));
            try {
                for (Handover.Asset asset : handover.assets()) {
                    workspace.register(
                            asset.name(), String.valueOf(handover.version().version()), asset.body());
                }
                return workspace.start(handover.jobName(1), handover.body()).name();
            } catch (Failure.Remote e) {
                // Tried again, as a new process would.
            }
        }
        throw new AssertionError("no training after 100 attempts");
    }

    @Test
    void a_batch_endpoint_is_invoked_once_and_never_again_by_itself() throws Exception {
        ObjectNode body = (ObjectNode) Json.parse("{\"properties\": {\"InputData\": {}}}");
        for (Fault fault : List.of(
                Fault.LOST, Fault.CUT, Fault.CARRIED_OUT_BUT_BROKEN, Fault.DROPPED, Fault.BROKEN, Fault.UNAVAILABLE)) {
            try (AzureMlStandIn azure = new AzureMlStandIn()) {
                BatchEndpoint endpoint = endpoint(azure);
                azure.then(fault);
                assertThat(catchRemote(() -> endpoint.invoke(body)))
                        .as(fault.name())
                        .contains("nobody knows whether it started a job", "--again only if there is none");
                assertThat(azure.requests()).hasSize(1);
            }
        }
    }

    @Test
    void a_batch_endpoints_refusal_is_told_apart_from_a_lost_answer() throws Exception {
        ObjectNode body = (ObjectNode) Json.parse("{\"properties\": {\"InputData\": {}}}");
        try (AzureMlStandIn azure = new AzureMlStandIn()) {
            azure.then(Fault.FORBIDDEN, Fault.THROTTLED);
            assertThat(endpoint(azure).invoke(body).refused()).isEqualTo("HTTP 403, The client may not do that.");
            assertThat(endpoint(azure).invoke(body).job()).isEmpty();
            assertThat(azure.invocations()).isEmpty();
            Workspace.Job job = endpoint(azure).invoke(body).job().orElseThrow();
            assertThat(job.id()).isEqualTo(AzureMlStandIn.WORKSPACE + "/jobs/batchjob-1");
            assertThat(azure.invocations()).containsExactly(body);
        }
    }

    private static BatchEndpoint endpoint(AzureMlStandIn azure) {
        return new BatchEndpoint(
                HandoverTest.handover("{}", 1, "d".repeat(64), Optional.of(azure.endpoint() + "/jobs"))
                        .azureMl(),
                Entra.running().env(),
                HURRIED);
    }

    private static String catchRemote(Runnable action) {
        try {
            action.run();
        } catch (Failure.Remote e) {
            return e.getMessage();
        }
        throw new AssertionError("nothing was thrown");
    }
}
