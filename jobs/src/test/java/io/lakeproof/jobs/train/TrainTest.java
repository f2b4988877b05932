package io.lakeproof.jobs.train;

import static io.lakeproof.jobs.TestDataset.csv;
import static io.lakeproof.jobs.train.AzureMlStandIn.WORKSPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.TestDataset;
import io.lakeproof.jobs.train.AzureMlStandIn.Fault;
import io.lakeproof.jobs.train.Train.Earlier;
import io.lakeproof.jobs.train.Train.Until;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Trainings.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real lake, and a workspace on the loopback: what a run and the command `train` do with them. */
class TrainTest {

    private static final String JOB =
            """
            {"properties": {
              "jobType": "Command",
              "command": "python train.py --data ${{inputs.train}} --version ${lakeproof.version}",
              "environmentId": "azureml:sklearn:1",
              "inputs": {"train": {"jobInputType": "mltable", "uri": "${lakeproof.train.mltable}"}},
              "tags": {"team": "pricing"}}}
            """;

    /** Three versions with 100, 140 and 150 examples, and a fourth of the same 150, rebuilt. */
    @TempDir
    private static Path dir;

    private static TestDataset dataset;
    private static int tests;

    private final List<String> progress = new ArrayList<>();
    private AzureMlStandIn azure;
    private Path handovers;

    @BeforeAll
    static void publish() {
        dataset = TestDataset.in(dir);
        dataset.drop("a.csv", csv(0, 100)).run();
        dataset.drop("b.csv", csv(100, 140)).run();
        dataset.drop("c.csv", csv(140, 150)).run();
        dataset.change("seed: 7", "seed: 8").run();
    }

    @BeforeEach
    void listen() throws IOException {
        azure = new AzureMlStandIn();
        handovers = dir.resolve("handovers-" + ++tests);
        Files.writeString(dir.resolve("train-job.json"), JOB);
        training(dataset, "");
    }

    /** @param more keys of azure-ml, each on a line with four spaces before it, or of training, with two */
    private void training(TestDataset dataset, String more) {
        dataset.spec(TestDataset.SPEC.replace("root: ${ROOT}", "root: ${ROOT}\n  lineage/trainings: trainings-" + tests)
                + """
                training:
                  azure-ml:
                    workspace: %s
                    endpoint: %s
                    folder: %s
                    job: train-job.json
                """
                        .formatted(WORKSPACE, azure.endpoint(), handovers)
                + more);
    }

    @AfterEach
    void stop() {
        azure.close();
    }

    private Train.Options options(Until until, Earlier earlier) {
        return new Train.Options(Entra.running().env(), until, earlier, "test", (Progress) progress::add);
    }

    private Train.Result train(String version, Until until) {
        return Train.on(dataset.lake(), dataset.version(version), options(until, Earlier.FOLLOW), WorkspaceTest.QUICK);
    }

    /** What a run does at its end. */
    private Optional<Train.Result> after(Run.Status status, long version) {
        Run.Result run = new Run.Result(
                "claims", status, version, "test", List.of(), 0, 0, List.of(), List.of(), List.of(), List.of());
        return Train.after(dataset.lake(), run, options(Until.STARTED, Earlier.FOLLOW), WorkspaceTest.QUICK);
    }

    private Optional<Train.Result> published(long version) {
        return after(Run.Status.PUBLISHED, version);
    }

    private Optional<Train.Result> nothingNew(long version) {
        return after(Run.Status.NOTHING_NEW, version);
    }

    private List<String> rows() {
        return dataset.lake().trainings().all().stream()
                .map(entry -> entry.version() + " " + entry.fact().status().text()
                        + entry.fact().model().map(model -> " " + model).orElse(""))
                .toList();
    }

