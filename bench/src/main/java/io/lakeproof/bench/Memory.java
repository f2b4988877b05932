package io.lakeproof.bench;

import io.lakeproof.bench.Contenders.Entry;
import java.io.IOException;

/** What a run holds, by rows: as the launcher starts it, and with a heap of 1 GB. */
final class Memory {

    static final String SMALL_HEAP = "run, 1 GB";

    private Memory() {}

    static void run(Contenders contenders, long rows, String contender) throws IOException, InterruptedException {
        contenders.lakeproof(
                new Entry(contender, Shape.CLAIMS.columns(), rows, 1),
                contender.equals(SMALL_HEAP) ? "-Xmx1g" : "",
                contenders.sources().dataset(Shape.CLAIMS, rows),
                "run");
    }
}
