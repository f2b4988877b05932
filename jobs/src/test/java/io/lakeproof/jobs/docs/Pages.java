package io.lakeproof.jobs.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documentation: every Markdown page of the repository. */
public final class Pages {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```");
    private static final Pattern SPAN = Pattern.compile("`([^`\n]*)`");

    private Pages() {}

    /**
     * One page.
     *
     * @param name its path from the repository's root
     */
    public record Page(String name, Path file, String text) {

        /** Its fenced blocks. */
        public List<Block> blocks() {
            return Pages.blocks(text);
        }

        /** What is code within its sentences and tables. */
        public List<String> spans() {
            return SPAN.matcher(withoutBlocks())
                    .results()
                    .map(found -> found.group(1))
                    .toList();
        }

        String withoutBlocks() {
            return BLOCK.matcher(text).replaceAll("");
        }
    }

    /** One fenced block; no language: an empty text. */
    public record Block(String language, String text) {}

    /** The fenced blocks of a part of a page. */
    public static List<Block> blocks(String text) {
        return BLOCK.matcher(text)
                .results()
                .map(found -> new Block(found.group(1), found.group(2)))
                .toList();
    }

    /** All of them. */
    public static List<Page> all() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> {
                        String name = name(file);
                        return !name.contains("target/")
                                && !name.contains("node_modules/")
                                && !name.startsWith(".git/");
                    })
                    .map(Pages::page)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Page page(Path file) {
        try {
            return new Page(name(file), file, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return ROOT.relativize(file).toString().replace('\\', '/');
    }
}
