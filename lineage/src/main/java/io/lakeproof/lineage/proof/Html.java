package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A page that stands alone: no script, no font and no picture from elsewhere. Every text is escaped. */
final class Html {

    private static final String STYLE =
            """
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
            h1{font-size:1.7rem;margin-bottom:.2rem} h2{margin-top:2.2rem;font-size:1.25rem;border-bottom:1px solid #d0d7de}
            h3{font-size:1rem;margin-bottom:.2rem} p.lead{color:#57606a;margin-top:0}
            table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.92rem}
            th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #eaeef2;vertical-align:top}
            th{background:#f6f8fa} td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
            td,.fact{overflow-wrap:anywhere} .fact{margin:.5rem 0} td table{margin:0} .none{color:#8c959f}
            """;

    private final StringBuilder body = new StringBuilder();

    /** A column of a table. */
    record Column(String title, boolean number) {
        static Column text(String title) {
            return new Column(title, false);
        }

        static Column number(String title) {
            return new Column(title, true);
        }
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    Html title(String title, String lead) {
        body.append("<h1>").append(escaped(title)).append("</h1>\n");
        body.append("<p class=\"lead\">").append(escaped(lead)).append("</p>\n");
        return this;
    }

    Html section(String title) {
        body.append("<h2>").append(escaped(title)).append("</h2>\n");
        return this;
    }

    Html part(String title) {
        body.append("<h3>").append(escaped(title)).append("</h3>\n");
        return this;
    }

    Html text(String text) {
        body.append("<p>").append(escaped(text)).append("</p>\n");
        return this;
    }

    /** What a record says under a name; "not recorded" where it says nothing. */
    Html fact(String name, JsonNode value) {
        body.append("<div class=\"fact\"><b>")
                .append(escaped(name))
                .append(":</b> ")
                .append(shown(value))
                .append("</div>\n");
        return this;
    }

    /** What a record says, as tables. */
    Html shows(JsonNode value) {
        body.append(shown(value)).append("\n");
        return this;
    }

    Html table(List<Column> columns, List<List<String>> rows) {
        if (rows.isEmpty()) {
            body.append("<p class=\"none\">none</p>\n");
            return this;
        }
        body.append("<table><tr>");
        columns.forEach(column -> body.append(column.number() ? "<th class=\"n\">" : "<th>")
                .append(escaped(column.title()))
                .append("</th>"));
        body.append("</tr>\n");
        for (List<String> row : rows) {
            body.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                body.append(columns.get(i).number() ? "<td class=\"n\">" : "<td>")
                        .append(escaped(row.get(i)))
                        .append("</td>");
            }
            body.append("</tr>\n");
        }
        body.append("</table>\n");
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
    String page(String title) {
        return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title)
                + "</title><meta name=\"viewport\" content=\"width=device-width\"><style>\n" + STYLE
                + "</style></head><body>\n" + body + "</body></html>\n";
    }
}
