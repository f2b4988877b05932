package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/** A row that says something of a dataset version and holds the digest of the row before it. */
public interface Link {

    /** 1, 2, 3 … */
    long number();

    /** What it is about, for people. */
    String name();

    /** The dataset version. */
    long version();

    /** The digest of that version's record. */
    String record();

    /** The digest of the row before; absent: it is the first. */
    Optional<String> previous();

    /** The digest that the row has. */
    String digest();

    /** When it was added. */
    Instant at();

    /** A signature of it; absent: it is unsigned. */
    Optional<String> envelope();

    /** All that it says, but for its own digest and signature. */
    ObjectNode json();

    /** The digest that it must have: SHA-256 over the canonical JSON of all that it says. */
    default String computed() {
        return Json.sha256(Json.canonical(json()));
    }
}
