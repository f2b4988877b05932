package io.lakeproof.lineage.proof;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import io.lakeproof.lineage.Link;
import io.lakeproof.lineage.Manifest;
import io.lakeproof.lineage.proof.Finding.Kind;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The records of a dataset, each with the digest of the one before: what can be checked with nothing but them, the keys
 * that may sign them and the heads that an anchor kept. Takes one version after the other, and keeps of each its digest.
 */
final class Chain {

    private final Trust trust;
    private final List<Finding> findings;
    private final Map<Long, String> records = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>();
    private DatasetVersion before;

    /** @param findings where each is added */
    Chain(Trust trust, List<Finding> findings) {
        this.trust = trust;
        this.findings = findings;
    }

    /**
     * Goes on to the next version.
     *
     * @param files the manifests of its tables
     * @return false: a version of that number was there already, and this one counts for nothing
     */
    boolean next(DatasetVersion version, Map<String, Manifest> files) {
        String name = name(version.version());
        if (before != null && version.version() == before.version()) {
            add(Kind.VERSION_TWICE, name, "one row", "two, of runs " + before.runId() + " and " + version.runId());
            return false;
        }
        for (long missing = before == null ? 1 : before.version() + 1; missing < version.version(); missing++) {
            add(Kind.VERSION_MISSING, name(missing), "its row and record", "none");
        }
        record(version);
        manifests(version, files);
        signature(
                name,
                version.publishedAt(),
                version.envelope(),
                () -> Envelope.statement(version.recordTree(), version.tables()));
        before = version;
        return true;
    }

    /**
     * Finds rows of tags, trainings or retirements that were rewritten or taken out, and what they say of versions that were
     * never published: once all versions are there.
     *
     * @param newest rows about later versions are held against no record
     * @param kept their digests that were kept elsewhere, by number
     */
    void links(List<? extends Link> links, long newest, Kind kind, Map<Long, String> kept) {
        String previous = "none";
        for (Link link : links) {
            String where = link.name() + ", row " + link.number();
            differs(kind, where, "digest " + link.digest(), "digest " + link.computed());
            differs(
                    kind,
                    where,
                    "a row after digest " + link.previous().orElse("none"),
                    "a row after digest " + previous);
            if (link.version() <= newest) {
                differs(
                        kind,
                        where,
                        name(link.version()) + " with record " + link.record(),
                        name(link.version()) + " with record " + records.getOrDefault(link.version(), "none"));
            }
            signature(where, link.at(), link.envelope(), () -> Envelope.statement(link));
            Optional.ofNullable(kept.get(link.number()))
                    .filter(digest -> !digest.equals(link.digest()))
                    .ifPresent(digest ->
                            add(kind, where, "digest " + digest + ", as the anchor says", "digest " + link.digest()));
            previous = link.digest();
        }
        Set<Long> there = links.stream().map(Link::number).collect(Collectors.toSet());
        kept.forEach((number, digest) -> {
            if (!there.contains(number)) {
                add(kind, "row " + number, "digest " + digest + ", as the anchor says", "none");
            }
        });
    }

    static String name(long version) {
        return "version " + version;
    }

    private void add(Kind kind, String where, String expected, String found) {
        findings.add(new Finding(kind, where, expected, found));
    }

    private void differs(Kind kind, String where, Object expected, Object found) {
        if (!expected.equals(found)) {
            add(kind, where, String.valueOf(expected), String.valueOf(found));
        }
    }

    private void record(DatasetVersion version) {
        String name = name(version.version());
        String digest = Json.sha256(version.record());
        records.put(version.version(), digest);
        if (!digest.equals(version.digest())) {
            add(Kind.RECORD_CHANGED, name, "sha256 " + version.digest(), "sha256 " + digest);
        }
        JsonNode record;
        try {
            record = version.recordTree();
        } catch (UncheckedIOException e) {
            add(Kind.RECORD_CHANGED, name, "a JSON document", "text that is none");
            return;
        }
        differs(
                Kind.CHAIN_BROKEN,
                name,
                "previous " + (before == null ? "none" : records.get(before.version())),
                "previous "
                        + (record.path("previous").isTextual()
                                ? record.get("previous").asText()
                                : "none"));
        differs(
                Kind.ROW_CHANGED,
                name + " previous",
                text(record, "previous"),
                version.previous().orElse("null"));
        differs(Kind.ROW_CHANGED, name + " version", text(record, "version"), String.valueOf(version.version()));
        differs(
                Kind.ROW_CHANGED,
                name + " published_at",
                text(record, "publishedAt"),
                version.publishedAt().toString());
        differs(Kind.ROW_CHANGED, name + " run_id", text(record, "runId"), version.runId());
        differs(Kind.ROW_CHANGED, name + " attempt", text(record, "attempt"), version.attempt());
        leaves(name + " tables", record.path("tables"), Json.tree(version.tables()));
        leaves(name + " change", record.path("change"), Json.tree(version.change()));
        if (before != null && version.publishedAt().isBefore(before.publishedAt())) {
            add(
                    Kind.CLOCK_WENT_BACK,
                    name,
                    "published after " + before.publishedAt() + ", when " + name(before.version()) + " was",
                    version.publishedAt().toString());
        }
        record.path("accounts").forEach(account -> account(name, account));
    }

