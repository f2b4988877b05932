package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Puts new values of the column's own type in the place of old ones, all at once: what was put is not looked at again. */
record Replace(List<String> columns, Map<String, Object> values) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        Columns.require("replace", input.schema(), columns);
        return input.select(Stream.of(input.columns())
                .map(name -> columns.contains(name) ? replaced(input.schema(), name) : Columns.named(name))
                .toArray(Column[]::new));
    }

    private Column replaced(StructType schema, String name) {
        DataType type = Columns.type(schema, name);
        Column value = Columns.named(name);
        Column chain = null;
        try {
            for (Map.Entry<String, Object> entry : values.entrySet()) {
                Column old = value.equalTo(Values.literalOfText(entry.getKey(), type));
                Column now = Values.literal(entry.getValue(), type);
                chain = chain == null ? when(old, now) : chain.when(old, now);
            }
        } catch (BadStep unfit) {
            throw new BadStep("replace: column '" + name + "': " + unfit.getMessage(), unfit);
        }
        return chain.otherwise(value).as(name);
    }
}
