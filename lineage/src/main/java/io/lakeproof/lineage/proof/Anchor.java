package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A second place that keeps the head of the chain, one small file per version, never overwritten: a container whose
 * policy is write once, or any place that the lake's writers can't change. Without one, whoever can rewrite the whole lake
 * can rewrite the whole chain.
 */
public final class Anchor {

    private final FileSystem files;
    private final Path folder;

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

    /** A head that was kept: the digest of a version's record. */
    public record Head(long version, String digest) {}

    /** Keeps the head of a version; when it is there already, it stays as it is. */
    public void keep(DatasetVersion version) {
        String text = Json.canonical(Json.object()
                .put("version", version.version())
                .put("digest", version.digest())
                .put("publishedAt", version.publishedAt().toString()));
        try (OutputStream out = files.create(file(version.version()), false)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (FileAlreadyExistsException e) {
            // A run that was killed after it, or another one, kept it.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The newest version whose head is kept, by the names alone: every run asks, and opens none of them; 0: none is. */
    public long newest() {
        try {
            return Stream.of(files.listStatus(folder))
                    .map(file -> file.getPath().getName())
                    .filter(Anchor::isHead)
                    .mapToLong(name -> Long.parseLong(name.substring(0, 12)))
                    .max()
                    .orElse(0);
        } catch (FileNotFoundException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The heads that are kept, oldest first. */
    public List<Head> heads() {
        List<Head> heads = new ArrayList<>();
        try {
            for (FileStatus file : files.listStatus(folder)) {
                head(file.getPath()).ifPresent(heads::add);
            }
        } catch (FileNotFoundException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        heads.sort(Comparator.comparing(Head::version));
        return heads;
    }

    private Optional<Head> head(Path file) throws IOException {
        if (!isHead(file.getName())) {
            return Optional.empty();
        }
        try (InputStream in = files.open(file)) {
            JsonNode head = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return Optional.of(
                    new Head(head.path("version").asLong(), head.path("digest").asText()));
        }
    }

    private static boolean isHead(String name) {
        return name.matches("[0-9]{12}\\.json");
    }

    private Path file(long version) {
        return new Path(folder, "%012d.json".formatted(version));
    }
}
