package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.publish.VersionRecord;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.FileOfBatch;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Table;
import io.lakeproof.transforms.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What differs between two versions of a dataset, and why: from their records and those between them, and, where rows may
 * have left, from the parts themselves.
 */
public final class Diff {

    /** How many keys of added, and of removed, rows are told of each part. */
    public static final int KEYS = 20;

    private static final String MODEL = "/features/model/digest";

    private final Lake lake;
    private final DatasetVersion before;
    private final DatasetVersion after;
    private final Rows rows;
    private final Drifts drifts;
    private final Progress progress;
    private final List<Change> changes = new ArrayList<>();
    private final List<Cause> causes = new ArrayList<>();

    private Diff(Lake lake, DatasetVersion before, DatasetVersion after, Rows rows, Drifts drifts, Progress progress) {
        this.lake = lake;
        this.before = before;
        this.after = after;
        this.rows = rows;
        this.drifts = drifts;
        this.progress = progress;
    }

    /** What to tell of added and removed rows. */
    public enum Rows {
        /** How many they are. */
        COUNTED,
        /** Their split keys too, the first {@value #KEYS} of each part. */
        WITH_KEYS
    }

    /** Whether to measure how far the columns of a part drifted. */
    public enum Drifts {
        NOT_MEASURED,
        /** Of every part that changed, which is read for it. */
        MEASURED
    }

    /** Why versions differ. */
    public enum Kind {
        NEW_FILE,
        WITHDRAWN_FILE,
        REPLACED_FILE,
        NEW_SNAPSHOT,
        CHANGED_CONTRACT,
        CHANGED_SOURCE_OPTIONS,
        CHANGED_LOAD,
        CHANGED_RULE,
        CHANGED_TRANSFORM,
        CHANGED_SPLIT,
        CHANGED_OUTPUT,
        CHANGED_FEATURES,
        REFITTED_FEATURES,
        CHANGED_CODE,
        CHANGED_RUNTIME;

        /** As people write it: {@code new file}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * Why something changed.
     *
     * @param version the version with which it came
     * @param detail the file, what a withdrawal gave as its reason, or why features were fitted again; empty: the kind says all
     */
    public record Cause(long version, Kind kind, String detail) {}

    /**
     * One change of what a version was made from.
     *
     * @param what {@code contract}, {@code rules}, {@code transforms}, {@code split}, {@code features}, {@code outputs}, {@code source},
     *     {@code code}, {@code runtime} or {@code files}
     * @param name what of it: a column, a rule's level, a file …
     * @param before how it was; absent: it was not there
     * @param after how it is; absent: it is gone
     */
    public record Change(
            String what, String name, Optional<String> before, Optional<String> after, List<Cause> causes) {}

    /**
     * How a part changed.
     *
     * @param before rows in the earlier version
     * @param after rows in the later one
     * @param added rows of the later version that the earlier lacks, repeated rows counted
     * @param removed rows of the earlier version that the later lacks
     * @param columnsAdded columns that only the later version has, or has with another type
     * @param columnsRemoved columns that only the earlier version has, or has with another type; rows are compared by the
     *     others
     * @param keysAdded split keys of added rows, the first ones; empty unless asked for
     * @param keysRemoved split keys of removed rows
     * @param drifts how far each column drifted, the greatest first, but for those that move with every batch, see
     *     {@link Drift#lasting}; empty unless asked for
     * @param causes what may have changed it; empty: it did not change
     */
    public record Part(
            String name,
            long before,
            long after,
            long added,
            long removed,
            List<String> columnsAdded,
            List<String> columnsRemoved,
            List<String> keysAdded,
            List<String> keysRemoved,
            List<Drift> drifts,
            List<Cause> causes) {

        /** Whether it is not what it was. */
        public boolean changed() {
            return added + removed > 0 || !columnsAdded.isEmpty() || !columnsRemoved.isEmpty();
        }
    }

    /**
     * What a rule measured in both versions.
     *
     * @param before absent: the earlier version did not measure it
     * @param after absent: the later version did not measure it
     */
    public record Measure(String level, String rule, Optional<String> before, Optional<String> after) {}

