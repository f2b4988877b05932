package io.lakeproof.lineage;

import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;

/**
 * What every commit of ours carries as Delta's {@code userMetadata}: who wrote it, so that a version pins only its own rows.
 *
 * @param dataset the dataset's name: a table that another one wrote is not ours to write
 * @param run the run's id; steps of one run, and a scheduler's retries, may share it
 * @param attempt unique to one attempt of one process
 */
public record Stamp(String dataset, String run, String attempt) {

    /** A new attempt of a dataset's run. */
    public static Stamp of(String dataset, String run) {
        return new Stamp(dataset, run, UUID.randomUUID().toString());
    }

    /** The stamp as the commit carries it. */
    public String userMetadata() {
        return Json.canonical(
                Json.object().put("dataset", dataset).put("run", run).put("attempt", attempt));
    }

    /** The dataset that a commit's {@code userMetadata} names; empty: it is no stamp. */
    static Optional<String> dataset(String userMetadata) {
        try {
            return Optional.ofNullable(Json.parse(userMetadata).path("dataset").textValue());
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }
}
