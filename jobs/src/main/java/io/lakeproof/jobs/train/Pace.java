package io.lakeproof.jobs.train;

import java.time.Duration;

/**
 * How patient to be with a service.
 *
 * @param retries how often a request is sent again
 * @param delay before the first time; it doubles
 * @param patience how long an answer may take
 * @param poll between two looks at a job; it grows to twelve times that
 */
public record Pace(int retries, Duration delay, Duration patience, Duration poll) {

    /** Rides out two minutes of an unwell service. */
    static final Pace USUAL = new Pace(6, Duration.ofSeconds(2), Duration.ofSeconds(100), Duration.ofSeconds(5));
}