    /**
     * The difference.
     *
     * @param changes of what the versions were made from
     * @param parts every part that one of them has
     * @param measures the values that rules measured differently
     * @param causes everything that happened between the two, in order
     */
    public record Result(
            String dataset,
            long before,
            long after,
            List<Change> changes,
            List<Part> parts,
            List<Measure> measures,
            List<Cause> causes) {

        /** Whether nothing differs. */
        public boolean empty() {
            return changes.isEmpty() && measures.isEmpty() && parts.stream().noneMatch(Part::changed);
        }
    }

    /**
     * A comparison.
     *
     * @throws Failure.Usage when {@code before} is the later one
     */
    public static Diff of(
            Lake lake, DatasetVersion before, DatasetVersion after, Rows rows, Drifts drifts, Progress progress) {
        if (before.version() > after.version()) {
            throw new Failure.Usage("version %d is later than version %d: write the earlier one first."
                    .formatted(before.version(), after.version()));
        }
        return new Diff(lake, before, after, rows, drifts, progress);
    }

    /**
     * Compares.
     *
     * @throws Failure.Remote when a part must be read and cannot be
     */
    public Result execute() {
        progress.begins("compare versions %d and %d".formatted(before.version(), after.version()));
        lake.describe("diff");
        List<DatasetVersion> between = lake.versions().between(before.version(), after.version());
        files(between.subList(1, between.size()));
        for (int i = 1; i < between.size(); i++) {
            settings(between.get(i - 1), between.get(i));
        }
        JsonNode a = before.recordTree();
        JsonNode b = after.recordTree();
        contract(a, b);
        rules(a, b);
        transforms(a, b);
        fields(
                "split",
                a.get("split"),
                b.get("split"),
                List.of("key", "seed", "parts", "time", "stratify"),
                Kind.CHANGED_SPLIT);
        unseen("split", "order of the parts", "split", a, b, Kind.CHANGED_SPLIT);
        features(a, b);
        outputs(a.path("outputs"), b.path("outputs"));
        unseen("outputs", "code of a class", "outputs", a, b, Kind.CHANGED_OUTPUT);
        fields(
                "source",
                a.at("/spec/source"),
                b.at("/spec/source"),
                List.of("format", "options", "null-values"),
                Kind.CHANGED_SOURCE_OPTIONS);
        fields(
                "source",
                a.at("/spec/source"),
                b.at("/spec/source"),
                List.of("load", "key", "upsert"),
                Kind.CHANGED_LOAD);
        fields("code", a.get("code"), b.get("code"), VersionRecord.CODE, Kind.CHANGED_CODE);
        fields("runtime", a.get("runtime"), b.get("runtime"), VersionRecord.RUNTIME, Kind.CHANGED_RUNTIME);
        boolean appended = between.stream()
                .skip(1)
                .allMatch(version -> version.recordTree().get("mode").asText().equals("append"));
        List<Cause> ofRows = rowCauses(between);
        List<Part> parts =
                names().stream().map(name -> part(name, appended, ofRows)).toList();
        return new Result(
                lake.spec().name(),
                before.version(),
                after.version(),
                List.copyOf(changes),
                parts,
                measures(a, b),
                causes.stream().distinct().toList());
    }

    // What happened in between

    private record Taken(Ledger.Entry file, Cause cause) {}

    /** The files of the earlier version that one of the later ones took out. */
    private Map<FileOfBatch, Ledger.Entry> leaving(List<DatasetVersion> later) {
        Set<FileOfBatch> files = new HashSet<>();
        Set<String> batches = new HashSet<>();
        later.forEach(version -> {
            files.addAll(version.change().filesRemoved());
            batches.addAll(version.change().batchesRemoved());
        });
        Map<FileOfBatch, Ledger.Entry> leaving = new LinkedHashMap<>();
        if (!files.isEmpty() || !batches.isEmpty()) {
            lake.versions().upTo(before.version(), (version, manifests) -> taken(version).stream()
                    .filter(file -> batches.contains(file.batch()) || files.contains(of(file)))
                    .forEach(file -> leaving.put(of(file), file)));
        }
        return leaving;
    }

