package io.lakeproof.transforms;

import java.util.Map;

/**
 * A transform as the spec declares it.
 *
 * @param kind the spec's key: {@code select}, {@code sql}, {@code class} …
 * @param with the parameters as written, for the version record: strings, numbers, booleans, lists and maps
 * @param transform what it does
 * @param scope how far it looks
 */
public record Step(String kind, Map<String, Object> with, Transform transform, Scope scope) {

    /** Whether the number of rows can change, so that the account counts the rows behind it. */
    public boolean changesRowCount() {
        return switch (kind) {
            case "filter", "deduplicate", "sql", "join", "class" -> true;
            default -> false;
        };
    }
}
