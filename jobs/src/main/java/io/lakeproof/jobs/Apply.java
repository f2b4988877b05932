package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.lit;

import io.lakeproof.jobs.ingest.Input;
import io.lakeproof.jobs.publish.FeatureModel;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.RowCounter;
import io.lakeproof.lineage.Table;
import io.lakeproof.transforms.BadRow;
import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.features.Use;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * Makes features of new rows as a version made its own: by the transforms and the feature steps of its record, with the model
 * that it names.
 *
 * <pre>{@code
 * Lake lake = Lake.open(spark, "dataset.yaml");
 * Dataset<Row> features = Apply.of(lake, lake.version("latest")).to(rows);
 * }</pre>
 */
public final class Apply {

    private final Lake then;
    private final DatasetVersion version;
    private final Optional<FeatureModel> features;

    private Apply(Lake then, DatasetVersion version, Optional<FeatureModel> features) {
        this.then = then;
        this.version = version;
        this.features = features;
    }

    /**
     * What was made.
     *
     * @param model the fitted model's digest; absent: the version has no feature steps
     * @param rowsIn rows that were read
     * @param rowsOut rows that were written: a transform may have dropped some
     * @param output where they are, as a URI
     */
    public record Result(
            String dataset, long version, Optional<String> model, long rowsIn, long rowsOut, String output) {}

    /**
     * What a version does to rows.
     *
     * @param lake where the dataset's tables are; nothing else of its spec matters
     * @throws Failure.Usage when the recorded spec cannot run here
     * @throws Failure.Unverified when the fitted model is not what was published
     */
    public static Apply of(Lake lake, DatasetVersion version) {
        Lake then = lake.recorded(version, "cannot be applied");
        return new Apply(
                then,
                version,
                then.spec().features().steps().isEmpty()
                        ? Optional.empty()
                        : Optional.of(FeatureModel.of(then, version)));
    }

    /**
     * The features of rows, lazily: as those of any part but train. Rules judge nothing here, and the split drops nothing.
     *
     * @param rows with the contract's columns, of its types; the label may be absent, and is NULL then
     * @throws Failure.Usage when a column is absent or of another type
     */
    public Dataset<Row> to(Dataset<Row> rows) {
        Dataset<Row> made = contract(rows);
        for (Step step : then.spec().transforms()) {
            made = step.transform().apply(made);
        }
        return features.isPresent() ? features.get().fitted().apply(made, Use.OTHER) : made;
    }

    private Dataset<Row> contract(Dataset<Row> rows) {
        List<String> there = List.of(rows.columns());
        List<Column> columns = new ArrayList<>();
        for (StructField field : then.spec().source().columns().fields()) {
            if (there.contains(field.name())) {
                String type = rows.schema().apply(field.name()).dataType().catalogString();
                if (!type.equals(field.dataType().catalogString())) {
                    throw new Failure.Usage("column %s is %s, and %s in the contract of version %d; cast it"
                            .formatted(field.name(), type, field.dataType().catalogString(), version.version()));
                }
                columns.add(Lake.column(field.name()));
            } else if (labels().contains(field.name())) {
                columns.add(lit(null).cast(field.dataType()).as(field.name()));
            } else {
                throw new Failure.Usage("the rows have no column %s, which version %d was made with; add it"
                        .formatted(field.name(), version.version()));
            }
        }
        return rows.select(columns.toArray(Column[]::new));
    }

    /** What is to be predicted, and so is not known yet. */
    private Set<String> labels() {
        Set<String> labels = new HashSet<>(then.spec().label().stream().toList());
        then.spec().features().steps().forEach(step -> labels.addAll(step.labels()));
        return labels;
    }

    /**
     * Makes the features of files, and writes them as a Delta table.
     *
     * @param input files of the format that the spec reads, a folder or a glob; or the folder of a Delta table
     * @param output a folder that gets a Delta table; there must be none yet
     * @throws Failure.Usage when there is no input, or the output is taken
     * @throws Failure.Rejected when a file or a row does not meet the contract, or a step cannot take a row
     */
    public Result execute(String input, String output, String runId, Progress progress) {
        progress.begins("apply version " + version.version());
        then.describe("apply version %d of".formatted(version.version()));
        Table table = then.output(output);
        if (table.exists()) {
            throw new Failure.Usage("--output %s: there is a Delta table already; name a folder of its own."
                    .formatted(table.name().text()));
        }
        RowCounter read = new RowCounter();
        boolean made = false;
        boolean isNew = isNew(table);
        try {
            Dataset<Row> rows = to(read.observe(rows(then.absolute("--input", input))));
            Table.Commit commit = table.replace(rows, then.stamp(runId));
            made = true;
            return new Result(
                    then.spec().name(),
                    version.version(),
                    features.map(model -> model.model().digest()),
                    read.rows(),
                    commit.rows(),
                    table.name().text());
        } catch (BadStep bad) {
            throw new Failure.Usage(bad.getMessage());
        } catch (Exception e) {
            Optional<String> why = BadRow.in(e);
            if (why.isEmpty()) {
                throw e;
            }
            throw new Failure.Rejected(why.get());
        } finally {
            // What a failed attempt leaves would keep the next one from that folder.
            if (!made && isNew) {
                delete(table);
            }
        }
    }

    private boolean isNew(Table table) {
        Path folder = new Path(table.name().text());
        try {
            return !folder.getFileSystem(then.hadoop()).exists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(Table table) {
        Path folder = new Path(table.name().text());
        try {
            folder.getFileSystem(then.hadoop()).delete(folder, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Dataset<Row> rows(String input) {
        Path path = new Path(input);
        try {
            FileSystem storage = path.getFileSystem(then.hadoop());
            FileStatus[] found = storage.globStatus(path);
            if (found == null || found.length == 0) {
                throw new Failure.Usage(
                        "--input %s: there is nothing; name files, or a folder with files".formatted(input));
            }
            if (storage.exists(new Path(path, "_delta_log"))) {
                return then.spark().read().format("delta").load(input);
            }
        } catch (IOException e) {
            throw new Failure.Remote("--input %s cannot be listed: %s".formatted(input, e.getMessage()), e);
        }
        return Input.read(then.spark(), then.spec().source().at(input), labels());
    }
}
