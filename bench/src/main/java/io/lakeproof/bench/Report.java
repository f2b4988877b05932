package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.bench.Results.Group;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The tables of {@code docs/performance.md}: medians over the rounds, what rows cost, and the targets' ratios. */
final class Report {

    private static final String CLAIMS = Shape.CLAIMS.columns();

    private final Results results;
    /** The many versions that a history was measured with; 0: none was. */
    private final long versions;

    private final StringBuilder tables = new StringBuilder();

    /** The two sizes of the claims between which costs are told apart. */
    private final long small;

    private final long large;

    private Report(Results results) {
        this.results = results;
        versions = results.groups().stream()
                .mapToLong(group -> History.versions(group.contender()))
                .max()
                .orElse(0);
        long[] sizes = results.sizes("floor", CLAIMS);
        small = sizes.length == 0 ? 0 : sizes[0];
        large = last(sizes);
    }

    private static long last(long[] sizes) {
        return sizes.length == 0 ? 0 : sizes[sizes.length - 1];
    }

    static String of(Results results) {
        Report report = new Report(results);
        report.measures();
        report.costs();
        report.steps();
        report.targets();
        return report.tables.toString();
    }

    private void measures() {
        head(
                "contender",
                "columns",
                "rows",
                "wall, s (median, least to most)",
                "CPU, s",
                "memory, MB",
                "Spark jobs",
                "stages",
                "tasks",
                "read, MB",
                "written, MB",
                "shuffled, MB");
        for (Group group : results.groups()) {
            if (results.failed(group)) {
                row("%s | %s | %,d | failed |  |  |  |  |  |  |  | ", group.contender(), group.columns(), group.rows());
                continue;
            }
            double[] wall = results.sorted(group, "wall");
            row(
                    "%s | %s | %,d | %.1f (%.1f to %.1f) | %.1f | %.0f | %s | %s | %s | %s | %s | %s",
                    group.contender(),
                    group.columns(),
                    group.rows(),
                    results.median(group, "wall"),
                    wall[0],
                    wall[wall.length - 1],
                    results.median(group, "cpu"),
                    results.median(group, "memory") / 1e6,
                    counted(group, "jobs"),
                    counted(group, "stages"),
                    counted(group, "tasks"),
                    megabytes(group, "bytesRead"),
                    megabytes(group, "bytesWritten"),
                    megabytes(group, "bytesShuffled"));
        }
    }

    /** Empty where no Spark was started. */
    private String counted(Group group, String what) {
        double median = results.median(group, what);
        return Double.isNaN(median) ? "" : text("%.0f", median);
    }

    private String megabytes(Group group, String what) {
        return tenths(results.median(group, what) / 1e6);
    }

    private static String tenths(double value) {
        return Double.isNaN(value) ? "" : text("%.1f", value);
    }

    private void costs() {
        head(
                "contender",
                "columns",
                "fixed, s",
                "per million rows, s",
                "fixed, s of CPU",
                "per million rows, s of CPU");
        results.groups().stream()
                .map(group -> List.of(group.contender(), group.columns()))
                .distinct()
                .forEach(pair -> {
                    String contender = pair.get(0);
                    String columns = pair.get(1);
                    long[] sizes = results.sizes(contender, columns);
                    if (sizes.length > 1) {
                        long last = last(sizes);
                        row(
                                "%s | %s | %s | %s | %s | %s",
                                contender,
                                columns,
                                tenths(results.fixed(contender, columns, sizes[0], last, "wall")),
                                tenths(results.slope(contender, columns, sizes[0], last, "wall")),
                                tenths(results.fixed(contender, columns, sizes[0], last, "cpu")),
                                tenths(results.slope(contender, columns, sizes[0], last, "cpu")));
                    }
                });
    }

    private void steps() {
        Group few = claims("run, counted", small);
        Group many = claims("run, counted", large);
        if (results.sizes("run, counted", CLAIMS).length == 0 || results.failed(few) || results.failed(many)) {
            return;
        }
        head("step of `run`", text("%,d rows, s", small), text("%,d rows, s", large));
        JsonNode fewSteps = results.of(few).findFirst().orElseThrow().path("steps");
        JsonNode manySteps = results.of(many).findFirst().orElseThrow().path("steps");
        for (Iterator<String> names = manySteps.fieldNames(); names.hasNext(); ) {
            String step = names.next();
            row(
                    "%s | %.1f | %.1f",
                    step, fewSteps.path(step).asDouble(), manySteps.path(step).asDouble());
        }
    }

