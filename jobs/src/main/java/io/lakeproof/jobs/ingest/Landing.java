package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Glob;
import io.lakeproof.jobs.spec.Source;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** The folder or container where source files are dropped. */
public final class Landing {

    /** Where published files are moved by {@code source.after: archive}; nothing below it is a source file. */
    public static final String ARCHIVE = "_archive";

    private static final List<String> TEMPORARY =
            List.of(".tmp", ".part", ".partial", ".crdownload", "._copying_", ".filepart", ".inprogress");

    private Landing() {}

    /**
     * What a landing holds at one moment.
     *
     * @param files the source files, sorted by path
     * @param waiting those that are not ready, sorted by path; they are looked at again by the next run
     */
    public record Listing(List<SourceFile> files, List<Waiting> waiting) {}

    /** A file that is left for the next run, and why, in words a person follows. */
    public record Waiting(String path, String reason) {}

    /**
     * Lists the files below {@code source.path}, with everything nested in its folders; {@code **} in it stands for any number
     * of folders. Names that start with {@code _} or
     * {@code .} are never source files, whether of a file or of a folder below the landing.
     *
     * @throws Failure.BadSpec when the landing does not exist
     * @throws Failure.Remote when the storage does not answer
     */
    public static Listing list(Configuration conf, Source source, Instant now) {
        Path path = new Path(source.path());
        try {
            FileSystem fs = path.getFileSystem(conf);
            Walk walk = new Walk(fs, source, meant(fs, path, source), now);
            for (FileStatus root : roots(fs, path, source)) {
                walk.add(root);
            }
            return new Listing(List.copyOf(walk.files.values()), List.copyOf(walk.waiting.values()));
        } catch (UnsupportedFileSystemException e) {
            throw source.problem(
                    "path",
                    "no file system is known for %s; correct it, or add the one with its jar".formatted(source.path()));
        } catch (IOException e) {
            throw new Failure.Remote("cannot list " + source.path() + ": " + oneLine(e), e);
        }
    }

    /**
     * Moves files to {@code _archive} below the landing, each where it lay; one that cannot be moved stays.
     *
     * @return why a file stayed, a line each
     */
    public static List<String> archive(Configuration conf, Source source, Collection<String> paths) {
        List<String> stayed = new ArrayList<>();
        for (String path : paths) {
            try {
                Path file = new Path(path);
                FileSystem fs = file.getFileSystem(conf);
                Path landing = fixed(fs.makeQualified(new Path(source.path())));
                Path folder = fs.getFileStatus(landing).isDirectory() ? landing : landing.getParent();
                String below = file.toUri()
                        .getPath()
                        .substring(folder.toUri().getPath().length() + 1);
                Path target = new Path(new Path(folder, ARCHIVE), below);
                fs.mkdirs(target.getParent());
                if (fs.exists(target) || !fs.rename(file, target)) {
                    stayed.add(path + " stays in the landing: " + target + " is there already");
                }
            } catch (IOException e) {
                stayed.add(path + " stays in the landing: " + oneLine(e));
            }
        }
        return stayed;
    }

    /** Which of the files below the landing are meant: those that a {@code **} reaches, otherwise all. */
    private static Predicate<Path> meant(FileSystem fs, Path path, Source source) throws IOException {
        if (!Glob.nests(source.path()) || fs.exists(path)) {
            return file -> true;
        }
        try {
            Glob glob = Glob.of(fs.makeQualified(path).toUri().getPath());
            return file -> glob.means(file.toUri().getPath());
        } catch (IllegalArgumentException e) {
            throw source.problem("path", e.getMessage() + "; correct the wildcards of " + source.path());
        }
    }

    private static List<FileStatus> roots(FileSystem fs, Path path, Source source) throws IOException {
        try {
            return List.of(fs.getFileStatus(path));
        } catch (FileNotFoundException e) {
            boolean isGlob = isGlob(source.path());
            Path fixed = fixed(fs.makeQualified(path));
            if (Glob.nests(source.path()) && fs.exists(fixed)) {
                return List.of(fs.getFileStatus(fixed));
            }
            FileStatus[] matches = isGlob ? matches(fs, path, source) : null;
            if (matches != null && matches.length > 0) {
                return List.of(matches);
            }
            if (isGlob && fs.exists(fixed)) {
                return List.of();
            }
            throw source.problem("path", missing(fs, fixed) + " does not exist; create it or correct the path");
        }
    }

    /** What is missing: the folder, or the container that it would be in. */
    private static String missing(FileSystem fs, Path folder) throws IOException {
        URI address = folder.toUri();
        boolean hasContainer = address.getUserInfo() != null && !fs.exists(new Path("/"));
        return hasContainer
                ? "container '%s' of %s"
                        .formatted(address.getUserInfo(), address.getHost().replaceFirst("\\..*", ""))
                : folder.toString();
    }

