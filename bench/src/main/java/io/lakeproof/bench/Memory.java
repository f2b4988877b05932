package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;

/** What a run holds, by rows, with a heap of 1 GB: the JVM takes what it is offered, and more tells nothing. */
final class Memory {

    static final String SMALL_HEAP = "run, 1 GB";

    private Memory() {}

    static void measure(Contenders contenders, long rows) throws IOException, InterruptedException {
        contenders.lakeproof(
                new Entry(SMALL_HEAP, Shape.CLAIMS.columns(), rows, 1),
                "-Xmx1g",
                contenders.sources().dataset(Shape.CLAIMS, rows),
                "run");
    }
}
