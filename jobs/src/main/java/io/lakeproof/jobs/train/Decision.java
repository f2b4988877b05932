package io.lakeproof.jobs.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.get_json_object;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.spec.Training;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Trainings;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;

/**
 * Whether a version is trained on, by {@code training.when}.
 *
 * @param trains yes or no
 * @param reason why, in words
 */
record Decision(boolean trains, String reason) {

    private static final List<String> NOT_PARTS = List.of("raw", "quarantine");

    static Decision of(Lake lake, Training training, DatasetVersion version, List<Trainings.Entry> known) {
        return switch (training.when()) {
            case ALWAYS -> new Decision(true, "training.when is always");
            case MANUAL -> new Decision(false, "training.when is manual");
            case ON_ROWS -> byRows(lake, training.rows().orElseThrow(), version, known);
        };
    }

    private static Decision byRows(Lake lake, Training.Rows rows, DatasetVersion version, List<Trainings.Entry> known) {
        Optional<Long> last = known.stream()
                .filter(entry -> entry.fact().status() != Trainings.Status.SKIPPED)
                .map(Trainings.Entry::version)
                .filter(trained -> trained < version.version())
                .max(Long::compare);
        if (last.isEmpty()) {
            return new Decision(true, "no earlier version was trained on");
        }
        long before = 0;
        long held = 0;
        long added = 0;
        for (Row row : lake.versions()
                .rows()
                .where(col("version").between(last.get(), version.version()))
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
                        .formatted(added, last.get(), added >= wanted ? "at least" : "fewer than", wanted, rows));
    }

    private static long examples(List<String> names, List<Long> rows) {
        long examples = 0;
        for (int i = 0; i < names.size(); i++) {
            examples += NOT_PARTS.contains(names.get(i)) ? 0 : rows.get(i);
        }
        return examples;
    }
}
