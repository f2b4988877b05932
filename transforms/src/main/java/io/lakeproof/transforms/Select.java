package io.lakeproof.transforms;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Keeps the columns that the entries name or match, in the entries' order. */
record Select(List<String> columns) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        return input.select(Columns.matching("select", input.schema(), columns).stream()
                .map(Columns::named)
                .toArray(Column[]::new));
    }
}
