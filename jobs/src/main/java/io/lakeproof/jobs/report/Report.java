package io.lakeproof.jobs.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.publish.Leakage;
import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Trainings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/**
 * Writes what a version holds onto one page: where its rows went, its parts, and every column of them, part beside part. The
 * rows are read once; what is written down of them are counts, measures, and the values that many rows share.
 */
public final class Report {

    /** So many rows must have a value before it is written down: what few have may tell who they are. */
    public static final int SHOWN_FROM = 5;

    /** The most values of a column that are written down. */
    public static final int VALUES = 10;

    /** How many versions, the newest, the history shows. */
    public static final int HISTORY = 20;

    /** How many reasons, those of the most rows, are told of quarantine. */
    public static final int REASONS = 50;

    private final Lake lake;
    private final DatasetVersion version;
    private final Progress progress;
    private final JsonNode record;

    private Report(Lake lake, DatasetVersion version, Progress progress) {
        this.lake = lake;
        this.version = version;
        this.progress = progress;
        this.record = version.recordTree();
    }

    /**
     * A table of examples.
     *
     * @param name {@code train}, {@code sessions/train} …
     * @param asked the share that the spec asks for, from 0 to 1; absent: it asks for none
     * @param got the share that it has
     */
    public record Part(String name, long rows, Optional<Double> asked, double got, String fingerprint) {

        /** Its name among the tables of its group. */
        public String title() {
            return name.substring(name.indexOf('/') + 1);
        }
    }

    /**
     * What a part holds of a column.
     *
     * @param rows the part's
     * @param nulls how many are NULL
     * @param notNumbers how many are NaN
     * @param infinite how many are infinite
     * @param distinct different values; absent: its values are not looked at
     * @param exact whether {@code distinct} is no estimate
     * @param least the smallest number: of dates days, of timestamps seconds since 1970; absent: there is none
     * @param deviation of a sample; absent: there are not two numbers
     * @param fromFirst how far it lies from the first part; absent: it is the first, it is the key by which they are split, one of the two is empty, or its values are
     *     not looked at
     */
    public record Found(
            long rows,
            long nulls,
            long notNumbers,
            long infinite,
            Optional<Long> distinct,
            boolean exact,
            Optional<Double> least,
            Optional<Double> greatest,
            Optional<Double> mean,
            Optional<Double> deviation,
            Optional<Drift> fromFirst) {}

