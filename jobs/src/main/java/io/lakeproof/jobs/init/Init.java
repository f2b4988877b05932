package io.lakeproof.jobs.init;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lakeproof.jobs.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;

/** Writes a folder to begin with: a dataset, or a Maven project with a transform. Overwrites nothing. */
public final class Init {

    private final Path folder;
    private final Map<String, String> files;

    private Init(Path folder, Map<String, String> files) {
        this.folder = folder;
        this.files = files;
    }

    /**
     * What was written.
     *
     * @param files relative to the folder, in the order in which a person would read them
     */
    public record Result(Path folder, List<String> files) {}

    /**
     * A dataset of the folder's name: spec, rules, a test that runs it on a few rows, and, unless a spec is given, contract
     * and six rows to try it on.
     *
     * @param spec what was suggested for files that are there; absent: an example
     * @throws Failure.Usage when the folder's name can name no dataset
     */
    public static Init dataset(Path folder, Optional<String> spec) {
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        if (!name.matches("[A-Za-z][A-Za-z0-9_-]*")) {
            throw new Failure.Usage(
                    "'%s' cannot name a dataset; begin with a letter, go on with letters, digits, _ and -"
                            .formatted(name));
        }
        Map<String, String> files = new LinkedHashMap<>();
        files.put(
                "dataset.yaml",
                spec.map(text -> text.replaceFirst("(?m)^name: .*$", "name: " + name))
                        .orElseGet(() -> template("dataset.yaml").replace("__NAME__", name)));
        if (spec.isEmpty()) {
            files.put("schema.ddl", template("schema.ddl"));
            files.put("landing/example.csv", template("landing/example.csv"));
        }
        files.put("test.sh", template("test.sh"));
        files.put(
                "README.md",
                template("README.md")
                        .replace("__NAME__", name)
                        .replace(
                                "__FILES__",
                                spec.isPresent()
                                        ? ""
                                        : "| `schema.ddl` | the contract |\n| `landing/` | where files are dropped |\n"));
        files.put(".gitignore", template("gitignore"));
        return new Init(folder, files);
    }

    /**
     * A Maven project with a transform, its test and how to package and use it: {@code examples/custom-transform}, under
     * another name.
     *
     * @param folder absent: the class's name in lower case, {@code mask-notes} for {@code com.acme.MaskNotes}
     * @throws Failure.Usage when the class has no name that Java takes, or no package
     */
    public static Init transform(Optional<Path> folder, String className) {
        int dot = className.lastIndexOf('.');
        if (dot < 1 || !SourceVersion.isName(className)) {
            throw new Failure.Usage("--transform '%s' is no class with its package; write it as in com.acme.Scrub"
                    .formatted(className));
        }
        String owner = className.substring(0, dot);
        String name = className.substring(dot + 1);
        String artifact = name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
        Map<String, String> files = new LinkedHashMap<>();
        for (String file : List.of(
                "README.md",
                "pom.xml",
                "src/main/java/com/example/Scrub.java",
                "src/test/java/com/example/ScrubTest.java")) {
            files.put(
                    file.replace("com/example", owner.replace('.', '/')).replace("Scrub", name),
                    template("transform/" + file)
                            .replace("com/example", owner.replace('.', '/'))
                            .replace("com.example", owner)
                            .replace("Scrub", name)
                            .replace("custom-transform", artifact));
        }
        files.put(".gitignore", "/target/\n");
        return new Init(folder.orElse(Path.of(artifact)), files);
    }

    /**
     * Writes the files.
     *
     * @throws Failure.Usage when the folder holds anything already
     */
    public Result execute() {
        try {
            if (Files.exists(folder) && !isEmpty()) {
                throw new Failure.Usage(
                        "%s is there already, and nothing is overwritten; name another folder, or remove it"
                                .formatted(folder));
            }
            for (Map.Entry<String, String> entry : files.entrySet()) {
                Path file = folder.resolve(entry.getKey());
                Files.createDirectories(file.getParent());
                Files.writeString(file, entry.getValue(), StandardOpenOption.CREATE_NEW);
                if (entry.getKey().endsWith(".sh") && !file.toFile().setExecutable(true)) {
                    throw new IOException(file + " cannot be made executable");
                }
            }
        } catch (IOException e) {
            throw new Failure.Usage("cannot write %s: %s".formatted(folder, e));
        }
        return new Result(folder, List.copyOf(files.keySet()));
    }

    private boolean isEmpty() throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.findAny().isEmpty();
        }
    }

    private static String template(String name) {
        try (InputStream text = Init.class.getResourceAsStream(name)) {
            return new String(text.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
