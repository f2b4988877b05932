package io.lakeproof.transforms;

import java.util.List;

/** A step that does not fit its input, found before any row is read; the message names what is wrong and what there is. */
public final class BadStep extends IllegalArgumentException {

    private final List<String> messages;

    public BadStep(String message) {
        this(List.of(message));
    }

    private BadStep(List<String> messages) {
        super(String.join("; ", messages));
        this.messages = List.copyOf(messages);
    }

    BadStep(String message, Throwable cause) {
        super(message, cause);
        this.messages = List.of(message);
    }

    /** Throws with all that is wrong, if anything is. */
    static void refuse(List<String> messages) {
        if (!messages.isEmpty()) {
            throw new BadStep(messages);
        }
    }

    /** Everything that is wrong, each with the remedy; at least one. */
    List<String> messages() {
        return messages;
    }
}
