package io.lakeproof.jobs;

import io.lakeproof.jobs.publish.Publish;
import io.lakeproof.jobs.spec.Spec.Protect;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.proof.Finding;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What {@code protect: copy} keeps of a tagged version: a Delta table {@code copies/VERSION/TABLE} of each of its tables, with
 * the rows that belong to the version and nothing else. Neither a clean-up of the tables nor their loss reaches it.
 */
record Copies(Lake lake) {

    /**
     * Copies the tables of a version that have no copy yet, if the spec asks for it, each in one commit, and reads each copy once more: it must have
     * the fingerprint that the version was published with.
     *
     * @throws Failure.Unverified when one has another
     */
    void make(DatasetVersion version, Stamp stamp) {
        if (!wanted()) {
            return;
        }
        for (TableVersion table : version.tables()) {
            Table copy = at(version, table.name());
            if (!copy.exists()) {
                copy.replace(rows(version, table), stamp);
            }
        }
        List<Finding> wrong = findings(version);
        if (!wrong.isEmpty()) {
            throw new Failure.Unverified(
                    "%s, and has other rows than version %d was published with: expected %s, found %s; verify the version, and remove the copy if it is the one that was changed"
                            .formatted(
                                    wrong.get(0).where(),
                                    version.version(),
                                    wrong.get(0).expected(),
                                    wrong.get(0).found()));
        }
    }

    /** The copies of a version that are not what was published; reads them all. None is there: nothing is wrong. */
    List<Finding> findings(DatasetVersion version) {
        return version.tables().stream()
                .flatMap(table -> read(version, table.name()).stream()
                        .map(copy -> Fingerprint.of(content(version, table.name(), copy)))
                        .filter(found -> !found.text().equals(table.fingerprint()))
                        .map(found -> new Finding(
                                Finding.Kind.CONTENT_CHANGED,
                                "the copy of version %d at %s"
                                        .formatted(
                                                version.version(),
                                                at(version, table.name()).name().text()),
                                "%,d rows, %s".formatted(table.rows(), table.fingerprint()),
                                "%,d rows, %s".formatted(found.rows(), found.text()))))
                .toList();
    }

    /** The rows of a table's copy; empty: the version has none. */
    Optional<Dataset<Row>> read(DatasetVersion version, String table) {
        return wanted() && at(version, table).exists()
                ? Optional.of(at(version, table).head())
                : Optional.empty();
    }

    private boolean wanted() {
        return lake.spec().protect().equals(Optional.of(Protect.COPY));
    }

    private Table at(DatasetVersion version, String table) {
        return lake.table("copies/%d/%s".formatted(version.version(), table));
    }

    private Dataset<Row> rows(DatasetVersion version, TableVersion table) {
        Dataset<Row> all = lake.table(table.name()).at(table.deltaVersion());
        Dataset<Row> own =
                switch (table.name()) {
                    case "raw" -> Intake.belonging(
                            lake,
                            all,
                            Lake.BATCH,
                            Lake.SOURCE_FILE,
                            lake.versions().members(version.version()));
                    case "quarantine" -> Publish.quarantined(
                            lake, all, lake.versions().members(version.version()));
                    default -> all;
                };
        return own.select(Stream.of(all.columns()).map(Lake::column).toArray(Column[]::new));
    }

    /** What the version's fingerprint of the table covers. */
    private static Dataset<Row> content(DatasetVersion version, String table, Dataset<Row> copy) {
        return switch (table) {
            case "raw" -> Intake.contract(version, copy);
            case "quarantine" -> Quarantine.content(copy);
            default -> copy;
        };
    }
}
