package io.lakeproof.jobs.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.get_json_object;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.drift.Drift;
import io.lakeproof.jobs.drift.Outcome;
import io.lakeproof.jobs.publish.FeatureModel;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.Trainings;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Whether a version is trained on, by {@code training.when}.
 *
 * @param trains yes or no
 * @param reason why, in words
 */
record Decision(boolean trains, String reason) {

    private static final List<String> NOT_PARTS = List.of("raw", "quarantine");

    private static final Decision FIRST = new Decision(true, "no earlier version was trained on");

    static Decision of(
            Lake lake,
            Training training,
            DatasetVersion version,
            List<Entry<Trainings.Fact>> known,
            Progress progress) {
        return switch (training.when()) {
            case ALWAYS -> new Decision(true, "training.when is always");
            case MANUAL -> new Decision(false, "training.when is manual");
            case ON_ROWS -> last(version, known)
                    .map(last -> byRows(lake, training.rows().orElseThrow(), version, last))
                    .orElse(FIRST);
            case ON_DRIFT -> last(version, known)
                    .map(last -> byDrift(lake, training.drift().orElseThrow(), version, last, progress))
                    .orElse(FIRST);
        };
    }

    /** The newest earlier version that was handed over. */
    private static Optional<Long> last(DatasetVersion version, List<Entry<Trainings.Fact>> known) {
        return known.stream()
                .filter(entry -> entry.fact().status() != Trainings.Status.SKIPPED)
                .map(Entry::version)
                .filter(trained -> trained < version.version())
                .max(Long::compare);
    }

    private static Decision byDrift(
            Lake lake, Training.Drift drift, DatasetVersion version, long last, Progress progress) {
        Outcome outcome = drift(lake, drift, version, lake.versions().find(last).orElseThrow(), progress);
        return new Decision(outcome.drifted(), outcome.reason());
    }

    private static Outcome drift(
            Lake lake, Training.Drift drift, DatasetVersion version, DatasetVersion before, Progress progress) {
        String part = FeatureModel.trainPart(lake);
        TableVersion now = version.table(part).orElseThrow();
        Optional<TableVersion> then = before.table(part);
        if (then.isEmpty()) {
            return Outcome.unknown(before.version(), "it has no part " + part);
        }
        if (now.fingerprint().equals(then.get().fingerprint())) {
            return new Outcome(false, "train is what it was in version " + before.version());
        }
        Table table = lake.table(part);
        boolean gone = lake.retirements().holds(before);
        if (gone || !table.id().equals(then.get().tableId())) {
            return Outcome.unknown(before.version(), gone ? "it was cleaned up by maintain" : "its train is gone");
        }
        progress.begins("measure the drift since version " + before.version());
        lake.describe("measure the drift of");
        return Outcome.of(
                Drift.between(
                        measured(lake, drift, table.at(then.get().deltaVersion())),
                        measured(lake, drift, table.at(now.deltaVersion()))),
                drift.least(),
                before.version(),
                "training.drift");
    }

    private static Dataset<Row> measured(Lake lake, Training.Drift drift, Dataset<Row> train) {
        return drift.columns().isEmpty()
                ? Drift.lasting(train, lake.spec().split())
                : train.select(drift.columns().stream()
                        .filter(List.of(train.columns())::contains)
                        .map(Lake::column)
                        .toArray(Column[]::new));
    }

    private static Decision byRows(Lake lake, Training.Rows rows, DatasetVersion version, long last) {
        long before = 0;
        long held = 0;
        long added = 0;
        for (Row row : lake.versions()
                .rows()
                .where(col("version").between(last, version.version()))
                .select(col("tables.name"), col("tables.rows"), get_json_object(col("record"), "$.mode"))
                .orderBy("version")
                .collectAsList()) {
            long examples = examples(row.getList(0), row.getList(1));
            if (held == 0 && before == 0) {
                before = examples;
            } else {
                added += "rebuild".equals(row.getString(2)) ? examples : Math.max(0, examples - held);
            }
            held = examples;
        }
        long wanted = rows.of(before);
        return new Decision(
                added >= wanted,
                "%,d new examples since version %d, %s %,d (training.rows: %s)"
                        .formatted(added, last, added >= wanted ? "at least" : "fewer than", wanted, rows));
    }

    private static long examples(List<String> names, List<Long> rows) {
        long examples = 0;
        for (int i = 0; i < names.size(); i++) {
            examples += NOT_PARTS.contains(names.get(i)) ? 0 : rows.get(i);
        }
        return examples;
    }
}
