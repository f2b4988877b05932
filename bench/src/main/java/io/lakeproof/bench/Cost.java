package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Lakeproof and the others cost, by rows and by columns. */
final class Cost {

    private Cost() {}

    /** Everyone on the claims, then the commands on what {@code run} left. */
    static void all(Contenders contenders, long rows, int round) throws IOException, InterruptedException {
        floorAndCareful(contenders, Shape.CLAIMS, rows, round);
        contenders.byHand(Notebook.class, Shape.CLAIMS, entry("notebook", rows, round));
        contenders.byHand(Duck.class, Shape.CLAIMS, entry("duck", rows, round));
        Path spec = run(contenders, Shape.CLAIMS, rows, round);
        contenders.lakeproof(entry("nothing new", rows, round), spec, "run");
        contenders.lakeproof(entry("versions", rows, round), spec, "versions");
        contenders.lakeproof(entry("show", rows, round), spec, "show");
        contenders.lakeproof(entry("tag", rows, round), spec, "tag", "1", "approved");
        String lake = spec.resolveSibling("lake").toString();
        contenders.program(Listing.class, entry("listing", rows, round), lake);
        contenders.lakeproof(entry("verify --deep", rows, round), spec, "verify", "--deep");
        contenders.program(Reading.class, entry("reading", rows, round), lake);
        contenders.lakeproof(entry("replay", rows, round), spec, "replay", "1");
    }

    /** The contenders that take any shape. */
    static void some(Contenders contenders, Shape shape, long rows, int round)
            throws IOException, InterruptedException {
        floorAndCareful(contenders, shape, rows, round);
        run(contenders, shape, rows, round);
    }

    /** A run that tells its steps, and whose source lies where every byte that is read of it is counted. */
    static void counted(Contenders contenders, long rows) throws IOException, InterruptedException {
        Path spec = contenders.sources().dataset(Shape.CLAIMS, rows);
        Files.writeString(
                spec, Files.readString(spec).replace("path: landing", "path: count:" + spec.resolveSibling("landing")));
        contenders.lakeproof(
                entry("run, counted", rows, 1),
                "-Dspark.hadoop.fs.count.impl=" + CountingFileSystem.class.getName(),
                spec,
                "run",
                "--log",
                contenders.log().toString(),
                "--log-format",
                "json");
    }

    /** Returns the spec. */
    private static Path run(Contenders contenders, Shape shape, long rows, int round)
            throws IOException, InterruptedException {
        Path spec = contenders.sources().dataset(shape, rows);
        contenders.lakeproof(new Entry("run", shape.columns(), rows, round), spec, "run");
        return spec;
    }

    private static void floorAndCareful(Contenders contenders, Shape shape, long rows, int round)
            throws IOException, InterruptedException {
        contenders.byHand(Floor.class, shape, new Entry("floor", shape.columns(), rows, round));
        contenders.byHand(Careful.class, shape, new Entry("careful", shape.columns(), rows, round));
    }

    private static Entry entry(String contender, long rows, int round) {
        return new Entry(contender, Shape.CLAIMS.columns(), rows, round);
    }
}
