package io.lakeproof.jobs.cli;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A dataset of 200 rows, ten of which break a rule. */
public final class Small {

    private Small() {}

    /** Writes the dataset into the folder and returns its spec. */
    public static Path dataset(Path folder) throws IOException {
        drop(folder, "first.csv", 0);
        return Files.writeString(
                folder.resolve("dataset.yaml"),
                """
                name: small
                source: {path: landing/*.csv, format: csv, options: {header: true}, schema: "id INT, price INT"}
                tables: {root: lake}
                rules: {rows: ['ColumnValues "price" > 0']}
                transforms: [{derive: {dear: price > 100}}]
                split: {key: id, seed: 1, parts: {train: 70, test: 30}}
                """);
    }

    /** Drops a file of 200 further rows, counted from {@code from}. */
    public static void drop(Path folder, String name, int from) throws IOException {
        Files.createDirectories(folder.resolve("landing"));
        Files.writeString(
                folder.resolve("landing").resolve(name),
                IntStream.range(from, from + 200)
                        .mapToObj(id -> id + "," + (id % 20 == 0 ? -1 : id))
                        .collect(Collectors.joining("\n", "id,price\n", "\n")));
    }

    /** Writes the dataset into the folder and publishes its first version. */
    public static void run(Path folder) throws IOException {
        again(dataset(folder));
    }

    /** Publishes the next version. */
    public static void again(Path spec) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        int exitCode = new Shell(new Console(nowhere, nowhere, Console.Colour.NEVER, 0), LocalSpark::session)
                .run("run", spec.toString())
                .exitCode();
        if (exitCode != 0) {
            throw new IllegalStateException("exit code " + exitCode);
        }
    }
}
