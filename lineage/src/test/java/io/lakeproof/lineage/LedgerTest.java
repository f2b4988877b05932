package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.Ledger.Entry;
import io.lakeproof.lineage.Ledger.Status;
import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path dir;

    private static Entry taken(String path, String batch) {
        return new Entry(path, 1, NOON, "sha of " + path, 1, 0, Status.TAKEN, batch, 1);
    }

    private static DatasetVersion version(List<String> batchesAdded, List<FileOfBatch> filesRemoved) {
        Membership change = new Membership(batchesAdded, List.of(), filesRemoved, List.of(), List.of(), List.of(), 0);
        return new DatasetVersion(
                2,
                NOON.plusSeconds(60),
                "run",
                "attempt",
                List.of(),
                change,
                "{}",
                "",
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void a_withdrawal_whose_run_was_killed_before_it_was_noted_is_noted_once_by_the_next() {
        Ledger ledger = Ledger.of(Session.of(LocalSpark.session()), new TableName.Folder(dir.toUri() + "files"));
        ledger.note(List.of(taken("a", "1"), taken("b", "1")), Stamp.of("claims", "run"), NOON);
        DatasetVersion withdrawn = version(List.of(), List.of(new FileOfBatch("1", "a")));
        ledger.complete(withdrawn, List::of);
        ledger.complete(withdrawn, List::of);
        assertThat(ledger.ofPaths(List.of("a")))
                .extracting(Entry::status)
                .containsExactly(Status.TAKEN, Status.WITHDRAWN);
        assertThat(Ledger.standing(ledger.all())).extracting(Entry::path).containsExactly("b");
    }

    @Test
    void a_file_that_a_batch_replaced_stands_no_more_and_was_not_withdrawn() {
        Ledger ledger = Ledger.of(Session.of(LocalSpark.session()), new TableName.Folder(dir.toUri() + "files"));
        ledger.note(List.of(taken("a", "1"), taken("a", "2")), Stamp.of("claims", "run"), NOON);
        ledger.complete(version(List.of("2"), List.of(new FileOfBatch("1", "a"))), List::of);
        assertThat(ledger.all()).extracting(Entry::status).containsExactly(Status.TAKEN, Status.TAKEN, Status.REPLACED);
        assertThat(Ledger.standing(ledger.all())).extracting(Entry::batch).containsExactly("2");
    }

    @Test
    void what_is_taken_of_a_path_is_its_newest_content_that_was_not_withdrawn() {
        Entry newer = taken("a", "2");
        assertThat(Ledger.taken(List.of(taken("a", "1"), newer)).get("a")).isEqualTo(newer);
        assertThat(Ledger.taken(List.of(taken("a", "1"), newer, newer.withdrawn()))
                        .get("a"))
                .isEqualTo(taken("a", "1"));
        assertThat(Ledger.taken(List.of(newer, newer.withdrawn()))).isEmpty();
    }
}