    @Test
    void a_published_version_is_trained_on_once_and_told_what_it_is() throws IOException {
        Train.Result started = published(1).orElseThrow();
        assertThat(started.problem()).isEmpty();
        assertThat(started.status()).contains(Status.STARTED);
        assertThat(started.reason()).isEqualTo("training.when is always");
        DatasetVersion version = dataset.version("1");
        String name = azure.jobs().keySet().iterator().next();
        assertThat(name).matches("lakeproof-claims-v1-[0-9a-f]{12}");
        assertThat(started.job()).contains(WORKSPACE + "/jobs/" + name);
        JsonNode job = azure.jobs().get(name).get("properties");
        assertThat(job.get("command").asText()).isEqualTo("python train.py --data ${{inputs.train}} --version 1");
        assertThat(job.at("/inputs/train/uri").asText()).isEqualTo("file:" + handovers + "/v1/train");
        assertThat(job.at("/tags/team").asText()).isEqualTo("pricing");
        assertThat(job.at("/tags/lakeproof-version").asText()).isEqualTo("1");
        assertThat(job.at("/tags/lakeproof-record").asText()).isEqualTo(version.digest());
        String fingerprint = version.table("train").orElseThrow().fingerprint();
        JsonNode manifest = Json.parse(Files.readString(handovers.resolve("v1/lakeproof.json")));
        assertThat(manifest.at("/parts/train/fingerprint").asText()).isEqualTo(fingerprint);
        assertThat(Files.readString(handovers.resolve("v1/train/MLTable")))
                .contains(
                        "/lake/train\"",
                        "version_as_of: " + version.table("train").orElseThrow().deltaVersion());
        assertThat(azure.data().keySet()).containsExactly("claims:1", "claims-train:1", "claims-test:1");
        assertThat(azure.data()
                        .get("claims:1")
                        .at("/properties/tags/lakeproof-fingerprint-train")
                        .asText())
                .isEqualTo(fingerprint);
        assertThat(nothingNew(1)).isEmpty();
        assertThat(azure.started()).isEqualTo(1);
        assertThat(rows()).containsExactly("1 started");
    }

    @Test
    void a_run_that_died_after_it_asked_for_the_job_leaves_it_to_be_found() {
        published(1);
        String job = azure.jobs().keySet().iterator().next();
        // The same lake without the row that the run did not get to write.
        tests++;
        training(dataset, "");
        assertThat(rows()).isEmpty();
        assertThat(nothingNew(1).orElseThrow().job().orElseThrow()).endsWith(job);
        assertThat(azure.started()).isEqualTo(1);
        assertThat(rows()).containsExactly("1 started");
    }

    @Tag("long")
    @Test
    void waiting_follows_to_the_end_and_records_the_models() {
        azure.goesOn("Preparing", "Queued", "Running", "NotResponding", "Running", "SomethingNew", "Completed");
        String name = train("1", Until.STARTED).job().orElseThrow().replaceFirst(".*/", "");
        azure.model("risk", "7", name).model("risk", "6", "another");
        Train.Result ended = train("1", Until.ENDED);
        assertThat(ended.status()).contains(Status.COMPLETED);
        assertThat(ended.models()).containsExactly(new Train.Result.Model("risk", "7"));
        assertThat(progress).contains("training " + name + ": Queued", "training " + name + ": SomethingNew");
        assertThat(azure.started()).isEqualTo(1);
        assertThat(rows()).containsExactly("1 started", "1 completed risk");
        assertThat(dataset.lake().trainings().find("risk", Optional.of("7")).map(Entry::version))
                .contains(1L);
        assertThat(train("1", Until.ENDED).status()).contains(Status.COMPLETED);
        assertThat(rows()).hasSize(2);
    }

    @Test
    void a_failed_job_is_told_and_only_again_starts_another() {
        azure.goesOn("Failed");
        Train.Result failed = train("1", Until.ENDED);
        assertThat(failed.problem().orElseThrow()).isInstanceOf(Failure.Remote.class);
        assertThat(failed.problem().orElseThrow().getMessage())
                .matches("training job lakeproof-claims-v1-\\w{12} failed: https://ml.azure.com/runs/.*"
                        + " Start another with `lakeproof train .*dataset.yaml 1 --again`\\.");
        assertThat(train("1", Until.ENDED).problem()).isPresent();
        assertThat(azure.started()).isEqualTo(1);
        azure.goesOn("Canceled");
        Train.Result again = Train.on(
                dataset.lake(), dataset.version("1"), options(Until.ENDED, Earlier.LEAVE), WorkspaceTest.QUICK);
        assertThat(again.problem().orElseThrow().getMessage()).contains(" was canceled");
        assertThat(again.job().orElseThrow()).endsWith("-2");
        assertThat(azure.started()).isEqualTo(2);
        assertThat(rows()).containsExactly("1 started", "1 failed", "1 started", "1 canceled");
    }

