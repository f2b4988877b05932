package io.lakeproof.lineage.proof;

import java.util.Locale;

/**
 * A drawing that stands within a page. Its colours are classes of the page's style, so that they follow it into the dark and
 * onto paper.
 */
public final class Svg {

    private final StringBuilder body = new StringBuilder();

    /**
     * An empty drawing of that size, in pixels; on a narrow page it shrinks.
     *
     * @param says what it shows, for those who cannot see it
     */
    public Svg(int width, int height, String says) {
        body.append("<svg width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\" role=\"img\" aria-label=\"%3$s\">"
                .formatted(width, height, Html.escaped(says)));
    }

    /** A box; one without width or height leaves nothing. */
    public Svg box(String style, double x, double y, double width, double height) {
        if (width > 0 && height > 0) {
            body.append("<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>"
                    .formatted(style(style), number(x), number(y), number(width), number(height)));
        }
        return this;
    }

    public Svg dot(String style, double x, double y, double radius) {
        body.append("<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"/>"
                .formatted(style(style), number(x), number(y), number(radius)));
        return this;
    }

    /** A line from point to point: x, y, x, y … */
    public Svg line(String style, double... points) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < points.length; i += 2) {
            path.append(i == 0 ? 'M' : 'L')
                    .append(number(points[i]))
                    .append(' ')
                    .append(number(points[i + 1]));
        }
        body.append("<path class=\"%s\" d=\"%s\"/>".formatted(style(style), path));
        return this;
    }

    public Svg text(String style, double x, double y, String text) {
        body.append("<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>"
                .formatted(style(style), number(x), number(y), Html.escaped(text)));
        return this;
    }

    private static String style(String names) {
        if (!names.matches("[a-z0-9 ]*")) {
            throw new IllegalArgumentException(names);
        }
        return names;
    }

    private static String number(double pixels) {
        return String.format(Locale.ROOT, "%.1f", pixels).replaceFirst("\\.0$", "");
    }

    String html() {
        return body + "</svg>";
    }
}
