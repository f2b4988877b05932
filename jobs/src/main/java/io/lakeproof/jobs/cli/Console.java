package io.lakeproof.jobs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Where a command speaks.
 *
 * @param out for results
 * @param err for everything else
 * @param colour whether results may be coloured
 * @param columns the width of the terminal behind {@code err}; 0: there is none, and no progress is shown
 */
record Console(PrintStream out, PrintStream err, Colour colour, int columns) {

    private static final String HERE =
            "file:/+" + Pattern.quote(Path.of("").toAbsolutePath().toString().substring(1) + "/");

    /** Whether results may be coloured. */
    enum Colour {
        NEVER,
        ANSI
    }

    /** The process's own streams, in UTF-8; the launcher says whether they are a terminal, Java 17 cannot tell. */
    static Console ofProcess() {
        return new Console(
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                Boolean.getBoolean("lakeproof.colour") ? Colour.ANSI : Colour.NEVER,
                Integer.getInteger("lakeproof.columns", 0));
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** Text for people, in which local paths below the working directory are written as they are from here. */
    static String near(String text) {
        return text.replaceAll(HERE, "");
    }

    String bold(String text) {
        return ansi("1", text);
    }

    String green(String text) {
        return ansi("32", text);
    }

    String red(String text) {
        return ansi("31", text);
    }

    String dim(String text) {
        return ansi("2", text);
    }

    private String ansi(String code, String text) {
        return switch (colour) {
            case NEVER -> text;
            case ANSI -> "\033[" + code + "m" + text + "\033[0m";
        };
    }

    void flush() {
        out.flush();
        err.flush();
    }
}
