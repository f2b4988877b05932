package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the guarantees cost: a run beside one that takes every fingerprint and row count twice, and one without
 * rules. All without the launcher's archive of classes, which knows one class path only.
 */
final class Guarantees {

    static final String ONCE = "run, no archive";

    static final String TWICE = "run, fingerprints and accounts twice";
    static final String NO_RULES = "run without rules";

    private static final String NO_ARCHIVE = "-Xshare:off";

    private Guarantees() {}

    static void measure(Contenders contenders, long rows, int round) throws IOException, InterruptedException {
        Path spec = contenders.sources().dataset(Shape.CLAIMS, rows);
        contenders.lakeproof(entry(ONCE, rows, round), NO_ARCHIVE, spec, "run");

        spec = contenders.sources().dataset(Shape.CLAIMS, rows);
        contenders.lakeproof(entry(TWICE, rows, round), NO_ARCHIVE + " " + contenders.twice(), spec, "run");

        spec = contenders.sources().dataset(Shape.CLAIMS, rows);
        Files.writeString(spec, Files.readString(spec).replaceFirst("(?s)\nrules:\n.*?\n\n", "\n"));
        contenders.lakeproof(entry(NO_RULES, rows, round), NO_ARCHIVE, spec, "run");
    }

    private static Entry entry(String contender, long rows, int round) {
        return new Entry(contender, Shape.CLAIMS.columns(), rows, round);
    }
}
