package io.lakeproof.transforms.features;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** One measure of several columns of the train part, in one pass. */
final class Measures {

    private Measures() {}

    /**
     * The measure of each column's finite values: an array of doubles, whose first is NULL only if there is no value.
     *
     * @throws BadFit when a column has none
     */
    static Map<String, List<Double>> of(Dataset<Row> train, List<String> columns, UnaryOperator<Column> measure) {
        StructType schema = train.schema();
        Column[] all = IntStream.range(0, columns.size())
                .mapToObj(
                        i -> measure.apply(Cells.finite(schema, columns.get(i))).as("m" + i))
                .toArray(Column[]::new);
        Row row = train.groupBy()
                .agg(all[0], Arrays.copyOfRange(all, 1, all.length))
                .first();
        Map<String, List<Double>> measures = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            if (row.isNullAt(i) || row.<Double>getList(i).get(0) == null) {
                throw new BadFit("column '%s' has no value in train; leave it out".formatted(columns.get(i)));
            }
            measures.put(columns.get(i), row.getList(i));
        }
        return measures;
    }
}
