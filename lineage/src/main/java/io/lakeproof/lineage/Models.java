package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The fitted models of a dataset: one folder each, named by the attempt that fitted it, written once and before the version
 * that names it. A folder that no version names was left by a run that published nothing.
 */
public final class Models {

    private final Configuration hadoop;
    private final Path root;

    private Models(Configuration hadoop, Path root) {
        this.hadoop = hadoop;
        this.root = root;
    }

    /**
     * A model as a version record names it.
     *
     * @param name its folder's name
     * @param fittedAt the first version that it belongs to
     * @param digest SHA-256 over its files' paths, sizes and digests
     * @param files ordered by path
     */
    public record Model(String name, long fittedAt, String digest, List<File> files) {

        /** The model as a version record holds it. */
        public ObjectNode json() {
            ObjectNode json =
                    Json.object().put("name", name).put("fittedAt", fittedAt).put("digest", digest);
            json.set("files", list(files));
            return json;
        }
    }

    /** One file; {@code path} is below the model's folder. */
    public record File(String path, long size, String sha256) {}

    /**
     * A file that is not as the record says.
     *
     * @param expected absent: the record knows no such file
     * @param found absent: there is none
     */
    public record Difference(String path, Optional<File> expected, Optional<File> found) {

        /** What is there, in words. */
        public String text() {
            return found.map(Difference::text).orElse("none");
        }

        /** The file in words. */
        public static String text(File file) {
            return file.size() + " bytes, sha256 " + file.sha256();
        }
    }

    /** The models below a folder. */
    public static Models of(Session session, String folder) {
        return new Models(session.hadoop(), new Path(folder));
    }

    /** The model that a version's record names; absent: it has no feature steps. */
    public static Optional<Model> named(DatasetVersion version) {
        JsonNode model = version.recordTree().path("features").path("model");
        if (model.isMissingNode()) {
            return Optional.empty();
        }
        List<File> files = new ArrayList<>();
        model.get("files")
                .forEach(file -> files.add(new File(
                        file.get("path").asText(),
                        file.get("size").asLong(),
                        file.get("sha256").asText())));
        return Optional.of(new Model(
                model.get("name").asText(),
                model.get("fittedAt").asLong(),
                model.get("digest").asText(),
                files));
    }

    /** Where a file of a model is, or with an empty path the model itself. */
    public String uri(String name, String path) {
        return new Path(root, path.isEmpty() ? name : name + "/" + path).toString();
    }

    /** Writes a file of a new model. */
    public void write(String name, String path, String text) {
        Path file = new Path(uri(name, path));
        try (OutputStream out = file.getFileSystem(hadoop).create(file, false)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a file of a model. */
    public String read(String name, String path) {
        Path file = new Path(uri(name, path));
        try (var in = file.getFileSystem(hadoop).open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A model all of whose files are written. */
    public Model seal(String name, long fittedAt) {
        List<File> files = files(name);
        return new Model(name, fittedAt, digest(files), files);
    }

    /** What of a model is not as it was sealed; empty: nothing. A file too many counts, for a reader might take it. */
    public List<Difference> differences(Model model) {
        Map<String, File> expected = byPath(model.files());
        Map<String, File> found = byPath(files(model.name()));
        List<Difference> differences = new ArrayList<>();
        expected.forEach((path, file) -> {
            if (!file.equals(found.get(path))) {
                differences.add(new Difference(path, Optional.of(file), Optional.ofNullable(found.get(path))));
            }
        });
        found.forEach((path, file) -> {
            if (!expected.containsKey(path)) {
                differences.add(new Difference(path, Optional.empty(), Optional.of(file)));
            }
        });
        return differences;
    }

    /** The models, whole or not, whose files were all written before a time; those too that no version names. */
    public Set<String> writtenBefore(Instant time) {
        Set<String> names = new TreeSet<>();
        try {
            FileSystem storage = root.getFileSystem(hadoop);
            for (FileStatus model : storage.exists(root) ? storage.listStatus(root) : new FileStatus[0]) {
                if (model.isDirectory() && isName(model.getPath().getName())) {
                    long last = model.getModificationTime();
                    RemoteIterator<LocatedFileStatus> files = storage.listFiles(model.getPath(), true);
                    while (files.hasNext()) {
                        last = Math.max(last, files.next().getModificationTime());
                    }
                    if (last < time.toEpochMilli()) {
                        names.add(model.getPath().getName());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    /** Whether a folder is of ours: nobody else's may go with the models. */
    private static boolean isName(String folder) {
        return folder.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    /** Removes a model, whole or not. */
    public void delete(String name) {
        Path folder = new Path(root, name);
        try {
            folder.getFileSystem(hadoop).delete(folder, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The digest that the files of a model add up to. */
    public static String digest(List<File> files) {
        ObjectNode all = Json.object();
        all.set("files", list(files));
        return Json.sha256(Json.canonical(all));
    }

    private static ArrayNode list(List<File> files) {
        ArrayNode list = Json.object().putArray("files");
        files.forEach(file -> list.addObject()
                .put("path", file.path())
                .put("size", file.size())
                .put("sha256", file.sha256()));
        return list;
    }

    private static Map<String, File> byPath(List<File> files) {
        Map<String, File> byPath = new LinkedHashMap<>();
        files.forEach(file -> byPath.put(file.path(), file));
        return byPath;
    }

    /** Every file of a model but Hadoop's checksums, which a copy may lack; none when the model is gone. */
    private List<File> files(String name) {
        List<File> files = new ArrayList<>();
        try {
            FileSystem storage = root.getFileSystem(hadoop);
            Path folder = storage.makeQualified(new Path(root, name));
            int below = folder.toUri().getPath().length() + 1;
            RemoteIterator<LocatedFileStatus> all = storage.listFiles(folder, true);
            while (all.hasNext()) {
                Path file = all.next().getPath();
                if (!file.getName().endsWith(".crc")) {
                    FileDigests.Digest digest =
                            FileDigests.of(hadoop, file.toString()).require(file.toString());
                    files.add(new File(file.toUri().getPath().substring(below), digest.size(), digest.sha256()));
                }
            }
        } catch (FileNotFoundException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(Comparator.comparing(File::path));
        return files;
    }
}
