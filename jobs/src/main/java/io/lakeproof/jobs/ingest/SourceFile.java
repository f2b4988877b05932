package io.lakeproof.jobs.ingest;

public record SourceFile(String path, long size, long modified) {}
