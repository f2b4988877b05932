package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files by which a table came from the state that one dataset version pins to the state that the next one pins: data
 * files that joined, data files that left, and files of the log, each with its size and SHA-256. Specified to the byte in
 * {@code docs/reference/file-digest.md}.
 *
 * @param entries ordered by kind and path, each path once per kind
 */
public record Manifest(List<Entry> entries) {

    private static final Comparator<Entry> ORDER =
            Comparator.comparing(Entry::kind).thenComparing(Entry::path);

    /** Of a table whose files are what they were. */
    public static final Manifest NONE = new Manifest(List.of());

    public Manifest {
        entries = entries.stream().sorted(ORDER).toList();
    }

    /** What a file is to its table. */
    public enum Kind {
        /** A data file that the table holds from here on. */
        ADDED,
        /** A data file that the table holds no more; its size and SHA-256 stand with its addition. */
        REMOVED,
        /** A file of the Delta log: a commit, or a checkpoint or checksum that Delta made beside it. */
        LOG;

        /** As it stands in a manifest: {@code added}, {@code removed}, {@code log}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One file.
     *
     * @param path below the table's folder, {@code /} between names; a URI when it lies elsewhere
     * @param size in bytes; 0 for a removed file
     * @param sha256 64 lower-case hex digits; empty for a removed file
     */
    public record Entry(Kind kind, String path, long size, String sha256) {}

    /**
     * SHA-256 over this manifest and the digest before it, so that the newest digest stands for every file of the table.
     *
     * @param previous the table's digest in the dataset version before; absent: the manifest starts with an empty table
     */
    public String digest(Optional<String> previous) {
        ObjectNode all = Json.object().put("previous", previous.orElse(null));
        ArrayNode files = all.putArray("files");
        entries.forEach(entry -> files.addObject()
                .put("kind", entry.kind().text())
                .put("path", entry.path())
                .put("size", entry.size())
                .put("sha256", entry.sha256()));
        return Json.sha256(Json.canonical(all));
    }

    /** The entries of one kind. */
    public Stream<Entry> of(Kind kind) {
        return entries.stream().filter(entry -> entry.kind() == kind);
    }
}
