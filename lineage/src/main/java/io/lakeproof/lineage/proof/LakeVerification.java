package io.lakeproof.lineage.proof;

import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.FileDigests;
import io.lakeproof.lineage.FileDigests.Digest;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Ledger;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
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
     * @param anchored heads kept elsewhere; none: there is no anchor
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
            List<Anchor.Head> anchored) {}

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
        List<DatasetVersion> history = new ArrayList<>();
        Map<Long, Map<String, Manifest>> files = new TreeMap<>();
        readable("lineage/versions", () -> {
            history.addAll(subject.versions().upTo(Long.MAX_VALUE));
            files.putAll(subject.versions().files(Long.MAX_VALUE));
        });
        findings.addAll(Chain.check(history, files, subject.trust(), subject.anchored()));
        Map<Long, DatasetVersion> byNumber = new TreeMap<>();
        history.forEach(version -> byNumber.put(version.version(), version));
        Set<String> names = new LinkedHashSet<>();
        NavigableSet<Long> known = new TreeSet<>(wanted);
        known.retainAll(byNumber.keySet());
        List<Long> retired = new ArrayList<>();
        readable("lineage/retirements", () -> {
            List<Retirements.Entry> all = subject.retirements().all();
            findings.addAll(Chain.links(all, history, Long.MAX_VALUE, Kind.RETIREMENT_CHANGED));
            all.stream().map(Retirements.Entry::version).filter(known::contains).forEach(retired::add);
        });
        known.removeAll(retired);
        known.forEach(version -> byNumber.get(version).tables().forEach(table -> names.add(table.name())));
        List<Held> tables = names.stream()
                .map(name -> held(name, byNumber, files, known))
                .flatMap(Optional::stream)
                .toList();
        digests.putAll(FileDigests.of(
                subject.spark(),
                tables.stream()
                        .flatMap(held -> held.files().keySet().stream().map(held.table()::uri))
                        .toList()));
        tables.forEach(held -> table(held, byNumber));
        subject.content()
                .ifPresent(content -> known.forEach(version -> readable(
                        "what stands beside version %d".formatted(version),
                        () -> findings.addAll(content.beside(byNumber.get(version))))));
        Set<String> models = new HashSet<>();
        known.forEach(version -> Models.named(byNumber.get(version))
                .filter(model -> models.add(model.name() + model.digest()))
                .ifPresent(model -> readable("lineage/models/" + model.name(), () -> model(model))));
        readable("lineage/files", () -> ledger(history));
        readable(
                "lineage/tags",
                () -> findings.addAll(Chain.links(subject.tags().all(), history, Long.MAX_VALUE, Kind.TAG_CHANGED)));
        readable(
                "lineage/trainings",
                () -> findings.addAll(
                        Chain.links(subject.trainings().all(), history, Long.MAX_VALUE, Kind.TRAINING_CHANGED)));
        return new Result(List.copyOf(findings), known.size(), List.copyOf(retired), checked, bytes);
    }

    /** Does what reads a table; that it can't be read is a finding like any other. */
    private void readable(String where, Runnable reading) {
        try {
            reading.run();
        } catch (Exception e) {
            add(Kind.TABLE_UNREADABLE, where, "rows that can be read", oneLine(e));
        }
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("nothing");
    }

    private void add(Kind kind, String where, String expected, String found) {
        findings.add(new Finding(kind, where, expected, found));
    }

    /**
     * A table, and what it must hold.
     *
     * @param files the files of its log and data, by path below the table, of every version that is wanted
     * @param versions the data files of each such version
     */
    private record Held(
            String name,
            Table table,
            Map<String, Manifest.Entry> files,
            Map<Long, Map<String, Manifest.Entry>> versions) {}

    /** What a table must hold in the versions that are wanted; empty when it is not that table any more. */
    private Optional<Held> held(
            String name,
            Map<Long, DatasetVersion> history,
            Map<Long, Map<String, Manifest>> files,
            NavigableSet<Long> wanted) {
        Table table = subject.tables().apply(name);
        TableVersion pinned = wanted.descendingSet().stream()
                .flatMap(version -> history.get(version).table(name).stream())
                .findFirst()
                .orElseThrow();
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
        List<Manifest> manifests = new ArrayList<>();
        Map<String, Manifest.Entry> read = new LinkedHashMap<>();
        Map<Long, Map<String, Manifest.Entry>> versions = new TreeMap<>();
        for (DatasetVersion version : history.values()) {
            if (version.version() > wanted.last()) {
                break;
            }
            if (version.table(name).isEmpty()) {
                manifests.clear();
                continue;
            }
            // A table that nothing was written to has no entry, and is held all the same.
            Manifest manifest =
                    files.getOrDefault(version.version(), Map.of()).getOrDefault(name, new Manifest(List.of()));
            manifests.add(manifest);
            manifest.entries().stream()
                    .filter(entry -> entry.kind() == Manifest.Kind.LOG)
                    .forEach(entry -> read.put(entry.path(), entry));
            if (wanted.contains(version.version())) {
                versions.put(version.version(), Manifest.held(manifests));
                read.putAll(versions.get(version.version()));
            }
        }
        return Optional.of(new Held(name, table, read, versions));
    }

    private void table(Held held, Map<Long, DatasetVersion> history) {
        bytes(held.name(), held.table(), held.files());
        held.versions().forEach((version, files) -> {
            long deltaVersion =
                    history.get(version).table(held.name()).orElseThrow().deltaVersion();
            // From a log of which every file was read and is right, Delta can read nothing else.
            if (!held.files().keySet().containsAll(held.table().log(deltaVersion))) {
                readable(held.name(), () -> view(held.name(), version, held.table(), deltaVersion, files));
            }
        });
        readable(held.name(), () -> retention(held.name(), held.table()));
        subject.content().ifPresent(content -> held.versions()
                .keySet()
                .forEach(version -> readable(held.name(), () -> content(held.name(), history.get(version), content))));
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
    private void view(String name, long version, Table table, long deltaVersion, Map<String, Manifest.Entry> held) {
        String where = Chain.name(version) + " " + name;
        Set<String> read = new TreeSet<>();
        for (String uri : table.at(deltaVersion).inputFiles()) {
            read.add(new Path(java.net.URI.create(uri)).toUri().getPath());
        }
        Set<String> expected = new TreeSet<>();
        held.keySet()
                .forEach(path -> expected.add(new Path(table.uri(path)).toUri().getPath()));
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

    private void ledger(List<DatasetVersion> history) {
        Map<String, Ledger.Entry> recorded = new LinkedHashMap<>();
        for (DatasetVersion version : history) {
            subject.sources().apply(version).forEach(entry -> recorded.put(key(entry), entry));
        }
        Map<String, Ledger.Entry> kept = new LinkedHashMap<>();
        subject.ledger().all().stream()
                .filter(entry -> entry.version() > 0)
                .forEach(entry -> kept.put(key(entry), entry));
        recorded.forEach((key, entry) -> {
            Ledger.Entry row = kept.get(key);
            String where = Chain.name(entry.version()) + " " + entry.path();
            if (row == null) {
                add(Kind.LEDGER_ROW_MISSING, where, "a row with sha256 " + entry.sha256(), "none");
            } else if (!row.equals(entry)) {
                add(Kind.LEDGER_ROW_CHANGED, where, String.valueOf(entry), String.valueOf(row));
            }
        });
        kept.forEach((key, row) -> {
            if (!recorded.containsKey(key)) {
                add(
                        Kind.LEDGER_ROW_FOREIGN,
                        Chain.name(row.version()) + " " + row.path(),
                        "no such file in the version's record",
                        "a row with sha256 " + row.sha256());
            }
        });
    }

    private static String key(Ledger.Entry entry) {
        return entry.version() + " " + entry.batch() + " " + entry.path();
    }
}
