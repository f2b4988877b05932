package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.coalesce;

import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** Puts a value of the column's own type in the place of NULL; NaN is not NULL. */
record Fill(Map<String, Object> columns) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        Columns.require("fill", input.schema(), columns.keySet());
        return input.select(Stream.of(input.columns())
                .map(name -> columns.containsKey(name) ? filled(input.schema(), name) : Columns.named(name))
                .toArray(Column[]::new));
    }

    private Column filled(StructType schema, String name) {
        try {
            Column value = Values.literal(columns.get(name), Columns.type(schema, name));
            return coalesce(Columns.named(name), value).as(name);
        } catch (BadStep unfit) {
            throw new BadStep("fill: column '" + name + "': " + unfit.getMessage(), unfit);
        }
    }
}