    private void targets() {
        head("what", "target", "ratio", "of CPU", "met");
        perMillion("floor", 1.5);
        perMillion("notebook", 0.4);
        perMillion("careful", 0.7);
        perMillion("duck", 1.5);
        both("`run`'s fixed cost / careful's", 0.75, what -> fixed("run", what) / fixed("careful", what));
        both(
                "nothing new / `run`'s fixed cost",
                0.4,
                what -> results.median(claims("nothing new", small), what) / fixed("run", what));
        for (String command : List.of("versions", "show", "tag")) {
            both(
                    text("`%s` / a Spark session that reads the same table", command),
                    0.25,
                    what -> of(command, "listing", large, what));
        }
        long[] batches = results.sizes(History.after("run", 0), CLAIMS);
        long batch = last(batches);
        both(
                text("a batch of 1/%,d onto %,d batches / onto none", versions, versions),
                1.3,
                what -> of(History.after("run", versions), History.after("run", 0), batch, what));
        for (String command : List.of("run", "versions", "verify")) {
            both(
                    text("`%s` with %,d versions / with %d", command, versions, History.FEW),
                    1.3,
                    what -> of(History.after(command, versions), History.after(command, History.FEW), batch, what));
        }
        memory();
        Group counted = claims("run, counted", large);
        one(
                "bytes read from the source / its size (1.0, and what SHA-256 reads)",
                2.0,
                results.median(counted, "sourceBytesRead") / results.median(counted, "sourceBytes"));
        both(text("`replay` / `run`, %,d rows", large), 1.2, what -> of("replay", "run", large, what));
        both(
                text("`verify --deep` / reading the tables once, %,d rows", large),
                1.2,
                what -> of("verify --deep", "reading", large, what));
        guarantees();
        double throughput = images("loop") / images("infer");
        target("`infer`'s images a second / those of a bare loop", "≥ 0.8", throughput, "", throughput >= 0.8);
        double faster = perMillion(Cluster.workers(1)) / perMillion(Cluster.workers(2));
        target("two workers with one core each / one, faster per million rows", "≥ 1.6", faster, "", faster >= 1.6);
    }

    private double images(String how) {
        long[] sizes = results.sizes(how, Images.COLUMNS);
        return sizes.length < 2 ? Double.NaN : results.slope(how, Images.COLUMNS, sizes[0], last(sizes), "wall");
    }

    /** One fingerprint and account is what a second costs; the step that publishes takes the digests and writes the record. */
    private void guarantees() {
        long rows = last(results.sizes(Guarantees.ONCE, CLAIMS));
        double once = results.median(claims(Guarantees.ONCE, rows), "wall");
        double twice = results.median(claims(Guarantees.TWICE, rows), "wall");
        one(
                text("fingerprints, accounts, digests and record / `run`, %,d rows", rows),
                0.15,
                (twice - once + published()) / once);
    }

    /** Seconds of the step in which a record is written, whatever the rows. */
    private double published() {
        Group group = claims("run, counted", large);
        return results.of(group)
                .flatMap(result -> result.path("steps").properties().stream())
                .filter(step -> step.getKey().startsWith("publish"))
                .mapToDouble(step -> step.getValue().asDouble())
                .findFirst()
                .orElse(Double.NaN);
    }

    private void memory() {
        long[] sizes = results.sizes(Memory.SMALL_HEAP, CLAIMS);
        boolean both = sizes.length > 1;
        one(
                both
                        ? text("peak memory of `run` with a heap of 1 GB, %,d rows / %,d", last(sizes), sizes[0])
                        : "peak memory of `run` with a heap of 1 GB, 10,000,000 rows / 1,000,000",
                1.2,
                both ? of(Memory.SMALL_HEAP, last(sizes), sizes[0], "memory") : Double.NaN);
        for (long rows : sizes) {
            row(
                    "`run` with a heap of 1 GB, %,d rows / with the launcher's | ends | %s | %s | %s",
                    rows,
                    ratio(of(Memory.SMALL_HEAP, "run", rows, "wall")),
                    ratio(of(Memory.SMALL_HEAP, "run", rows, "cpu")),
                    results.failed(claims(Memory.SMALL_HEAP, rows)) ? "no" : "yes");
        }
    }

    private void perMillion(String contender, double most) {
        both("`run` per million rows / " + contender, most, what -> slope("run", what) / slope(contender, what));
    }

    /** By its own two sizes: CPU is that of the driver alone, and not asked for. */
    private double perMillion(String contender) {
        long[] sizes = results.sizes(contender, CLAIMS);
        return sizes.length < 2 ? Double.NaN : results.slope(contender, CLAIMS, sizes[0], last(sizes), "wall");
    }

    private double slope(String contender, String what) {
        return results.slope(contender, CLAIMS, small, large, what);
    }

    private double fixed(String contender, String what) {
        return results.fixed(contender, CLAIMS, small, large, what);
    }

    private double of(String contender, String other, long rows, String what) {
        return results.median(claims(contender, rows), what) / results.median(claims(other, rows), what);
    }

    private double of(String contender, long rows, long fewer, String what) {
        return results.median(claims(contender, rows), what) / results.median(claims(contender, fewer), what);
    }

    private static Group claims(String contender, long rows) {
        return new Group(contender, CLAIMS, rows);
    }

    private void both(String what, double most, ToDoubleFunction<String> ratio) {
        double wall = ratio.applyAsDouble("wall");
        target(what, "≤ " + most, wall, cell(ratio.applyAsDouble("cpu")), wall <= most);
    }

    private void one(String what, double most, double ratio) {
        target(what, "≤ " + most, ratio, "", ratio <= most);
    }

    private void target(String what, String target, double ratio, String cpu, boolean met) {
        row("%s | %s | %s | %s | %s", what, target, cell(ratio), cpu, Double.isNaN(ratio) ? "" : met ? "yes" : "no");
    }

    private static String cell(double ratio) {
        return Double.isNaN(ratio) ? "not measured" : ratio(ratio);
    }

    private static String ratio(double ratio) {
        return Double.isNaN(ratio) ? "" : text("%.2f", ratio);
    }

    /** A table's first two lines, below an empty one. */
    private void head(String... columns) {
        tables.append("\n| ")
                .append(String.join(" | ", columns))
                .append(" |\n|")
                .append(" --- |".repeat(columns.length));
        tables.append('\n');
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private void row(String format, Object... cells) {
        tables.append("| ").append(text(format, cells)).append(" |\n");
    }
}
