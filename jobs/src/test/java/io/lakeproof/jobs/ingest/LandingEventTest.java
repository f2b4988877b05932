package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Source;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LandingEventTest {

    private static final String CLAIMS = "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv";

    private static Source source(String path) {
        return new Source(
                path,
                Source.Format.CSV,
                Map.of(),
                null,
                List.of(),
                Source.Load.APPEND,
                Optional.empty(),
                Source.OnChanged.WAIT,
                Source.OnCopy.SKIP,
                Duration.ZERO,
                Optional.empty(),
                Source.After.KEEP,
                Map.of(),
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv, drop/claims/in, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv, /drop/claims/in, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv, drop/claims/in/, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv, claims/in, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/claims/in/*.csv, /claims/in, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/claims/in, drop/claims/in/2026/05, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/, drop, may.csv",
        "'wasbs://drop@acc.blob.core.windows.net/in/{a,b}/*.csv', drop/in/a, may.csv",
        "abfss://drop@acc.dfs.core.windows.net/Mai 2026/ä, drop/Mai 2026/ä, x.csv",
        "file:/lake/landing, /lake/landing, may.csv",
        "file:/home/ann/claims/landing/*.csv, landing, may.csv",
        "file:/home/ann/claims/landing/*.csv, claims/landing/, may.csv",
        "file:/, /lake/landing, may.csv",
        "dbfs:/Volumes/main/raw/drop, drop/claims, may.csv",
    })
    void a_file_in_the_landing_passes_however_its_folder_is_written(String landing, String folder, String file) {
        assertThatCode(() -> LandingEvent.of(folder, file).check(source(landing)))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"other/claims/in, may.csv", "drop/claims/inbox, may.csv", "drop/claims, may.csv", "'', may.csv"})
    void a_file_that_is_elsewhere_is_refused(String folder, String file) {
        assertThatThrownBy(() -> LandingEvent.of(folder, file).check(source(CLAIMS)))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageMatching(
                        "The event is about .*may.csv, which is not in the landing .*/claims/in/\\*\\.csv\\."
                                + " Correct the trigger's path, or source\\.path\\.");
    }

    @Test
    void a_local_file_that_is_elsewhere_is_refused() {
        for (String folder : List.of("/elsewhere", "claims", "ing", "landing2")) {
            assertThatThrownBy(() ->
                            LandingEvent.of(folder, "may.csv").check(source("file:/home/ann/claims/landing/*.csv")))
                    .as(folder)
                    .isInstanceOf(Failure.Usage.class);
        }
    }

    @Test
    void event_grids_events_are_read_in_both_schemas_alone_or_in_a_list() {
        String own =
                """
                {"eventType": "Microsoft.Storage.BlobCreated", "topic": "/subscriptions/…", "subject": "/blobServices/…",
                 "data": {"api": "FlushWithClose", "url": "https://acc.dfs.core.windows.net/drop/claims/in/May%202026.csv"}}""";
        String cloud =
                """
                {"type": "Microsoft.Storage.BlobCreated", "specversion": "1.0", "source": "/subscriptions/…",
                 "data": {"url": "https://acc.blob.core.windows.net/drop/claims/in/june.csv"}}""";
        String moved =
                """
                {"eventType": "Microsoft.Storage.BlobRenamed",
                 "data": {"destinationUrl": "https://acc.dfs.core.windows.net/drop/claims/in/july.csv"}}""";
        String gone =
                """
                {"eventType": "Microsoft.Storage.BlobDeleted", "data": {"url": "https://acc.dfs.core.windows.net/x/y"}}""";
        List<LandingEvent> events = LandingEvent.ofEventGrid("[%s,%s,%s,%s]".formatted(own, cloud, moved, gone));
        assertThat(events)
                .containsExactly(
                        new LandingEvent(Optional.of("acc"), "drop/claims/in/May 2026.csv"),
                        new LandingEvent(Optional.of("acc"), "drop/claims/in/june.csv"),
                        new LandingEvent(Optional.of("acc"), "drop/claims/in/july.csv"));
        events.forEach(event -> event.check(source(CLAIMS)));
        assertThat(LandingEvent.ofEventGrid(own)).hasSize(1);
        assertThatThrownBy(() -> new LandingEvent(Optional.of("other"), "drop/claims/in/x.csv").check(source(CLAIMS)))
                .hasMessageContaining("other/drop/claims/in/x.csv");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "May.csv",
                "{}",
                "[{}]",
                "{\"eventType\": \"Microsoft.Storage.BlobCreated\"}",
                "{\"eventType\": \"Microsoft.Storage.BlobCreated\", \"data\": {\"url\": \"drop/x\"}}",
                "{\"eventType\": \"Microsoft.Storage.BlobCreated\", \"data\": {\"url\": \"https://a b/x\"}}"
            })
    void what_is_no_event_is_refused(String json) {
        assertThatThrownBy(() -> LandingEvent.ofEventGrid(json))
                .isInstanceOf(Failure.Usage.class)
                .hasMessageEndingWith("pass the event as it was delivered.");
    }
}