    private static FileStatus[] matches(FileSystem fs, Path path, Source source) throws IOException {
        try {
            return fs.globStatus(path);
        } catch (IOException e) {
            // Hadoop has no other sign of it.
            String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            if (said.startsWith("Illegal file pattern")) {
                throw source.problem("path", said + "; correct the wildcards of " + source.path());
            }
            throw e;
        }
    }

    /** The part of a path before its first wildcard. */
    public static Path fixed(Path path) {
        Path fixed = path;
        while (isGlob(fixed.toString())) {
            fixed = fixed.getParent();
        }
        return fixed;
    }

    private static boolean isGlob(String text) {
        return text.matches("(?s).*[*?\\[{].*");
    }

    /** An exception in one line: its own words, or its kind when it has none. */
    static String oneLine(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null || cause.getMessage().isBlank()
                ? cause.getClass().getSimpleName()
                : cause.getMessage();
        String line = message.strip().lines().findFirst().orElse("");
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }

    private static final class Walk {
        private final FileSystem fs;
        private final Source source;
        private final Predicate<Path> meant;
        private final Instant now;
        private final TreeMap<String, SourceFile> files = new TreeMap<>();
        private final TreeMap<String, Waiting> waiting = new TreeMap<>();

        private Walk(FileSystem fs, Source source, Predicate<Path> meant, Instant now) {
            this.fs = fs;
            this.source = source;
            this.meant = meant;
            this.now = now;
        }

        private void add(FileStatus root) throws IOException {
            // A glob such as landing/* also matches hidden names and the archive; a path written out in full is meant.
            Path fixed = fixed(fs.makeQualified(new Path(source.path())));
            for (Path part = root.getPath(); part.depth() > fixed.depth(); part = part.getParent()) {
                if (hidden(part)) {
                    return;
                }
            }
            if (root.isDirectory()) {
                folder(root.getPath());
            } else {
                file(root, complete(siblings(root)));
            }
        }

        private void folder(Path folder) throws IOException {
            FileStatus[] children;
            try {
                children = fs.listStatus(folder);
            } catch (FileNotFoundException vanished) {
                return;
            }
            refuseUndecodable(folder);
            boolean complete = complete(children);
            for (FileStatus child : children) {
                if (hidden(child.getPath())) {
                    continue;
                }
                if (child.isDirectory()) {
                    folder(child.getPath());
                } else {
                    file(child, complete);
                }
            }
        }

        /** In a locale of ASCII, Java opens no file with another name, and Hadoop passes over it without a word. */
        private void refuseUndecodable(Path folder) {
            if (!fs.getScheme().equals("file") || "UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
                return;
            }
            String[] names = new File(folder.toUri().getPath()).list();
            if (names != null && Stream.of(names).anyMatch(name -> name.indexOf('\uFFFD') >= 0)) {
                throw new Failure.Usage("%s holds a file whose name cannot be read in this locale; set LC_ALL=C.UTF-8"
                        .formatted(folder));
            }
        }

        private FileStatus[] siblings(FileStatus file) throws IOException {
            return source.completeWhen().isEmpty()
                    ? new FileStatus[0]
                    : fs.listStatus(file.getPath().getParent());
        }

        private boolean complete(FileStatus[] folder) {
            return source.completeWhen().isEmpty()
                    || List.of(folder).stream()
                            .anyMatch(f -> isMarker(f.getPath().getName()));
        }

        private boolean isMarker(String name) {
            return source.completeWhen().equals(Optional.of(name));
        }

        private static boolean hidden(Path path) {
            String name = path.getName();
            return name.startsWith("_") || name.startsWith(".");
        }

        private void file(FileStatus status, boolean complete) {
            String path = status.getPath().toString();
            String name = status.getPath().getName();
            if (isMarker(name) || !meant.test(status.getPath())) {
                return;
            }
            // To open a pipe is to wait for who writes into it.
            if (fs.getScheme().equals("file")
                    && !Files.isRegularFile(
                            java.nio.file.Path.of(status.getPath().toUri().getPath()))) {
                wait(path, "it is a pipe, a socket or a device, and no file");
                return;
            }
            Optional<String> temporary = TEMPORARY.stream()
                    .filter(name.toLowerCase(Locale.ROOT)::endsWith)
                    .findFirst();
            Duration age = Duration.between(Instant.ofEpochMilli(status.getModificationTime()), now);
            if (temporary.isPresent()) {
                wait(path, "still being written: its name ends with " + temporary.get());
            } else if (!complete) {
                wait(path, "its folder has no " + source.completeWhen().orElseThrow() + " yet");
            } else if (age.compareTo(source.settle()) < 0) {
                wait(
                        path,
                        "modified " + age.toSeconds() + " s ago, source.settle asks for "
                                + source.settle().toSeconds() + " s");
            } else {
                Optional<String> etag =
                        status instanceof EtagSource tagged ? Optional.ofNullable(tagged.getEtag()) : Optional.empty();
                files.put(path, new SourceFile(path, status.getLen(), status.getModificationTime(), etag));
            }
        }

        private void wait(String path, String reason) {
            waiting.put(path, new Waiting(path, reason));
        }
    }
}
