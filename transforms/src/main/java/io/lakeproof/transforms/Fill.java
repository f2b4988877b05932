package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.coalesce;

import java.util.List;
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
        List<String> wrong = Columns.absent("fill", input.schema(), columns.keySet());
        for (String name : input.columns()) {
            try {
                if (columns.containsKey(name)) {
                    Values.literal(columns.get(name), Columns.type(input.schema(), name));
                }
            } catch (BadStep unfit) {
                wrong.add("fill: column '" + name + "': " + unfit.getMessage());
            }
        }
        BadStep.refuse(wrong);
        return input.select(Stream.of(input.columns())
                .map(name -> columns.containsKey(name) ? filled(input.schema(), name) : Columns.named(name))
                .toArray(Column[]::new));
    }

    private Column filled(StructType schema, String name) {
        Column value = Values.literal(columns.get(name), Columns.type(schema, name));
        return coalesce(Columns.named(name), value).as(name);
    }
}
