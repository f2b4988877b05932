package io.lakeproof.jobs.spec;

import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.GlobPattern;

/**
 * A path with wildcards, as Hadoop's globs are, one name at a time, and {@code **} for any number of folders, which Hadoop does
 * not know. It means what it matches, and everything below that.
 */
public final class Glob {

    private static final String FOLDERS = "**";

    private final List<String> names;
    private final List<GlobPattern> patterns;

    private Glob(List<String> names, List<GlobPattern> patterns) {
        this.names = names;
        this.patterns = patterns;
    }

    /**
     * A glob over absolute paths.
     *
     * @throws IllegalArgumentException when a wildcard of it is not closed
     */
    public static Glob of(String path) {
        List<String> names = List.of(path.split("/", -1));
        try {
            return new Glob(names, names.stream().map(GlobPattern::new).toList());
        } catch (RuntimeException e) {
            // Of a class that Hadoop's distributions name differently.
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Whether a path has a {@code **} among its names. */
    public static boolean nests(String path) {
        return Stream.of(path.split("/", -1)).anyMatch(FOLDERS::equals);
    }

    /** Whether it means a file. */
    public boolean means(String file) {
        return means(0, file.split("/", -1), 0);
    }

    private boolean means(int pattern, String[] path, int from) {
        if (pattern == names.size()) {
            return true;
        }
        if (names.get(pattern).equals(FOLDERS)) {
            // The last name is the file's: it is in as many folders as come before.
            for (int next = from; next < path.length; next++) {
                if (means(pattern + 1, path, next)) {
                    return true;
                }
            }
            return false;
        }
        return from < path.length && patterns.get(pattern).matches(path[from]) && means(pattern + 1, path, from + 1);
    }
}
