package io.lakeproof.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of any width: a number for each, then integers, fractions and texts in turn, the same ones every time. */
final class Columns {

    /** What {@link #SPEC} asks, as SQL. */
    static final String[] RULES = {
        "id IS NOT NULL",
        "int_1 >= 0 AND int_1 <= 99",
        "double_2 >= 0 AND double_2 < 1000",
        "text_3 IN ('red', 'green', 'blue', 'grey')",
        "int_4 >= 0",
        "double_5 IS NULL OR double_5 < 1000"
    };

    static final String SPEC =
            """
            name: columns
            source: {path: landing/*.csv, format: csv, options: {header: true}, schema: schema.ddl}
            tables: {root: lake}
            rules:
              rows:
                - IsComplete "id"
                - (ColumnValues "int_1" >= 0) and (ColumnValues "int_1" <= 99)
                - (ColumnValues "double_2" >= 0) and (ColumnValues "double_2" < 1000)
                - ColumnValues "text_3" in ["red", "green", "blue", "grey"]
                - ColumnValues "int_4" >= 0
                - ColumnValues "double_5" < 1000 where "double_5 IS NOT NULL"
              batch: [RowCount > 0]
              dataset: [IsUnique "id"]
              max-quarantined: 1%
            split: {key: id, seed: 42, parts: {train: 80, validation: 10, test: 10}}
            """;

    private static final String[] TEXTS = {"red", "green", "blue", "grey"};

    private Columns() {}

    static String schema(int width) {
        return IntStream.range(1, width)
                .mapToObj(column -> switch (column % 3) {
                    case 1 -> name(column) + " INT";
                    case 2 -> name(column) + " DOUBLE";
                    default -> name(column) + " STRING";
                })
                .collect(Collectors.joining(",\n", "id BIGINT,\n", "\n"));
    }

    static void write(Path csv, int width, long rows) throws IOException {
        SplittableRandom random = new SplittableRandom(width);
        try (BufferedWriter writer = Files.newBufferedWriter(csv)) {
            writer.write(
                    IntStream.range(1, width).mapToObj(Columns::name).collect(Collectors.joining(",", "id,", "\n")));
            for (long row = 1; row <= rows; row++) {
                writer.write(Long.toString(row));
                for (int column = 1; column < width; column++) {
                    writer.write(',');
                    writer.write(
                            switch (column % 3) {
                                case 1 -> Integer.toString(random.nextInt(100));
                                case 2 -> Double.toString(random.nextInt(100_000) / 100.0);
                                default -> TEXTS[random.nextInt(TEXTS.length)];
                            });
                }
                writer.write('\n');
            }
        }
    }

    private static String name(int column) {
        return switch (column % 3) {
            case 1 -> "int_" + column;
            case 2 -> "double_" + column;
            default -> "text_" + column;
        };
    }
}
