package io.lakeproof.transforms;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Renames columns in place, all at once, so that two can swap names. */
record Rename(Map<String, String> columns) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        List<String> wrong = Columns.absent("rename", input.schema(), columns.keySet());
        Set<String> taken = new HashSet<>();
        for (String name : input.columns()) {
            String renamed = columns.getOrDefault(name, name);
            if (!taken.add(renamed.toLowerCase(Locale.ROOT))) {
                wrong.add("rename: two columns would be named '%s'; choose another name, or drop one before"
                        .formatted(renamed));
            }
        }
        BadStep.refuse(wrong);
        return input.select(Stream.of(input.columns())
                .map(name -> Columns.named(name).as(columns.getOrDefault(name, name)))
                .toArray(Column[]::new));
    }
}
