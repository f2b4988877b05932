package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a reader of a page types, and what the page shows of the answer. Lakeproof's commands run in this JVM, as if in a
 * folder; all others run by the shell, in that folder.
 */
final class ConsolePage {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```console\n(.*?)^```");
    private static final Pattern LAKEPROOF = Pattern.compile("(?:\\./)?lakeproof (.*)");

    private final Path folder;

    private ConsolePage(Path folder) {
        this.folder = folder;
    }

    /** One who types in that folder. */
    static ConsolePage in(Path folder) {
        return new ConsolePage(folder);
    }

    /** A command and what stands below it. */
    record Shown(String command, String answer) {}

    /** The commands of a page's console blocks, in order. */
    static List<Shown> of(Path page) throws IOException {
        List<Shown> shown = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(page));
        while (blocks.find()) {
            shown.addAll(of(blocks.group(1)));
        }
        return shown;
    }

    /** The commands of one console block, in order. */
    static List<Shown> of(String block) {
        List<Shown> shown = new ArrayList<>();
        for (String step : ("\n" + block).split("\n\\$ ", -1)) {
            if (!step.isBlank()) {
                String[] commandAndAnswer = (step + "\n").split("\n", 2);
                shown.add(new Shown(commandAndAnswer[0], commandAndAnswer[1]));
            }
        }
        return shown;
    }

    /** Runs a command; what it says of the folder is relative to it. */
    Spoken say(String command) {
        Matcher lakeproof = LAKEPROOF.matcher(command);
        if (!lakeproof.matches()) {
            return shell(command);
        }
        String[] args = lakeproof.group(1).split(" ", -1);
        for (int i = 0; i < args.length; i++) {
            if (args[i].matches("anchor|.*\\.(yaml|pem|zip)")) {
                args[i] = folder.resolve(args[i]).toString();
            }
        }
        Spoken spoken = Spoken.say(LocalSpark::session, args);
        return new Spoken(spoken.exitCode(), near(spoken.out()), near(spoken.err()));
    }

    private String near(String text) {
        return text.replaceAll("(file:(//)?)?" + Pattern.quote(folder + "/"), "");
    }

    private Spoken shell(String command) {
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new Spoken(process.waitFor(), out, "");
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(command, e);
        }
    }

    /** Without what differs from run to run: times, run ids, what is counted in bytes, names of data files and digests. */
    static String normal(String text) {
        return text.replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "TIME")
                .replaceAll("[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", "RUN")
                .replaceAll("[0-9]+\\.[0-9] s\\b", "SECONDS")
                .replaceAll("[0-9,]+ bytes", "N bytes")
                .replaceAll("part-[0-9a-zA-Z.-]+", "part-NAME")
                .replaceAll("\\b[0-9a-f]{64}\\b", "SHA-256")
                .strip();
    }
}
