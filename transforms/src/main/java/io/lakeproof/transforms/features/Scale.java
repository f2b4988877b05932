package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.percentile;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.Columns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Moves and stretches columns: (value - center) / spread, and 0 where train has no spread. */
record Scale(List<String> columns, Strategy strategy, String suffix) implements Feature {

    enum Strategy {
        STANDARD,
        MIN_MAX,
        ROBUST
    }

    @Override
    public StructType output(StructType input) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (String name : columns) {
            Cells.number("scale", input, name);
            types.put(name + suffix, DataTypes.DoubleType);
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return columns;
    }

    @Override
    public State fit(Dataset<Row> train) {
        ObjectNode state = State.object();
        Measures.of(train, columns, this::measure).forEach((name, measure) -> {
            double[] found = centerAndSpread(measure);
            if (Double.isNaN(found[1]) || Double.isInfinite(found[1])) {
                throw new BadFit(
                        "column '%s' has values too large to be scaled; take their logarithm before".formatted(name));
            }
            state.putObject(name).put("center", found[0]).put("spread", found[1]);
        });
        return State.of(state);
    }

    private Column measure(Column cell) {
        return switch (strategy) {
            case STANDARD -> {
                Column moments = Moments.of(cell);
                yield array(moments.getField("mean"), moments.getField("deviation"));
            }
            case MIN_MAX -> array(min(cell), max(cell));
            case ROBUST -> percentile(cell, array(lit(0.25), lit(0.5), lit(0.75)));
        };
    }

    private double[] centerAndSpread(List<Double> m) {
        return switch (strategy) {
            case STANDARD -> new double[] {m.get(0), m.get(1) == null ? 0 : m.get(1)};
            case MIN_MAX -> new double[] {m.get(0), m.get(1) - m.get(0)};
            case ROBUST -> new double[] {m.get(1), m.get(2) - m.get(0)};
        };
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        Map<String, Column> scaled = new LinkedHashMap<>();
        for (String name : columns) {
            JsonNode learned = state.values().get(name);
            double spread = learned.get("spread").asDouble();
            Column value = Columns.named(name).cast("double");
            scaled.put(
                    name + suffix,
                    spread == 0
                            ? when(value.isNotNull(), lit(0.0))
                            : value.minus(lit(learned.get("center").asDouble())).divide(lit(spread)));
        }
        return Cells.put(rows, scaled);
    }
}
