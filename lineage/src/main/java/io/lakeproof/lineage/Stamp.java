package io.lakeproof.lineage;

import java.util.UUID;

/**
 * What every commit of ours carries as Delta's {@code userMetadata}: who wrote it, so that a version pins only its own rows.
 *
 * @param run the run's id; steps of one run, and a scheduler's retries, may share it
 * @param attempt unique to one attempt of one process
 */
public record Stamp(String run, String attempt) {

    /** A new attempt of a run. */
    public static Stamp of(String run) {
        return new Stamp(run, UUID.randomUUID().toString());
    }

    /** The stamp as the commit carries it. */
    public String userMetadata() {
        return Json.canonical(Json.object().put("run", run).put("attempt", attempt));
    }
}