    @Test
    void a_version_whose_hand_over_failed_is_handed_over_by_the_next_run() {
        azure.then(Fault.FORBIDDEN);
        Train.Result failed = published(1).orElseThrow();
        assertThat(failed.status()).isEmpty();
        assertThat(failed.problem().orElseThrow().exitCode()).isEqualTo(5);
        assertThat(failed.problem().orElseThrow().getMessage())
                .startsWith(
                        "version 1 is published, but not handed over: Workspace ws would not read data asset claims:1 (HTTP 403");
        assertThat(rows()).isEmpty();
        assertThat(nothingNew(1).orElseThrow().status()).contains(Status.STARTED);
        assertThat(azure.started()).isEqualTo(1);
    }

    @Tag("long")
    @Test
    void nobody_waits_for_a_training_and_a_later_run_notes_how_it_ended() {
        azure.goesOn("Running", "Completed");
        assertThat(published(1)).isPresent();
        azure.goesOn("Running");
        assertThat(published(2)).isPresent();
        assertThat(nothingNew(2)).isEmpty();
        assertThat(rows()).containsExactly("1 started", "2 started", "1 completed");

        azure.then(Fault.FORBIDDEN);
        Train.Result unknown = nothingNew(2).orElseThrow();
        assertThat(unknown.problem()).isEmpty();
        assertThat(unknown.status()).contains(Status.STARTED);
        assertThat(unknown.notes()).singleElement().asString().contains(" is unknown: Workspace ws would not read job");

        azure.forget(unknown.job().orElseThrow().replaceFirst(".*/", ""));
        assertThat(nothingNew(2).orElseThrow().notes())
                .singleElement()
                .asString()
                .contains(" of version 2 is no longer in the workspace: how it ended is unknown");
        assertThat(rows()).endsWith("2 failed");
        assertThat(nothingNew(2)).isEmpty();
        assertThat(dataset.lake().trainings().all().get(3).fact().reason()).contains("the workspace no longer has it");
    }

    @Test
    void a_training_that_failed_while_nobody_waited_is_told_by_the_next_run() {
        azure.goesOn("Failed");
        assertThat(published(1).orElseThrow().notes()).noneMatch(note -> note.contains("failed"));
        Train.Result told = nothingNew(1).orElseThrow();
        assertThat(told.problem()).isEmpty();
        assertThat(told.notes()).singleElement().asString().matches("training job \\S+ failed: .*/runs/.*--again`\\.");
        assertThat(rows()).containsExactly("1 started", "1 failed");
        assertThat(nothingNew(1)).isEmpty();
    }

    @Tag("long")
    @Test
    void by_rows_a_version_is_trained_on_when_enough_examples_are_new() {
        training(dataset, "  when: on-rows\n  rows: 50%\n");
        assertThat(published(1).orElseThrow().reason()).isEqualTo("no earlier version was trained on");
        Train.Result skipped = published(2).orElseThrow();
        assertThat(skipped.status()).contains(Status.SKIPPED);
        assertThat(skipped.reason()).isEqualTo("40 new examples since version 1, fewer than 50 (training.rows: 50%)");
        assertThat(published(3).orElseThrow().reason())
                .isEqualTo("50 new examples since version 1, at least 50 (training.rows: 50%)");
        assertThat(azure.started()).isEqualTo(2);
        // Rebuilt: no example of it was trained on.
        assertThat(published(4).orElseThrow().reason())
                .isEqualTo("150 new examples since version 3, at least 75 (training.rows: 50%)");
        assertThat(rows()).containsExactly("1 started", "2 skipped", "3 started", "4 started");
    }

