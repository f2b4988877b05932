package io.lakeproof.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Leakage;
import io.lakeproof.jobs.report.Report.Column;
import io.lakeproof.jobs.report.Report.Found;
import io.lakeproof.jobs.report.Report.Frequent;
import io.lakeproof.jobs.report.Report.Group;
import io.lakeproof.jobs.report.Report.Part;
import io.lakeproof.jobs.report.Report.Past;
import io.lakeproof.jobs.report.Report.Reason;
import io.lakeproof.jobs.report.Report.Result;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.proof.Html;
import io.lakeproof.lineage.proof.Html.Cell;
import io.lakeproof.lineage.proof.Html.Tile;
import io.lakeproof.lineage.proof.Svg;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The report for people who read data and for those who do not. */
final class ReportPage {

    /** More drawings than people look at: the labels', and those of the columns that lie farthest apart. */
    static final int DRAWN = 60;

    /** More columns than people read. */
    static final int LISTED = 1000;

    private final Result result;
    private final Html html = new Html();
    private int cards;

    private ReportPage(Result result) {
        this.result = result;
    }

    static String of(Result result) {
        return new ReportPage(result).page();
    }

    private String page() {
        JsonNode record = result.record();
        html.title(
                "%s, version %d".formatted(result.dataset(), result.version()),
                record.at("/spec/description").asText("The report on a dataset version"));
        html.tiles(tiles());
        head(record);
        flow();
        for (Group group : result.groups()) {
            group(group);
        }
        rules(record);
        quarantine();
        history();
        html.section("What stands on this page")
                .text(
                        ("Counts and measures over all rows of the version, each part read as it was published. Of the rows themselves there"
                                        + " are the smallest and the largest number of a column, and of columns with no more than %d different values"
                                        + " the most frequent ones, at most %d, each of at least %d rows. Different values are counted exactly up to"
                                        + " %,d, and marked ≈ beyond, where they are right within some four percent.")
                                .formatted(Words.FEW, Report.VALUES, Report.SHOWN_FROM, Distinct.KEPT));
        return html.page(result.dataset() + " version " + result.version());
    }

    // Head

    private List<Tile> tiles() {
        Group own = result.groups().get(0);
        List<Tile> tiles = new ArrayList<>();
        tiles.add(new Tile(
                count(own.parts().stream().mapToLong(Part::rows).sum()),
                own.output().isEmpty() ? "examples" : "rows of " + own.output()));
        tiles.add(new Tile(count(own.columns().size()), "columns"));
        own.parts().forEach(part -> tiles.add(new Tile(percent(part.got()), part.title())));
        tiles.add(new Tile(count(result.quarantined()), "in quarantine"));
        return tiles;
    }

    private void head(JsonNode record) {
        html.fact("Owner", record.at("/spec/owner"))
                .fact("Published", Json.tree(time(record.path("publishedAt").asText())))
                .fact("By", record.path("principal"))
                .fact("Run", record.path("runId"))
                .fact("Tags", Json.tree(result.tags()))
                .fact(
                        "Trained on it",
                        Json.tree(result.trainings().stream()
                                .map(ReportPage::said)
                                .toList()));
    }

    private static String said(Entry<Trainings.Fact> training) {
        var fact = training.fact();
        return fact.status().text()
                + fact.model().map(model -> " " + model).orElse("")
                + fact.modelVersion().map(version -> ":" + version).orElse("")
                + fact.job().map(job -> ", job " + job.replaceFirst(".*/", "")).orElse("");
    }

    // Where the rows went