    private static List<Ledger.Entry> taken(DatasetVersion version) {
        return VersionRecord.sources(version).stream()
                .filter(file -> file.status() == Ledger.Status.TAKEN)
                .toList();
    }

    private static FileOfBatch of(Ledger.Entry file) {
        return new FileOfBatch(file.batch(), file.path());
    }

    /** The files that came and went; one that left and came back with the same content did neither. */
    private void files(List<DatasetVersion> later) {
        Map<FileOfBatch, Ledger.Entry> known = leaving(later);
        Map<FileOfBatch, Taken> in = new LinkedHashMap<>();
        Map<FileOfBatch, Taken> out = new LinkedHashMap<>();
        for (DatasetVersion version : later) {
            List<Ledger.Entry> taken = taken(version);
            Set<FileOfBatch> left = new LinkedHashSet<>(version.change().filesRemoved());
            known.keySet().stream()
                    .filter(file -> version.change().batchesRemoved().contains(file.batch()))
                    .forEach(left::add);
            Set<String> replaced = left.stream()
                    .map(FileOfBatch::file)
                    .filter(path -> taken.stream().anyMatch(file -> file.path().equals(path)))
                    .collect(Collectors.toSet());
            boolean snapshot =
                    version.recordTree().at("/spec/source/load").asText().equals("snapshot");
            for (FileOfBatch file : left) {
                Kind kind = snapshot
                        ? Kind.NEW_SNAPSHOT
                        : replaced.contains(file.file()) ? Kind.REPLACED_FILE : Kind.WITHDRAWN_FILE;
                String detail = kind == Kind.WITHDRAWN_FILE ? reason(version, file.file()) : file.file();
                if (in.remove(file) == null && known.containsKey(file)) {
                    out.put(file, new Taken(known.get(file), new Cause(version.version(), kind, detail)));
                }
            }
            for (Ledger.Entry file : taken) {
                Kind kind = snapshot
                        ? Kind.NEW_SNAPSHOT
                        : replaced.contains(file.path()) ? Kind.REPLACED_FILE : Kind.NEW_FILE;
                in.put(of(file), new Taken(file, new Cause(version.version(), kind, file.path())));
            }
            taken.forEach(file -> known.put(of(file), file));
        }
        Set<String> same = contents(in.values());
        same.retainAll(contents(out.values()));
        out.values().stream().filter(file -> !same.contains(content(file))).forEach(file -> {
            causes.add(file.cause());
            changes.add(change(
                    "files",
                    file.file().path(),
                    Optional.of("%,d rows".formatted(file.file().rows())),
                    Optional.empty(),
                    file.cause()));
        });
        in.values().stream().filter(file -> !same.contains(content(file))).forEach(file -> {
            causes.add(file.cause());
            changes.add(change(
                    "files",
                    file.file().path(),
                    Optional.empty(),
                    Optional.of("%,d rows".formatted(file.file().rows())),
                    file.cause()));
        });
    }

