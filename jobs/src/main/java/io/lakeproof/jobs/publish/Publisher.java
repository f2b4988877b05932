package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Versions;
import io.lakeproof.lineage.proof.Anchor;
import io.lakeproof.lineage.proof.Keys;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * How whoever publishes vouches for it.
 *
 * @param environment where it runs, such as {@code prod}; absent: nobody said
 * @param key signs the version record; absent: it stays unsigned
 * @param anchor a folder outside the lake that keeps the head of the chain, as a URI; absent: none does
 */
public record Publisher(Optional<String> environment, Optional<Keys.Pair> key, Optional<String> anchor) {

    /** Nobody said where they run; they neither sign nor anchor. */
    public static final Publisher PLAIN = new Publisher(Optional.empty(), Optional.empty(), Optional.empty());

    /** Keeps every head in the anchor that it lacks, those of runs that died before it included. */
    public void anchor(Lake lake, long version) {
        if (anchor.isEmpty()) {
            return;
        }
        try {
            Anchor heads = Anchor.of(lake.hadoop(), anchor.get(), lake.spec().name());
            Versions versions = lake.versions();
            for (long missing = heads.newest() + 1; missing <= version; missing++) {
                Optional<DatasetVersion> head = versions.find(missing);
                head.ifPresent(heads::keep);
            }
        } catch (UncheckedIOException e) {
            throw new Failure.Remote(
                    "Version %d stands, but its digest could not be kept at the anchor %s: %s. Run again once it can be written to."
                            .formatted(version, anchor.get(), e.getCause().getMessage()),
                    e);
        }
    }
}
