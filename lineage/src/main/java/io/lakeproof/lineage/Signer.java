package io.lakeproof.lineage;

import java.util.Optional;

/** Signs rows that speak of versions, as they are added. */
@FunctionalInterface
public interface Signer {

    /** Leaves every row unsigned. */
    Signer NONE = link -> Optional.empty();

    /** A signature of a row, which has everything but this; absent: it stays unsigned. */
    Optional<String> envelope(Link link);
}