    private void flow() {
        boolean appended = result.record().path("mode").asText().equals("append");
        html.section("Where the rows went")
                .text(
                        appended && result.version() > 1
                                ? "What this version took in, on top of what the one before held."
                                : "Every row of the dataset, from the source files to the parts.");
        long most = result.accounts().stream()
                .mapToLong(account -> Math.max(account.in(), account.out()))
                .max()
                .orElse(0);
        html.cells(
                List.of(
                        text("step"),
                        text(""),
                        number("rows in"),
                        number("quarantined"),
                        number("dropped"),
                        number("rows out")),
                result.accounts().stream()
                        .map(account -> List.of(
                                Cell.of(account.step()),
                                Cell.of(flow(account, most)),
                                Cell.of(count(account.in())),
                                lost(account.quarantined()),
                                lost(account.dropped()),
                                Cell.of(count(account.out()))))
                        .toList());
        html.text("Blue went on, red is in quarantine, grey was dropped by a declared step."
                + (result.accounts().stream().anyMatch(account -> account.dropped() < 0)
                        ? " A negative number of dropped rows says that the step made some."
                        : ""));
    }

    private static Svg flow(Account account, long most) {
        double width = 180.0 / Math.max(1, most);
        double kept = account.out() * width;
        double lost = Math.max(0, account.quarantined()) * width;
        return new Svg(180, 16, "%s: %d of %d rows went on".formatted(account.step(), account.out(), account.in()))
                .box("kept", 0, 3, kept, 10)
                .box("lost", kept, 3, lost, 10)
                .box("left", kept + lost, 3, Math.max(0, account.dropped()) * width, 10);
    }

    private static Cell lost(long rows) {
        return rows == 0 ? Cell.none("0") : Cell.of(count(rows));
    }

    // Parts and their columns

    private void group(Group group) {
        String of = group.output().isEmpty() ? "" : " of the output " + group.output();
        html.section(group.output().isEmpty() ? "Parts" : "The output " + group.output());
        parts(group);
        html.fact("Leakage", Json.tree(group.leakage().map(Leakage::text).orElse(null)));
        group.labels().forEach(label -> group.columns().stream()
                .filter(column -> column.name().equals(label))
                .forEach(column -> balance(group, column)));
        html.section("Columns" + of);
        columns(group);
    }

    private void parts(Group group) {
        Svg shares = new Svg(
                960,
                26,
                group.parts().stream()
                        .map(part -> part.title() + " " + percent(part.got()))
                        .collect(Collectors.joining(", ")));
        double x = 0;
        for (int i = 0; i < group.parts().size(); i++) {
            double width = group.parts().get(i).got() * 960;
            shares.box(colour(i), x, 2, Math.max(0, width - 2), 22);
            x += width;
        }
        html.figure(shares, "The parts by their rows: colours and order are those of the table.");
        boolean asked = group.parts().stream().anyMatch(part -> part.asked().isPresent());
        html.cells(
                List.of(
                        text("part"),
                        number("rows"),
                        number("share"),
                        number(asked ? "asked" : ""),
                        text("fingerprint")),
                IntStream.range(0, group.parts().size())
                        .mapToObj(i -> {
                            Part part = group.parts().get(i);
                            return List.of(
                                    swatch(i, part),
                                    Cell.of(count(part.rows())),
                                    Cell.of(percent(part.got())),
                                    Cell.of(part.asked()
                                            .map(ReportPage::percent)
                                            .orElse("")),
                                    Cell.of(brief(part)));
                        })
                        .toList());
    }

    /** As {@code show} writes it. */
    private static String brief(Part part) {
        String hex = part.fingerprint().substring(part.fingerprint().lastIndexOf(':') + 1);
        return hex.substring(0, Math.min(12, hex.length()));
    }

    private static Cell swatch(int part, Part of) {
        return Cell.of(new Svg(12, 12, "").box(colour(part), 0, 1, 10, 10)).beside(Cell.of(of.title()));
    }

    private void balance(Group group, Column label) {
        label.frequent().ifPresent(frequent -> {
            html.part("Balance of " + label.name());
            html.even(header(group, "class"), valueRows(group, frequent));
        });
    }

