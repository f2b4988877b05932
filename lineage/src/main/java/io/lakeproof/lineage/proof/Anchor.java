package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A second place that keeps the heads of the chains, one small file per version and per row of tags, trainings and
 * retirements, never overwritten: a container whose policy is write once, or any place that the lake's writers can't change. Without one, whoever can rewrite the whole lake
 * can rewrite the whole chain.
 */
public final class Anchor {

    /** In place of a digest. */
    private static final String CHANGED = "in a file that was cut off or changed";

    private final FileSystem files;
    private final Path folder;

    /** What lay there when it was first asked for: of all kinds, by one request. */
    private List<FileStatus> listed;

    private Anchor(FileSystem files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /**
     * The anchors of a dataset below a folder.
     *
     * @param uri the folder, on any Hadoop file system; it need not exist yet
     */
    public static Anchor of(Configuration hadoop, String uri, String dataset) {
        Path folder = new Path(uri, dataset);
        try {
            return new Anchor(folder.getFileSystem(hadoop), folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What has heads: the version records, and each table whose rows follow one another. */
    public enum Of {
        VERSIONS,
        TAGS,
        TRAININGS,
        RETIREMENTS;

        /** As the table below {@code lineage/} is named. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The digests that are kept of each, by number. */
    @FunctionalInterface
    public interface Heads {
        /** There is no anchor. */
        Heads NONE = table -> Collections.emptyNavigableMap();

        NavigableMap<Long, String> of(Of table);
    }

    /**
     * Keeps the head of a version; when it is there already, it stays as it is.
     *
     * @throws UncheckedIOException when it cannot be written
     */
    public void keep(DatasetVersion version) {
        keep(
                Of.VERSIONS,
                version.version(),
                Json.object()
                        .put("version", version.version())
                        .put("digest", version.digest())
                        .put("publishedAt", version.publishedAt().toString()));
    }

    /** The same of a row. */
    public void keep(Of table, Link link) {
        keep(table, link.number(), link.json().put("digest", link.digest()));
    }

    private void keep(Of table, long number, ObjectNode head) {
        byte[] text = Json.canonical(head).getBytes(StandardCharsets.UTF_8);
        try {
            for (int copy = 0; ; copy++) {
                Path file = new Path(folder, name(table, number, copy));
                try (OutputStream out = files.create(file, false)) {
                    out.write(text);
                    return;
                } catch (FileAlreadyExistsException e) {
                    // A run that was killed after it, or another one, kept it; of one that was killed meanwhile it is
                    // empty.
                    if (files.getFileStatus(file).getLen() > 0) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest number whose head is kept, by the names alone: every run asks, and opens none of them; 0: none is. */
    public long newest(Of table) {
        return named(table).stream().mapToLong(Named::number).max().orElse(0);
    }

    /**
     * The digests that are kept, by number: of a file that is none of ours, what stands in it.
     *
     * @throws UncheckedIOException when they cannot be read
     */
    public NavigableMap<Long, String> heads(Of table) {
        NavigableMap<Long, String> heads = new TreeMap<>();
        for (Named head : named(table)) {
            try (InputStream in = files.open(head.file())) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                heads.put(head.number(), digest(text));
            } catch (ChecksumException e) {
                // Hadoop's local checksum files.
                heads.put(head.number(), CHANGED);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return heads;
    }

    private static String digest(String head) {
        try {
            return Json.parse(head).path("digest").asText();
        } catch (UncheckedIOException e) {
            return CHANGED;
        }
    }

    private record Named(long number, Path file) {}

    /** The files that hold a head, but for those that a killed run left empty. */
    private List<Named> named(Of table) {
        return listed().stream()
                .filter(file -> file.getLen() > 0)
                .flatMap(file ->
                        number(table, file.getPath().getName())
                                .map(number -> new Named(number, file.getPath()))
                                .stream())
                .toList();
    }

    private List<FileStatus> listed() {
        if (listed == null) {
            try {
                listed = List.of(files.listStatus(folder));
            } catch (FileNotFoundException e) {
                listed = List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return listed;
    }

    private static Optional<Long> number(Of table, String name) {
        Matcher matcher = Pattern.compile(prefix(table) + "([0-9]{12})(\\+[0-9]+)?\\.json")
                .matcher(name);
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }

    private static String name(Of table, long number, int copy) {
        return prefix(table) + "%012d".formatted(number) + (copy == 0 ? "" : "+" + copy) + ".json";
    }

    private static String prefix(Of table) {
        return table == Of.VERSIONS ? "" : table.text() + "-";
    }
}
