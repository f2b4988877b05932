package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.lineage.Hadoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LandingTest {

    @TempDir
    Path landing;

    private Drop drop;

    @BeforeEach
    void start() {
        drop = Drop.csv(landing, "id INT");
    }

    private List<String> found(Landing.Listing listing) {
        return listing.files().stream()
                .map(f -> f.path().substring(("file:" + landing + "/").length()))
                .toList();
    }

    private List<String> waiting(Landing.Listing listing) {
        return listing.waiting().stream()
                .map(w -> w.path().substring(("file:" + landing + "/").length()) + ": " + w.reason())
                .toList();
    }

    @Test
    void nested_folders_are_listed_sorted_by_path() {
        drop.put("b.csv", "1").put("a/2.csv", "12").put("a/year=2026/1.csv", "123");
        Landing.Listing listing = drop.list();
        assertThat(found(listing)).containsExactly("a/2.csv", "a/year=2026/1.csv", "b.csv");
        assertThat(listing.files().get(0).size()).isEqualTo(2);
        assertThat(listing.files().get(0).etag()).isEmpty();
        assertThat(listing.files().get(0).modified())
                .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
    }

    @Test
    void hidden_names_and_the_archive_are_never_source_files() {
        drop.put("_SUCCESS", "")
                .put(".a.csv.crc", "")
                .put("_archive/1.csv", "")
                .put(".x/1.csv", "")
                .put("a/_b/1.csv", "")
                .put("1.csv", "");
        assertThat(found(drop.list())).containsExactly("1.csv");
        assertThat(found(drop.list(landing + "/*"))).containsExactly("1.csv");
        assertThat(found(drop.list(landing + "/*/*.csv"))).isEmpty();
        assertThat(drop.list().waiting()).isEmpty();
    }

    @Test
    void two_stars_stand_for_any_number_of_folders() {
        drop.put("a.csv", "")
                .put("b.txt", "")
                .put("2026/a.csv", "")
                .put("2026/05/a.csv", "")
                .put("2026/05/b.txt", "")
                .put("2026/05/_x/a.csv", "")
                .put("2026/06/day.csv/part-0", "");
        assertThat(found(drop.list(landing + "/**/*.csv")))
                .containsExactly("2026/05/a.csv", "2026/06/day.csv/part-0", "2026/a.csv", "a.csv");
        assertThat(found(drop.list(landing + "/2026/**/0[56]/*.{csv,txt}")))
                .containsExactly("2026/05/a.csv", "2026/05/b.txt", "2026/06/day.csv/part-0");
        assertThat(found(drop.list(landing + "/2026/**"))).hasSize(4);
        assertThat(found(drop.list(landing + "/**/2027/*"))).isEmpty();
        assertThatThrownBy(() -> drop.list(landing + "/**/*.{csv"))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("correct the wildcards");
        assertThatThrownBy(() -> drop.list(landing + "/nowhere/**/*.csv"))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void a_scheme_that_nobody_knows_is_a_mistake_in_the_spec() {
        assertThatThrownBy(() -> drop.list("nowhere://host/landing"))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageContaining("no file system is known for nowhere://host/landing");
    }

    @Test
    void what_is_no_file_is_not_opened() throws Exception {
        drop.put("a.csv", "");
        assertThat(new ProcessBuilder("mkfifo", landing.resolve("pipe.csv").toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(found(drop.list())).containsExactly("a.csv");
        assertThat(waiting(drop.list())).containsExactly("pipe.csv: it is a pipe, a socket or a device, and no file");
    }

    @Test
    void files_that_are_still_being_written_wait() {
        for (String suffix :
                List.of("tmp", "part", "partial", "crdownload", "_COPYING_", "filepart", "inprogress", "TMP")) {
            drop.put("1.csv." + suffix, "x");
        }
        drop.put("1.csv", "x");
        assertThat(found(drop.list())).containsExactly("1.csv");
        assertThat(waiting(drop.list()))
                .hasSize(8)
                .contains("1.csv.part: still being written: its name ends with .part");
    }

    @Test
    void a_file_younger_than_settle_waits() throws IOException {
        drop.put("old.csv", "x").put("new.csv", "x");
        Files.setLastModifiedTime(
                landing.resolve("old.csv"), FileTime.from(Instant.now().minusSeconds(3600)));
        Landing.Listing listing = drop.settle(Duration.ofMinutes(10)).list();
        assertThat(found(listing)).containsExactly("old.csv");
        assertThat(waiting(listing))
                .singleElement()
                .asString()
                .startsWith("new.csv: modified ")
                .endsWith("source.settle asks for 600 s");
    }

    @Test
    void a_folder_without_its_marker_waits() {
        Drop marked = drop.completeWhen("done.txt")
                .put("a/1.csv", "")
                .put("a/done.txt", "")
                .put("b/2.csv", "");
        assertThat(found(marked.list())).containsExactly("a/1.csv");
        assertThat(waiting(marked.list())).containsExactly("b/2.csv: its folder has no done.txt yet");
        assertThat(found(marked.list(landing + "/*/*"))).containsExactly("a/1.csv");
        assertThat(waiting(marked.list(landing + "/*/*"))).containsExactly("b/2.csv: its folder has no done.txt yet");
    }

    @Test
    void globs_choose_files_and_folders_once() {
        drop.put("a/1.csv", "").put("a/1.json", "").put("b/2.csv", "").put("3.csv", "");
        assertThat(found(drop.list(landing + "/*.csv"))).containsExactly("3.csv");
        assertThat(found(drop.list(landing + "/{a,b}/*.csv"))).containsExactly("a/1.csv", "b/2.csv");
        assertThat(found(drop.list(landing + "/{a,a/*.csv}"))).containsExactly("a/1.csv", "a/1.json");
        assertThat(found(drop.list(landing + "/a/1.csv"))).containsExactly("a/1.csv");
        assertThat(found(drop.list(landing + "/*.orc"))).isEmpty();
    }

    @Test
    void a_folder_whose_name_looks_like_a_glob_is_that_folder() {
        drop.put("[x]/1.csv", "").put("x/2.csv", "");
        assertThat(found(drop.list(landing + "/[x]"))).containsExactly("[x]/1.csv");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/[*.csv", "/{a,b", "/x]*{[", "/[z-a]*"})
    void a_glob_that_is_none_is_a_mistake(String glob) {
        drop.put("1.csv", "");
        assertThatThrownBy(() -> drop.list(landing + glob))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessageStartingWith("source.path: Illegal file pattern")
                .hasMessageEndingWith("; correct the wildcards of " + landing + glob);
    }

    @Test
    void an_empty_landing_is_empty_and_one_that_does_not_exist_is_a_mistake() {
        assertThat(drop.list().files()).isEmpty();
        assertThatThrownBy(() -> drop.list(landing + "/none"))
                .isInstanceOf(Failure.BadSpec.class)
                .hasMessage("source.path: file:" + landing + "/none does not exist; create it or correct the path");
        assertThatThrownBy(() -> drop.list(landing + "/none/*.csv"))
                .hasMessage("source.path: file:" + landing + "/none does not exist; create it or correct the path");
    }

    @Test
    void a_storage_that_does_not_answer_is_a_remote_failure() {
        Configuration conf = new Configuration(Hadoop.configuration(Drop.SESSION));
        conf.set("fs.unwell.impl", UnwellFileSystem.class.getName());
        assertThatThrownBy(() -> Landing.list(conf, drop.source("unwell:/" + UnwellFileSystem.UNLISTED), Instant.now()))
                .isInstanceOf(Failure.Remote.class)
                .hasMessage("cannot list unwell:/unlisted: the storage does not answer");
    }

    @Test
    void a_file_that_changes_or_goes_after_it_was_listed_waits_and_the_others_go_on() throws IOException {
        drop.put("1.csv", "id\n1\n")
                .put("2.csv", "id\n2\n")
                .put("3.csv", "id\n3\n")
                .put("4:5.csv", "id\n4\n");
        List<SourceFile> files = drop.list().files();
        Files.delete(landing.resolve("1.csv"));
        drop.put("2.csv", "id\n22\n");
        List<Inspection> inspected = Inspection.of(Drop.SESSION, drop.source(), files);
        assertThat(inspected).hasSize(4).extracting(Inspection::file).isEqualTo(files);
        assertThat(inspected.get(0).reason()).isEqualTo("it is gone since it was listed");
        assertThat(inspected.get(1).reason()).isEqualTo("still being written: it changed after it was listed");
        assertThat(inspected.get(2)).isInstanceOf(Inspection.Readable.class);
        assertThat(inspected.get(3).reason()).startsWith("the storage did not give it: ");
        assertThat(inspected.stream().filter(i -> i.sha256().isPresent())).hasSize(1);
    }

    @Test
    void the_digest_is_that_of_the_stored_bytes() {
        drop.put("1.csv", "id\n1\n")
                .put("2.csv.gz", Drop.gzip("id\n1\n"))
                .put("3.csv", "id")
                .put("4.csv", "");
        assertThat(drop.inspect().stream().map(i -> i.sha256().orElseThrow()))
                .containsExactly(sha256("1.csv"), sha256("2.csv.gz"), sha256("3.csv"), sha256("4.csv"));
    }

    private String sha256(String name) {
        try {
            byte[] bytes = Files.readAllBytes(landing.resolve(name));
            return java.util.HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (IOException | java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
