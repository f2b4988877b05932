package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a command has to say.
 *
 * @param json for programs
 * @param text for people
 * @param failure why the command nevertheless failed; absent: it did not
 */
record Answer(ObjectNode json, Consumer<Console> text, Optional<Failure> failure) {

    static Answer of(ObjectNode json, Consumer<Console> text) {
        return new Answer(json, text, Optional.empty());
    }
}
