package io.lakeproof.jobs.suggest;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.jobs.Lake;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a sample shows of a column.
 *
 * @param type as SQL writes it
 * @param present how many values are not NULL
 * @param distinct how many different values there are; 0 for nested types, whose values are not compared
 * @param few the values of a text column, sorted, when there are few; empty when there are many
 */
record Facts(String name, String type, long present, long distinct, List<String> few) {

    private static final int FEW = 12;

    /**
     * Types that a text may have in files of a format, the narrowest first, and the form of their values. In a csv codes with
     * zeros in front stay text; json has numbers of its own, and no time; parquet has everything.
     */
    static Map<String, String> forms(String format) {
        Map<String, String> forms = new LinkedHashMap<>();
        if (format.equals("csv")) {
            forms.put("BOOLEAN", "(?i)true|false");
            forms.put("BIGINT", "-?(0|[1-9][0-9]{0,17})");
            forms.put("DOUBLE", "-?(0|[1-9][0-9]{0,17})(\\.[0-9]+)?([eE][-+]?[0-9]{1,2})?");
        }
        if (!format.equals("parquet")) {
            String date = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
            forms.put("DATE", date);
            forms.put(
                    "TIMESTAMP", date + "[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?(Z|[-+][0-9]{2}:[0-9]{2})?");
        }
        return forms;
    }

    /**
     * One Spark job over the sample; counts alone come back, and the values of columns that have few.
     *
     * @param forms the types that a text column may turn out to have, the narrowest first, and the form of their values
     */
    static List<Facts> of(Dataset<Row> sample, Map<String, String> forms) {
        List<Column> asked = new ArrayList<>();
        StructField[] fields = sample.schema().fields();
        for (StructField field : fields) {
            Column value = Lake.column(field.name());
            Column values = comparable(field.dataType()) ? collect_set(value) : lit(null);
            asked.add(count(value));
            asked.add(comparable(field.dataType()) ? size(values) : lit(0));
            asked.add(
                    field.dataType().equals(DataTypes.StringType)
                            ? when(size(values).leq(FEW), array_sort(values))
                            : lit(null).cast("array<string>"));
            if (field.dataType().equals(DataTypes.StringType)) {
                forms.forEach((type, form) -> asked.add(count(when(
                        value.rlike("^(" + form + ")$").and(value.cast(type).isNotNull()), 1))));
            }
        }
        Row answer = sample.agg(asked.get(0), asked.subList(1, asked.size()).toArray(new Column[0]))
                .first();
        List<Facts> facts = new ArrayList<>();
        int at = 0;
        for (StructField field : fields) {
            long present = answer.getLong(at++);
            long distinct = answer.getInt(at++);
            List<String> few = answer.isNullAt(at) ? List.of() : List.copyOf(answer.getList(at));
            at++;
            String type = field.dataType().sql();
            if (field.dataType().equals(DataTypes.StringType)) {
                for (String narrower : forms.keySet()) {
                    long fitting = answer.getLong(at++);
                    if (type.equals("STRING") && fitting == present && present > 0) {
                        type = narrower;
                    }
                }
            }
            facts.add(new Facts(field.name(), type, present, distinct, type.equals("STRING") ? few : List.of()));
        }
        return facts;
    }

    private static boolean comparable(DataType type) {
        return !(type instanceof MapType) && !(type instanceof StructType) && !(type instanceof ArrayType);
    }

    /** Whether its values can name a row and be hashed to the byte. */
    boolean names(long rows) {
        return rows > 0
                && present == rows
                && distinct == rows
                && Stream.of("STRING", "INT", "BIGINT").anyMatch(type::equals);
    }

    /** Whether it holds one of few words: each seen five times on average. */
    boolean isChoice() {
        return !few.isEmpty() && present >= 5 * distinct;
    }
}
