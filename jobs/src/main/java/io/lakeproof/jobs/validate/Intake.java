package io.lakeproof.jobs.validate;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.rules.RowRules;
import io.lakeproof.jobs.spec.Source.Upsert;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.lineage.Versions.Members;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of raw that a dataset version takes in, what the row rules say of them, and which of them an upsert keeps.
 *
 * @param lake the dataset
 * @param rows readable rows: {@code _batch}, {@code _source_file}, the batch's place in the order of arrival as
 *     {@code _arrival}, and the contract's columns
 */
public record Intake(Lake lake, Dataset<Row> rows) {

    private static final String ARRIVAL = "_arrival";

    /** The rows of one batch alone. */
    public static Intake ofBatch(Lake lake, long rawVersion, String batch) {
        Dataset<Row> rows = lake.raw().at(rawVersion).where(col(Lake.BATCH).equalTo(batch));
        return new Intake(lake, contract(lake, rows.withColumn(ARRIVAL, lit(0L))));
    }

    /** The rows of every member: raw also holds batches that were rejected, withdrawn or killed. */
    public static Intake ofMembers(Lake lake, long rawVersion, Members members) {
        return new Intake(
                lake,
                contract(lake, belonging(lake, lake.raw().at(rawVersion), Lake.BATCH, Lake.SOURCE_FILE, members)));
    }

    /** The rows of raw, at one of its Delta versions, that the fingerprint of a dataset version covers: its contract's columns. */
    public static Dataset<Row> ofVersion(Lake lake, long rawVersion, DatasetVersion version) {
        Members members = lake.versions().members(version.version());
        return contract(version, belonging(lake, lake.raw().at(rawVersion), Lake.BATCH, Lake.SOURCE_FILE, members));
    }

    /** Rows of raw by the contract that a version was made under. */
    public static Dataset<Row> contract(DatasetVersion version, Dataset<Row> rows) {
        return rows.select(
                filled(StructType.fromDDL(version.recordTree().get("contract").asText()), rows)
                        .toArray(Column[]::new));
    }

    /** Whether raw, at one of its Delta versions, holds the rows of a dataset version as it was published; reads them all. */
    public static boolean holds(Lake lake, long rawVersion, DatasetVersion version) {
        return Fingerprint.of(ofVersion(lake, rawVersion, version))
                .text()
                .equals(version.table("raw").orElseThrow().fingerprint());
    }

    /**
     * Those rows whose batch belongs, and whose file of that batch was not removed, with the batch's place in the order of
     * arrival as {@code _arrival}.
     */
    public static Dataset<Row> belonging(
            Lake lake, Dataset<Row> rows, String batchColumn, String fileColumn, Members members) {
        List<Row> order = new ArrayList<>();
        members.batches().forEach(batch -> order.add(RowFactory.create(batch, (long) order.size())));
        Dataset<Row> batches =
                lake.spark().createDataFrame(order, StructType.fromDDL("member STRING, " + ARRIVAL + " BIGINT"));
        Dataset<Row> belong = rows.join(
                        broadcast(batches), rows.col(batchColumn).equalTo(col("member")))
                .drop("member");
        if (members.filesRemoved().isEmpty()) {
            return belong;
        }
        Dataset<Row> gone = lake.spark()
                .createDataFrame(
                        members.filesRemoved().stream()
                                .map(file -> RowFactory.create(file.batch(), file.file()))
                                .toList(),
                        StructType.fromDDL("gone_batch STRING, gone_file STRING"));
        return belong.join(
                broadcast(gone),
                belong.col(batchColumn)
                        .equalTo(col("gone_batch"))
                        .and(belong.col(fileColumn).equalTo(col("gone_file"))),
                "left_anti");
    }

    /** The rows that keep every row rule, and what an upsert asks of a row. */
    public Dataset<Row> passing() {
        return judged().where(not(fails())).drop(RowRules.FAILURES);
    }

    /** The rows that do not, with {@code _failures}: rule, column, value and reason of each. */
    public Dataset<Row> failed() {
        return judged().where(fails());
    }

    /** Of the passing rows, those that count: all of them, or under an upsert the newest of each key. */
    public Dataset<Row> kept() {
        return keep(passing());
    }

    /** Of rows that pass, those that count. */
    public Dataset<Row> keep(Dataset<Row> passing) {
        return lake.spec()
                .source()
                .upsert()
                .map(upsert -> newest(passing, upsert))
                .orElse(passing);
    }

