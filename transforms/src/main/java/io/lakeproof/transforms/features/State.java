package io.lakeproof.transforms.features;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.apache.spark.ml.PipelineModel;

/**
 * What one step learned from the train part.
 *
 * @param values in the step's own form; numbers are written so that they read back as the same doubles
 * @param stage a fitted stage of Spark ML; absent: the values say everything
 */
public record State(JsonNode values, Optional<PipelineModel> stage) {

    static State of(JsonNode values) {
        return new State(values, Optional.empty());
    }

    /** The state of a step that learns nothing. */
    static State nothing() {
        return of(object());
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
