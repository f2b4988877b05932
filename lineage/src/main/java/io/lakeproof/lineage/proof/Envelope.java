package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * A signed version record, or row that speaks of one: an in-toto statement (v1) whose subjects are the version's tables, or
 * the row, in a DSSE envelope (v1), as their specifications at {@code github.com/in-toto/attestation} and {@code github.com/secure-systems-lab/dsse} ask.
 *
 * @param statement the payload, as text
 * @param keyId whose signature it says it is, {@link Keys#id}
 * @param signature over DSSE's pre-authentication encoding, in base64
 */
public record Envelope(String statement, String keyId, String signature) {

    /** The statement's type. */
    public static final String STATEMENT = "https://in-toto.io/Statement/v1";

    /** What the statement's predicate is: a version record. */
    public static final String PREDICATE = "https://lakeproof.io/version-record/v1";

    private static final String PAYLOAD = "application/vnd.in-toto+json";

    /** What the statement's predicate is: a row that speaks of a version. */
    public static final String LINK = "https://lakeproof.io/link/v1";

    /** Signs a version record; returns the envelope's JSON. */
    public static String sign(String record, List<TableVersion> tables, Keys.Pair key) {
        return sign(statement(Json.parse(record), tables), key);
    }

    /** Signs a row of tags, trainings or retirements; returns the envelope's JSON. */
    public static String sign(Link link, Keys.Pair key) {
        return sign(statement(link), key);
    }

    private static String sign(String statement, Keys.Pair key) {
        byte[] signature = Keys.sign(key, encoded(statement));
        Base64.Encoder base64 = Base64.getEncoder();
        ObjectNode envelope = Json.object()
                .put("payloadType", PAYLOAD)
                .put("payload", base64.encodeToString(statement.getBytes(StandardCharsets.UTF_8)));
        envelope.putArray("signatures").addObject().put("keyid", key.id()).put("sig", base64.encodeToString(signature));
        return Json.canonical(envelope);
    }

    /** What must be signed for that row: its subject is itself, by its digest. */
    static String statement(Link link) {
        ObjectNode statement = Json.object().put("_type", STATEMENT).put("predicateType", LINK);
        statement
                .putArray("subject")
                .addObject()
                .put("name", link.name() + ", row " + link.number())
                .putObject("digest")
                .put("sha256", link.digest());
        statement.set("predicate", link.json());
        return Json.canonical(statement);
    }

    /** What must be signed for that record and those tables. */
    static String statement(JsonNode record, List<TableVersion> tables) {
        ObjectNode statement = Json.object().put("_type", STATEMENT).put("predicateType", PREDICATE);
        ArrayNode subjects = statement.putArray("subject");
        tables.forEach(table -> subjects.addObject()
                .put("name", table.name())
                .putObject("digest")
                .put("sha256", table.fileDigest())
                .put("lakeproofFingerprint", table.fingerprint()));
        statement.set("predicate", record);
        return Json.canonical(statement);
    }

    /**
     * Reads an envelope.
     *
     * @throws IllegalArgumentException with the reason when it is none
     */
    public static Envelope parse(String json) {
        try {
            JsonNode envelope = Json.parse(json);
            JsonNode signature = envelope.path("signatures").path(0);
            if (!envelope.path("payloadType").asText().equals(PAYLOAD) || signature.isMissingNode()) {
                throw new IllegalArgumentException("it is no DSSE envelope of an in-toto statement");
            }
            Base64.Decoder base64 = Base64.getDecoder();
            return new Envelope(
                    new String(base64.decode(envelope.path("payload").asText()), StandardCharsets.UTF_8),
                    signature.path("keyid").asText(),
                    signature.path("sig").asText());
        } catch (UncheckedIOException e) {
            throw new IllegalArgumentException("it is no JSON", e);
        }
    }

    /** Whether that key made the signature. */
    public boolean isBy(java.security.PublicKey key) {
        try {
            return Keys.verifies(key, encoded(statement), Base64.getDecoder().decode(signature));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** DSSE's pre-authentication encoding: {@code DSSEv1 LEN(type) type LEN(body) body}. */
    private static byte[] encoded(String statement) {
        byte[] body = statement.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("DSSEv1 " + PAYLOAD.length() + " " + PAYLOAD + " " + body.length + " ")
                .getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }
}
