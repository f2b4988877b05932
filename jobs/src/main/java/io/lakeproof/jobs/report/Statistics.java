package io.lakeproof.jobs.report;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnull;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.unix_date;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.lineage.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * What the rows of one table show.
 *
 * @param rows how many there are
 * @param schema the table's columns
 * @param columns what each of them holds, by its name
 */
record Statistics(long rows, StructType schema, Map<String, Seen> columns) {

    /** What it holds of a column of that name and type; absent: it has none. */
    Optional<Seen> of(StructField field) {
        return List.of(schema.fieldNames()).contains(field.name())
                        && schema.apply(field.name())
                                .dataType()
                                .sql()
                                .equals(field.dataType().sql())
                ? Optional.of(columns.get(field.name()))
                : Optional.empty();
    }

    /** How the values of a column are looked at. */
    enum Way {
        NUMBERS,
        WORDS,
        BARE;

        static Way of(DataType type) {
            if (type instanceof NumericType || isTime(type)) {
                return NUMBERS;
            }
            return type instanceof StringType || type.equals(DataTypes.BooleanType) ? WORDS : BARE;
        }
    }

    static boolean isTime(DataType type) {
        return type instanceof DateType || type instanceof TimestampType || type instanceof TimestampNTZType;
    }

    /** All tables in one Spark job, which brings back a row for each: what was counted, and no row of the data. */
    static Map<String, Statistics> of(Map<String, Dataset<Row>> tables) {
        Map<String, Statistics> statistics = new LinkedHashMap<>();
        tables.entrySet().stream()
                .map(table -> asked(table.getKey(), table.getValue()))
                .reduce(Dataset::union)
                .map(Dataset::collectAsList)
                .orElse(List.of())
                .forEach(row -> {
                    StructType schema = tables.get(row.getString(0)).schema();
                    List<String> texts = row.getList(2);
                    Map<String, Seen> columns = new LinkedHashMap<>();
                    for (int i = 0; i < schema.length(); i++) {
                        StructField field = schema.fields()[i];
                        JsonNode json = Json.parse(texts.get(i));
                        columns.put(
                                field.name(),
                                switch (Way.of(field.dataType())) {
                                    case NUMBERS -> Numbers.Found.parse(json);
                                    case WORDS -> Words.Found.parse(json);
                                    case BARE -> new Seen.Bare(json.asLong());
                                });
                    }
                    statistics.put(row.getString(0), new Statistics(row.getLong(1), schema, columns));
                });
        return statistics;
    }

    private static Dataset<Row> asked(String table, Dataset<Row> rows) {
        List<String> names = new ArrayList<>();
        Stream<Column> columns = Stream.of(rows.schema().fields()).map(field -> {
            names.add("c" + names.size());
            return look(field).as(names.get(names.size() - 1));
        });
        Dataset<Row> counted = rows.agg(count(lit(1)).as("rows"), columns.toArray(Column[]::new));
        return counted.select(
                lit(table).as("table"),
                counted.col("rows"),
                array(names.stream().map(counted::col).toArray(Column[]::new))
                        .cast(DataTypes.createArrayType(DataTypes.StringType))
                        .as("columns"));
    }

    private static Column look(StructField field) {
        Column column = Lake.column(field.name());
        DataType type = field.dataType();
        return switch (Way.of(type)) {
            case NUMBERS -> Numbers.of(doubles(column, type));
            case WORDS -> Words.of(column.cast(DataTypes.StringType));
            case BARE -> count(when(isnull(column), 1)).cast(DataTypes.StringType);
        };
    }

    /** Dates as days, timestamps as seconds, both since 1970. */
    private static Column doubles(Column column, DataType type) {
        if (type instanceof DateType) {
            return unix_date(column).cast(DataTypes.DoubleType);
        }
        Column instant = type instanceof TimestampNTZType ? column.cast(DataTypes.TimestampType) : column;
        return instant.cast(DataTypes.DoubleType);
    }
}
