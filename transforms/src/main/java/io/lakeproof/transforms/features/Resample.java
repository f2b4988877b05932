package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.Columns;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Brings the classes of train to about the size of the smallest, by leaving rows out, or of the largest, by repeating rows.
 * Whether a row stays, and how often, depends on its class, its key and the seed alone.
 */
record Resample(String label, boolean down, List<String> key, long seed) implements Feature {

    @Override
    public StructType output(StructType input) {
        Cells.categories("resample", input, label);
        Cells.key("resample", input, key);
        return input;
    }

    @Override
    public List<String> reads() {
        return Stream.concat(Stream.of(label), key.stream()).distinct().toList();
    }

    @Override
    public List<String> labels() {
        return List.of(label);
    }

    @Override
    public boolean changesRowCount() {
        return true;
    }

    @Override
    public State fit(Dataset<Row> train) {
        Map<String, Long> counts = Cells.counts(train, label, 1, Cells.MOST_CATEGORIES);
        long goal = down ? Collections.min(counts.values()) : Collections.max(counts.values());
        ObjectNode rates = State.object();
        counts.forEach((name, count) -> rates.put(name, (double) goal / count));
        return State.of(rates);
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        if (use != Use.TRAIN) {
            return rows;
        }
        Map<String, Double> rates = new HashMap<>();
        state.values()
                .fields()
                .forEachRemaining(r -> rates.put(r.getKey(), r.getValue().asDouble()));
        Column rate = coalesce(Cells.lookup(rates, Cells.category(label), DataTypes.DoubleType), lit(1.0));
        Column more = when(Cells.place(key, seed, "resample", rows.schema()).lt(rate.minus(floor(rate))), 1)
                .otherwise(0);
        String copy = Columns.unused(rows.schema(), "copy");
        Map<String, Column> copies = new LinkedHashMap<>();
        copies.put(copy, explode(array_repeat(lit(0), floor(rate).cast("int").plus(more))));
        Dataset<Row> repeated = Cells.put(rows, copies);
        return repeated.select(Stream.of(rows.columns()).map(Columns::named).toArray(Column[]::new));
    }
}