    private static Set<String> contents(Iterable<Taken> files) {
        return StreamSupport.stream(files.spliterator(), false)
                .map(Diff::content)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String content(Taken taken) {
        return taken.file().path() + " " + taken.file().sha256();
    }

    /** What whoever withdrew a file said; the file itself when nobody did. */
    private static String reason(DatasetVersion version, String file) {
        return StreamSupport.stream(version.recordTree().get("notes").spliterator(), false)
                .map(JsonNode::asText)
                .filter(note -> note.startsWith("withdrawn: "))
                .map(note -> file + note.substring(note.indexOf(", because ")))
                .findFirst()
                .orElse(file);
    }

    private static Change change(
            String what, String name, Optional<String> before, Optional<String> after, Cause cause) {
        return new Change(what, name, before, after, List.of(cause));
    }

    /** What a version was made with otherwise than the one before it. */
    private void settings(DatasetVersion previous, DatasetVersion version) {
        JsonNode a = previous.recordTree();
        JsonNode b = version.recordTree();
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("/recipe/contract", Kind.CHANGED_CONTRACT);
        kinds.put("/recipe/reading", Kind.CHANGED_SOURCE_OPTIONS);
        kinds.put("/recipe/load", Kind.CHANGED_LOAD);
        kinds.put("/recipe/rules", Kind.CHANGED_RULE);
        kinds.put("/recipe/transforms", Kind.CHANGED_TRANSFORM);
        kinds.put("/recipe/split", Kind.CHANGED_SPLIT);
        kinds.put("/recipe/features", Kind.CHANGED_FEATURES);
        kinds.put("/recipe/outputs", Kind.CHANGED_OUTPUT);
        VersionRecord.CODE.forEach(key -> kinds.put("/code/" + key, Kind.CHANGED_CODE));
        VersionRecord.RUNTIME.forEach(key -> kinds.put("/runtime/" + key, Kind.CHANGED_RUNTIME));
        kinds.forEach((path, kind) -> {
            if (!a.at(path).equals(b.at(path))) {
                causes.add(new Cause(version.version(), kind, ""));
            }
        });
        boolean sameSteps = a.at("/recipe/features").equals(b.at("/recipe/features"));
        if (sameSteps && !a.at(MODEL).equals(b.at(MODEL))) {
            causes.add(
                    new Cause(version.version(), Kind.REFITTED_FEATURES, String.join("; ", texts(b.path("because")))));
        }
    }

    private List<Cause> causes(Kind kind) {
        return causes.stream().filter(cause -> cause.kind() == kind).distinct().toList();
    }

    /** What can have changed rows: other code or another engine only where all rows were made again. */
    private List<Cause> rowCauses(List<DatasetVersion> between) {
        Set<Long> rebuilt = between.stream()
                .filter(version -> version.recordTree().get("mode").asText().equals("rebuild"))
                .map(DatasetVersion::version)
                .collect(Collectors.toSet());
        Set<Kind> engine = EnumSet.of(Kind.CHANGED_CODE, Kind.CHANGED_RUNTIME);
        return causes.stream()
                .filter(cause -> !engine.contains(cause.kind()) || rebuilt.contains(cause.version()))
                .distinct()
                .sorted(Comparator.comparingLong(Cause::version))
                .toList();
    }

    // What the versions were made from

    private void add(String what, String name, Optional<String> before, Optional<String> after, Kind kind) {
        if (!before.equals(after)) {
            changes.add(new Change(what, name, before, after, causes(kind)));
        }
    }

    private void fields(String what, JsonNode a, JsonNode b, List<String> keys, Kind kind) {
        keys.forEach(key -> add(what, key, text(a.path(key)), text(b.path(key)), kind));
    }

    private static Optional<String> text(JsonNode value) {
        return value.isMissingNode() || value.isNull()
                ? Optional.empty()
                : Optional.of(value.isValueNode() ? value.asText() : Json.canonical(value));
    }

    /** A change that only the recipe's digest tells. */
    private void unseen(String what, String name, String recipe, JsonNode a, JsonNode b, Kind kind) {
        Optional<String> before = text(a.at("/recipe/" + recipe));
        if (changes.stream().noneMatch(change -> change.what().equals(what))) {
            add(what, name, before, text(b.at("/recipe/" + recipe)), kind);
        }
    }

    private void contract(JsonNode a, JsonNode b) {
        Map<String, String> was = columns(StructType.fromDDL(a.get("contract").asText()));
        Map<String, String> is = columns(StructType.fromDDL(b.get("contract").asText()));
        Stream.concat(was.keySet().stream(), is.keySet().stream())
                .distinct()
                .forEach(name -> add(
                        "contract",
                        name,
                        Optional.ofNullable(was.get(name)),
                        Optional.ofNullable(is.get(name)),
                        Kind.CHANGED_CONTRACT));
    }

    private static Map<String, String> columns(StructType contract) {
        Map<String, String> columns = new LinkedHashMap<>();
        for (StructField field : contract.fields()) {
            columns.put(field.name(), field.dataType().sql() + (field.nullable() ? "" : " NOT NULL"));
        }
        return columns;
    }

    private void rules(JsonNode a, JsonNode b) {
        for (String level : List.of("rows", "batch", "dataset", "examples")) {
            items(
                    "rules",
                    number -> level,
                    texts(a.at("/spec/rules/" + level)),
                    texts(b.at("/spec/rules/" + level)),
                    // A rule is known by its type and columns.
                    rule -> rule.replaceFirst("^(\\w+(?: \"[^\"]*\")*).*", "$1"),
                    Kind.CHANGED_RULE);
        }
        fields("rules", a.at("/spec/rules"), b.at("/spec/rules"), List.of("max-quarantined"), Kind.CHANGED_RULE);
    }

    private void outputs(JsonNode a, JsonNode b) {
        Set<String> names = new LinkedHashSet<>();
        a.fieldNames().forEachRemaining(names::add);
        b.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            for (String of : List.of("transforms", "rules", "split", "label")) {
                add(
                        "outputs",
                        name + " " + of,
                        text(a.path(name).path(of)),
                        text(b.path(name).path(of)),
                        Kind.CHANGED_OUTPUT);
            }
        }
    }

