package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.Membership;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.proof.Finding.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** Checks evidence with nothing but itself and the keys to trust: no lake, no network, no Spark. */
public final class EvidenceVerification {

    /** Every file that evidence has, but for those of the logs, which the lists of files name. */
    private static final Pattern OURS = Pattern.compile("contents\\.json|tags\\.json|trainings\\.json|index\\.html"
            + "|datasheet\\.html|sources\\.csv|rules\\.json|spec\\.yaml|(records|signatures|files)/[0-9]{6,18}\\.json");

    /** More than any record or list of files has; a zip that unpacks to more is refused unread. */
    private static final long LARGEST = 1L << 30;

    private final Trust trust;
    private final Function<String, Anchor.Heads> anchored;
    private final String generator;
    private final List<Finding> findings = new ArrayList<>();
    private long beyond;

    private EvidenceVerification(Trust trust, Function<String, Anchor.Heads> anchored, String generator) {
        this.trust = trust;
        this.anchored = anchored;
        this.generator = generator;
    }

    /**
     * What was found.
     *
     * @param dataset what the evidence says it is about
     * @param version which version of it
     * @param versions how many records were checked
     * @param files how many files the evidence has
     * @param beyond how many rows of tags and trainings the anchor keeps after those that the evidence has: written since it
     *     was made, or taken out of it, which nothing tells apart
     */
    public record Result(String dataset, long version, int versions, int files, long beyond, List<Finding> findings) {}

    /**
     * Checks a zip.
     *
     * @param anchored the heads that were kept elsewhere of the dataset of that name; none: there is no anchor
     * @param generator the version of Lakeproof that checks: what another one wrote may rightly read otherwise, and can only be
     *     checked by that one
     * @throws IllegalArgumentException with the reason when it is no evidence at all
     */
    public static Result of(Path zip, Trust trust, Function<String, Anchor.Heads> anchored, String generator) {
        return new EvidenceVerification(trust, anchored, generator).check(read(zip));
    }

