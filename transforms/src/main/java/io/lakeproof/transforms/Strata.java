package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;

/**
 * A split that cuts each class at the row: the rows of a class lie in the order of their keys' hashes, and each part gets
 * as many of them as its share asks for. Specified in {@code docs/reference/split.md}.
 */
final class Strata {

    private static final Column KEY = col("key");
    private static final Column CLASS = col("class");
    private static final Column ROWS = col("rows");
    private static final Column BUCKET = col("bucket");
    private static final Column FIRST = col("first");
    private static final Column ENDS = col("ends");

    private Strata() {}

    /**
     * The hash of every key whose rows are in a part, and the part's number, from 0.
     *
     * @param digits of the hash, by which a class is ranked in 16^digits buckets, for one task must not sort a class of any
     *     size; the result does not depend on it
     */
    static Dataset<Row> keys(Dataset<Row> rows, Split split, String stratify, int digits) {
        Dataset<Row> keys = rows.select(
                        split.hash(rows.schema()).as("key"),
                        Columns.named(stratify).as("class"))
                .where(KEY.isNotNull())
                .groupBy(KEY)
                .agg(min(CLASS).as("class"), count(lit(1)).as("rows"))
                .withColumn("bucket", substring(KEY, 1, digits));
        WindowSpec ofClass = Window.partitionBy(CLASS);
        Column ends = udf(upTo(List.copyOf(split.parts().values())), DataTypes.createArrayType(DataTypes.LongType))
                .apply(sum(ROWS).over(ofClass));
        Dataset<Row> buckets = keys.groupBy(CLASS, BUCKET)
                .agg(sum(ROWS).as("rows"))
                .select(
                        CLASS.as("of"),
                        BUCKET.as("in"),
                        before(ofClass.orderBy(BUCKET)).as("first"),
                        ends.as("ends"));
        Column first = FIRST.plus(before(Window.partitionBy(CLASS, BUCKET).orderBy(KEY)));
        Column part = lit(split.parts().size() - 1);
        for (int i = split.parts().size() - 1; i > 0; i--) {
            part = when(col("at").lt(element_at(ENDS, i)), i - 1).otherwise(part);
        }
        return keys.join(buckets, CLASS.eqNullSafe(col("of")).and(BUCKET.equalTo(col("in"))))
                .select(KEY, first.as("at"), ENDS)
                .select(KEY, part.as("part"));
    }

    private static Column before(WindowSpec inOrder) {
        return coalesce(sum(ROWS).over(inOrder.rowsBetween(Window.unboundedPreceding(), -1)), lit(0L));
    }

    private static UDF1<Long, List<Long>> upTo(List<BigDecimal> shares) {
        List<BigDecimal> serializable = new ArrayList<>(shares);
        return rows -> ends(serializable, rows);
    }

    /**
     * Behind how many of {@code rows} rows each part ends: every part has its share rounded down, and those with the largest
     * remainders, the earlier of two that tie, one row more until none is left.
     */
    static List<Long> ends(Collection<BigDecimal> shares, long rows) {
        BigDecimal total = shares.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
        List<BigDecimal[]> quotas = shares.stream()
                .map(share -> share.multiply(BigDecimal.valueOf(rows)).divideAndRemainder(total))
                .toList();
        long left = rows
                - quotas.stream().mapToLong(quota -> quota[0].longValueExact()).sum();
        List<Integer> roundedUp = IntStream.range(0, quotas.size())
                .boxed()
                .sorted(Comparator.comparing((Integer part) -> quotas.get(part)[1])
                        .reversed())
                .limit(left)
                .toList();
        List<Long> ends = new ArrayList<>();
        long end = 0;
        for (int part = 0; part < quotas.size(); part++) {
            end += quotas.get(part)[0].longValueExact() + (roundedUp.contains(part) ? 1 : 0);
            ends.add(end);
        }
        return ends;
    }
}
