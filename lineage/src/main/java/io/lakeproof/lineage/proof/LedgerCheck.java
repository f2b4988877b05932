package io.lakeproof.lineage.proof;

import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Ledger.Written;
import io.lakeproof.lineage.proof.Finding.Kind;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The ledger held against what the version records say was taken in: both version after version, each looked at once. */
final class LedgerCheck {

    private final List<Finding> findings;
    private Iterator<Written> rows = Collections.emptyIterator();
    private Written row;
    private boolean unreadable;

    /**
     * A check from the first version on.
     *
     * @param ledger opens the rows, by version
     * @param findings where each is added; that the ledger can't be read is one
     */
    LedgerCheck(Supplier<Stream<Written>> ledger, List<Finding> findings) {
        this.findings = findings;
        read(() -> rows = ledger.get().iterator());
        advance();
    }

    private void advance() {
        row = null;
        read(() -> row = rows.hasNext() ? rows.next() : null);
    }

    private void read(Runnable step) {
        try {
            step.run();
        } catch (Exception e) {
            unreadable = true;
            rows = Collections.emptyIterator();
            findings.add(Finding.unreadable("lineage/files", e));
        }
    }

    /**
     * Goes on to the next version.
     *
     * @param recorded the files that its record names; absent: it cannot be read, and its rows are held against nothing
     */
    void next(DatasetVersion version, Optional<List<Ledger.Entry>> recorded) {
        foreignBefore(version.version());
        Map<String, Written> kept = new LinkedHashMap<>();
        for (; row != null && row.entry().version() == version.version(); advance()) {
            if (kept.putIfAbsent(key(row.entry()), row) != null) {
                foreign(row, "one row of the file");
            }
        }
        if (unreadable || recorded.isEmpty()) {
            return;
        }
        for (Ledger.Entry entry : recorded.get()) {
            Written expected = new Written(entry, version.runId(), version.publishedAt());
            Written found = kept.remove(key(entry));
            String where = Chain.name(version.version()) + " " + entry.path();
            if (found == null) {
                add(Kind.LEDGER_ROW_MISSING, where, "a row with sha256 " + entry.sha256(), "none");
            } else if (!found.equals(expected)) {
                add(Kind.LEDGER_ROW_CHANGED, where, String.valueOf(expected), String.valueOf(found));
            }
        }
        kept.values().forEach(found -> foreign(found, "no such file in the version's record"));
    }

    /** Once the last version was there: rows of later ones are nobody's. */
    void ends() {
        foreignBefore(Long.MAX_VALUE);
    }

    private void foreignBefore(long version) {
        for (; row != null && row.entry().version() < version; advance()) {
            foreign(row, "no such file in the version's record");
        }
    }

    private void foreign(Written written, String expected) {
        Ledger.Entry entry = written.entry();
        add(
                Kind.LEDGER_ROW_FOREIGN,
                Chain.name(entry.version()) + " " + entry.path(),
                expected,
                "a row with sha256 " + entry.sha256());
    }

    private void add(Kind kind, String where, String expected, String found) {
        findings.add(new Finding(kind, where, expected, found));
    }

    private static String key(Ledger.Entry entry) {
        return entry.batch() + " " + entry.path();
    }
}