    @Tag("long")
    @Test
    void by_drift_a_version_is_trained_on_when_train_is_no_longer_what_was_trained_on(@TempDir Path folder)
            throws IOException {
        TestDataset moving = TestDataset.in(folder);
        training(moving, "  when: on-drift\n  drift: 0.2\n");
        Files.writeString(folder.resolve("train-job.json"), JOB);
        List<Train.Result> results = new ArrayList<>();
        String[] batches = {
            csv(0, 400),
            csv(400, 440),
            csv(500, 800).replaceAll("(?m)^(\\d+),", "$1,9"),
            csv(2_000, 2_010),
            csv(3_000, 3_010)
        };
        for (int i = 0; i < batches.length; i++) {
            moving.drop(i + ".csv", batches[i]);
            Run.Result run = moving.run();
            if (i == 4) {
                // What the last training had learned from was cleaned up.
                moving.lake()
                        .retirements()
                        .put(moving.version("3"), "a test", Stamp.of("claims", "test"), Instant.now());
            }
            results.add(Train.after(moving.lake(), run, options(Until.STARTED, Earlier.FOLLOW), WorkspaceTest.QUICK)
                    .orElseThrow());
        }
        assertThat(results.get(0).reason()).isEqualTo("no earlier version was trained on");
        assertThat(results.get(1).status()).contains(Status.SKIPPED);
        assertThat(results.get(1).reason())
                .matches(
                        "train drifted since version 1 by 0\\.0\\d+ at the most, in \\w+, less than 0\\.2 \\(training\\.drift\\)");
        assertThat(results.get(2).status()).contains(Status.STARTED);
        assertThat(results.get(2).reason())
                .matches(
                        "train drifted since version 1, amount by 0\\.[34]\\d*, at least 0\\.2 \\(training\\.drift\\)");
        assertThat(results.get(3).status()).contains(Status.SKIPPED);
        assertThat(results.get(3).reason()).startsWith("train drifted since version 3 by 0.0");
        assertThat(results.get(4).reason())
                .isEqualTo("how far train drifted since version 3 cannot be measured: it was cleaned up by maintain");
        assertThat(results.get(4).status()).contains(Status.STARTED);
        assertThat(moving.lake().trainings().all().stream()
                        .map(entry -> entry.fact().reason().orElse(""))
                        .toList())
                .isEqualTo(results.stream().map(Train.Result::reason).toList());
    }

    @Test
    void by_hand_a_run_hands_nothing_over_and_says_so_once() {
        training(dataset, "  when: manual\n");
        assertThat(published(1).orElseThrow().reason()).isEqualTo("training.when is manual");
        assertThat(nothingNew(1)).isEmpty();
        assertThat(Train.ifDue(
                        dataset.lake(),
                        dataset.version("1"),
                        options(Until.STARTED, Earlier.FOLLOW),
                        WorkspaceTest.QUICK))
                .isEmpty();
        assertThat(azure.requests()).isEmpty();
        assertThat(rows()).containsExactly("1 skipped");
        assertThat(train("1", Until.STARTED).reason()).isEqualTo("asked for by lakeproof train");
        assertThat(rows()).containsExactly("1 skipped", "1 started");
    }

