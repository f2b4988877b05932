package io.lakeproof.jobs.ingest;

import java.util.List;

public final class Landing {
    public record Waiting(String path, String reason) {}

    public record Listing(List<SourceFile> files, List<Waiting> waiting) {}

    public static Listing list(
            org.apache.hadoop.conf.Configuration c, io.lakeproof.jobs.spec.Source s, java.time.Instant now) {
        return null;
    }
}
