package io.lakeproof.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One published version of a dataset: a row of the table of versions.
 *
 * @param version 1, 2, 3 …
 * @param publishedAt when it was published, to the microsecond
 * @param runId the run that published it
 * @param attempt the attempt of that run, unique
 * @param tables what it pins
 * @param change how its rows differ from those of the version before
 * @param record the version record, canonical JSON
 * @param digest SHA-256 of {@code record}, hexadecimal
 * @param previous the digest of the version before; absent for version 1
 * @param envelope the signed record, as DSSE in JSON; absent: nobody signed it
 */
public record DatasetVersion(
        long version,
        Instant publishedAt,
        String runId,
        String attempt,
        List<TableVersion> tables,
        Membership change,
        String record,
        String digest,
        Optional<String> previous,
        Optional<String> envelope) {

    /**
     * One table as a version holds it.
     *
     * @param name {@code raw}, {@code quarantine} or a part's name
     * @param path where it lives: a URI or a catalog name
     * @param tableId Delta's id of the table
     * @param deltaVersion the Delta version that holds the rows
     * @param rows how many rows belong to the dataset version
     * @param fingerprint the fingerprint of those rows
     * @param state the fingerprint's mergeable form, to which the next version adds
     * @param fileDigest {@link Manifest#digest} of the table's files up to here
     */
    public record TableVersion(
            String name,
            String path,
            String tableId,
            long deltaVersion,
            long rows,
            String fingerprint,
            String state,
            String fileDigest) {

        /** The same with the digest of its files, which is known once all of them are written. */
        public TableVersion withFileDigest(String digest) {
            return new TableVersion(name, path, tableId, deltaVersion, rows, fingerprint, state, digest);
        }
    }

    /**
     * Which rows of raw and quarantine came and went: both tables also hold the rows of rejected and killed attempts.
     *
     * @param batchesAdded the batches whose rows joined
     * @param batchesRemoved the batches whose rows left
     * @param filesRemoved the source files, each of one batch, whose rows left
     * @param judgementsAdded the attempts whose rule verdicts in quarantine joined
     * @param judgementsRemoved the attempts whose verdicts left, because the rows were judged again
     * @param columnsIgnored the columns that files of the batches that joined have beyond the contract, and that were not read
     * @param files how many source files the ledger owes to this version
     */
    public record Membership(
            List<String> batchesAdded,
            List<String> batchesRemoved,
            List<FileOfBatch> filesRemoved,
            List<String> judgementsAdded,
            List<String> judgementsRemoved,
            List<String> columnsIgnored,
            long files) {}

    /** A source file's rows in one batch. */
    public record FileOfBatch(String batch, String file) {}

    /** What the version pins of a table: {@code raw}, {@code quarantine} or a part. */
    public Optional<TableVersion> table(String name) {
        return tables.stream().filter(table -> table.name().equals(name)).findFirst();
    }

    /** The version record as a tree. */
    public JsonNode recordTree() {
        return Json.parse(record);
    }
}
