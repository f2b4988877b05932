package io.lakeproof.jobs;

import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.proof.Evidence;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes the evidence of a version: its record and those before it, with everything that they refer to. */
public final class Prove {

    private final Lake lake;
    private final DatasetVersion version;
    private final Progress progress;

    private Prove(Lake lake, DatasetVersion version, Progress progress) {
        this.lake = lake;
        this.version = version;
        this.progress = progress;
    }

    /** The evidence of a version. */
    public static Prove of(Lake lake, DatasetVersion version, Progress progress) {
        return new Prove(lake, version, progress);
    }

    /** Writes the zip to a local file, which it replaces. */
    public void execute(Path file) {
        progress.begins("write " + file);
        lake.describe("prove");
        List<DatasetVersion> history = new ArrayList<>();
        Map<Long, Map<String, Manifest>> files = new TreeMap<>();
        lake.versions().upTo(version.version(), (one, itsFiles) -> {
            history.add(one);
            files.put(one.version(), itsFiles);
        });
        Evidence evidence = new Evidence(
                history,
                files,
                log(files),
                List.copyOf(lake.tags().all()),
                List.copyOf(lake.trainings().all()),
                Build.current().version());
        try {
            Path parent = file.toAbsolutePath().getParent();
            Path half = Files.createTempFile(parent, ".evidence", ".zip");
            try {
                try (OutputStream out = Files.newOutputStream(half)) {
                    evidence.write(out);
                }
                Files.move(half, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(half);
            }
        } catch (IOException e) {
            throw new Failure.Usage("The evidence cannot be written to %s: %s.".formatted(file, e));
        }
    }

    /** The commits that the manifests name, as they are now: whoever checks compares their digests. */
    private Map<String, byte[]> log(Map<Long, Map<String, Manifest>> files) {
        Map<String, byte[]> log = new TreeMap<>();
        files.values()
                .forEach(tables -> tables.forEach((name, manifest) -> {
                    Table table = lake.table(name);
                    manifest.entries().stream()
                            .filter(entry -> entry.kind() == Manifest.Kind.LOG
                                    && entry.path().endsWith(".json"))
                            .forEach(entry -> read(table.uri(entry.path()))
                                    .ifPresent(bytes -> log.put(name + "/" + entry.path(), bytes)));
                }));
        return log;
    }

    private Optional<byte[]> read(String uri) {
        var path = new org.apache.hadoop.fs.Path(uri);
        try (InputStream in = path.getFileSystem(lake.hadoop()).open(path)) {
            return Optional.of(in.readAllBytes());
        } catch (FileNotFoundException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
