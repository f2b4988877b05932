package io.lakeproof.transforms;

import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Removes the columns that the entries name or match. */
record Drop(List<String> columns) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        Set<String> gone = Columns.matching("drop", input.schema(), columns);
        List<String> kept = Columns.of(input.schema()).stream()
                .filter(name -> !gone.contains(name))
                .toList();
        if (kept.isEmpty()) {
            throw new BadStep("drop: no column is left; keep at least one");
        }
        return input.select(kept.stream().map(Columns::named).toArray(Column[]::new));
    }
}