    private void columns(Group group) {
        boolean compared = group.parts().size() > 1;
        if (compared) {
            html.text(
                    ("The drift of a part is the share of its rows that would need another value for the column to be spread as in %s (total"
                                    + " variation distance). Small parts lie apart by chance alone: marked is what chance does to any of these"
                                    + " columns less than once in a thousand times.")
                            .formatted(group.parts().get(0).title()));
        }
        Set<String> drawn = drawn(group);
        int first = cards + 1;
        overview(group, drawn, compared);
        if (drawn.size() < group.columns().size()) {
            html.text(
                    "%s of %s columns are drawn: %sthose that lie farthest apart. The others have their numbers in lakeproof report --json."
                            .formatted(
                                    count(drawn.size()),
                                    count(group.columns().size()),
                                    group.labels().isEmpty() ? "" : "the labels, and "));
        }
        cards = first - 1;
        for (Column column : group.columns()) {
            if (drawn.contains(key(column))) {
                card(group, column);
            }
        }
    }

    private static String key(Column column) {
        return column.type().sql() + " " + column.name();
    }

    private static Set<String> drawn(Group group) {
        return group.columns().stream()
                .sorted(Comparator.comparing((Column column) -> group.labels().contains(column.name()) ? 0 : 1)
                        .thenComparing(column -> column.farthest()
                                .map(drift -> drift.chance() - drift.distance())
                                .orElse(Double.MAX_VALUE)))
                .limit(DRAWN)
                .map(ReportPage::key)
                .collect(Collectors.toCollection(HashSet::new));
    }

    private void overview(Group group, Set<String> drawn, boolean compared) {
        List<Html.Column> header =
                new ArrayList<>(List.of(text("column"), text("type"), number("missing"), number("different values")));
        if (compared) {
            header.add(number("drift from " + group.parts().get(0).title()));
        }
        List<List<Cell>> rows = new ArrayList<>();
        for (Column column :
                group.columns().subList(0, Math.min(LISTED, group.columns().size()))) {
            List<Cell> row = new ArrayList<>();
            row.add(drawn.contains(key(column)) ? Cell.link(column.name(), ++cards) : Cell.of(column.name()));
            row.add(Cell.of(brief(column.type().sql())));
            row.add(missing(column.parts().stream().flatMap(Optional::stream).toList()));
            row.add(most(column));
            if (compared) {
                row.add(drift(column.farthest()));
            }
            rows.add(row);
        }
        html.cells(header, rows);
        if (group.columns().size() > LISTED) {
            html.text("The first %s of %s columns."
                    .formatted(count(LISTED), count(group.columns().size())));
        }
    }

    /** Different values cannot be added up over the parts; there are at least as many as in any. */
    private static Cell most(Column column) {
        return column.parts().stream()
                .flatMap(Optional::stream)
                .filter(part -> part.distinct().isPresent())
                .max(Comparator.comparing(part -> part.distinct().get()))
                .map(ReportPage::distinct)
                .orElse(Cell.none("not counted"));
    }

    private void card(Group group, Column column) {
        Html inside = new Html();
        if (column.bars().isPresent()) {
            numbers(inside, group, column, column.bars().get());
        } else {
            texts(inside, group, column);
        }
        html.card(++cards, column.name(), brief(column.type().sql()), inside);
    }

    private static void numbers(Html inside, Group group, Column column, Bars bars) {
        boolean compared = group.parts().size() > 1;
        List<Html.Column> header = new ArrayList<>(List.of(
                text("part"),
                text(""),
                number("missing"),
                number("different"),
                number("mean"),
                number("deviation"),
                number("least"),
                number("greatest")));
        if (compared) {
            header.add(number("drift"));
        }
        List<List<Cell>> rows = new ArrayList<>();
        for (int i = 0; i < group.parts().size(); i++) {
            Optional<Found> of = column.parts().get(i);
            List<Cell> row = new ArrayList<>(
                    List.of(Cell.of(group.parts().get(i).title()), Cell.of(histogram(group, column, bars, i))));
            if (of.isEmpty()) {
                row.add(Cell.none("not in this part"));
                IntStream.range(row.size(), header.size()).forEach(empty -> row.add(Cell.of("")));
            } else {
                Found found = of.get();
                row.add(missing(List.of(found)));
                row.add(distinct(found));
                boolean time = Statistics.isTime(column.type());
                row.add(measure(found.mean(), column, time));
                row.add(time ? Cell.of("") : measure(found.deviation(), column, false));
                row.add(measure(found.least(), column, true));
                row.add(measure(found.greatest(), column, true));
                if (compared) {
                    row.add(drift(found.fromFirst()));
                }
            }
            rows.add(row);
        }
        inside.cells(header, rows);
    }

