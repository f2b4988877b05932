package io.lakeproof.transforms;

import java.util.List;
import java.util.Optional;

/**
 * A kind of step, for the spec's JSON Schema and the documentation.
 *
 * @param name the spec's key
 * @param description what it does, one line
 * @param parameters what it takes
 * @param direct the parameter that may stand directly behind the key, {@code drop: "x_.*"} for
 *     {@code drop: {columns: "x_.*"}}; absent: the parameters stand beside the key, as for {@code class}
 */
public record Kind(String name, String description, List<Parameter> parameters, Optional<String> direct) {

    /**
     * One parameter of a kind.
     *
     * @param required whether the step is a problem without it
     * @param description one line, with what its absence means
     * @param choices the texts that it may be; empty: any
     */
    public record Parameter(String name, Type type, boolean required, String description, List<String> choices) {}

    /** What a parameter may be in YAML. */
    public enum Type {
        /** A string. */
        TEXT,
        /** A whole number. */
        INTEGER,
        /** {@code true} or {@code false}. */
        FLAG,
        /** A number, or a list of at least one number. */
        NUMBERS,
        /** Any number. */
        NUMBER,
        /** A string, a number or a boolean. */
        VALUE,
        /** A string, or a list of at least one string. */
        NAMES,
        /** A map of at least one entry whose values are strings. */
        TEXTS,
        /** A map of at least one entry whose values are scalars or null. */
        VALUES,
        /** A map of anything. */
        ANYTHING
    }
}
