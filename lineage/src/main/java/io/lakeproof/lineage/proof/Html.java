package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A page that stands alone: no script, no font and no picture from elsewhere. Every text is escaped. */
public final class Html {

    private static final String STYLE =
            """
            :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--muted:#57606a;--faint:#8c959f;--line:#d0d7de;--hair:#eaeef2;
            --head:#f6f8fa;--link:#0969da;--kept:#4c78b8;--lost:#d1495b;--left:#b8bfc8;--p0:#4c78b8;--p1:#e08b2c;--p2:#3a9d78;--p3:#9a6fb8;
            --p4:#b0627d;--p5:#7d7a52}
            @media screen and (prefers-color-scheme:dark){:root{--page:#0d1117;--text:#e6edf3;--muted:#9aa4ae;--faint:#7d8690;
            --line:#3a424c;--hair:#232a33;--head:#161c24;--link:#6cb0ff;--kept:#6c9bd8;--lost:#e8707f;--left:#59626d;--p0:#6c9bd8;
            --p1:#f0a850;--p2:#58bf97;--p3:#b793d6;--p4:#d0839d;--p5:#aaa777}}
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--text);background:var(--page)}
            h1{font-size:1.7rem;margin-bottom:.2rem;overflow-wrap:anywhere}
            h2{margin-top:2.2rem;font-size:1.25rem;border-bottom:1px solid var(--line)}
            h3{font-size:1rem;margin-bottom:.2rem;overflow-wrap:anywhere} p.lead,.note{color:var(--muted)} p.lead{margin-top:0}
            .note{font-weight:normal;font-size:.92rem} a{color:var(--link);text-decoration:none} .scroll{overflow-x:auto}
            table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.92rem}
            th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--hair);vertical-align:top}
            th{background:var(--head)} td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}
            td,.fact{overflow-wrap:anywhere} .fit td{overflow-wrap:break-word} .even th{width:24%} .fact{margin:.5rem 0} td table{margin:0} .none{color:var(--faint)}
            .tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.2rem 0}
            .tile{flex:1 1 7.5rem;background:var(--head);border-radius:.5rem;padding:.6rem .9rem;color:var(--muted);font-size:.92rem}
            .tile b{display:block;color:var(--text);font-size:1.45rem;line-height:1.3;font-variant-numeric:tabular-nums}
            .card{border:1px solid var(--line);border-radius:.5rem;padding:.1rem .9rem .3rem;margin:.9rem 0;break-inside:avoid}
            .row{display:flex;gap:.5rem;align-items:center} .row svg{flex:none}
            .card h3{margin-top:.6rem} .card tr:last-child td{border-bottom:0} .warn{color:var(--lost);font-weight:600}
            svg{display:block;max-width:100%} td svg{max-width:none} figure{margin:.8rem 0} figcaption{color:var(--muted);font-size:.92rem}
            svg text{fill:var(--muted);font:11px system-ui,sans-serif} svg .end{text-anchor:end} svg .mid{text-anchor:middle}
            svg .axis{stroke:var(--line)} svg .kept{fill:var(--kept)} svg .lost{fill:var(--lost)} svg .left{fill:var(--left)}
            svg .line{fill:none;stroke:var(--p0);stroke-width:2} svg .ghost{fill:none;stroke:var(--faint)}
            .p0{fill:var(--p0)} .p1{fill:var(--p1)} .p2{fill:var(--p2)} .p3{fill:var(--p3)} .p4{fill:var(--p4)} .p5{fill:var(--p5)}
            @media print{body{font-size:11px;max-width:none;margin:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
            h2,h3{break-after:avoid} tr{break-inside:avoid} a{color:inherit}}
            @media (max-width:40rem){body{margin:1rem auto} th,td{padding:.25rem .4rem} .card{padding:.1rem .5rem .3rem}}
            """;

    private final StringBuilder body = new StringBuilder();

    /** A column of a table. */
    public record Column(String title, boolean number) {
        public static Column text(String title) {
            return new Column(title, false);
        }

        public static Column number(String title) {
            return new Column(title, true);
        }
    }

    /** What stands in a cell of a table. */
    public static final class Cell {
        private final String html;

        private Cell(String html) {
            this.html = html;
        }

        public static Cell of(String text) {
            return new Cell(escaped(text));
        }

        public static Cell of(Svg drawing) {
            return new Cell(drawing.html());
        }

        /** A text that leads to the card of that number on the same page. */
        public static Cell link(String text, int card) {
            return new Cell("<a href=\"#c%d\">%s</a>".formatted(card, escaped(text)));
        }

        /** A text that says that there is nothing. */
        public static Cell none(String text) {
            return new Cell("<span class=\"none\">" + escaped(text) + "</span>");
        }

        /** A text that a reader should not miss. */
        public static Cell warning(String text) {
            return new Cell("<span class=\"warn\">" + escaped(text) + "</span>");
        }

        /** This, and on the same line that. */
        public Cell beside(Cell other) {
            return new Cell("<span class=\"row\">" + html + "<span>" + other.html + "</span></span>");
        }

        /** This, and below it that. */
        public Cell above(Cell other) {
            return new Cell(html + "<div>" + other.html + "</div>");
        }
    }