    private static Cell measure(Optional<Double> number, Column column, boolean asTyped) {
        return number.map(n -> Cell.of(asTyped ? Compared.text(n, column.type()) : Compared.text(n)))
                .orElse(Cell.none("–"));
    }

    private static final int WIDE = 168;
    private static final int HIGH = 44;

    /** A part's bars, over them the outline of the first part, and below them where they begin and end. */
    private static Svg histogram(Group group, Column column, Bars bars, int part) {
        double highest = bars.shares().stream()
                .flatMapToDouble(java.util.Arrays::stream)
                .max()
                .orElse(0);
        double[] shares = bars.shares().get(part);
        double width = (double) WIDE / shares.length;
        double scale = highest == 0 ? 0 : (HIGH - 2) / highest;
        Svg svg = new Svg(
                WIDE,
                HIGH + 14,
                "%s in %s".formatted(column.name(), group.parts().get(part).title()));
        double gap = bars.single() ? Math.min(4, width / 5) : 0.5;
        for (int bar = 0; bar < shares.length; bar++) {
            svg.box(colour(part), bar * width + gap / 2, HIGH - shares[bar] * scale, width - gap, shares[bar] * scale);
        }
        if (part > 0) {
            double[] first = bars.shares().get(0);
            double[] outline = new double[first.length * 4];
            for (int bar = 0; bar < first.length; bar++) {
                outline[4 * bar] = bar * width;
                outline[4 * bar + 2] = (bar + 1) * width;
                outline[4 * bar + 1] = HIGH - first[bar] * scale;
                outline[4 * bar + 3] = outline[4 * bar + 1];
            }
            svg.line("ghost", outline);
        }
        List<Double> edges = bars.edges();
        String from = Compared.text(edges.get(0), column.type());
        double last = edges.get(edges.size() - 1);
        String to = Compared.text(last, column.type());
        return svg.line("axis", 0, HIGH, WIDE, HIGH)
                .text("", 0, HIGH + 12, (bars.below() ? "≤ " : "") + from)
                .text("end", WIDE, HIGH + 12, edges.size() == 1 ? "" : (bars.above() ? "≥ " : "") + to);
    }

    private static void texts(Html inside, Group group, Column column) {
        List<List<Cell>> rows = new ArrayList<>();
        rows.add(row("missing", column, found -> missing(List.of(found))));
        if (column.parts().stream().flatMap(Optional::stream).anyMatch(part -> part.distinct()
                .isPresent())) {
            rows.add(row("different values", column, ReportPage::distinct));
            if (group.parts().size() > 1) {
                rows.add(row("drift", column, found -> drift(found.fromFirst())));
            }
        }
        column.frequent().ifPresent(frequent -> rows.addAll(valueRows(group, frequent)));
        inside.even(header(group, ""), rows);
    }

    private static List<Html.Column> header(Group group, String first) {
        List<Html.Column> header = new ArrayList<>(List.of(text(first)));
        group.parts().forEach(part -> header.add(text(part.title())));
        return header;
    }

    private interface Shown {
        Cell of(Found found);
    }

