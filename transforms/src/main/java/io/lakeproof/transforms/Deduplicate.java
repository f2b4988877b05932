package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Keeps one row per key. Which one depends on the rows' values alone: the greatest (or least) by the order, then by every
 * other column from left to right; rows that still tie are equal, and it does not matter which one stays.
 */
record Deduplicate(List<String> by, List<String> orderBy, boolean keepsLast) implements Transform {

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        StructType schema = input.schema();
        Columns.require(
                "deduplicate",
                schema,
                Stream.concat(by.stream(), orderBy.stream()).toList());
        for (String key : by) {
            if (hasMap(Columns.type(schema, key))) {
                throw new BadStep("deduplicate: column '%s' is %s, which makes no key; derive one from it"
                        .formatted(key, Columns.type(schema, key).catalogString()));
            }
        }
        Set<String> deciding = new LinkedHashSet<>(orderBy);
        deciding.addAll(Columns.of(schema));
        List<Column> order = new ArrayList<>();
        for (String name : deciding) {
            for (Column rank : ranks(schema, name)) {
                order.add(keepsLast ? rank.desc_nulls_last() : rank.asc_nulls_last());
            }
        }
        String rank = Columns.unused(schema, "rank");
        return input.withColumn(
                        rank,
                        row_number()
                                .over(Window.partitionBy(
                                                by.stream().map(Columns::named).toArray(Column[]::new))
                                        .orderBy(order.toArray(Column[]::new))))
                .where(Columns.named(rank).equalTo(1))
                .drop(rank);
    }

    /** What orders a column's values totally: 0.0 and -0.0 compare as equal, but are not the same row. */
    private static List<Column> ranks(StructType schema, String name) {
        DataType type = Columns.type(schema, name);
        Column value = Columns.named(name);
        if (type instanceof MapType map && !hasMap(map.keyType()) && !hasMap(map.valueType())) {
            return List.of(sort_array(map_entries(value)), to_json(struct(sort_array(map_entries(value)))));
        }
        if (hasMap(type) || type.equals(DataTypes.CalendarIntervalType)) {
            throw new BadStep(
                    "deduplicate: column '%s' is %s, which has no order; drop it before, or derive another from it"
                            .formatted(name, type.catalogString()));
        }
        if (type instanceof FloatType || type instanceof DoubleType) {
            return List.of(value, value.cast("string"));
        }
        return type instanceof ArrayType || type instanceof StructType
                ? List.of(value, to_json(struct(value)))
                : List.of(value);
    }

    private static boolean hasMap(DataType type) {
        if (type instanceof StructType struct) {
            for (StructField field : struct.fields()) {
                if (hasMap(field.dataType())) {
                    return true;
                }
            }
            return false;
        }
        return type instanceof MapType || (type instanceof ArrayType array && hasMap(array.elementType()));
    }
}
