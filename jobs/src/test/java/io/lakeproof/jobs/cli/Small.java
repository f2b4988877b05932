package io.lakeproof.jobs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A dataset of 200 rows, ten of which break a rule. */
final class Small {

    private Small() {}

    /** Writes the dataset into the folder and returns its spec. */
    static Path dataset(Path folder) throws IOException {
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
    static void drop(Path folder, String name, int from) throws IOException {
        Files.createDirectories(folder.resolve("landing"));
        Files.writeString(
                folder.resolve("landing").resolve(name),
                IntStream.range(from, from + 200)
                        .mapToObj(id -> id + "," + (id % 20 == 0 ? -1 : id))
                        .collect(Collectors.joining("\n", "id,price\n", "\n")));
    }
}