    private static List<Cell> row(String title, Column column, Shown shown) {
        List<Cell> row = new ArrayList<>(List.of(Cell.none(title)));
        column.parts().forEach(part -> row.add(part.map(shown::of).orElse(Cell.none("not in this part"))));
        return row;
    }

    private static List<List<Cell>> valueRows(Group group, Frequent frequent) {
        List<List<Cell>> rows = new ArrayList<>();
        double highest = 0;
        for (Report.Value value : frequent.values()) {
            for (int i = 0; i < value.counts().size(); i++) {
                highest = Math.max(highest, share(value.counts().get(i), group, i));
            }
        }
        for (Report.Value value : frequent.values()) {
            rows.add(
                    shares(Cell.of(value.text().isEmpty() ? "(empty)" : value.text()), group, value.counts(), highest));
        }
        if (frequent.otherValues() > 0) {
            rows.add(shares(
                    Cell.none("%s other%s"
                            .formatted(count(frequent.otherValues()), frequent.otherValues() == 1 ? "" : "s")),
                    group,
                    frequent.others(),
                    highest));
        }
        return rows;
    }

    private static List<Cell> shares(Cell title, Group group, List<Long> counts, double highest) {
        List<Cell> row = new ArrayList<>(List.of(title));
        for (int i = 0; i < counts.size(); i++) {
            double share = share(counts.get(i), group, i);
            Svg bar =
                    new Svg(100, 12, "").box(colour(i), 0, 2, highest == 0 ? 0 : Math.min(1, share / highest) * 100, 8);
            row.add(
                    group.parts().get(i).rows() == 0
                            ? Cell.none("–")
                            : Cell.of(bar).beside(Cell.of("%s (%s)".formatted(percent(share), count(counts.get(i))))));
        }
        return row;
    }

    private static double share(long rows, Group group, int part) {
        return group.parts().get(part).rows() == 0
                ? 0
                : (double) rows / group.parts().get(part).rows();
    }

    private static Cell missing(List<Found> parts) {
        double rows = parts.stream().mapToLong(Found::rows).sum();
        if (rows == 0) {
            return Cell.none("–");
        }
        long nulls = parts.stream().mapToLong(Found::nulls).sum();
        Cell cell = nulls == 0 ? Cell.none("0") : Cell.of(percent(nulls / rows));
        long notNumbers = parts.stream().mapToLong(Found::notNumbers).sum();
        long infinite = parts.stream().mapToLong(Found::infinite).sum();
        if (notNumbers > 0) {
            cell = cell.above(Cell.warning("NaN " + percent(notNumbers / rows)));
        }
        return infinite > 0 ? cell.above(Cell.warning("infinite " + percent(infinite / rows))) : cell;
    }

    private static Cell distinct(Found found) {
        return found.distinct()
                .map(distinct -> Cell.of((found.exact() ? "" : "≈ ") + count(distinct)))
                .orElse(Cell.none("not counted"));
    }

    private static Cell drift(Optional<Drift> drift) {
        return drift.map(d -> d.isBeyondChance() ? Cell.warning(percent(d.distance())) : Cell.of(percent(d.distance())))
                .orElse(Cell.none("–"));
    }

    // Rules, quarantine, history

    private void rules(JsonNode record) {
        List<List<Cell>> rows = new ArrayList<>();
        record.path("rules")
                .forEach(rule -> rows.add(List.of(
                        Cell.of(rule.path("level").asText()),
                        Cell.of(rule.path("rule").asText()),
                        Cell.of(rule.path("measured").asText("")),
                        Cell.of(rule.path("asked").asText("")),
                        verdict(rule))));
        html.section("Rules")
                .cells(List.of(text("level"), text("rule"), text("measured"), text("asked"), text("verdict")), rows);
    }