    private static List<String> texts(JsonNode list) {
        return list.isArray()
                ? StreamSupport.stream(list.spliterator(), false)
                        .map(item -> text(item).orElse(""))
                        .toList()
                : text(list).stream().toList();
    }

    private void transforms(JsonNode a, JsonNode b) {
        items(
                "transforms",
                number -> String.valueOf(number + 1),
                steps(a.get("transforms")),
                steps(b.get("transforms")),
                step -> step.substring(0, step.indexOf(' ')),
                Kind.CHANGED_TRANSFORM);
        unseen("transforms", "code of a class", "transforms", a, b, Kind.CHANGED_TRANSFORM);
    }

    private void features(JsonNode a, JsonNode b) {
        items(
                "features",
                number -> String.valueOf(number + 1),
                steps(a.at("/features/steps")),
                steps(b.at("/features/steps")),
                step -> step.substring(0, step.indexOf(' ')),
                Kind.CHANGED_FEATURES);
        unseen("features", "code of a class", "features", a, b, Kind.CHANGED_FEATURES);
        if (!causes(Kind.REFITTED_FEATURES).isEmpty()) {
            fields(
                    "features",
                    a.at("/features/model"),
                    b.at("/features/model"),
                    List.of("fittedAt"),
                    Kind.REFITTED_FEATURES);
        }
    }

    private static List<String> steps(JsonNode steps) {
        return StreamSupport.stream(steps.spliterator(), false)
                .map(step -> {
                    ObjectNode with = step.get("with").deepCopy();
                    if (step.get("kind").asText().equals("sql")) {
                        with.remove("file");
                    }
                    return step.get("kind").asText() + " " + Json.canonical(with);
                })
                .toList();
    }

    /** Items of a list: what stands between the same beginning and the same end was added, removed or changed. */
    private void items(
            String what,
            Function<Integer, String> name,
            List<String> was,
            List<String> is,
            Function<String, String> identity,
            Kind kind) {
        int head = 0;
        while (head < Math.min(was.size(), is.size()) && was.get(head).equals(is.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < Math.min(was.size(), is.size()) - head
                && was.get(was.size() - 1 - tail).equals(is.get(is.size() - 1 - tail))) {
            tail++;
        }
        List<String> removed = new ArrayList<>(was.subList(head, was.size() - tail));
        List<String> added = new ArrayList<>(is.subList(head, is.size() - tail));
        Map<Integer, String> gone = IntStream.range(0, removed.size())
                .boxed()
                .collect(Collectors.toMap(i -> i, removed::get, (x, y) -> x, TreeMap::new));
        int first = head;
        List<Runnable> additions = new ArrayList<>();
        for (int i = 0; i < added.size(); i++) {
            String item = added.get(i);
            String place = name.apply(first + i);
            Optional<Map.Entry<Integer, String>> match = gone.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(item))
                    .findFirst()
                    .or(() -> gone.entrySet().stream()
                            .filter(entry -> !added.contains(entry.getValue()))
                            .filter(entry -> identity.apply(entry.getValue()).equals(identity.apply(item)))
                            .findFirst());
            match.ifPresent(entry -> gone.remove(entry.getKey()));
            additions.add(() -> add(what, place, match.map(Map.Entry::getValue), Optional.of(item), kind));
        }
        gone.forEach((i, item) -> add(what, name.apply(first + i), Optional.of(item), Optional.empty(), kind));
        additions.forEach(Runnable::run);
        if (!removed.equals(added) && removed.size() == added.size() && removed.containsAll(added)) {
            add(what, "order", Optional.of(String.join(", ", removed)), Optional.of(String.join(", ", added)), kind);
        }
    }