    private static Map<String, byte[]> read(Path path) {
        Map<String, byte[]> entries = new TreeMap<>();
        long left = LARGEST;
        try (ZipFile zip = new ZipFile(path.toFile(), StandardCharsets.UTF_8)) {
            Enumeration<? extends ZipEntry> all = zip.entries();
            while (all.hasMoreElements()) {
                ZipEntry entry = all.nextElement();
                try (var in = zip.getInputStream(entry)) {
                    byte[] content = in.readNBytes((int) left);
                    left -= content.length;
                    if (left <= 0) {
                        throw new IllegalArgumentException("it unpacks to more than a gibibyte");
                    }
                    if (entries.put(entry.getName(), content) != null) {
                        throw new IllegalArgumentException("it holds " + entry.getName() + " twice");
                    }
                }
            }
            requireNothingBehind(path);
            requireAsListed(path, entries);
        } catch (ZipException e) {
            throw new IllegalArgumentException("it is no zip, or a damaged one: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("it cannot be read: " + e.getMessage(), e);
        }
        if (!entries.containsKey(Evidence.CONTENTS)) {
            throw new IllegalArgumentException("it holds no " + Evidence.CONTENTS + ", so it is no evidence of ours");
        }
        return entries;
    }

    /** What ends a zip without a comment, and what stands before that when it has 65,535 entries or more (APPNOTE 4.3.14 to 16). */
    private static final int END = 22;

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_OF_MANY = 76;

    private static final String AROUND =
            "it is no zip, or a damaged one, or there are bytes before, between or behind its files";

    /** Readers pass over bytes behind the list of a zip's entries: another one may take them for what was checked. */
    private static void requireNothingBehind(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path)) {
            ByteBuffer end = ByteBuffer.allocate(END).order(ByteOrder.LITTLE_ENDIAN);
            file.read(end, Math.max(0, file.size() - END));
            long list = Integer.toUnsignedLong(end.getInt(12));
            long from = Integer.toUnsignedLong(end.getInt(16));
            int more = end.getShort(10) == -1 ? END_OF_MANY : 0;
            if (end.getInt(0) != END_SIGNATURE || from + list + more + END != file.size()) {
                throw new IllegalArgumentException(AROUND);
            }
        }
    }

    /** Some readers go by the list at a zip's end, others from its beginning: both must see the same files. */
    private static void requireAsListed(Path path, Map<String, byte[]> entries) throws IOException {
        int found = 0;
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path), StandardCharsets.UTF_8)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] listed = entries.get(entry.getName());
                if (listed == null || !Arrays.equals(zip.readNBytes(listed.length + 1), listed)) {
                    throw new IllegalArgumentException(AROUND);
                }
                found++;
            }
        }
        if (found != entries.size()) {
            throw new IllegalArgumentException(AROUND);
        }
    }

    private void add(Kind kind, String where, String expected, String found) {
        findings.add(new Finding(kind, where, expected, found));
    }

    private Result check(Map<String, byte[]> entries) {
        JsonNode contents;
        try {
            contents = json(entries.get(Evidence.CONTENTS));
        } catch (UncheckedIOException e) {
            throw new IllegalArgumentException("its " + Evidence.CONTENTS + " is no JSON", e);
        }
        List<String> keys = new ArrayList<>();
        contents.fieldNames().forEachRemaining(keys::add);
        if (contents.path("format").asInt() != Evidence.FORMAT || !Evidence.KEYS.containsAll(keys)) {
            throw new IllegalArgumentException("its " + Evidence.CONTENTS + " is not of format " + Evidence.FORMAT
                    + ", the one that is known here: verify it with the Lakeproof that wrote it");
        }
        contents(contents, entries);
        Map<Long, Map<String, Manifest>> files = new TreeMap<>();
        List<DatasetVersion> history = new ArrayList<>();
        for (String name : entries.keySet()) {
            if (name.matches("records/[0-9]{6,18}\\.json")) {
                version(name, entries).ifPresent(version -> {
                    history.add(version);
                    files.put(version.version(), manifests(name.replaceFirst("records", "files"), entries));
                });
            }
        }
        history.sort(Comparator.comparingLong(DatasetVersion::version));
        String dataset = contents.path("dataset").asText();
        long version = contents.path("version").asLong();
        Anchor.Heads heads = anchored.apply(dataset);
        Chain chain = new Chain(trust, findings);
        history.forEach(one -> chain.next(one, files.getOrDefault(one.version(), Map.of())));
        chain.anchors(heads.of(Anchor.Of.VERSIONS).headMap(version, true));
        if (history.isEmpty() || history.get(history.size() - 1).version() != version) {
            add(Kind.VERSION_MISSING, "version " + version, "its record", "none");
        } else {
            DatasetVersion proved = history.get(history.size() - 1);
            same(Evidence.CONTENTS + " digest", contents.path("digest").asText(), proved.digest());
            same(
                    Evidence.CONTENTS + " dataset",
                    proved.recordTree().path("dataset").asText(),
                    dataset);
            log(files, entries);
            readable(
                    entries,
                    history,
                    files,
                    links(entries, history, chain, heads),
                    contents.path("generator").asText());
        }
        return new Result(dataset, version, history.size(), entries.size(), beyond, List.copyOf(findings));
    }

    private void same(String where, String expected, String found) {
        if (!expected.equals(found)) {
            add(Kind.EVIDENCE_CHANGED, where, expected, found);
        }
    }

    private void contents(JsonNode contents, Map<String, byte[]> entries) {
        same(
                Evidence.CONTENTS,
                "sha256 " + contents.path("sha256").asText(),
                "sha256 " + (contents instanceof ObjectNode object ? Evidence.ownDigest(object) : "of no object"));
        Map<String, String> listed = new TreeMap<>();
        contents.path("files")
                .forEach(file -> listed.put(
                        file.path("path").asText(), file.path("sha256").asText()));
        listed.forEach((name, sha256) -> {
            byte[] content = entries.get(name);
            if (content == null) {
                add(Kind.EVIDENCE_CHANGED, name, "a file with sha256 " + sha256, "none");
            } else {
                same(name, "sha256 " + sha256, "sha256 " + Bytes.sha256(content));
            }
        });
        listed.keySet().stream()
                .filter(name -> !name.startsWith("log/") && !OURS.matcher(name).matches())
                .forEach(this::foreign);
        entries.keySet().stream()
                .filter(name -> !name.equals(Evidence.CONTENTS) && !listed.containsKey(name))
                .forEach(name -> add(Kind.EVIDENCE_CHANGED, name, "no such file", "one that the contents do not list"));
    }

    private void foreign(String name) {
        add(Kind.EVIDENCE_CHANGED, name, "no such file", "one that evidence does not have");
    }

    /** The version that a record speaks of; the record is all that there is. */
    private Optional<DatasetVersion> version(String name, Map<String, byte[]> entries) {
        String record = text(entries.get(name));
        byte[] envelope = entries.get(name.replaceFirst("records", "signatures"));
        try {
            JsonNode tree = Json.parse(record);
            same(name, Json.canonical(tree), record);
            return Optional.of(new DatasetVersion(
                    tree.path("version").asLong(),
                    Instant.parse(tree.path("publishedAt").asText()),
                    tree.path("runId").asText(),
                    tree.path("attempt").asText(),
                    tables(tree.path("tables")),
                    change(tree.path("change")),
                    record,
                    Json.sha256(record),
                    Optional.ofNullable(tree.path("previous").textValue()),
                    Optional.ofNullable(envelope).map(EvidenceVerification::text)));
        } catch (UncheckedIOException | DateTimeException e) {
            add(Kind.RECORD_CHANGED, name, "a version record", "text that is none");
            return Optional.empty();
        }
    }

    private static List<TableVersion> tables(JsonNode tables) {
        List<TableVersion> all = new ArrayList<>();
        tables.forEach(table -> all.add(new TableVersion(
                table.path("name").asText(),
                table.path("path").asText(),
                table.path("tableId").asText(),
                table.path("deltaVersion").asLong(),
                table.path("rows").asLong(),
                table.path("fingerprint").asText(),
                table.path("state").asText(),
                table.path("fileDigest").asText())));
        return all;
    }

    private static Membership change(JsonNode change) {
        List<FileOfBatch> files = new ArrayList<>();
        change.path("filesRemoved")
                .forEach(file -> files.add(new FileOfBatch(
                        file.path("batch").asText(), file.path("file").asText())));
        return new Membership(
                texts(change.path("batchesAdded")),
                texts(change.path("batchesRemoved")),
                files,
                texts(change.path("judgementsAdded")),
                texts(change.path("judgementsRemoved")),
                texts(change.path("columnsIgnored")),
                change.path("files").asLong());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private Map<String, Manifest> manifests(String name, Map<String, byte[]> entries) {
        Map<String, Manifest> manifests = new TreeMap<>();
        if (!entries.containsKey(name)) {
            return manifests;
        }
        try {
            json(entries.get(name)).fields().forEachRemaining(table -> {
                List<Manifest.Entry> files = new ArrayList<>();
                table.getValue().forEach(file -> kind(file.path("kind").asText())
                        .ifPresent(kind -> files.add(new Manifest.Entry(
                                kind,
                                file.path("path").asText(),
                                file.path("size").asLong(),
                                file.path("sha256").asText()))));
                manifests.put(table.getKey(), new Manifest(files));
            });
        } catch (UncheckedIOException e) {
            add(Kind.MANIFEST_CHANGED, name, "a list of files", "text that is none");
        }
        return manifests;
    }

    private static Optional<Manifest.Kind> kind(String text) {
        return Arrays.stream(Manifest.Kind.values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst();
    }

    /** The commits in the evidence are those of the manifests, byte for byte. */
    private void log(Map<Long, Map<String, Manifest>> files, Map<String, byte[]> entries) {
        Map<String, String> named = new TreeMap<>();
        files.values()
                .forEach(tables -> tables.forEach((table, manifest) -> manifest.entries().stream()
                        .filter(entry -> entry.kind() == Manifest.Kind.LOG
                                && entry.path().endsWith(".json"))
                        .forEach(entry -> named.put("log/" + table + "/" + entry.path(), entry.sha256()))));
        named.forEach((name, sha256) -> {
            byte[] content = entries.get(name);
            if (content == null) {
                add(Kind.COMMIT_MISSING, name, "a commit with sha256 " + sha256, "none");
            } else if (!Bytes.sha256(content).equals(sha256)) {
                add(Kind.COMMIT_CHANGED, name, "sha256 " + sha256, "sha256 " + Bytes.sha256(content));
            }
        });
        entries.keySet().stream()
                .filter(name -> name.startsWith("log/") && !named.containsKey(name))
                .forEach(this::foreign);
    }

    /** The pages for people follow from the records: they are made again. */
    private void readable(
            Map<String, byte[]> entries,
            List<DatasetVersion> history,
            Map<Long, Map<String, Manifest>> files,
            List<Link> trainings,
            String writer) {
        String found = writer.equals(generator)
                ? "something else"
                : "something else, as Lakeproof %s may write it: verify it with that one".formatted(writer);
        try {
            new Evidence(history, files, Map.of(), List.of(), trainings, generator)
                    .readable()
                    .forEach((name, content) -> {
                        if (!Arrays.equals(content, entries.get(name))) {
                            add(Kind.EVIDENCE_CHANGED, name, "what follows from the records", found);
                        }
                    });
        } catch (RuntimeException e) {
            // Whatever somebody wrote into the evidence, it is a finding and not a failure of ours.
            add(
                    Kind.EVIDENCE_CHANGED,
                    "pages, tags and trainings",
                    "what follows from the records",
                    "what can't be read: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("nothing"));
        }
    }

    /** Holds tags and trainings against the records; returns the trainings. */
    private List<Link> links(
            Map<String, byte[]> entries, List<DatasetVersion> history, Chain chain, Anchor.Heads heads) {
        links("tags.json", entries, history, chain, heads.of(Anchor.Of.TAGS), Kind.TAG_CHANGED);
        return links("trainings.json", entries, history, chain, heads.of(Anchor.Of.TRAININGS), Kind.TRAINING_CHANGED);
    }

    private List<Link> links(
            String name,
            Map<String, byte[]> entries,
            List<DatasetVersion> history,
            Chain chain,
            NavigableMap<Long, String> kept,
            Kind kind) {
        List<Link> links = new ArrayList<>();
        try {
            json(entries.getOrDefault(name, new byte[0])).forEach(row -> links.add(new Read((ObjectNode) row)));
            // Rows about later versions stand there too, so that the list stays whole; their records do not. Rows that
            // were
            // added and kept since can't.
            beyond += kept.tailMap((long) links.size(), false).size();
            chain.links(
                    links, history.get(history.size() - 1).version(), kind, kept.headMap((long) links.size(), true));
        } catch (RuntimeException e) {
            // Whatever somebody wrote into the evidence, it is a finding and not a failure of ours.
            add(Kind.EVIDENCE_CHANGED, name, "rows that follow one another", "what can't be read: " + e.getMessage());
        }
        return links;
    }

    /** A row as it stands in evidence. */
    private record Read(ObjectNode row) implements Link {
        @Override
        public long number() {
            return row.path("number").asLong();
        }

        @Override
        public String name() {
            if (row.has("tag")) {
                return "tag " + row.path("tag").asText();
            }
            String version = row.path("modelVersion").isTextual()
                    ? ":" + row.path("modelVersion").asText()
                    : "";
            return row.path("model").isTextual()
                    ? "training of " + row.path("model").asText() + version
                    : "training on version " + row.path("version").asText();
        }

        @Override
        public long version() {
            return row.path("version").asLong();
        }

        @Override
        public String record() {
            return row.path("record").asText();
        }

        @Override
        public Optional<String> previous() {
            return Optional.ofNullable(row.path("previous").textValue());
        }

        @Override
        public String digest() {
            return row.path("digest").asText();
        }

        @Override
        public Instant at() {
            return Stream.of("taggedAt", "recordedAt")
                    .map(row::path)
                    .filter(JsonNode::isTextual)
                    .map(at -> Instant.parse(at.asText()))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public Optional<String> envelope() {
            return Optional.ofNullable(row.path("envelope").textValue());
        }

        @Override
        public ObjectNode json() {
            return row.deepCopy().without(List.of("digest", "envelope"));
        }
    }

    private static JsonNode json(byte[] content) {
        return Json.parse(text(content));
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }
}
