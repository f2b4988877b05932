package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.percentile;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Values;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;

/**
 * Puts a value in the place of NULL and NaN.
 *
 * @param value for the strategy constant; null for the others
 */
record Impute(List<String> columns, Strategy strategy, Object value) implements Feature {

    enum Strategy {
        MEAN,
        MEDIAN,
        MODE,
        CONSTANT
    }

    @Override
    public StructType output(StructType input) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (String name : columns) {
            switch (strategy) {
                case MEAN, MEDIAN -> {
                    Cells.number("impute", input, name);
                    types.put(name, DataTypes.DoubleType);
                }
                case MODE -> {
                    DataType type = Cells.field("impute", input, name).dataType();
                    if (!(type instanceof DoubleType || type instanceof FloatType)) {
                        Cells.categories("impute", input, name);
                    }
                    types.put(name, type);
                }
                case CONSTANT -> {
                    DataType type = Cells.field("impute", input, name).dataType();
                    try {
                        Values.literal(value, type);
                    } catch (BadStep unfit) {
                        throw new BadStep("impute: column '" + name + "': " + unfit.getMessage());
                    }
                    types.put(name, type);
                }
            }
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return strategy == Strategy.CONSTANT ? List.of() : columns;
    }

    @Override
    public State fit(Dataset<Row> train) {
        ObjectNode state = State.object();
        StructType schema = train.schema();
        switch (strategy) {
            case CONSTANT -> {}
            case MODE -> columns.forEach(
                    name -> state.put(name, Cells.most(train.where(not(Cells.missing(schema, name))), name)));
            case MEAN -> Measures.of(
                            train, columns, cell -> array(Moments.of(cell).getField("mean")))
                    .forEach((name, mean) -> state.put(name, mean.get(0)));
            case MEDIAN -> Measures.of(train, columns, cell -> array(percentile(cell, lit(0.5))))
                    .forEach((name, median) -> state.put(name, median.get(0)));
        }
        return State.of(state);
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        StructType schema = rows.schema();
        Map<String, Column> filled = new LinkedHashMap<>();
        for (String name : columns) {
            DataType type = output(schema).apply(name).dataType();
            Column value =
                    switch (strategy) {
                        case MEAN, MEDIAN -> lit(state.values().get(name).asDouble());
                        case MODE -> lit(state.values().get(name).asText()).cast(type);
                        case CONSTANT -> Values.literal(this.value, type);
                    };
            filled.put(
                    name,
                    when(Cells.missing(schema, name), value)
                            .otherwise(Columns.named(name).cast(type)));
        }
        return Cells.put(rows, filled);
    }
}
