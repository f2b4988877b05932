package io.lakeproof.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Trainings.Fact;
import io.lakeproof.lineage.Trainings.Status;
import io.lakeproof.lineage.proof.Anchor;
import io.lakeproof.lineage.proof.EvidenceVerification;
import io.lakeproof.lineage.proof.Finding;
import io.lakeproof.lineage.proof.Finding.Kind;
import io.lakeproof.lineage.proof.Keys;
import io.lakeproof.lineage.proof.Trust;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence is checked with nothing but itself, and no change to it goes unnoticed. */
class EvidenceTest {

    @TempDir
    static Path dir;

    private static TestDataset dataset;
    private static Keys.Pair key;
    private static Map<String, byte[]> genuine;

    @BeforeAll
    static void publish() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        key = new Keys.Pair(pair.getPrivate(), pair.getPublic());
        dataset = TestDataset.in(dir)
                .spec(TestDataset.SPEC.replace("name: claims", "name: claims\ndescription: <script>alert(1)</script>"))
                .drop("1.csv", TestDataset.csv(0, 60) + "x,1,torn\n-1,-5,negative\n");
        run();
        dataset.drop("2.csv", TestDataset.csv(60, 90));
        run();
        lake().tags().put("approved", dataset.version("2"), "anna", Stamp.of("claims", "t"), Instant.now());
        lake().trainings()
                .put(
                        new Fact(
                                Status.RECORDED,
                                Optional.empty(),
                                Optional.of("risk"),
                                Optional.of("7"),
                                Optional.of("job-1")),
                        dataset.version("2"),
                        "ben",
                        Stamp.of("claims", "t"),
                        Instant.now());
        dataset.drop("3.csv", TestDataset.csv(90, 99));
        run();
        lake().tags().put("later", dataset.version("3"), "anna", Stamp.of("claims", "t"), Instant.now());
        prove(dir.resolve("evidence.zip"));
        genuine = unzip(Files.readAllBytes(dir.resolve("evidence.zip")));
    }

    private static Publisher publisher() {
        return new Publisher(Optional.of("qa"), Optional.of(key), Optional.empty());
    }

    private static Lake lake() {
        return dataset.lake().by(publisher());
    }

    private static void run() {
        assertThat(Run.of(
                                dataset.lake(),
                                new Run.Options("test", Arrivals.Retry.IF_CHANGED, publisher(), Progress.SILENT))
                        .execute()
                        .status())
                .isEqualTo(Run.Status.PUBLISHED);
    }

    private static void prove(Path file) {
        Prove.of(dataset.lake(), dataset.version("2"), Progress.SILENT).execute(file);
    }

    private static Trust trust() {
        return new Trust(List.of(new Trust.Key("ours", key.publicKey(), Optional.empty(), Optional.empty())));
    }

    private static EvidenceVerification.Result verify(Map<String, byte[]> entries) throws IOException {
        Path zip = Files.createTempFile(dir, "changed", ".zip");
        Files.write(zip, zip(entries));
        return EvidenceVerification.of(
                zip, trust(), name -> Anchor.Heads.NONE, Build.current().version());
    }

    @Test
    void genuine_evidence_has_no_finding_and_is_the_same_bytes_every_time() throws Exception {
        EvidenceVerification.Result result = verify(genuine);
        assertThat(result.findings()).isEmpty();
        assertThat(result.dataset()).isEqualTo("claims");
        assertThat(result.version()).isEqualTo(2);
        assertThat(result.versions()).isEqualTo(2);
        prove(dir.resolve("again.zip"));
        assertThat(dir.resolve("again.zip")).hasSameBinaryContentAs(dir.resolve("evidence.zip"));
    }

    @Test
    void a_byte_changed_in_what_the_contents_say_of_their_writer_is_found() throws Exception {
        byte[] contents = genuine.get("contents.json");
        String end = "\"generator\":\"%s\"".formatted(Build.current().version());
        Map<String, byte[]> changed = new LinkedHashMap<>(genuine);
        String text = new String(contents, StandardCharsets.UTF_8);
        int generator = text.indexOf(end);
        assertThat(generator).isPositive();
        for (int at = generator; at < generator + end.length(); at++) {
            byte[] flipped = contents.clone();
            flipped[at] ^= 1;
            changed.put("contents.json", flipped);
            try {
                assertThat(verify(changed).findings()).as("byte %d", at).isNotEmpty();
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).containsAnyOf("no JSON", "not of format 1");
            }
        }
    }

    @Test
    void a_byte_changed_anywhere_is_found() throws Exception {
        Random random = new Random(Seed.CHOSEN);
        for (String name : genuine.keySet()) {
            byte[] content = genuine.get(name).clone();
            if (content.length == 0) {
                continue;
            }
            content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
            Map<String, byte[]> changed = new LinkedHashMap<>(genuine);
            changed.put(name, content);
            try {
                assertThat(verify(changed).findings())
                        .as("a byte of %s, seed %d", name, Seed.CHOSEN)
                        .isNotEmpty();
            } catch (IllegalArgumentException refused) {
                assertThat(name).as("seed %d", Seed.CHOSEN).isEqualTo("contents.json");
            }
        }
    }

    @Test
    void a_file_taken_out_or_put_in_is_found() throws Exception {
        for (String name : genuine.keySet()) {
            if (!name.equals("contents.json")) {
                Map<String, byte[]> less = new LinkedHashMap<>(genuine);
                less.remove(name);
                assertThat(verify(less).findings()).as("without %s", name).isNotEmpty();
            }
        }
        Map<String, byte[]> more = new LinkedHashMap<>(genuine);
        more.put("note.txt", "trust me".getBytes(StandardCharsets.UTF_8));
        assertThat(verify(more).findings()).extracting(Finding::kind).containsExactly(Kind.EVIDENCE_CHANGED);
        ObjectNode contents = listing("none", "");
        contents.withArray("files")
                .addObject()
                .put("path", "note.txt")
                .put("size", 8)
                .put("sha256", Json.sha256("trust me"));
        more.put("contents.json", sealed(contents));
        assertThat(verify(more).findings())
                .extracting(Finding::text)
                .containsExactly(
                        "evidence changed: note.txt: expected no such file, found one that evidence does not have");
    }

    @Test
    void a_record_rewritten_with_all_its_digests_fails_at_its_signature() throws Exception {
        Map<String, byte[]> forged = new LinkedHashMap<>(genuine);
        ObjectNode record = (ObjectNode) json(genuine.get("records/000002.json"));
        record.put("principal", "nobody");
        String text = Json.canonical(record);
        forged.put("records/000002.json", text.getBytes(StandardCharsets.UTF_8));
        ObjectNode contents = listing("records/000002.json", text);
        contents.put("digest", Json.sha256(text));
        forged.put("contents.json", sealed(contents));
        assertThat(verify(forged).findings()).extracting(Finding::kind).contains(Kind.SIGNATURE_WRONG);
    }

    /** Where the list of a zip's entries begins. */
    private static int list(byte[] zip) {
        return ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).getInt(zip.length - 22 + 16);
    }

    /** The zip as its list must be when so many bytes stand before it. */
    private static byte[] behind(byte[] zip, int before) {
        ByteBuffer moved = ByteBuffer.wrap(zip.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int end = zip.length - 22;
        for (int at = list(zip); at < end; ) {
            moved.putInt(at + 42, moved.getInt(at + 42) + before);
            at += 46 + moved.getShort(at + 28) + moved.getShort(at + 30) + moved.getShort(at + 32);
        }
        moved.putInt(end + 16, list(zip) + before);
        return moved.array();
    }

    @Test
    void a_finding_is_one_line_however_much_was_rewritten() {
        String long_ = "{\n" + "x".repeat(10_000) + "\r\n}";
        assertThat(new Finding(Kind.RECORD_CHANGED, "version 1", long_, long_).text())
                .hasLineCount(1)
                .hasSizeLessThan(700);
    }

    /** Who forges a page says who wrote it: that must not be a way around. */
    @Test
    void a_page_that_another_version_is_said_to_have_written_is_found_and_its_own_pages_are_not() throws Exception {
        Map<String, byte[]> other = new LinkedHashMap<>(genuine);
        other.put("contents.json", sealed(listing("none", "").put("generator", "0.2.0")));
        assertThat(verify(other).findings()).isEmpty();
        other.put("index.html", "trust me".getBytes(StandardCharsets.UTF_8));
        other.put("contents.json", sealed(listing("index.html", "trust me").put("generator", "0.2.0")));
        assertThat(verify(other).findings())
                .extracting(Finding::text)
                .containsExactly(
                        "evidence changed: index.html: expected what follows from the records, found something else, as Lakeproof 0.2.0 may write it: verify it with that one");
    }

    @Test
    void bytes_around_the_zip_and_another_format_are_refused() throws Exception {
        byte[] zip = Files.readAllBytes(dir.resolve("evidence.zip"));
        byte[] evil = "#!/bin/sh\n".getBytes(StandardCharsets.UTF_8);
        byte[] other = zip(Map.of("index.html", evil));
        byte[] ghost = Arrays.copyOf(other, list(other));
        for (byte[][] around : new byte[][][] {{evil, zip}, {zip, evil}, {ghost, behind(zip, ghost.length)}}) {
            Path changed = Files.createTempFile(dir, "around", ".zip");
            Files.write(changed, around[0]);
            Files.write(changed, around[1], StandardOpenOption.APPEND);
            assertThatThrownBy(() -> EvidenceVerification.of(
                            changed,
                            trust(),
                            name -> Anchor.Heads.NONE,
                            Build.current().version()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bytes before, between or behind its files");
        }
        for (ObjectNode contents : List.of(
                listing("none", "").put("format", 2), listing("none", "").put("evil", "x"))) {
            Map<String, byte[]> later = new LinkedHashMap<>(genuine);
            later.put("contents.json", sealed(contents));
            assertThatThrownBy(() -> verify(later))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not of format 1");
        }
    }

    /** The contents as whoever swaps a file would write them, but for their own digest. */
    private static ObjectNode listing(String path, String text) throws IOException {
        ObjectNode contents = (ObjectNode) json(genuine.get("contents.json"));
        contents.withArray("files").forEach(file -> {
            if (file.get("path").asText().equals(path)) {
                ((ObjectNode) file).put("sha256", Json.sha256(text));
            }
        });
        return contents;
    }

    private static byte[] sealed(ObjectNode contents) {
        contents.remove("sha256");
        return Json.canonical(contents.put("sha256", Json.sha256(Json.canonical(contents))))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void a_page_that_does_not_follow_from_the_records_is_found_though_the_contents_list_it() throws Exception {
        Map<String, byte[]> forged = new LinkedHashMap<>(genuine);
        String page = new String(genuine.get("index.html"), StandardCharsets.UTF_8)
                .replace("2 source files", "9 source files");
        forged.put("index.html", page.getBytes(StandardCharsets.UTF_8));
        forged.put("contents.json", sealed(listing("index.html", page)));
        assertThat(verify(forged).findings())
                .extracting(Finding::text)
                .containsExactly(
                        "evidence changed: index.html: expected what follows from the records, found something else");
    }

    @Test
    void an_anchor_that_knows_another_digest_is_heeded() throws Exception {
        Path zip = dir.resolve("evidence.zip");
        EvidenceVerification.Result result = EvidenceVerification.of(
                zip,
                trust(),
                name -> table -> new TreeMap<>(Map.of(1L, "0".repeat(64), 9L, "later than the evidence")),
                Build.current().version());
        assertThat(result.findings())
                .extracting(Finding::kind)
                .containsExactlyInAnyOrder(Kind.ANCHOR_DIFFERS, Kind.TAG_CHANGED, Kind.TRAINING_CHANGED);
        assertThat(result.beyond()).as("a tag and a training").isEqualTo(2);
    }

    @Test
    void a_training_that_somebody_points_at_another_version_lacks_its_signature() throws Exception {
        Map<String, byte[]> forged = new LinkedHashMap<>(genuine);
        ObjectNode row = (ObjectNode) json(genuine.get("trainings.json")).get(0).deepCopy();
        JsonNode record = json(genuine.get("records/000001.json"));
        row.put("version", 1).put("record", Json.sha256(Json.canonical(record)));
        row.put("digest", Json.sha256(Json.canonical(row.deepCopy().without(List.of("digest", "envelope")))));
        String rows = Json.canonical(row.arrayNode().add(row));
        forged.put("trainings.json", rows.getBytes(StandardCharsets.UTF_8));
        forged.put("contents.json", sealed(listing("trainings.json", rows)));
        assertThat(verify(forged).findings())
                .extracting(Finding::text)
                .contains(
                        "signature wrong: training of risk:7, row 1: expected a statement about this, found one about another");
    }

    @Test
    void the_page_says_what_was_collected_changed_thrown_away_split_and_trained() {
        String page = new String(genuine.get("index.html"), StandardCharsets.UTF_8);
        assertThat(page)
                .contains("2 source files with 91 readable rows", "ColumnValues &quot;amount&quot; &gt;= 0")
                .contains("1 row turned away", "risk", "job-1", "Legal basis:</b> <span class=\"none\">not recorded")
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;")
                .containsSubsequence("What could not be read", "row", "id", "BIGINT")
                .doesNotContain("<script>");
        assertThat(new String(genuine.get("datasheet.html"), StandardCharsets.UTF_8))
                .containsSubsequence(
                        "General description", "Provenance", "Scope", "obtained and selected", "Labelling", "Cleaning")
                .contains("Data currency", "Lineage", "Quality", "Integrity", "Bias analysis", "Suitability");
    }

    @Test
    void what_is_no_evidence_is_refused_with_the_reason() throws Exception {
        Path text = Files.writeString(dir.resolve("text.zip"), "no zip");
        assertThatThrownBy(() -> EvidenceVerification.of(text, Trust.NONE, name -> Anchor.Heads.NONE, "1"))
                .hasMessageStartingWith("it is no zip, or a damaged one");
        Path other = Files.write(dir.resolve("other.zip"), zip(Map.of("a.txt", new byte[] {1})));
        assertThatThrownBy(() -> EvidenceVerification.of(other, Trust.NONE, name -> Anchor.Heads.NONE, "1"))
                .hasMessageContaining("no contents.json");
        Map<String, byte[]> many = new LinkedHashMap<>();
        IntStream.range(0, 1 << 16).forEach(number -> many.put(number + ".txt", new byte[0]));
        Path large = Files.write(dir.resolve("large.zip"), zip(many));
        assertThatThrownBy(() -> EvidenceVerification.of(large, Trust.NONE, name -> Anchor.Heads.NONE, "1"))
                .hasMessageContaining("no contents.json");
    }

    private static JsonNode json(byte[] content) {
        return Json.parse(new String(content, StandardCharsets.UTF_8));
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static Map<String, byte[]> unzip(byte[] bytes) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new java.io.ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        return entries;
    }
}
