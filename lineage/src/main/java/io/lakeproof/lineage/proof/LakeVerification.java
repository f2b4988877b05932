package io.lakeproof.lineage.proof;

import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.FileDigests;
import io.lakeproof.lineage.FileDigests.Digest;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Holdings;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Retirements;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Tags;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.Versions;
import io.lakeproof.lineage.proof.Finding.Kind;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Holds a lake against its version records: trusts the records, once their chain holds, and nothing else. Every byte of the
 * log and of the data files of the versions asked for is read.
 */
public final class LakeVerification {

    private final Subject subject;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, Digest> digests = new HashMap<>();
    private long checked;
    private long bytes;

    private LakeVerification(Subject subject) {
        this.subject = subject;
    }

    /**
     * What is checked.
     *
     * @param tables {@code raw}, {@code quarantine} or a part, by its name
     * @param models the fitted models that records name
     * @param sources the source files that a version's record names
     * @param content the rows of a table that belong to a version, read again and fingerprinted; absent: they are not
     * @param trust whose signatures count
     * @param anchored heads kept elsewhere
     */
    public record Subject(
            SparkSession spark,
            Versions versions,
            Ledger ledger,
            Tags tags,
            Trainings trainings,
            Retirements retirements,
            Function<String, Table> tables,
            Models models,
            Function<DatasetVersion, List<Ledger.Entry>> sources,
            Optional<Content> content,
            Trust trust,
            Anchor.Heads anchored) {}

    /** What is read again, beside the bytes of files. */
    public interface Content {
        /** The rows of a table that belong to a version. */
        Dataset<Row> of(DatasetVersion version, String table);

        /** What stands beside a version's tables, as what its transforms read of others, and is not what the record says. */
        List<Finding> beside(DatasetVersion version);
    }

    /**
     * What was found.
     *
     * @param versions how many versions' tables were checked; all records always are
     * @param retired those of the versions asked for whose data was cleaned up: their records were checked, their tables not
     * @param files how many files were read
     * @param bytes how many bytes they have
     */
    public record Result(List<Finding> findings, int versions, List<Long> retired, long files, long bytes) {}

    /** A verification of versions of a dataset. */
    public static LakeVerification of(Subject subject) {
        return new LakeVerification(subject);
    }

    /**
     * Checks.
     *
     * @param wanted the versions whose tables are checked, each published
     */
    public Result execute(Set<Long> wanted) {
        List<Entry<Retirements.Gone>> retirements = new ArrayList<>();
        readable(
                "lineage/retirements",
                () -> retirements.addAll(subject.retirements().all()));
        Set<Long> retired = retirements.stream()
                .map(Entry::version)
                .filter(wanted::contains)
                .collect(Collectors.toCollection(TreeSet::new));
        NavigableSet<Long> kept = new TreeSet<>(wanted);
        kept.removeAll(retired);

        Chain chain = new Chain(subject.trust(), findings);
        Asked asked = new Asked(kept);
        List<Finding> ofLedger = new ArrayList<>();
        LedgerCheck ledger = new LedgerCheck(subject.ledger()::byVersion, ofLedger);
        readable("lineage/versions", () -> subject.versions().upTo(Long.MAX_VALUE, (version, files) -> {
            if (chain.next(version, files)) {
                asked.visit(version, files);
                ledger.next(version, said(() -> subject.sources().apply(version)));
            }
        }));
        ledger.ends();
        chain.anchors(subject.anchored().of(Anchor.Of.VERSIONS));
        links(chain, Anchor.Of.RETIREMENTS, Kind.RETIREMENT_CHANGED, () -> retirements);
        retirements(retirements);
        tables(asked);
        asked.models.values().forEach(model -> readable("lineage/models/" + model.name(), () -> model(model)));
        findings.addAll(ofLedger);
        links(chain, Anchor.Of.TAGS, Kind.TAG_CHANGED, subject.tags()::all);
        links(chain, Anchor.Of.TRAININGS, Kind.TRAINING_CHANGED, subject.trainings()::all);
        return new Result(List.copyOf(findings), asked.known.size(), List.copyOf(retired), checked, bytes);
    }

    private void links(Chain chain, Anchor.Of table, Kind kind, Supplier<List<? extends Link>> rows) {
        readable(
                "lineage/" + table.text(),
                () -> chain.links(
                        rows.get(), Long.MAX_VALUE, kind, subject.anchored().of(table)));
    }

    /** A clean-up takes neither the newest version nor one that has a tag: who says so hides something. */
    private void retirements(List<Entry<Retirements.Gone>> retirements) {
        if (retirements.isEmpty()) {
            return;
        }
        readable("lineage/tags", () -> {
            Map<Long, Entry<Tags.Name>> tagged = new TreeMap<>();
            subject.tags().standing().values().forEach(tag -> tagged.put(tag.version(), tag));
            long newest =
                    subject.versions().latest().map(DatasetVersion::version).orElse(0L);
            for (Entry<Retirements.Gone> gone : retirements) {
                Entry<Tags.Name> tag = tagged.get(gone.version());
                if (gone.version() >= newest || (tag != null && tag.at().isBefore(gone.at()))) {
                    add(
                            Kind.RETIREMENT_CHANGED,
                            gone.name(),
                            "its data, for it is "
                                    + (gone.version() >= newest
                                            ? "the newest"
                                            : "tagged " + tag.fact().tag()),
                            "that it was cleaned up");
                }
            }
        });
    }