    private static Cell verdict(JsonNode rule) {
        if (rule.path("passed").asBoolean()) {
            return Cell.of("kept");
        }
        if (rule.has("waiver")) {
            return Cell.warning("broken, waived by " + rule.at("/waiver/by").asText() + " until "
                    + rule.at("/waiver/until").asText() + ": "
                    + rule.at("/waiver/reason").asText());
        }
        // What breaks a rule on rows is in quarantine, and the version keeps it.
        return rule.path("level").asText().equals("rows") ? Cell.of("in quarantine") : Cell.warning("broken");
    }

    private void quarantine() {
        html.section("Quarantine");
        long told = result.turnedAway().stream().mapToLong(Reason::rows).sum();
        html.table(
                List.of(number("rows"), text("why"), text("column")),
                result.turnedAway().stream()
                        .map(reason -> List.of(
                                count(reason.rows()),
                                why(reason),
                                reason.column().orElse("")))
                        .toList());
        if (told < result.quarantined()) {
            html.text(count(result.quarantined() - told) + " more rows for other reasons.");
        }
        if (result.quarantined() > 0) {
            html.text(
                    "What these rows hold is not shown here; the command lakeproof quarantine shows it to those who may read the lake.");
        }
    }

    private static String why(Reason reason) {
        return switch (reason.kind()) {
            case "file" -> "the whole file could not be read";
            case "row" -> "could not be read by the contract";
            default -> reason.rule()
                    .filter(rule -> !rule.equals("upsert"))
                    .orElse("several rows of one key, none of them the latest");
        };
    }

    private void history() {
        html.section("History");
        List<Past> history = result.history();
        if (history.size() > 1) {
            html.figure(
                    line(history),
                    "Examples by version, from %d to %d."
                            .formatted(history.get(0).version(), result.version()));
        }
        List<List<String>> rows = new ArrayList<>();
        for (int i = history.size() - 1; i >= 0; i--) {
            Past past = history.get(i);
            rows.add(List.of(
                    String.valueOf(past.version()),
                    time(past.publishedAt()),
                    count(past.examples()),
                    String.join(", ", past.tags()),
                    String.join("; ", past.changes())));
        }
        html.table(
                List.of(number("version"), text("published"), number("examples"), text("tags"), text("what changed")),
                rows);
        if (history.get(0).version() > 1) {
            html.text("The command lakeproof versions lists those before.");
        }
    }

    private static Svg line(List<Past> history) {
        long most = history.stream().mapToLong(Past::examples).max().orElse(0);
        Svg svg = new Svg(960, 120, "examples by version").line("axis", 0, 100, 960, 100);
        double[] points = new double[history.size() * 2];
        for (int i = 0; i < history.size(); i++) {
            points[2 * i] = 20 + i * 920.0 / (history.size() - 1);
            points[2 * i + 1] = 96 - (most == 0 ? 0 : 76.0 * history.get(i).examples() / most);
        }
        svg.line("line", points);
        for (int i = 0; i < history.size(); i++) {
            svg.dot("p0", points[2 * i], points[2 * i + 1], 3.5)
                    .text(
                            "mid",
                            points[2 * i],
                            114,
                            String.valueOf(history.get(i).version()));
        }
        int last = points.length - 2;
        return svg.text(
                        "mid",
                        points[0] + 10,
                        points[1] - 9,
                        count(history.get(0).examples()))
                .text(
                        "end",
                        points[last] + 15,
                        points[last + 1] - 9,
                        count(history.get(history.size() - 1).examples()));
    }

    private static Html.Column text(String title) {
        return Html.Column.text(title);
    }

    private static Html.Column number(String title) {
        return Html.Column.number(title);
    }

    private static String colour(int part) {
        return "p" + part % 6;
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String percent(double share) {
        return share > 0 && share < 0.001 ? "< 0.1%" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    private static String brief(String type) {
        return type.length() <= 60 ? type : type.substring(0, 59) + "…";
    }

    private static String time(String instant) {
        return time(Instant.parse(instant));
    }

    private static String time(Instant at) {
        return at.toString().replaceFirst("(\\.[0-9]+)?Z$", "").replace('T', ' ') + " UTC";
    }
}
