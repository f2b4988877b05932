package io.lakeproof.jobs.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.JobBody;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a training is told of the version that it trains on: computed from the version and the spec alone, so that it is the
 * same however often it is made.
 *
 * @param dataset the dataset's name
 * @param version what is trained on
 * @param parts its parts, in the spec's order
 * @param azureMl where
 */
record Handover(String dataset, DatasetVersion version, List<Part> parts, AzureMl azureMl) {

    /** The tag by which a job, a data asset and a model name the version record. */
    static final String RECORD = "lakeproof-record";

    private static final String MANIFEST = "lakeproof.json";

    /** A job's name may have 255 characters; the rest of it needs 40. */
    private static final int NAME = 200;

    /**
     * A part.
     *
     * @param location the folder of its Delta table, a URI
     */
    record Part(String name, String location, long deltaVersion, long rows, String fingerprint) {}

    /** Where the version's files lie. */
    String folder() {
        return azureMl.folder() + "/v" + version.version();
    }

    private String folder(Part part) {
        return folder() + "/" + part.name();
    }

    /** Where the part lies as plain Parquet, if it is exported. */
    String parquet(Part part) {
        return folder() + "/parquet/" + part.name();
    }

    /** The files of the hand-over, by their paths below its folder. */
    Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(MANIFEST, Json.tree(manifest()).toPrettyString() + "\n");
        parts.forEach(part -> files.put(part.name() + "/MLTable", mltable(part)));
        return files;
    }

    private ObjectNode manifest() {
        ObjectNode manifest = Json.object()
                .put("format", 1)
                .put("dataset", dataset)
                .put("version", version.version())
                .put("publishedAt", version.publishedAt().toString())
                .put("runId", version.runId())
                .put("record", version.digest());
        ObjectNode tables = manifest.putObject("parts");
        for (Part part : parts) {
            ObjectNode table = tables.putObject(part.name())
                    .put("path", part.location())
                    .put("deltaVersion", part.deltaVersion())
                    .put("rows", part.rows())
                    .put("fingerprint", part.fingerprint());
            if (azureMl.export() == Training.Export.PARQUET) {
                table.put("parquet", parquet(part));
            }
        }
        return manifest;
    }

    /** See Microsoft's "CLI (v2) MLtable YAML schema". The path is quoted as JSON, which YAML reads. */
    private static String mltable(Part part) {
        return """
                $schema: https://azuremlschemas.azureedge.net/latest/MLTable.schema.json
                type: mltable
                paths:
                  - folder: %s
                transformations:
                  - read_delta_lake:
                      version_as_of: %d
                """
                .formatted(Json.text(part.location()), part.deltaVersion());
    }

    /** A data asset: a name that is registered with the dataset version as its version. */
    record Asset(String name, ObjectNode body) {}

    /** The data assets: one for the version, of the folder; one for each part, to be read as a table. */
    List<Asset> assets() {
        ObjectNode whole = asset(dataset, "uri_folder", folder());
        parts.forEach(part -> ((ObjectNode) whole.at("/properties/tags"))
                .put("lakeproof-fingerprint-" + part.name(), part.fingerprint()));
        List<Asset> assets = new ArrayList<>(List.of(new Asset(dataset, whole)));
        for (Part part : parts) {
            ObjectNode one = asset(dataset + "/" + part.name(), "mltable", folder(part));
            ((ObjectNode) one.at("/properties/tags")).put("lakeproof-fingerprint", part.fingerprint());
            assets.add(new Asset(assetName(part), one));
        }
        return assets;
    }

    private ObjectNode asset(String what, String type, String uri) {
        ObjectNode body = Json.object();
        ObjectNode properties = body.putObject("properties")
                .put("dataType", type)
                .put("dataUri", uri)
                .put("description", "%s version %d, by Lakeproof".formatted(what, version.version()));
        tag(properties);
        return body;
    }

    private void tag(ObjectNode properties) {
        ObjectNode tags =
                properties.path("tags").isObject() ? (ObjectNode) properties.get("tags") : properties.putObject("tags");
        tags.put("lakeproof-dataset", dataset)
                .put("lakeproof-version", String.valueOf(version.version()))
                .put(RECORD, version.digest());
    }

    private String assetName(Part part) {
        return dataset + "-" + part.name().replace('/', '-');
    }

    private String assetId(String name) {
        return "%s/data/%s/versions/%d".formatted(azureMl.workspace(), name, version.version());
    }

    /** Where a command finds what it was handed, if its author forgot to say: only commands have an environment. */
    private void tell(ObjectNode properties) {
        JsonNode command =
                switch (properties.path("jobType").asText()) {
                    case "Command" -> properties;
                    case "Sweep" -> properties.path("trial");
                    default -> MissingNode.getInstance();
                };
        if (command instanceof ObjectNode own) {
            ObjectNode variables = own.path("environmentVariables").isObject()
                    ? (ObjectNode) own.get("environmentVariables")
                    : own.putObject("environmentVariables");
            if (!variables.has("LAKEPROOF_HANDOVER")) {
                variables.put("LAKEPROOF_HANDOVER", manifestPath());
            }
        }
    }

    private String manifestPath() {
        return folder() + "/" + MANIFEST;
    }

    /** The body of the request that starts the training. */
    ObjectNode body() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("dataset", dataset);
        values.put("version", String.valueOf(version.version()));
        values.put("record", version.digest());
        values.put("run-id", version.runId());
        values.put("folder", folder());
        values.put("asset", assetId(dataset));
        values.put("workspace", azureMl.workspace());
        for (Part part : parts) {
            values.put(part.name() + ".path", part.location());
            values.put(part.name() + ".delta-version", String.valueOf(part.deltaVersion()));
            values.put(part.name() + ".rows", String.valueOf(part.rows()));
            values.put(part.name() + ".fingerprint", part.fingerprint());
            values.put(part.name() + ".mltable", folder(part));
            values.put(part.name() + ".asset", assetId(assetName(part)));
            values.put(part.name() + ".parquet", parquet(part));
        }
        ObjectNode body = JobBody.fill(azureMl.job(), values);
        if (azureMl.batchEndpoint().isEmpty()) {
            ObjectNode properties = (ObjectNode) body.get("properties");
            tag(properties);
            ((ObjectNode) properties.get("tags")).put("lakeproof-handover", manifestPath());
            tell(properties);
        }
        return body;
    }

    /**
     * The job's name: the same for the same dataset version and body, and another for any other, in whichever lake.
     *
     * @param attempt 1, and more when a person wants to train on the version again
     */
    String jobName(int attempt) {
        String digest = Json.sha256(Json.canonical(body().put(RECORD, version.digest())));
        String name = "lakeproof-%s-v%d-%s"
                .formatted(
                        dataset.substring(0, Math.min(NAME, dataset.length())),
                        version.version(),
                        digest.substring(0, 12));
        return attempt == 1 ? name : name + "-" + attempt;
    }

    /** What the training's reader cannot read, in words; empty: it can read everything. */
    static Optional<String> unreadable(String part, int reader, List<String> features) {
        if (reader <= 1) {
            return Optional.empty();
        }
        List<String> asked = features.stream()
                .filter(
                        List.of("columnMapping", "deletionVectors", "timestampNtz", "v2Checkpoint", "variantType")
                                ::contains)
                .toList();
        return Optional.of("part %s asks for Delta reader version %d%s"
                .formatted(part, reader, asked.isEmpty() ? "" : " (" + String.join(", ", asked) + ")"));
    }

    /** Refuses tables that the training's reader cannot read. */
    static void refuse(List<String> unreadable) {
        if (!unreadable.isEmpty()) {
            throw new Failure.BadSpec(List.of(
                    "training.azure-ml.reader: mltable reads Delta reader version 1 alone, and %s; rename columns with spaces and the like, write `export: parquet`, or `reader: any` if the training reads Delta by other means"
                            .formatted(String.join(", ", unreadable))));
        }
    }
}
