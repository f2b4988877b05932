package io.lakeproof.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The data that is measured on, drawn once, and the datasets that take it in.
 *
 * @param root the repository's
 * @param scratch where all of it lies
 */
record Sources(Path root, Path scratch) {

    /** The names that the example's dataset takes. */
    private static final String CLAIMS = "porto_seguro_safe_driver_prediction_%06d.csv";

    /** The files of so many rows, drawn when first asked for. */
    List<Path> files(Shape shape, long rows) throws IOException, InterruptedException {
        Path folder = folder(shape.columns(), rows);
        if (!Files.exists(folder)) {
            Files.createDirectories(folder);
            String number = Long.toString(rows);
            switch (shape) {
                case CLAIMS -> generate(
                        example(shape),
                        "--rows",
                        number,
                        "--out",
                        folder.resolve(CLAIMS.formatted(rows)).toString());
                case EVENTS -> generate(
                        example(shape),
                        "--events",
                        number,
                        "--out",
                        folder.toString(),
                        "--truth",
                        scratch.resolve("truth").toString());
                case NARROW, WIDE -> Columns.write(folder.resolve("rows.csv"), Integer.parseInt(shape.columns()), rows);
            }
        }
        return list(folder);
    }

    /** Where those files lie. */
    Path folder(String columns, long rows) {
        return scratch.resolve("sources").resolve(columns + "-" + rows);
    }

    /** Of the files of so many rows, if they were drawn; else 0. */
    long bytes(String columns, long rows) throws IOException {
        long bytes = 0;
        if (Files.exists(folder(columns, rows))) {
            for (Path file : list(folder(columns, rows))) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    /** The contract, as a file. */
    Path schema(Shape shape) throws IOException {
        return switch (shape) {
            case CLAIMS, EVENTS -> example(shape).resolve("schema.ddl");
            case NARROW, WIDE -> Files.writeString(
                    scratch.resolve("schema-" + shape.columns() + ".ddl"),
                    Columns.schema(Integer.parseInt(shape.columns())));
        };
    }

    /** A new dataset with an empty landing, in the place of an earlier one; returns its spec. */
    Path dataset(Shape shape) throws IOException {
        Path folder = scratch.resolve("dataset");
        delete(folder);
        Files.createDirectories(folder.resolve("landing"));
        Files.copy(schema(shape), folder.resolve("schema.ddl"));
        return Files.writeString(folder.resolve("dataset.yaml"), spec(shape));
    }

    /** The same with rows in its landing. */
    Path dataset(Shape shape, long rows) throws IOException, InterruptedException {
        Path spec = dataset(shape);
        for (Path file : files(shape, rows)) {
            land(spec, file);
        }
        return spec;
    }

    /** Without copying it. */
    void land(Path spec, Path file) throws IOException {
        Files.createLink(spec.resolveSibling("landing").resolve(file.getFileName()), file);
    }

    private String spec(Shape shape) throws IOException {
        return switch (shape) {
            case CLAIMS -> Files.readString(example(shape).resolve("dataset.yaml"));
            case EVENTS -> rowByRow(example(shape));
            case NARROW, WIDE -> Columns.SPEC;
        };
    }

    /** The spec of the events without what looks at more than one row: what is left appends. */
    static String rowByRow(Path example) throws IOException {
        return Files.readString(example.resolve("dataset.yaml"))
                .replaceFirst("(?s)transforms:.*?\n\n", "")
                .replaceFirst("(?s)\n  time: .*", "\n");
    }

    /** Files of so many claims each, whose rows are those of one file. */
    List<Path> batches(int count, long rows) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(scratch.resolve("batches"));
        try (BufferedReader reader =
                Files.newBufferedReader(files(Shape.CLAIMS, count * rows).get(0))) {
            String header = reader.readLine();
            for (int batch = 1; batch <= count; batch++) {
                try (BufferedWriter writer = Files.newBufferedWriter(folder.resolve(CLAIMS.formatted(batch)))) {
                    writer.write(header + "\n");
                    for (long row = 0; row < rows; row++) {
                        writer.write(reader.readLine() + "\n");
                    }
                }
            }
        }
        return list(folder);
    }

    private Path example(Shape shape) {
        return root.resolve(shape == Shape.EVENTS ? "examples/mobile-events" : "examples/porto-seguro");
    }

    private void generate(Path example, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Contenders.java(), example.resolve("Generate.java").toString()));
        command.addAll(List.of(options));
        Measured.of(command, Map.of(), scratch.resolve("log"));
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** With everything as it was, the times of the files too. */
    static void copy(Path from, Path to) throws IOException {
        delete(to);
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
