package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.BadStep;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Adds a weight with which every class counts as much as any other: rows / (classes × rows of the class) in train. NULL for
 * a class that train does not know, and where there is no label.
 */
record ClassWeights(String label, String into) implements Feature {

    @Override
    public StructType output(StructType input) {
        Cells.categories("class-weights", input, label);
        if (List.of(input.fieldNames()).contains(into)) {
            throw new BadStep(
                    "class-weights: there is a column '%s' already; write into: with another name".formatted(into));
        }
        return Cells.with(input, Map.of(into, DataTypes.DoubleType));
    }

    @Override
    public List<String> reads() {
        return List.of(label);
    }

    @Override
    public List<String> labels() {
        return List.of(label);
    }

    @Override
    public State fit(Dataset<Row> train) {
        Map<String, Long> counts = Cells.counts(train, label, 1, Cells.MOST_CATEGORIES);
        double all = counts.values().stream().mapToLong(Long::longValue).sum();
        ObjectNode weights = State.object();
        counts.forEach((name, count) -> weights.put(name, all / ((double) counts.size() * count)));
        return State.of(weights);
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Double> weights = new HashMap<>();
        state.values()
                .fields()
                .forEachRemaining(w -> weights.put(w.getKey(), w.getValue().asDouble()));
        Map<String, Column> added = new LinkedHashMap<>();
        added.put(
                into,
                List.of(rows.columns()).contains(label)
                        ? Cells.lookup(weights, Cells.category(label), DataTypes.DoubleType)
                        : lit(null).cast("double"));
        return Cells.put(rows, added);
    }
}
