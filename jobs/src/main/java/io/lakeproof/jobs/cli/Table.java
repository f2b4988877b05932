package io.lakeproof.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of cells, aligned for people: numbers to the right, everything else to the left. */
final class Table {

    private final List<List<String>> rows = new ArrayList<>();

    /** Adds a row; a number is written with thousands separators. */
    Table row(Object... cells) {
        rows.add(IntStream.range(0, cells.length)
                .mapToObj(i -> cells[i] instanceof Long n ? count(n) : String.valueOf(cells[i]))
                .toList());
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The rows, each a line indented by two. */
    String text() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = IntStream.range(0, columns)
                .map(column -> rows.stream()
                        .filter(row -> column < row.size())
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        boolean[] numbers = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            int c = column;
            numbers[c] = rows.stream().skip(1).anyMatch(row -> c < row.size() && isNumber(row.get(c)))
                    && rows.stream().skip(1).allMatch(row -> c >= row.size() || isNumber(row.get(c)));
        }
        return rows.stream()
                .map(row -> "  "
                        + IntStream.range(0, row.size())
                                .mapToObj(i -> pad(row.get(i), widths[i], numbers[i]))
                                .collect(Collectors.joining("  "))
                                .stripTrailing())
                .collect(Collectors.joining("\n"));
    }

    private static boolean isNumber(String cell) {
        return cell.isEmpty() || cell.matches("-?[0-9][0-9,.]*");
    }

    private static String pad(String cell, int width, boolean right) {
        String space = " ".repeat(width - cell.length());
        return right ? space + cell : cell + space;
    }
}
