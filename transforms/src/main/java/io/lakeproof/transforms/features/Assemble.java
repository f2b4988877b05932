package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;

import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** Puts numbers, and arrays of numbers, behind each other into one array of doubles. */
record Assemble(List<String> columns, String into, boolean drops) implements Feature {

    private static final ArrayType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType);

    @Override
    public StructType output(StructType input) {
        for (String name : columns) {
            DataType type = Cells.field("assemble", input, name).dataType();
            DataType element = type instanceof ArrayType array ? array.elementType() : type;
            if (!(element instanceof NumericType || element instanceof BooleanType)) {
                throw new BadStep("assemble: column '%s' is %s, not a number; index it, or leave it out"
                        .formatted(name, type.catalogString()));
            }
        }
        StructType output = Cells.with(input, Map.of(into, DOUBLES));
        for (String name : columns) {
            if (drops && !name.equals(into)) {
                output = without(output, name);
            }
        }
        return output;
    }

    private static StructType without(StructType schema, String name) {
        return new StructType(java.util.Arrays.stream(schema.fields())
                .filter(field -> !field.name().equals(name))
                .toArray(org.apache.spark.sql.types.StructField[]::new));
    }

    @Override
    public List<String> reads() {
        return List.of();
    }

    @Override
    public State fit(Dataset<Row> train) {
        return State.nothing();
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        List<Column> runs = new ArrayList<>();
        for (String name : columns) {
            Column value = Columns.named(name);
            boolean isArray = Columns.type(rows.schema(), name) instanceof ArrayType;
            Column missing = Columns.bad(
                    isArray ? DOUBLES : DataTypes.DoubleType,
                    "assemble: NULL in column '" + name + "'; impute it before, or turn such rows away by a rule");
            runs.add(isArray ? coalesce(value.cast(DOUBLES), missing) : array(coalesce(value.cast("double"), missing)));
        }
        Map<String, Column> assembled = new LinkedHashMap<>();
        assembled.put(into, concat(runs.toArray(Column[]::new)));
        Dataset<Row> put = Cells.put(rows, assembled);
        return drops
                ? put.select(List.of(put.columns()).stream()
                        .filter(name -> !columns.contains(name) || name.equals(into))
                        .map(Columns::named)
                        .toArray(Column[]::new))
                : put;
    }
}
