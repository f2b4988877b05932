package io.lakeproof.lineage.proof;

import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whose signatures count.
 *
 * @param keys none: no signature is asked for, and what is signed proves consistency alone
 */
public record Trust(List<Key> keys) {

    /** No signature is asked for. */
    public static final Trust NONE = new Trust(List.of());

    /**
     * A key that may sign.
     *
     * @param name for people
     * @param from versions published earlier are not its to sign; absent: from the beginning
     * @param until versions published then or later are not its to sign; absent: for ever
     */
    public record Key(String name, PublicKey key, Optional<Instant> from, Optional<Instant> until) {

        boolean covers(Instant at) {
            return from.map(start -> !at.isBefore(start)).orElse(true)
                    && until.map(end -> at.isBefore(end)).orElse(true);
        }
    }

    /** Whether signatures are asked for. */
    public boolean asks() {
        return !keys.isEmpty();
    }

    Optional<Key> find(String id) {
        return keys.stream().filter(key -> Keys.id(key.key()).equals(id)).findFirst();
    }
}
