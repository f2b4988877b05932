package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A version record with what it refers to, in one zip that is checked without the lake and without us. The same evidence is
 * the same bytes. {@code docs/audit.md} says what each file is.
 *
 * @param history every version up to the one that is proved, oldest first; its record is the last
 * @param files the manifests of each version's tables
 * @param log the commits of the Delta logs that the manifests name, by table and path: {@code train/_delta_log/….json}
 * @param tags every row of the tags
 * @param trainings every row of the trainings
 * @param generator the version of Lakeproof that writes it
 */
public record Evidence(
        List<DatasetVersion> history,
        Map<Long, Map<String, Manifest>> files,
        Map<String, byte[]> log,
        List<Link> tags,
        List<Link> trainings,
        String generator) {

    static final int FORMAT = 1;

    /** What the contents say. */
    static final Set<String> KEYS = Set.of("format", "generator", "dataset", "version", "digest", "files", "sha256");

    static final String CONTENTS = "contents.json";

    private static final String OWN_DIGEST = "sha256";

    /** The version that is proved. */
    public DatasetVersion version() {
        return history.get(history.size() - 1);
    }

    /** Writes the zip; does not close the stream. */
    public void write(OutputStream out) throws IOException {
        Map<String, byte[]> entries = entries();
        ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        entry(zip, CONTENTS, bytes(contents(entries)));
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            entry(zip, entry.getKey(), entry.getValue());
        }
        zip.finish();
    }

    /** Every file but the list of them, by name. */
    private Map<String, byte[]> entries() {
        Map<String, byte[]> entries = new TreeMap<>();
        for (DatasetVersion version : history) {
            entries.put(name("records", version), bytes(version.record()));
            version.envelope().ifPresent(envelope -> entries.put(name("signatures", version), bytes(envelope)));
            entries.put(name("files", version), bytes(manifests(files.getOrDefault(version.version(), Map.of()))));
        }
        log.forEach((path, content) -> entries.put("log/" + path, content));
        entries.put("tags.json", bytes(links(tags)));
        entries.put("trainings.json", bytes(links(trainings)));
        entries.putAll(readable());
        return entries;
    }

    /** What people read: made from the records alone, so that whoever checks the evidence can make it again. */
    Map<String, byte[]> readable() {
        JsonNode record = version().recordTree();
        Map<String, byte[]> readable = new TreeMap<>();
        readable.put("index.html", bytes(EvidencePage.of(this)));
        readable.put("datasheet.html", bytes(Datasheet.of(this)));
        readable.put("sources.csv", bytes(sources()));
        readable.put("rules.json", bytes(Json.canonical(record.path("rules"))));
        readable.put("spec.yaml", bytes(record.path("specText").asText()));
        return readable;
    }

    private String contents(Map<String, byte[]> entries) {
        ObjectNode contents = Json.object()
                .put("format", FORMAT)
                .put("generator", generator)
                .put("dataset", version().recordTree().path("dataset").asText())
                .put("version", version().version())
                .put("digest", version().digest());
        ArrayNode list = contents.putArray("files");
        entries.forEach((name, content) ->
                list.addObject().put("path", name).put("size", content.length).put("sha256", Bytes.sha256(content)));
        return Json.canonical(contents.put(OWN_DIGEST, ownDigest(contents)));
    }

    /** SHA-256 of the contents without this digest: nothing else in the evidence tells what wrote it. */
    static String ownDigest(ObjectNode contents) {
        return Json.sha256(Json.canonical(contents.deepCopy().without(OWN_DIGEST)));
    }

    /** Every source file of every version, with what became of it. */
    private String sources() {
        StringBuilder csv =
                new StringBuilder("version,path,size,modification_time,sha256,rows,unreadable,status,batch\n");
        for (DatasetVersion version : history) {
            version.recordTree().path("sources").forEach(file -> csv.append(version.version())
                    .append(',')
                    .append(quoted(file.path("path").asText()))
                    .append(',')
                    .append(file.path("size").asText())
                    .append(',')
                    .append(file.path("modificationTime").asText())
                    .append(',')
                    .append(file.path("sha256").asText())
                    .append(',')
                    .append(file.path("rows").asText())
                    .append(',')
                    .append(file.path("unreadable").asText())
                    .append(',')
                    .append(file.path("status").asText())
                    .append(',')
                    .append(file.path("batch").asText())
                    .append('\n'));
        }
        return csv.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    static String manifests(Map<String, Manifest> manifests) {
        ObjectNode tables = Json.object();
        manifests.forEach((table, manifest) -> {
            ArrayNode files = tables.putArray(table);
            manifest.entries().forEach(entry -> files.addObject()
                    .put("kind", entry.kind().text())
                    .put("path", entry.path())
                    .put("size", entry.size())
                    .put("sha256", entry.sha256()));
        });
        return Json.canonical(tables);
    }

    private static String links(List<Link> links) {
        ArrayNode rows = Json.object().putArray("rows");
        links.forEach(link -> {
            ObjectNode row = link.json().put("digest", link.digest());
            link.envelope().ifPresent(envelope -> row.put("envelope", envelope));
            rows.add(row);
        });
        return Json.canonical(rows);
    }

    static String name(String folder, DatasetVersion version) {
        return "%s/%06d.json".formatted(folder, version.version());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setLastModifiedTime(FileTime.from(version().publishedAt()));
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
