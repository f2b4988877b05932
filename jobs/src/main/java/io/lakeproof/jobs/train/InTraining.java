package io.lakeproof.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Progress;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Hadoop;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Checks, where a training runs, that it reads the rows of the version that was handed over to it. */
public final class InTraining {

    private InTraining() {}

    /**
     * One part.
     *
     * @param expected the fingerprint that the version has
     * @param found the fingerprint of what can be read; absent: nothing can
     * @param problem why nothing can be read; absent: it can
     */
    public record Part(String name, String path, String expected, Optional<String> found, Optional<String> problem) {
        /** Whether these are the version's rows. */
        public boolean isGenuine() {
            return found.equals(Optional.of(expected));
        }
    }

    /** What was checked. */
    public record Result(String dataset, long version, List<Part> parts) {}

    /**
     * Reads every part and compares the fingerprints.
     *
     * @param manifest the hand-over's {@code lakeproof.json}, a path or URI
     * @param elsewhere parts that lie at another path here, such as a mount; the others lie where the hand-over says
     * @throws Failure.Usage when there is no such file, or it is none
     */
    public static Result check(SparkSession spark, String manifest, Map<String, String> elsewhere, Progress progress) {
        JsonNode told = read(spark, manifest);
        List<Part> parts = new ArrayList<>();
        told.get("parts").properties().forEach(part -> {
            progress.begins("fingerprint " + part.getKey());
            parts.add(part(spark, part.getKey(), part.getValue(), elsewhere));
        });
        for (String name : elsewhere.keySet()) {
            if (!told.get("parts").has(name)) {
                throw new Failure.Usage("--at %s: %s has no such part, but %s."
                        .formatted(
                                name,
                                manifest,
                                String.join(", ", parts.stream().map(Part::name).toList())));
            }
        }
        return new Result(told.path("dataset").asText(), told.path("version").asLong(), parts);
    }

    private static Part part(SparkSession spark, String name, JsonNode told, Map<String, String> elsewhere) {
        String path = elsewhere.getOrDefault(name, told.path("path").asText());
        String expected = told.path("fingerprint").asText();
        try {
            Fingerprint found = Fingerprint.of(spark.read()
                    .format("delta")
                    .option("versionAsOf", told.path("deltaVersion").asLong())
                    .load(path));
            return new Part(name, path, expected, Optional.of(found.text()), Optional.empty());
        } catch (Exception e) {
            // Spark throws checked exceptions that no method declares; whatever it is, the rows could not be read.
            return new Part(
                    name,
                    path,
                    expected,
                    Optional.empty(),
                    Optional.of(
                            String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
        }
    }

    private static JsonNode read(SparkSession spark, String manifest) {
        Path path = new Path(manifest);
        try (InputStream in = path.getFileSystem(Hadoop.configuration(spark)).open(path)) {
            JsonNode json = Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            if (json.path("format").asInt() == 1 && json.path("parts").isObject()) {
                return json;
            }
        } catch (IOException e) {
            throw new Failure.Usage("%s cannot be read: %s. Name the lakeproof.json of the hand-over."
                    .formatted(manifest, e.getMessage()));
        } catch (UncheckedIOException e) {
            // Told below.
        }
        throw new Failure.Usage("%s is no hand-over. Name its lakeproof.json.".formatted(manifest));
    }
}