    /** The contract's columns alone. */
    public static Dataset<Row> bare(Dataset<Row> rows) {
        return rows.drop(Lake.BATCH, Lake.SOURCE_FILE, ARRIVAL);
    }

    /** The contract's columns of these rows, for an expression over all of them. */
    static Column[] columns(Dataset<Row> rows) {
        return Arrays.stream(rows.columns())
                .filter(name -> !List.of(Lake.BATCH, Lake.SOURCE_FILE, ARRIVAL, RowRules.FAILURES)
                        .contains(name))
                .map(Lake::column)
                .toArray(Column[]::new);
    }

    private static Dataset<Row> contract(Lake lake, Dataset<Row> rows) {
        List<Column> columns = new ArrayList<>(List.of(col(Lake.BATCH), col(Lake.SOURCE_FILE), col(ARRIVAL)));
        columns.addAll(filled(lake.spec().source().columns(), rows));
        return rows.select(columns.toArray(Column[]::new));
    }

    /** The columns of a contract: one that came later is NULL in rows that were taken in before. */
    private static List<Column> filled(StructType contract, Dataset<Row> rows) {
        List<String> present = List.of(rows.columns());
        return Arrays.stream(contract.fields())
                .map(field -> present.contains(field.name())
                        ? Lake.column(field.name())
                        : lit(null).cast(field.dataType()).as(field.name()))
                .toList();
    }

    private Dataset<Row> judged() {
        Dataset<Row> judged = RowRules.of(
                        lake.spec().rules().rows(), lake.spec().source().columns())
                .judge(rows);
        Optional<Upsert> upsert = lake.spec().source().upsert();
        return upsert.isPresent() ? withTies(judged, upsert.get()) : judged;
    }

    /**
     * Turns away what an upsert cannot order: a NULL key, and different rows of one batch with one key and one order. Rows
     * of different batches never tie, so the verdict on a batch does not depend on other batches.
     */
    private static Dataset<Row> withTies(Dataset<Row> judged, Upsert upsert) {
        Column content = when(not(fails()), to_json(struct(columns(judged))));
        WindowSpec rivals = Window.partitionBy(Stream.concat(
                        Stream.of(col(Lake.BATCH)),
                        Stream.concat(upsert.key().stream(), upsert.orderBy().stream())
                                .map(Lake::column))
                .toArray(Column[]::new));
        Column noKey =
                upsert.key().stream().map(key -> Lake.column(key).isNull()).reduce(lit(false), Column::or);
        Column tie = not(min(content).over(rivals).eqNullSafe(max(content).over(rivals)));
        String key = String.join(", ", upsert.key());
        return judged.withColumn("_tie", tie)
                .withColumn(
                        RowRules.FAILURES,
                        when(fails(), col(RowRules.FAILURES))
                                .when(noKey, array(failure(upsert, "NULL in the upsert's key " + key)))
                                .when(
                                        col("_tie"),
                                        array(failure(
                                                upsert,
                                                "another row of the batch has the same " + key
                                                        + (upsert.orderBy().isEmpty()
                                                                ? ""
                                                                : " and the same "
                                                                        + String.join(", ", upsert.orderBy()))
                                                        + ", and other values"))))
                .drop("_tie");
    }

    private static Column failure(Upsert upsert, String reason) {
        Column[] key = upsert.key().stream()
                .map(name -> Lake.column(name).cast("string"))
                .toArray(Column[]::new);
        return struct(
                lit("upsert").as("rule"),
                lit(String.join(", ", upsert.key())).as("column"),
                concat_ws(", ", key).as("value"),
                lit(reason).as("reason"));
    }

    private static Dataset<Row> newest(Dataset<Row> passing, Upsert upsert) {
        WindowSpec byAge = Window.partitionBy(
                        upsert.key().stream().map(Lake::column).toArray(Column[]::new))
                .orderBy(Stream.concat(
                                upsert.orderBy().stream()
                                        .map(name -> Lake.column(name).desc_nulls_last()),
                                Stream.of(col(ARRIVAL).desc()))
                        .toArray(Column[]::new));
        Dataset<Row> newest = passing.withColumn("_age", row_number().over(byAge))
                .where(col("_age").equalTo(1))
                .drop("_age");
        return upsert.deleteWhen()
                .map(condition -> newest.where(not(coalesce(expr(condition), lit(false)))))
                .orElse(newest);
    }

    private static Column fails() {
        return coalesce(size(col(RowRules.FAILURES)).gt(0), lit(false));
    }
}