    private static List<Measure> measures(JsonNode a, JsonNode b) {
        Map<List<String>, Optional<String>> was = measured(a);
        Map<List<String>, Optional<String>> is = measured(b);
        return Stream.concat(is.keySet().stream(), was.keySet().stream())
                .distinct()
                .map(rule -> new Measure(
                        rule.get(0),
                        rule.get(1),
                        was.getOrDefault(rule, Optional.empty()),
                        is.getOrDefault(rule, Optional.empty())))
                .filter(measure -> !measure.before().equals(measure.after()))
                .toList();
    }

    private static Map<List<String>, Optional<String>> measured(JsonNode record) {
        Map<List<String>, Optional<String>> measured = new LinkedHashMap<>();
        record.get("rules")
                .forEach(rule -> measured.put(
                        List.of(rule.get("level").asText(), rule.get("rule").asText()),
                        text(rule.path("measured"))
                                .map(value -> rule.has("waiver")
                                        ? value + ", waived by "
                                                + rule.at("/waiver/by").asText()
                                        : value)));
        return measured;
    }

    // The rows

    /** The parts of both versions, in the later one's order. */
    private List<String> names() {
        return Stream.of(after, before)
                .flatMap(version -> version.tables().stream())
                .map(TableVersion::name)
                .filter(name -> !name.equals("raw") && !name.equals("quarantine"))
                .distinct()
                .toList();
    }

    private Part part(String name, boolean appended, List<Cause> why) {
        Optional<TableVersion> was = before.table(name);
        Optional<TableVersion> is = after.table(name);
        long rowsBefore = was.map(TableVersion::rows).orElse(0L);
        long rowsAfter = is.map(TableVersion::rows).orElse(0L);
        boolean same = was.map(TableVersion::fingerprint).equals(is.map(TableVersion::fingerprint));
        boolean told = same || was.isEmpty() || is.isEmpty() || (appended && rows == Rows.COUNTED);
        if (told) {
            return new Part(
                    name,
                    rowsBefore,
                    rowsAfter,
                    same ? 0 : is.isEmpty() ? 0 : was.isEmpty() ? rowsAfter : rowsAfter - rowsBefore,
                    is.isEmpty() ? rowsBefore : 0,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    same || was.isEmpty() || is.isEmpty() ? List.of() : drifts(was.get(), is.get()),
                    same ? List.of() : why);
        }
        progress.begins("compare the rows of " + name);
        Dataset<Row> old = read(was.get());
        Dataset<Row> now = read(is.get());
        List<StructField> shared = shared(old.schema(), now.schema());
        Dataset<Row> differing = differing(old, now, shared);
        Row counts = differing
                .agg(
                        coalesce(sum(when(col("n").gt(0), col("n"))), lit(0L)),
                        coalesce(sum(when(col("n").lt(0), col("n").unary_$minus())), lit(0L)))
                .first();
        Part part = new Part(
                name,
                rowsBefore,
                rowsAfter,
                counts.getLong(0),
                counts.getLong(1),
                lacking(now.schema(), shared),
                lacking(old.schema(), shared),
                keys(differing.where(col("n").gt(0)), after, shared),
                keys(differing.where(col("n").lt(0)), before, shared),
                drifts(was.get(), is.get()),
                why);
        return part;
    }