    /** Does what reads a table; that it can't be read is a finding like any other. */
    private void readable(String where, Runnable reading) {
        try {
            reading.run();
        } catch (Exception e) {
            findings.add(Finding.unreadable(where, e));
        }
    }

    /** What a record says; absent when it is none, which the chain finds. */
    private static <T> Optional<T> said(Supplier<T> record) {
        try {
            return Optional.of(record.get());
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    private void add(Kind kind, String where, String expected, String found) {
        findings.add(new Finding(kind, where, expected, found));
    }

    /** A table: the files of its log and data that are read, by path below it, and the versions that must hold it. */
    private static final class Held {
        private final Map<String, Manifest.Entry> files = new LinkedHashMap<>();
        private final NavigableMap<Long, TableVersion> versions = new TreeMap<>();
    }

    /** What must be there for the versions that are asked for, gathered from the first version on. */
    private static final class Asked implements Versions.Visitor {
        private final NavigableSet<Long> versions;
        private final NavigableSet<Long> known = new TreeSet<>();
        private final Map<String, Held> tables = new TreeMap<>();
        private final Map<String, Models.Model> models = new LinkedHashMap<>();
        private final Holdings holdings = new Holdings();
        private boolean knowsBefore;

        private Asked(NavigableSet<Long> versions) {
            this.versions = versions;
        }

        @Override
        public void visit(DatasetVersion version, Map<String, Manifest> files) {
            long number = version.version();
            if (versions.isEmpty() || number > versions.last()) {
                return;
            }
            holdings.next(version, files);
            files.forEach((table, manifest) -> read(table, manifest.of(Manifest.Kind.LOG)));
            boolean knows = versions.contains(number);
            if (knows) {
                known.add(number);
                version.tables().forEach(table -> {
                    held(table.name()).versions.put(number, table);
                    // What the version before held is among them already.
                    read(
                            table.name(),
                            (knowsBefore ? holdings.joined(table.name()) : holdings.of(table.name())).stream());
                });
                said(() -> Models.named(version))
                        .flatMap(model -> model)
                        .ifPresent(model -> models.put(model.name() + model.digest(), model));
            }
            knowsBefore = knows;
        }

        private Held held(String table) {
            return tables.computeIfAbsent(table, name -> new Held());
        }

        private void read(String table, Stream<Manifest.Entry> files) {
            files.forEach(entry -> held(table).files.put(entry.path(), entry));
        }
    }

    private void tables(Asked asked) {
        Map<String, Table> there = new TreeMap<>();
        asked.tables.values().removeIf(held -> held.versions.isEmpty());
        asked.tables.forEach((name, held) ->
                there(name, held.versions.lastEntry().getValue()).ifPresent(table -> there.put(name, table)));
        asked.tables.keySet().retainAll(there.keySet());
        digests.putAll(FileDigests.of(
                subject.spark(),
                asked.tables.entrySet().stream()
                        .flatMap(table -> table.getValue().files.keySet().stream()
                                .map(path -> there.get(table.getKey()).uri(path)))
                        .toList()));
        asked.tables.forEach((name, held) -> {
            bytes(name, there.get(name), held.files);
            readable(name, () -> retention(name, there.get(name)));
        });
        views(asked.tables, there);
        subject.content()
                .ifPresent(content -> asked.known.forEach(
                        version -> readable(Chain.name(version), () -> contents(version, asked.tables, content))));
    }

    /** The table, when it is the one that was pinned. */
    private Optional<Table> there(String name, TableVersion pinned) {
        Table table = subject.tables().apply(name);
        if (!table.exists()) {
            add(Kind.TABLE_MISSING, name, "a Delta table at " + table.name().text(), "none");
            return Optional.empty();
        }
        List<String> ids = new ArrayList<>();
        readable(name, () -> ids.add(table.id()));
        if (!ids.isEmpty() && !ids.contains(pinned.tableId())) {
            add(Kind.TABLE_REPLACED, name, "table id " + pinned.tableId(), ids.get(0));
            return Optional.empty();
        }
        return Optional.of(table);
    }

    /**
     * What Delta reads where its log has files that were not read here, as somebody's checkpoint: from a log of which every
     * file was read and is right it can read nothing else.
     */
    private void views(Map<String, Held> tables, Map<String, Table> there) {
        Map<String, Set<Long>> doubtful = new TreeMap<>();
        tables.forEach((name, held) -> readable(name, () -> there.get(name)
                .loggedBeyond(held.files.keySet())
                .ifPresent(first -> held.versions.forEach((version, pinned) -> {
                    if (pinned.deltaVersion() >= first) {
                        doubtful.computeIfAbsent(name, table -> new HashSet<>()).add(version);
                    }
                }))));
        if (doubtful.isEmpty()) {
            return;
        }
        Holdings holdings = new Holdings();
        readable("lineage/versions", () -> subject.versions().upTo(Long.MAX_VALUE, (version, files) -> {
            holdings.next(version, files);
            doubtful.forEach((name, versions) -> {
                if (versions.remove(version.version())) {
                    readable(
                            name,
                            () -> view(there.get(name), version.table(name).orElseThrow(), version, holdings));
                }
            });
        }));
    }

    private void contents(long number, Map<String, Held> tables, Content content) {
        DatasetVersion version = subject.versions().find(number).orElseThrow();
        tables.forEach((name, held) -> {
            if (held.versions.containsKey(number)) {
                readable(name, () -> content(name, version, content));
            }
        });
        readable("what stands beside version %d".formatted(number), () -> findings.addAll(content.beside(version)));
    }

    private void bytes(String name, Table table, Map<String, Manifest.Entry> all) {
        all.forEach((path, entry) -> {
            Digest digest = digests.get(table.uri(path));
            boolean isLog = entry.kind() == Manifest.Kind.LOG;
            boolean commit = path.endsWith(".json");
            String where = name + " " + path;
            checked++;
            bytes += Math.max(0, digest.size());
            if (digest.size() < 0 && isMissing(table.uri(path))) {
                // Delta clears checkpoints and checksums away by itself, and reads the commits instead.
                if (!isLog || commit) {
                    add(
                            isLog ? Kind.COMMIT_MISSING : Kind.DATA_FILE_MISSING,
                            where,
                            "a file of " + entry.size() + " bytes",
                            "none");
                }
            } else if (digest.size() < 0 && !isLog) {
                add(Kind.DATA_FILE_UNREADABLE, where, "a file that its reader takes", digest.problem());
            } else if (!digest.sha256().equals(entry.sha256())) {
                add(
                        isLog ? (commit ? Kind.COMMIT_CHANGED : Kind.LOG_FILE_CHANGED) : Kind.DATA_FILE_CHANGED,
                        where,
                        entry.size() + " bytes, sha256 " + entry.sha256(),
                        digest.size() < 0 ? digest.problem() : digest.size() + " bytes, sha256 " + digest.sha256());
            } else if (!digest.problem().isEmpty()) {
                add(
                        isLog ? Kind.LOG_FILE_CHANGED : Kind.DATA_FILE_UNREADABLE,
                        where,
                        "a file that its reader takes",
                        digest.problem());
            }
        });
    }

    private boolean isMissing(String uri) {
        Path path = new Path(uri);
        try {
            path.getFileSystem(io.lakeproof.lineage.Hadoop.configuration(subject.spark()))
                    .getFileStatus(path);
            return false;
        } catch (FileNotFoundException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What Delta reads for that version: by a checkpoint it may be something else than the commits say. */
    private void view(Table table, TableVersion pinned, DatasetVersion version, Holdings holdings) {
        String where = Chain.name(version.version()) + " " + pinned.name();
        Set<String> read = new TreeSet<>();
        for (String uri : table.at(pinned.deltaVersion()).inputFiles()) {
            read.add(new Path(java.net.URI.create(uri)).toUri().getPath());
        }
        Set<String> expected = new TreeSet<>();
        holdings.of(pinned.name())
                .forEach(entry ->
                        expected.add(new Path(table.uri(entry.path())).toUri().getPath()));
        read.stream()
                .filter(path -> !expected.contains(path))
                .forEach(path -> add(Kind.DATA_FILE_FOREIGN, where, "", path));
        expected.stream()
                .filter(path -> !read.contains(path))
                .forEach(path -> add(Kind.DATA_FILE_DROPPED, where, path, "not among the files that Delta reads"));
    }

    private void retention(String name, Table table) {
        table.retentionShortened()
                .forEach((property, value) ->
                        add(Kind.RETENTION_SHORTENED, name + " " + property, Table.RETENTION, value));
    }

    private void content(String name, DatasetVersion version, Content content) {
        TableVersion pinned = version.table(name).orElseThrow();
        String where = Chain.name(version.version()) + " " + name;
        String found = Fingerprint.of(content.of(version, name)).text();
        if (!found.equals(pinned.fingerprint())) {
            add(Kind.CONTENT_CHANGED, where, pinned.fingerprint(), found);
        }
    }

    private void model(Models.Model model) {
        String where = "lineage/models/" + model.name();
        if (!Models.digest(model.files()).equals(model.digest())) {
            add(Kind.MODEL_DIGEST_WRONG, where, model.digest(), Models.digest(model.files()));
        }
        model.files().forEach(file -> {
            checked++;
            bytes += file.size();
        });
        for (Models.Difference difference : subject.models().differences(model)) {
            add(
                    difference.expected().isEmpty()
                            ? Kind.MODEL_FILE_FOREIGN
                            : difference.found().isEmpty() ? Kind.MODEL_FILE_MISSING : Kind.MODEL_FILE_CHANGED,
                    where + "/" + difference.path(),
                    difference.expected().map(Models.Difference::text).orElse(""),
                    difference.text());
        }
    }
}
