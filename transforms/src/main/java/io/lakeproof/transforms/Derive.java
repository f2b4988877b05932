package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Computes columns, each from the step's input; a name that is there is replaced in place, another comes last. */
record Derive(Map<String, String> columns) implements Transform, Inspected {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        List<String> names = Columns.of(input.schema());
        List<Column> output = new ArrayList<>();
        for (String name : names) {
            output.add(columns.containsKey(name) ? derived(name) : Columns.named(name));
        }
        columns.keySet().stream()
                .filter(name -> !names.contains(name))
                .map(this::derived)
                .forEach(output::add);
        return input.select(output.toArray(Column[]::new));
    }

    @Override
    public SqlCheck.Verdict inspect(SparkSession spark, StructType input) {
        SqlCheck check = SqlCheck.over(spark, SqlCheck.INPUT, input);
        return columns.entrySet().stream()
                .map(column -> check.expression(column.getValue()).about(column.getKey()))
                .reduce(SqlCheck.Verdict::and)
                .orElseThrow();
    }

    private Column derived(String name) {
        return expr(columns.get(name)).as(name);
    }
}