    private List<Drift> drifts(TableVersion was, TableVersion is) {
        if (drifts == Drifts.NOT_MEASURED) {
            return List.of();
        }
        progress.begins("measure the drift of " + is.name());
        Split split = lake.spec().chains().stream()
                .filter(chain -> chain.tables().contains(is.name()))
                .findFirst()
                .flatMap(Chain::split)
                .orElse(lake.spec().split());
        return Drift.between(Drift.lasting(read(was), split), Drift.lasting(read(is), split));
    }

    private Dataset<Row> read(TableVersion pinned) {
        Table table = lake.table(pinned.name());
        if (!table.exists() || !table.id().equals(pinned.tableId())) {
            throw new Failure.Remote(
                    "the rows of %s cannot be compared: the table %s is gone, or was made anew"
                            .formatted(pinned.name(), table.name().text()),
                    null);
        }
        return table.at(pinned.deltaVersion());
    }

    /** The columns that both have with the same type. */
    private static List<StructField> shared(StructType old, StructType now) {
        Map<String, DataType> types = new LinkedHashMap<>();
        Arrays.stream(old.fields()).forEach(field -> types.put(field.name(), field.dataType()));
        return Arrays.stream(now.fields())
                .filter(field -> field.dataType()
                        .sql()
                        .equals(Optional.ofNullable(types.get(field.name()))
                                .map(DataType::sql)
                                .orElse("")))
                .toList();
    }

    private static List<String> lacking(StructType columns, List<StructField> shared) {
        Set<String> names = shared.stream().map(StructField::name).collect(Collectors.toSet());
        return Stream.of(columns.fieldNames())
                .filter(name -> !names.contains(name))
                .toList();
    }

    /**
     * The rows that one side has more often than the other: {@code row}, and as {@code n} how much more often the later one
     * has it. One shuffle of both sides, where a difference each way would be two.
     */
    private static Dataset<Row> differing(Dataset<Row> old, Dataset<Row> now, List<StructField> shared) {
        Column[] columns = shared.stream().map(Diff::comparable).toArray(Column[]::new);
        return old.select(struct(columns).as("row"), lit(-1L).as("n"))
                .unionAll(now.select(struct(columns).as("row"), lit(1L).as("n")))
                .groupBy("row")
                .agg(sum("n").as("n"))
                .where(col("n").notEqual(0));
    }

    /** Spark groups by anything but maps. */
    private static Column comparable(StructField field) {
        Column column = Lake.column(field.name());
        return hasMap(field.dataType()) ? to_json(column).as(field.name()) : column;
    }

    private static boolean hasMap(DataType type) {
        if (type instanceof StructType struct) {
            return Arrays.stream(struct.fields()).anyMatch(field -> hasMap(field.dataType()));
        }
        return type instanceof MapType || (type instanceof ArrayType array && hasMap(array.elementType()));
    }

    private List<String> keys(Dataset<Row> differing, DatasetVersion version, List<StructField> shared) {
        if (rows == Rows.COUNTED) {
            return List.of();
        }
        List<String> names = shared.stream().map(StructField::name).toList();
        JsonNode key = version.recordTree().at("/split/key");
        Column[] columns = StreamSupport.stream(key.spliterator(), false)
                .map(JsonNode::asText)
                .filter(names::contains)
                .map(name -> col("row").getField(name))
                .toArray(Column[]::new);
        if (columns.length == 0) {
            return List.of();
        }
        return differing
                .select(struct(columns).as("key"))
                .distinct()
                .orderBy("key")
                .limit(KEYS)
                .collectAsList()
                .stream()
                .map(row -> row.getStruct(0))
                .map(row -> IntStream.range(0, row.length())
                        .mapToObj(i -> String.valueOf(row.get(i)))
                        .collect(Collectors.joining(", ")))
                .toList();
    }
}
