package io.lakeproof.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where the time of a command goes, by the steps that it tells: each lasts until the next. */
final class Steps {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Steps() {}

    /** Seconds of each step, in order; steps that are told twice are added up. The log is one of JSON lines. */
    static Map<String, Double> of(Path log, Instant began, Instant ended) throws IOException {
        Map<String, Double> steps = new LinkedHashMap<>();
        String step = "start the JVM";
        Instant since = began;
        for (String line : Files.readAllLines(log)) {
            JsonNode event = JSON.readTree(line);
            if (event.path("level").asText().equals("INFO")
                    && event.path("logger").asText().equals("io.lakeproof.jobs")) {
                Instant at = Instant.parse(event.get("at").asText());
                steps.merge(step, seconds(since, at), Double::sum);
                // Without the number of what there is, and where it lies.
                step = event.get("message")
                        .asText()
                        .replaceAll("/\\S+", "the spec")
                        .replaceAll("\\b\\d+ ", "");
                since = at;
            }
        }
        steps.merge(step, seconds(since, ended), Double::sum);
        return steps;
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1e3;
    }
}
