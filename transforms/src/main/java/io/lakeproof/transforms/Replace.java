package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        List<String> wrong = Columns.absent("replace", input.schema(), columns);
        for (String name : input.columns()) {
            if (columns.contains(name)) {
                values.forEach((old, now) -> unfit(old, now, Columns.type(input.schema(), name))
                        .ifPresent(why -> wrong.add("replace: column '" + name + "': " + why)));
            }
        }
        BadStep.refuse(wrong);
        return input.select(Stream.of(input.columns())
                .map(name -> columns.contains(name) ? replaced(input.schema(), name) : Columns.named(name))
                .toArray(Column[]::new));
    }

    private static Optional<String> unfit(String old, Object now, DataType type) {
        try {
            Values.literalOfText(old, type);
            Values.literal(now, type);
            return Optional.empty();
        } catch (BadStep unfit) {
            return Optional.of(unfit.getMessage());
        }
    }

    private Column replaced(StructType schema, String name) {
        DataType type = Columns.type(schema, name);
        Column value = Columns.named(name);
        Column chain = null;
        for (Map.Entry<String, Object> entry : values.entrySet()) {
            Column old = value.equalTo(Values.literalOfText(entry.getKey(), type));
            Column now = Values.literal(entry.getValue(), type);
            chain = chain == null ? when(old, now) : chain.when(old, now);
        }
        return chain.otherwise(value).as(name);
    }
}