    /**
     * A value that many rows share.
     *
     * @param counts rows that have it, by part
     */
    public record Value(String text, List<Long> counts) {
        long rows() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * The most frequent values.
     *
     * @param values the most frequent first; those that fewer than {@value #SHOWN_FROM} rows have are left out
     * @param others rows with any other value, by part
     * @param otherValues how many other values there are
     */
    public record Frequent(List<Value> values, List<Long> others, int otherValues) {}

    /**
     * A column.
     *
     * @param parts what each part holds of it; absent: the part lacks it
     * @param bars how its numbers are spread; absent: there are none
     * @param frequent absent: it has many values
     */
    public record Column(
            String name, DataType type, List<Optional<Found>> parts, Optional<Bars> bars, Optional<Frequent> frequent) {

        /** The part that lies farthest from the first, beyond what chance does; absent: none can be told. */
        public Optional<Drift> farthest() {
            return parts.stream()
                    .flatMap(Optional::stream)
                    .flatMap(part -> part.fromFirst().stream())
                    .max(Comparator.comparing(drift -> drift.distance() - drift.chance()));
        }
    }

    /**
     * Tables that belong together: the dataset's own parts, or those of an output.
     *
     * @param output its name; empty: the dataset's own
     * @param labels the columns that the spec predicts or stratifies by
     * @param leakage what the record says of it; absent: nothing
     */
    public record Group(
            String output, List<Part> parts, List<Column> columns, List<String> labels, Optional<Leakage> leakage) {}

    /**
     * Why rows are in quarantine.
     *
     * @param kind {@code row}, {@code file} or {@code rule}
     * @param rule absent: it could not be read
     * @param column absent: it is about the whole row
     */
    public record Reason(String kind, Optional<String> rule, Optional<String> column, long rows) {}

    /**
     * A version of the history.
     *
     * @param examples rows of the dataset's own parts
     * @param changes what it was made otherwise from than the one before, a line each
     */
    public record Past(long version, Instant publishedAt, long examples, List<String> tags, List<String> changes) {}

    /**
     * What the page shows.
     *
     * @param file the page
     * @param record the version's record, of which head, rules and accounts are
     * @param turnedAway the reasons of the most rows, those first; at most {@value #REASONS}
     * @param history the newest versions up to this one, oldest first; at most {@value #HISTORY}
     */
    public record Result(
            String dataset,
            long version,
            Path file,
            JsonNode record,
            List<String> tags,
            List<Entry<Trainings.Fact>> trainings,
            List<Account> accounts,
            List<Group> groups,
            long quarantined,
            List<Reason> turnedAway,
            List<Past> history) {}

    /** The report on a version. */
    public static Report of(Lake lake, DatasetVersion version, Progress progress) {
        return new Report(lake, version, progress);
    }

    /**
     * Reads the version and writes the page to a local file, which it replaces.
     *
     * @throws Failure.Usage when the version was cleaned up, or the file cannot be written
     * @throws Failure.Remote when a table is gone
     * @throws Failure.Unverified when a table does not hold the rows that the record says
     */
    public Result execute(Path file) {
        if (lake.retirements().holds(version)) {
            throw new Failure.Usage("Version %d was cleaned up by maintain: its data is gone. Report on another."
                    .formatted(version.version()));
        }
        lake.describe("report");
        progress.begins("read the parts");
        List<Group> groups = groups();
        progress.begins("read the quarantine and the history");
        Map<Long, List<String>> tags = lake.tags().byVersion();
        Result result = new Result(
                record.get("dataset").asText(),
                version.version(),
                file,
                record,
                tags.getOrDefault(version.version(), List.of()),
                lake.trainings().of(version),
                VersionRecord.accounts(record),
                groups,
                version.table("quarantine").map(TableVersion::rows).orElse(0L),
                turnedAway(),
                history(tags));
        progress.begins("write " + file);
        write(ReportPage.of(result), file);
        return result;
    }

    private static void write(String page, Path file) {
        try {
            Path half = Files.createTempFile(file.toAbsolutePath().getParent(), ".report", ".html");
            try {
                Files.writeString(half, page);
                Files.move(half, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(half);
            }
        } catch (IOException e) {
            throw new Failure.Usage("The report cannot be written to %s: %s.".formatted(file, e));
        }
    }

    // What the parts hold

    private List<Group> groups() {
        List<TableVersion> parts = version.tables().stream()
                .filter(table -> !List.of("raw", "quarantine").contains(table.name()))
                .toList();
        Map<String, Dataset<Row>> tables = new LinkedHashMap<>();
        parts.forEach(part -> tables.put(part.name(), read(part)));
        Map<String, Statistics> statistics = Statistics.of(tables);
        parts.forEach(part -> {
            long found = statistics.get(part.name()).rows();
            if (found != part.rows()) {
                throw new Failure.Unverified(
                        "%s holds %d rows where the record of version %d says %d. Run `lakeproof verify %s %d`."
                                .formatted(
                                        part.name(),
                                        found,
                                        version.version(),
                                        part.rows(),
                                        lake.spec().file(),
                                        version.version()));
            }
        });
        List<String> names = new ArrayList<>(List.of(""));
        record.path("outputs").fieldNames().forEachRemaining(names::add);
        return names.stream()
                .map(name -> group(
                        name,
                        parts.stream()
                                .filter(part -> output(part.name(), names).equals(name))
                                .toList(),
                        statistics))
                .filter(group -> !group.parts().isEmpty())
                .toList();
    }

    /** The output that a table is of; empty: it is one of the dataset's own parts. */
    private static String output(String table, List<String> outputs) {
        String first = table.replaceFirst("/.*", "");
        return outputs.contains(first) ? first : "";
    }

    private Dataset<Row> read(TableVersion pinned) {
        var table = lake.table(pinned.name());
        if (!table.exists() || !table.id().equals(pinned.tableId())) {
            throw new Failure.Remote(
                    "the rows of %s cannot be read: the table %s is gone, or was made anew"
                            .formatted(pinned.name(), table.name().text()),
                    null);
        }
        return table.at(pinned.deltaVersion());
    }

    private Group group(String output, List<TableVersion> tables, Map<String, Statistics> statistics) {
        JsonNode about = output.isEmpty() ? record : record.path("outputs").path(output);
        JsonNode split = about.path("split");
        double all = tables.stream().mapToLong(TableVersion::rows).sum();
        double shares = 0;
        for (JsonNode share : split.path("parts")) {
            shares += share.asDouble();
        }
        double asked = split.path("key").isEmpty() ? 0 : shares;
        List<Part> parts = tables.stream()
                .map(table -> {
                    JsonNode share = split.path("parts")
                            .path(table.name().substring(table.name().indexOf('/') + 1));
                    return new Part(
                            table.name(),
                            table.rows(),
                            asked > 0 && share.isNumber() ? Optional.of(share.asDouble() / asked) : Optional.empty(),
                            all == 0 ? 0 : table.rows() / all,
                            table.fingerprint());
                })
                .toList();
        List<Statistics> seen =
                tables.stream().map(table -> statistics.get(table.name())).toList();
        // Parts are made to share no key: how far apart they lie in a key that is one column says nothing.
        Optional<String> key = split.path("key").size() == 1
                ? Optional.of(split.path("key").get(0).asText())
                : Optional.empty();
        return new Group(output, parts, columns(seen, key), labels(output, about), Leakage.of(about));
    }

    /**
     * Every column that a part has, in the first part's order; of another type it is another column.
     *
     * @param key the column that is not compared
     */
    private static List<Column> columns(List<Statistics> parts, Optional<String> key) {
        Map<List<String>, StructField> fields = new LinkedHashMap<>();
        parts.forEach(part -> Stream.of(part.schema().fields())
                .forEach(field -> fields.putIfAbsent(
                        List.of(field.name(), field.dataType().sql()), field)));
        List<Long> rows = parts.stream().map(Statistics::rows).toList();
        int compared = (fields.size() - (int) key.stream().count()) * Math.max(1, parts.size() - 1);
        return fields.values().stream()
                .map(field -> Compared.of(
                        field.name(),
                        field.dataType(),
                        parts.stream().map(part -> part.of(field)).toList(),
                        rows,
                        key.equals(Optional.of(field.name())) ? OptionalInt.empty() : OptionalInt.of(compared)))
                .toList();
    }

    private List<String> labels(String output, JsonNode about) {
        Set<String> labels = new LinkedHashSet<>();
        add(labels, about.path("split").path("stratify"));
        add(labels, output.isEmpty() ? record.at("/spec/label") : about.path("label"));
        if (output.isEmpty()) {
            record.at("/features/steps")
                    .forEach(step -> add(labels, step.path("with").path("label")));
        }
        return List.copyOf(labels);
    }

    private static void add(Set<String> names, JsonNode name) {
        if (name.isTextual()) {
            names.add(name.asText());
        }
    }

    // What else is known of it

    private List<Reason> turnedAway() {
        Optional<TableVersion> pinned = version.table("quarantine").filter(table -> table.rows() > 0);
        return pinned
                .map(table -> Publish.quarantined(
                                lake, read(table), lake.versions().members(version.version()))
                        .groupBy("kind", "rule", "column")
                        .agg(count(lit(1)).as("rows"))
                        .orderBy(col("rows").desc(), col("kind"), col("rule"), col("column"))
                        .limit(REASONS)
                        .collectAsList())
                .orElse(List.of())
                .stream()
                .map(row -> new Reason(
                        row.getString(0),
                        Optional.ofNullable(row.getString(1)),
                        Optional.ofNullable(row.getString(2)),
                        row.getLong(3)))
                .toList();
    }

    private List<Past> history(Map<Long, List<String>> tags) {
        return lake.versions().between(version.version() - HISTORY + 1, version.version()).stream()
                .map(past -> past(past, tags.getOrDefault(past.version(), List.of())))
                .toList();
    }

    private static Past past(DatasetVersion version, List<String> tags) {
        JsonNode record = version.recordTree();
        List<String> changes = new ArrayList<>();
        if (version.version() == 1) {
            changes.add("the first version");
        }
        record.path("because").forEach(why -> changes.add(why.asText()));
        List<Ledger.Entry> taken = VersionRecord.sources(version).stream()
                .filter(file -> file.status() == Ledger.Status.TAKEN)
                .toList();
        if (!taken.isEmpty()) {
            changes.add(String.format(
                    Locale.ROOT,
                    "%s came with %,d rows",
                    files(taken.size()),
                    taken.stream().mapToLong(Ledger.Entry::rows).sum()));
        }
        if (!version.change().filesRemoved().isEmpty()) {
            changes.add(files(version.change().filesRemoved().size()) + " left");
        }
        StreamSupport.stream(record.path("notes").spliterator(), false)
                .map(JsonNode::asText)
                .filter(note -> note.startsWith("withdrawn: "))
                .forEach(changes::add);
        List<String> outputs = new ArrayList<>(List.of("raw", "quarantine"));
        record.path("outputs").fieldNames().forEachRemaining(outputs::add);
        return new Past(
                version.version(),
                version.publishedAt(),
                version.tables().stream()
                        .filter(table -> output(table.name(), outputs).isEmpty())
                        .mapToLong(TableVersion::rows)
                        .sum(),
                tags,
                changes);
    }

    private static String files(int number) {
        return String.format(Locale.ROOT, "%,d file%s", number, number == 1 ? "" : "s");
    }
}
