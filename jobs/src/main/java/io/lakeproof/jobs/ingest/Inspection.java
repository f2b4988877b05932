package io.lakeproof.jobs.ingest;

import java.util.*;

@SuppressWarnings("JavaLangClash")
public sealed interface Inspection {
    SourceFile file();

    Optional<String> sha256();

    String reason();

    record Readable(SourceFile file, Optional<String> sha256, String reason, List<String> notes)
            implements Inspection {}

    record Unreadable(SourceFile file, Optional<String> sha256, String reason) implements Inspection {}

    static List<Inspection> of(
            org.apache.spark.sql.SparkSession s, io.lakeproof.jobs.spec.Source source, List<SourceFile> files) {
        return List.of();
    }
}