    /** The values in which two trees differ, each with its path. */
    private void leaves(String path, JsonNode expected, JsonNode found) {
        if (expected.isObject() && found.isObject()) {
            Set<String> names = new TreeSet<>();
            expected.fieldNames().forEachRemaining(names::add);
            found.fieldNames().forEachRemaining(names::add);
            names.forEach(name -> leaves(path + "." + name, expected.path(name), found.path(name)));
        } else if (expected.isArray() && found.isArray()) {
            for (int i = 0; i < Math.max(expected.size(), found.size()); i++) {
                leaves(path + "[" + i + "]", expected.path(i), found.path(i));
            }
        } else {
            differs(Kind.ROW_CHANGED, path, expected.toString(), found.toString());
        }
    }

    private static String text(JsonNode record, String field) {
        return record.path(field).asText();
    }

    private void account(String version, JsonNode account) {
        long in = account.path("in").asLong();
        long out = account.path("out").asLong()
                + account.path("quarantined").asLong()
                + account.path("dropped").asLong();
        if (in != out) {
            add(
                    Kind.ACCOUNT_UNBALANCED,
                    version + " " + account.path("step").asText(),
                    "as many rows as came in, " + in,
                    out + " kept, quarantined and dropped");
        }
    }

    private void manifests(DatasetVersion version, Map<String, Manifest> files) {
        for (TableVersion table : version.tables()) {
            String digest = files.getOrDefault(table.name(), Manifest.NONE)
                    .digest(Optional.ofNullable(digests.get(table.name())));
            if (!digest.equals(table.fileDigest())) {
                add(
                        Kind.MANIFEST_CHANGED,
                        name(version.version()) + " " + table.name(),
                        "file digest " + table.fileDigest(),
                        digest);
            }
            // What the record says goes on, so that one changed list is found once.
            digests.put(table.name(), table.fileDigest());
        }
        // A table that a version lacks begins anew when it comes back.
        digests.keySet().removeIf(name -> version.table(name).isEmpty());
        files.keySet().stream()
                .filter(name -> version.table(name).isEmpty())
                .forEach(name -> add(
                        Kind.MANIFEST_CHANGED,
                        name(version.version()) + " " + name,
                        "no such table",
                        "files listed for it"));
    }

    private void signature(String where, Instant at, Optional<String> signed, Supplier<String> statement) {
        if (signed.isEmpty()) {
            if (trust.asks()) {
                add(Kind.SIGNATURE_MISSING, where, "a signature by a trusted key", "none");
            }
            return;
        }
        Envelope envelope;
        try {
            envelope = Envelope.parse(signed.get());
        } catch (IllegalArgumentException e) {
            add(Kind.SIGNATURE_WRONG, where, "a DSSE envelope", e.getMessage());
            return;
        }
        try {
            if (!envelope.statement().equals(statement.get())) {
                add(Kind.SIGNATURE_WRONG, where, "a statement about this", "one about another");
                return;
            }
        } catch (UncheckedIOException e) {
            return;
        }
        if (!trust.asks()) {
            return;
        }
        Optional<Trust.Key> key = trust.find(envelope.keyId());
        if (key.isEmpty()) {
            add(Kind.SIGNATURE_UNTRUSTED, where, "a key of the trust file", "key " + envelope.keyId());
        } else if (!key.get().covers(at)) {
            add(
                    Kind.SIGNATURE_UNTRUSTED,
                    where,
                    "a key that was valid at " + at,
                    "key " + key.get().name() + ", valid from "
                            + key.get().from().map(Instant::toString).orElse("the beginning") + " until "
                            + key.get().until().map(Instant::toString).orElse("for ever"));
        } else if (!envelope.isBy(key.get().key())) {
            add(Kind.SIGNATURE_WRONG, where, "a signature by key " + key.get().name(), "one that the key did not make");
        }
    }

    /** Holds the versions, once all are there, against the digests that were kept elsewhere, by number. */
    void anchors(Map<Long, String> kept) {
        kept.forEach((version, digest) -> {
            String record = records.get(version);
            if (record == null) {
                add(Kind.VERSION_MISSING, name(version), "record " + digest + ", as the anchor says", "none");
            } else {
                differs(Kind.ANCHOR_DIFFERS, name(version), "record " + digest, "record " + record);
            }
        });
    }
}