    /** A number that stands out, and what it counts. */
    public record Tile(String number, String what) {}

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    public Html title(String title, String lead) {
        body.append("<h1>").append(escaped(title)).append("</h1>\n");
        body.append("<p class=\"lead\">").append(escaped(lead)).append("</p>\n");
        return this;
    }

    public Html section(String title) {
        body.append("<h2>").append(escaped(title)).append("</h2>\n");
        return this;
    }

    public Html part(String title) {
        body.append("<h3>").append(escaped(title)).append("</h3>\n");
        return this;
    }

    public Html text(String text) {
        body.append("<p>").append(escaped(text)).append("</p>\n");
        return this;
    }

    /** What a record says under a name; "not recorded" where it says nothing. */
    public Html fact(String name, JsonNode value) {
        body.append("<div class=\"fact\"><b>")
                .append(escaped(name))
                .append(":</b> ")
                .append(shown(value))
                .append("</div>\n");
        return this;
    }

    /** What a record says, as tables. */
    public Html shows(JsonNode value) {
        body.append(shown(value)).append("\n");
        return this;
    }

    public Html table(List<Column> columns, List<List<String>> rows) {
        return table(
                "",
                columns,
                rows.stream().map(row -> row.stream().map(Cell::of).toList()).toList());
    }

    /** A table of more than texts, whose words stay whole: on a narrow page it is moved from side to side. */
    public Html cells(List<Column> columns, List<List<Cell>> rows) {
        return table(" class=\"fit\"", columns, rows);
    }

    /** The same with columns of one width, so that tables below each other are in line. */
    public Html even(List<Column> columns, List<List<Cell>> rows) {
        return table(" class=\"fit even\"", columns, rows);
    }

    private Html table(String style, List<Column> columns, List<List<Cell>> rows) {
        if (rows.isEmpty()) {
            body.append("<p class=\"none\">none</p>\n");
            return this;
        }
        body.append("<div class=\"scroll\"><table").append(style).append("><tr>");
        columns.forEach(column -> body.append(column.number() ? "<th class=\"n\">" : "<th>")
                .append(escaped(column.title()))
                .append("</th>"));
        body.append("</tr>\n");
        for (List<Cell> row : rows) {
            body.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                body.append(columns.get(i).number() ? "<td class=\"n\">" : "<td>")
                        .append(row.get(i).html)
                        .append("</td>");
            }
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
        return this;
    }

    /** A drawing with a line of text below it. */
    public Html figure(Svg drawing, String caption) {
        body.append("<figure>")
                .append(drawing.html())
                .append("<figcaption>")
                .append(escaped(caption))
                .append("</figcaption></figure>\n");
        return this;
    }

    public Html tiles(List<Tile> tiles) {
        body.append("<div class=\"tiles\">");
        tiles.forEach(tile -> body.append("<div class=\"tile\"><b>")
                .append(escaped(tile.number()))
                .append("</b>")
                .append(escaped(tile.what()))
                .append("</div>"));
        body.append("</div>\n");
        return this;
    }

    /**
     * A frame around what belongs together, which is not torn when it is printed.
     *
     * @param number by which {@link Cell#link} finds it
     */
    public Html card(int number, String title, String note, Html inside) {
        body.append("<section class=\"card\" id=\"c%d\"><h3>%s <span class=\"note\">%s</span></h3>\n"
                .formatted(number, escaped(title), escaped(note)));
        body.append(inside.body).append("</section>\n");
        return this;
    }

    /** Objects are a row for each name, lists of objects a table, lists of anything else one line. */
    private static String shown(JsonNode value) {
        if (value.isContainerNode() && value.isEmpty()) {
            return "<span class=\"none\">none</span>";
        }
        if (value.isObject()) {
            StringBuilder rows = new StringBuilder("<table>");
            value.properties().forEach(named -> rows.append("<tr><td>")
                    .append(escaped(named.getKey()))
                    .append("</td><td>")
                    .append(shown(named.getValue()))
                    .append("</td></tr>"));
            return rows.append("</table>").toString();
        }
        if (value.isArray() && value.get(0).isObject()) {
            Set<String> names = new LinkedHashSet<>();
            value.forEach(row -> row.fieldNames().forEachRemaining(names::add));
            StringBuilder rows = new StringBuilder("<table><tr>");
            names.forEach(name -> rows.append("<th>").append(escaped(name)).append("</th>"));
            value.forEach(row -> {
                rows.append("</tr><tr>");
                names.forEach(name ->
                        rows.append("<td>").append(shown(row.path(name))).append("</td>"));
            });
            return rows.append("</tr></table>").toString();
        }
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(Html::shown)
                    .collect(Collectors.joining(", "));
        }
        String text = EvidencePage.text(value);
        return text.equals(EvidencePage.UNKNOWN) ? "<span class=\"none\">" + text + "</span>" : escaped(text);
    }

    /** The whole page. */
    public String page(String title) {
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title)
                + "</title><meta name=\"viewport\" content=\"width=device-width\"><style>\n" + STYLE
                + "</style></head><body>\n" + body + "</body></html>\n";
    }
}
