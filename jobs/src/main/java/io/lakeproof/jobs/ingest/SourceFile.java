package io.lakeproof.jobs.ingest;

import io.lakeproof.lineage.Ledger;
import java.util.Optional;

/**
 * A source file as the landing's listing showed it.
 *
 * @param path the absolute Hadoop URI as text, unencoded: {@code file:/landing/a b.csv}
 * @param size in bytes, as stored
 * @param modified epoch milliseconds
 * @param etag the store's content tag; absent where the file system has none
 */
public record SourceFile(String path, long size, long modified, Optional<String> etag) {

    /** Whether it looks as an entry of the ledger says: the same path, size and time. */
    public boolean isAsKnown(Ledger.Entry entry) {
        return path.equals(entry.path())
                && size == entry.size()
                && modified == entry.modified().toEpochMilli();
    }
}
