package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.ingest.Inspection.Readable;
import io.lakeproof.jobs.spec.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Files beside the landing, read by the same contract: nothing of them is taken in, and nothing of them is left out. */
public final class Input {

    private Input() {}

    /**
     * All rows of the files.
     *
     * @param source where the files are, and how they are read
     * @param mayLack the contract's columns that a file may do without, which are NULL then
     * @throws Failure.Rejected when a file cannot be read, or lacks a column; a row that does not meet the contract stops
     *     whoever reads it, and {@link io.lakeproof.transforms.BadRow} says why
     */
    public static Dataset<Row> read(SparkSession spark, Source source, Set<String> mayLack) {
        Source read = source.contract() == null ? source : source.meeting(relaxed(source.contract(), mayLack));
        List<SourceFile> files = Landing.list(io.lakeproof.lineage.Hadoop.configuration(spark), read, Instant.now())
                .files();
        List<Readable> readable = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Inspection inspection : Inspection.of(spark, read, files)) {
            String reason = inspection.reason();
            if (inspection instanceof Readable file) {
                readable.add(file);
                reason = lacking(file.layout(), read.contract(), mayLack)
                        .map(names -> "it has no column " + names + ", which the version was made with: add it")
                        .orElse("");
            }
            if (!reason.isEmpty()) {
                problems.add(inspection.file().path() + ": " + reason);
            }
        }
        if (!problems.isEmpty()) {
            throw new Failure.Rejected(String.join("\n", problems));
        }
        Column unreadable = col(SourceReader.UNREADABLE);
        Column stop = io.lakeproof.transforms.Columns.bad(
                DataTypes.BooleanType,
                col(SourceReader.FILE),
                ": ",
                coalesce(unreadable.getField("column"), lit("a row")),
                " ",
                coalesce(unreadable.getField("value"), lit("")),
                ": ",
                unreadable.getField("reason"));
        return SourceReader.read(spark, read, readable)
                .where(when(unreadable.isNotNull(), stop).otherwise(lit(true)))
                .select(Stream.of(read.columns().fieldNames()).map(Lake::column).toArray(Column[]::new));
    }

    private static StructType relaxed(StructType contract, Set<String> mayLack) {
        return new StructType(Stream.of(contract.fields())
                .map(field -> mayLack.contains(field.name())
                        ? new StructField(field.name(), field.dataType(), true, field.metadata())
                        : field)
                .toArray(StructField[]::new));
    }

    /** The columns that a file lacks and must not; a JSON document says NULL by leaving a name out. */
    private static Optional<String> lacking(Layout layout, StructType contract, Set<String> mayLack) {
        List<String> names = layout instanceof Layout.Csv csv
                ? csv.header()
                : layout instanceof Layout.Typed typed ? List.of(typed.schema().fieldNames()) : List.of();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        List<String> lacking = Stream.of(contract.fieldNames())
                .filter(name -> !mayLack.contains(name) && names.stream().noneMatch(n -> Columns.same(n, name)))
                .toList();
        return lacking.isEmpty() ? Optional.empty() : Optional.of(Columns.some(lacking));
    }
}
