package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.exists;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.map_values;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.transform_values;
import static org.apache.spark.sql.functions.when;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/** The values that hold no others, at whatever depth of a column. */
final class Leaves {

    private Leaves() {}

    static boolean isOne(DataType type) {
        return !(type instanceof ArrayType || type instanceof MapType || type instanceof StructType);
    }

    /** Whether one of them passes a test that some types have; absent: none of these types is in {@code type}. */
    static Optional<Column> any(Column value, DataType type, BiFunction<Column, DataType, Optional<Column>> test) {
        if (type instanceof ArrayType array) {
            return any(value, array.elementType(), test)
                    .map(there ->
                            exists(value, e -> any(e, array.elementType(), test).orElseThrow()))
                    .map(Leaves::orFalse);
        }
        if (type instanceof MapType map) {
            return Stream.of(
                            any(map_keys(value), new ArrayType(map.keyType(), false), test),
                            any(map_values(value), new ArrayType(map.valueType(), true), test))
                    .flatMap(Optional::stream)
                    .reduce(Column::or);
        }
        if (type instanceof StructType struct) {
            return Stream.of(struct.fields())
                    .flatMap(f -> any(value.getField(f.name()), f.dataType(), test).stream())
                    .reduce(Column::or);
        }
        return test.apply(value, type).map(Leaves::orFalse);
    }

    /** The value with another in place of each leaf. */
    static Column map(Column value, DataType type, BiFunction<Column, DataType, Column> leaf) {
        if (type instanceof ArrayType array) {
            return transform(value, e -> map(e, array.elementType(), leaf));
        }
        if (type instanceof MapType map) {
            return transform_values(value, (key, e) -> map(e, map.valueType(), leaf));
        }
        if (type instanceof StructType struct) {
            return when(
                    value.isNotNull(),
                    struct(Stream.of(struct.fields())
                            .map(f -> map(value.getField(f.name()), f.dataType(), leaf)
                                    .as(f.name()))
                            .toArray(Column[]::new)));
        }
        return leaf.apply(value, type);
    }

    private static Column orFalse(Column test) {
        return coalesce(test, lit(false));
    }
}
