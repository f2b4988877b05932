package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Picture;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Adds copies of train's rows whose image is altered. How depends on the row's key, the copy's number and the seed alone. A
 * row without an image has no copies.
 */
record Augment(String column, int copies, Alteration.Range range, List<String> key, long seed) implements Feature {

    @Override
    public StructType output(StructType input) {
        DataType type = Cells.field("augment", input, column).dataType();
        if (!DataType.equalsIgnoreNullability(type, Picture.TYPE)) {
            throw new BadStep(
                    "augment: column '%s' is %s; it takes an image, as decode and source.format: idx make one, before normalize"
                            .formatted(column, type.catalogString()));
        }
        Cells.key("augment", input, key);
        return input;
    }

    @Override
    public List<String> reads() {
        return List.of();
    }

    @Override
    public boolean changesRowCount() {
        return true;
    }

    @Override
    public State fit(Dataset<Row> train) {
        return State.nothing();
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        if (use != Use.TRAIN) {
            return rows;
        }
        StructType schema = rows.schema();
        String number = Columns.unused(schema, "copy");
        Column copy = Columns.named(number);
        Column image = Columns.named(column);
        Dataset<Row> numbered = Cells.put(
                rows,
                Map.of(number, explode(when(image.isNull(), array(lit(0))).otherwise(sequence(lit(0), lit(copies))))));
        Column bits = Cells.bits(key, seed, concat(lit("augment:"), copy.cast("string")), schema);
        Column altered = udf(altering(column, range), Picture.TYPE).apply(image, coalesce(bits.cast("long"), lit(0L)));
        return Cells.put(numbered, Map.of(column, when(copy.equalTo(0), image).otherwise(altered)))
                .select(Stream.of(rows.columns()).map(Columns::named).toArray(Column[]::new));
    }

    private static UDF2<Row, Long, Row> altering(String column, Alteration.Range range) {
        String where = "augment: column '%s' ".formatted(column);
        // Java specifies what Random draws, to the bit.
        return (row, bits) -> row == null
                ? null
                : range.draw(new Random(bits)).of(Picture.of(row, where)).row();
    }
}
