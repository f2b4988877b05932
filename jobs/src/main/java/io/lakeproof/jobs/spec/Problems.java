package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.Failure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is wrong with a spec, collected so that it comes out all at once. */
final class Problems {

    private record Problem(int line, String path, String text) {}

    private final String file;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /** @param file the spec's name as the user typed it */
    Problems(String file) {
        this.file = file;
    }

    /** Remembers on which line, from 1, a path stands. */
    void stands(String path, int line) {
        lines.putIfAbsent(path, line);
    }

    /** Whether the file has something at a path. */
    boolean stands(String path) {
        return lines.containsKey(path);
    }

    /** Text about a path as a problem there would be written, without being one. */
    String line(String path, String text) {
        return format(new Problem(lineOf(path), path, oneLine(text)));
    }

    /** Where a path stands, as a problem there would begin. */
    String place(String path) {
        return place(lineOf(path), path);
    }

    /** A problem at a path; a path that the file lacks stands where the nearest one above it does. */
    void at(String path, String text) {
        at(lineOf(path), path, text);
    }

    private int lineOf(String path) {
        String known = path;
        while (!lines.containsKey(known) && !known.isEmpty()) {
            known = known.substring(0, Math.max(0, Math.max(known.lastIndexOf('.'), known.lastIndexOf('['))));
        }
        return lines.getOrDefault(known, 1);
    }

    /** A problem on a line; line 0: with the file as a whole. */
    void at(int line, String path, String text) {
        problems.add(new Problem(line, path, readable(text)));
    }

    /** Whether there is a problem at the path or below it; the empty path: anywhere. */
    boolean below(String path) {
        return problems.stream()
                .map(Problem::path)
                .anyMatch(other -> path.isEmpty()
                        || other.equals(path)
                        || other.startsWith(path + ".")
                        || other.startsWith(path + "["));
    }

    /** Throws if there is any. */
    void refuse() {
        if (!problems.isEmpty()) {
            throw new Failure.BadSpec(problems.stream()
                    .sorted(Comparator.comparingInt(Problem::line))
                    .map(this::format)
                    .distinct()
                    .toList());
        }
    }

    private String format(Problem problem) {
        return place(problem.line(), problem.path()) + ": " + problem.text();
    }

    private String place(int line, String path) {
        return file + (line == 0 ? "" : ":" + line) + (path.isEmpty() ? "" : " " + path);
    }

    /** Without the names of Spark's error classes, and without positions in SQL that was put together around the user's. */
    private static String readable(String text) {
        return oneLine(text)
                .replaceAll("\\[[A-Z][A-Z_]{5,}(\\.[A-Z_]+)?\\] ", "")
                .replaceFirst("\\.?; line \\d+ pos \\d+;?$", "");
    }

    static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
