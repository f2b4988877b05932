package io.lakeproof.jobs.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;
import java.time.LocalDate;

/**
 * Somebody's word that a version may be published although a rule is broken.
 *
 * @param reason why
 * @param by who answers for it
 * @param until the last day, in UTC, on which it holds
 */
public record Waiver(String reason, String by, LocalDate until) {

    /** The rule by which the share of quarantined rows is named where it is waived. */
    public static final String MAX_QUARANTINED = "max-quarantined";

    /** Whether it still holds on a day. */
    public boolean holds(LocalDate day) {
        return !day.isAfter(until);
    }

    /** As a version record holds it. */
    public ObjectNode json() {
        return Json.object().put("reason", reason).put("by", by).put("until", until.toString());
    }
}
