package io.lakeproof.lineage.proof;

import java.util.Locale;

/**
 * One thing that is not as the version record says.
 *
 * @param kind what is wrong
 * @param where the version, table, file or tag
 * @param expected what the record, or the rule that it must obey, says; empty: there is nothing to compare
 * @param found what is there
 */
public record Finding(Kind kind, String where, String expected, String found) {

    /** That something cannot be read, which is a finding like any other. */
    static Finding unreadable(String where, Exception problem) {
        return new Finding(
                Kind.TABLE_UNREADABLE,
                where,
                "rows that can be read",
                String.valueOf(problem.getMessage()).lines().findFirst().orElse("nothing"));
    }

    /** What is wrong; in words, {@link #text()}. */
    public enum Kind {
        /** A record's digest is not the one that is stored with it. */
        RECORD_CHANGED,
        /** A row of the table of versions says something else than its record. */
        ROW_CHANGED,
        /** A record does not name the digest of the one before. */
        CHAIN_BROKEN,
        /** A version between the first and the newest is gone, or one that the anchor knows. */
        VERSION_MISSING,
        /** Two rows claim one version. */
        VERSION_TWICE,
        /** A version says it was published before its predecessor. */
        CLOCK_WENT_BACK,
        /** The files listed for a version are not those of its file digest. */
        MANIFEST_CHANGED,
        /** Rows in are not rows out, quarantined and dropped. */
        ACCOUNT_UNBALANCED,
        /** A record has no signature, though a trust file asks for one. */
        SIGNATURE_MISSING,
        /** The signature is by a key that the trust file does not name, or not for that time. */
        SIGNATURE_UNTRUSTED,
        /** The signature does not belong to what it is said to sign. */
        SIGNATURE_WRONG,
        /** The anchor holds another digest. */
        ANCHOR_DIFFERS,
        /** There is no table where one was published. */
        TABLE_MISSING,
        /** The table has another id: it was dropped and made again. */
        TABLE_REPLACED,
        /** A commit of the Delta log is gone. */
        COMMIT_MISSING,
        /** A commit of the Delta log has other bytes. */
        COMMIT_CHANGED,
        /** A checkpoint or checksum that Delta made beside the commits has other bytes. */
        LOG_FILE_CHANGED,
        /** A data file is gone, for example by VACUUM. */
        DATA_FILE_MISSING,
        /** A data file has other bytes. */
        DATA_FILE_CHANGED,
        /** A data file's bytes are right, but its reader will refuse it. */
        DATA_FILE_UNREADABLE,
        /** Delta reads a file that the version does not hold. */
        DATA_FILE_FOREIGN,
        /** Delta does not read a file that the version holds. */
        DATA_FILE_DROPPED,
        /** The table can't be read as of the pinned Delta version. */
        TABLE_UNREADABLE,
        /** A file of a fitted model is gone. */
        MODEL_FILE_MISSING,
        /** A file of a fitted model has other bytes. */
        MODEL_FILE_CHANGED,
        /** There is a file in a fitted model that was not there. */
        MODEL_FILE_FOREIGN,
        /** A record's digest of a fitted model is not that of the files that it lists. */
        MODEL_DIGEST_WRONG,
        /** The rows have another fingerprint. */
        CONTENT_CHANGED,
        /** The table's retention is shorter than it was made with. */
        RETENTION_SHORTENED,
        /** The ledger lacks a source file of the version. */
        LEDGER_ROW_MISSING,
        /** The ledger says something else of a source file. */
        LEDGER_ROW_CHANGED,
        /** The ledger names a version for a source file that the version's record lacks. */
        LEDGER_ROW_FOREIGN,
        /** The history of a tag was rewritten, or the tag names something that was never published. */
        TAG_CHANGED,
        /** The list of trainings was rewritten, or one names what was never published. */
        TRAINING_CHANGED,
        /** The list of cleaned-up versions was rewritten, or one names what was never published. */
        RETIREMENT_CHANGED,
        /** A file of the evidence is not what its list of contents says. */
        EVIDENCE_CHANGED;

        /** Lower-case words. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** A line holds so much of a value; the finding itself has all of it. */
    private static final int SHOWN = 300;

    /** One line: what, where, expected, found. */
    public String text() {
        return "%s: %s%s, found %s"
                .formatted(
                        kind.text(),
                        brief(where),
                        expected.isEmpty() ? "" : ": expected " + brief(expected),
                        brief(found));
    }

    private static String brief(String value) {
        String line = value.replaceAll("[\\r\\n]+", " ");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
    }
}
