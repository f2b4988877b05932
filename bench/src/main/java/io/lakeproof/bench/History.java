package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One more batch onto none, {@value #FEW} and many, and what the commands cost then. */
final class History {

    static final int FEW = 10;

    /** So many are taken in by one JVM. */
    private static final int IN_A_PROCESS = 100;

    private final Contenders contenders;
    private final Sources sources;
    private final long rows;
    private final List<Path> batches;
    private final Path spec;
    private final Path lake;
    private int versions;

    private History(Contenders contenders, long rows, int many) throws IOException, InterruptedException {
        this.contenders = contenders;
        this.rows = rows;
        sources = contenders.sources();
        batches = sources.batches(many + 1, rows);
        spec = sources.dataset(Shape.CLAIMS);
        // Records name where the tables lie: every history is measured in the same place.
        lake = spec.resolveSibling("lake");
    }

    /** Batches of so many rows. */
    static void measure(Contenders contenders, long rows, int many, int rounds)
            throws IOException, InterruptedException {
        History history = new History(contenders, rows, many);
        history.grow(FEW);
        Sources.copy(history.lake, history.kept(FEW));
        history.grow(many);
        Sources.copy(history.lake, history.kept(many));
        for (int round = 1; round <= rounds; round++) {
            history.onto(0, round);
            history.onto(FEW, round);
            history.onto(many, round);
        }
    }

    static String after(String contender, long versions) {
        return "%s after %,d versions".formatted(contender, versions);
    }

    /** How many a contender comes after; 0 for another one. */
    static long versions(String contender) {
        Matcher after = Pattern.compile(" after ([0-9,]+) versions").matcher(contender);
        return after.find() ? Long.parseLong(after.group(1).replace(",", "")) : 0;
    }

    private Path kept(int count) {
        return sources.scratch().resolve("lake-" + count);
    }

    private void grow(int to) throws IOException, InterruptedException {
        while (versions < to) {
            int next = Math.min(to, versions + IN_A_PROCESS);
            System.err.printf("versions %d to %d are made%n", versions + 1, next);
            // Spark's code for whole stages is left out, as by the launcher.
            List<String> command = contenders.jvm(
                    List.of("-XX:MaxRAMPercentage=60", "-Dspark.sql.codegen.wholeStage=false"),
                    System.getProperty("java.class.path"));
            command.addAll(List.of(Batches.class.getName(), spec.toString()));
            command.addAll(
                    batches.subList(versions, next).stream().map(Path::toString).toList());
            Measured.of(command, Map.of(), sources.scratch().resolve("log"));
            versions = next;
        }
    }

    private void onto(int count, int round) throws IOException, InterruptedException {
        Sources.delete(lake);
        if (count > 0) {
            Sources.copy(kept(count), lake);
        }
        Sources.delete(spec.resolveSibling("landing"));
        Files.createDirectory(spec.resolveSibling("landing"));
        for (Path batch : batches.subList(0, count + 1)) {
            sources.land(spec, batch);
        }
        contenders.lakeproof(entry("run", count, round), spec, "run");
        if (count > 0) {
            contenders.lakeproof(entry("versions", count, round), spec, "versions");
            contenders.lakeproof(entry("verify", count, round), spec, "verify");
        }
    }

    private Entry entry(String contender, int count, int round) {
        return new Entry(after(contender, count), Shape.CLAIMS.columns(), rows, round);
    }
}