    @Tag("long")
    @Test
    void what_mltable_cannot_read_is_refused_and_what_is_exported_is_the_version(@TempDir Path folder)
            throws IOException {
        TestDataset named = TestDataset.in(folder);
        training(named, "");
        Files.writeString(folder.resolve("train-job.json"), JOB);
        named.change("split:", "transforms: [rename: {note: \"the note\"}]\nsplit:");
        named.drop("a.csv", csv(0, 50)).run();
        named.drop("b.csv", csv(50, 70)).run();
        DatasetVersion version = named.version("1");
        Train.Options options = options(Until.STARTED, Earlier.FOLLOW);
        assertThatThrownBy(() -> Train.on(named.lake(), version, options, WorkspaceTest.QUICK))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessage(
                        "training.azure-ml.reader: mltable reads Delta reader version 1 alone, and part train asks for Delta reader version 2 (columnMapping), part test asks for Delta reader version 2 (columnMapping); rename columns with spaces and the like, write `export: parquet`, or `reader: any` if the training reads Delta by other means");
        assertThat(azure.requests()).isEmpty();

        named.change("    job:", "    export: parquet\n    job:");
        assertThat(Train.on(named.lake(), version, options, WorkspaceTest.QUICK).status())
                .contains(Status.STARTED);
        Path here = handovers.resolve("v1");
        var spark = named.lake().spark();
        for (String part : List.of("train", "test")) {
            assertThat(Fingerprint.of(spark.read()
                                    .parquet(here.resolve("parquet/" + part).toString()))
                            .text())
                    .isEqualTo(version.table(part).orElseThrow().fingerprint());
        }
        String manifest = here.resolve("lakeproof.json").toString();
        assertThat(InTraining.check(spark, manifest, Map.of(), Progress.SILENT).parts())
                .hasSize(2)
                .allMatch(InTraining.Part::isGenuine);
        // The same table, read at its head: version 2's rows.
        JsonNode told = Json.parse(Files.readString(here.resolve("lakeproof.json")));
        ((ObjectNode) told.at("/parts/train"))
                .put(
                        "deltaVersion",
                        named.version("2").table("train").orElseThrow().deltaVersion());
        Path wrong = Files.writeString(here.resolve("wrong.json"), told.toString());
        assertThat(InTraining.check(spark, wrong.toString(), Map.of(), Progress.SILENT)
                        .parts())
                .extracting(InTraining.Part::isGenuine)
                .containsExactly(false, true);
        InTraining.Part gone = InTraining.check(
                        spark,
                        manifest,
                        Map.of("test", folder.resolve("nowhere").toString()),
                        Progress.SILENT)
                .parts()
                .get(1);
        assertThat(gone.isGenuine()).isFalse();
        assertThat(gone.problem()).isPresent();
        assertThatThrownBy(() -> InTraining.check(spark, manifest, Map.of("tset", "x"), Progress.SILENT))
                .isInstanceOf(Failure.Usage.class);
        assertThatThrownBy(() ->
                        InTraining.check(spark, folder.resolve("dataset.yaml").toString(), Map.of(), Progress.SILENT))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageEndingWith("is no hand-over. Name its lakeproof.json.");
    }

    @Tag("long")
    @Test
    void a_batch_endpoint_is_claimed_before_it_is_invoked_and_a_lost_answer_is_left_to_a_person() throws IOException {
        Files.writeString(
                dir.resolve("train-job.json"),
                "{\"properties\": {\"InputData\": {\"train\": {\"JobInputType\": \"UriFolder\", \"Uri\": \"${lakeproof.train.path}\"}}}}");
        training(
                dataset,
                "    data-asset: none\n    deployment: blue\n    batch-endpoint: " + azure.endpoint() + "/jobs\n");
        azure.then(Fault.FORBIDDEN);
        assertThat(published(1).orElseThrow().problem().orElseThrow().getMessage())
                .contains("The batch endpoint would not start a job (HTTP 403, The client may not do that).");
        assertThat(rows()).containsExactly("1 claimed", "1 failed");

        azure.then(Fault.LOST);
        assertThat(nothingNew(1).orElseThrow().problem().orElseThrow().getMessage())
                .contains("nobody knows whether it started a job");
        assertThat(nothingNew(1)).isEmpty();
        assertThatThrownBy(() -> train("1", Until.STARTED))
                .isInstanceOf(Failure.Remote.class)
                .hasMessageStartingWith("Version 1 was handed to the batch endpoint on 20");
        assertThat(azure.invocations()).hasSize(1);

        azure.goesOn("Completed");
        Train.Result again = Train.on(
                dataset.lake(), dataset.version("1"), options(Until.ENDED, Earlier.LEAVE), WorkspaceTest.QUICK);
        assertThat(again.status()).contains(Status.COMPLETED);
        assertThat(azure.invocations()).hasSize(2);
        assertThat(rows())
                .containsExactly("1 claimed", "1 failed", "1 claimed", "1 claimed", "1 started", "1 completed");
    }
}
