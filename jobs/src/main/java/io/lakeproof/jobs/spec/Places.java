package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.Failure;
import io.lakeproof.transforms.Surroundings;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Finds what a spec refers to: relative to the spec's folder, or by any Hadoop URI. */
record Places(Path spec, Configuration conf) implements Surroundings {

    /**
     * The spec's own place: a local file if there is one of that name, and otherwise what Hadoop takes the path for.
     *
     * @throws IllegalArgumentException when the text is no path
     */
    static Places around(String spec, Configuration conf) {
        java.nio.file.Path local = local(spec);
        return new Places(
                local != null && Files.exists(local)
                        ? new Path(
                                "file", null, local.toAbsolutePath().normalize().toString())
                        : qualified(path(spec), conf),
                conf);
    }

    /**
     * The absolute, qualified URI of a path; one that begins with / is of the default file system.
     *
     * @throws IllegalArgumentException when the text is no path
     */
    @Override
    public String resolve(String path) {
        Path given = path(path);
        return (given.isAbsolute() ? qualified(given, conf) : new Path(spec.getParent(), given)).toString();
    }

    /** The text of a file, which must be UTF-8. */
    @Override
    public String read(String file) throws IOException {
        return text(new Path(resolve(file)));
    }

    @Override
    public byte[] bytes(String file) throws IOException {
        return found(new Path(resolve(file)));
    }

    /** The text of the spec. */
    String read() throws IOException {
        return text(spec);
    }

    private static Path path(String text) {
        try {
            return new Path(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    e.getMessage()
                                    .replaceFirst("^java.net.URISyntaxException: ", "")
                                    .replaceFirst(": .*", "")
                            + "; write a folder or file relative to the spec, or a URI such as file:/lake",
                    e);
        }
    }

    private static Path qualified(Path path, Configuration conf) {
        return path.makeQualified(FileSystem.getDefaultUri(conf), new Path("/"));
    }

    private static java.nio.file.Path local(String path) {
        try {
            return java.nio.file.Path.of(path);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private byte[] found(Path path) throws IOException {
        try {
            return bytes(path);
        } catch (FileNotFoundException | java.nio.file.NoSuchFileException e) {
            throw new IOException("there is no such file; check its path", e);
        } catch (IOException e) {
            boolean elsewhere = !"file".equals(path.toUri().getScheme());
            if (elsewhere && !(e instanceof UnsupportedFileSystemException)) {
                throw Failure.behind(e).orElseThrow(() -> new IOException(e));
            }
            throw e instanceof java.nio.file.AccessDeniedException
                    ? new IOException("permission denied; let this user read it", e)
                    : e;
        }
    }

    private String text(Path path) throws IOException {
        byte[] bytes = found(path);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IOException("it is not UTF-8; save it as UTF-8", e);
        }
    }

    private byte[] bytes(Path path) throws IOException {
        if ("file".equals(path.toUri().getScheme())) {
            // Hadoop's local file system would compare the file with a .crc that an editor does not keep up to date.
            java.nio.file.Path local = java.nio.file.Path.of(path.toUri().getPath());
            if (Files.isDirectory(local)) {
                throw new IOException("it is a folder; name a file in it");
            }
            return Files.readAllBytes(local);
        }
        try (FileSystem files = FileSystem.newInstance(path.toUri(), conf);
                InputStream in = files.open(path)) {
            return in.readAllBytes();
        } catch (RuntimeException e) {
            // Drivers report a missing configuration this way.
            throw new IOException(Problems.oneLine(String.valueOf(e.getMessage())), e);
        }
    }
}
