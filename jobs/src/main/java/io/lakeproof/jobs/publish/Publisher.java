package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.Signer;
import io.lakeproof.lineage.Versions;
import io.lakeproof.lineage.proof.Anchor;
import io.lakeproof.lineage.proof.Anchor.Of;
import io.lakeproof.lineage.proof.Envelope;
import io.lakeproof.lineage.proof.Keys;
import java.io.UncheckedIOException;
import java.util.List;
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

    /** Signs rows that speak of versions, when there is a key. */
    public Signer signer() {
        return key.<Signer>map(pair -> link -> Optional.of(Envelope.sign(link, pair)))
                .orElse(Signer.NONE);
    }

    /** Keeps every head in the anchor that it lacks, those of commands that died before it, or knew of none, included. */
    public void anchor(Lake lake) {
        if (anchor.isEmpty()) {
            return;
        }
        try {
            Anchor heads = Anchor.of(lake.hadoop(), anchor.get(), lake.spec().name());
            Versions versions = lake.versions();
            long newest = versions.latest().map(DatasetVersion::version).orElse(0L);
            for (long missing = heads.newest(Of.VERSIONS) + 1; missing <= newest; missing++) {
                versions.find(missing).ifPresent(heads::keep);
            }
            keep(heads, Of.TAGS, lake.tags().all());
            keep(heads, Of.TRAININGS, lake.trainings().all());
            keep(heads, Of.RETIREMENTS, lake.retirements().all());
        } catch (UncheckedIOException e) {
            throw new Failure.Remote(
                    "It is done, but its digest could not be kept at the anchor %s: %s. Run again once it can be written to."
                            .formatted(anchor.get(), e.getCause().getMessage()),
                    e);
        }
    }

    private static void keep(Anchor heads, Of table, List<? extends Link> links) {
        long kept = heads.newest(table);
        links.stream().filter(link -> link.number() > kept).forEach(link -> heads.keep(table, link));
    }
}
