package io.lakeproof.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import com.amazon.deequ.checks.Check;
import com.amazon.deequ.checks.CheckLevel;
import com.amazon.deequ.constraints.Constraint;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Option;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

/** What the contenders read, and what a spec asks of it, for contenders that write it by hand. */
// Its lists and maps are those of List.of and Map.of.
@SuppressWarnings("ImmutableEnumChecker")
enum Shape {
    /** {@code examples/porto-seguro}. */
    CLAIMS(
            "59",
            "id",
            0.99,
            Map.of("ps_reg_03", 0.7, "ps_car_14", 0.8),
            "id IS NOT NULL",
            "target IS NULL OR target IN (0, 1)",
            "ps_ind_01 >= 0 AND ps_ind_01 <= 7",
            "ps_ind_03 >= 0 AND ps_ind_03 <= 11",
            "ps_ind_14 >= 0 AND ps_ind_14 <= 4",
            "ps_reg_01 >= 0 AND ps_reg_01 <= 1",
            "ps_reg_02 >= 0 AND ps_reg_02 <= 2",
            "ps_reg_03 IS NULL OR ps_reg_03 > 0",
            "ps_car_11_cat >= 1 AND ps_car_11_cat <= 104",
            "ps_car_13 > 0 AND ps_car_13 < 10",
            "ps_car_15 >= 0 AND ps_car_15 < 4") {
        /** The rows with both ways of writing "missing" as NULL. */
        @Override
        Dataset<Row> read(SparkSession spark, String source, StructType schema) {
            return missing(spark.read()
                    .schema(schema)
                    .option("header", true)
                    .option("nullValue", "-1")
                    .csv(source));
        }

        @Override
        Dataset<Row> features(Dataset<Row> rows) {
            return rows.select(Stream.concat(
                            Stream.of(rows.columns())
                                    .filter(name -> !name.startsWith("ps_calc_"))
                                    .map(rows::col),
                            Stream.of(expr("ps_car_13 * ps_reg_03").as("ps_car_13_x_ps_reg_03")))
                    .toArray(Column[]::new));
        }
    },

    /** As {@link Columns} makes it. */
    NARROW("10", "id", 0.99, Map.of(), Columns.RULES),

    /** As {@link Columns} makes it. */
    WIDE("500", "id", 0.99, Map.of(), Columns.RULES),

    /** {@code examples/mobile-events}: one table, each row for itself. One line in a hundred is malformed. */
    EVENTS(
            "events",
            "user_id",
            0.95,
            Map.of(),
            "event_id RLIKE '^[0-9a-f]{16}$'",
            "kind IN ('start', 'screen', 'purchase', 'crash')",
            "kind <> 'screen' OR screen IS NOT NULL",
            "kind <> 'crash' OR crash IS NOT NULL",
            "kind <> 'purchase' OR coalesce(size(purchase.items), 0) >= 1",
            "kind <> 'purchase' OR NOT exists(purchase.items, item -> item.quantity < 1 OR item.cents < 0)") {
        @Override
        Dataset<Row> read(SparkSession spark, String source, StructType schema) {
            return spark.read().schema(schema).json(source);
        }
    };

    private final String columns;
    private final String key;
    private final double sound;
    private final Map<String, Double> complete;
    private final List<String> rules;

    /** Rules are SQL: false or NULL is a fault. */
    Shape(String columns, String key, double sound, Map<String, Double> complete, String... rules) {
        this.columns = columns;
        this.key = key;
        this.sound = sound;
        this.complete = complete;
        this.rules = List.of(rules);
    }

    /** How many there are, or what they are. */
    String columns() {
        return columns;
    }

    /** The column by which rows are split. */
    String key() {
        return key;
    }

    List<String> rules() {
        return rules;
    }

    Dataset<Row> read(SparkSession spark, String source, StructType schema) {
        return spark.read().schema(schema).option("header", true).csv(source);
    }

    /** True for a row that meets every rule. */
    Column sound() {
        return expr("(" + String.join(") AND (", rules) + ")");
    }

    Dataset<Row> features(Dataset<Row> rows) {
        return rows;
    }

    static Dataset<Row> missing(Dataset<Row> rows) {
        return rows.select(Stream.of(rows.schema().fields()).map(Shape::present).toArray(Column[]::new));
    }

    private static Column present(StructField field) {
        Column value = col(field.name());
        return field.dataType().equals(DataTypes.DoubleType)
                ? when(value.notEqual(lit(-1.0)), value).as(field.name())
                : value;
    }

    /** The rules as one Deequ check. */
    Check check() {
        Check check = new Check(CheckLevel.Error(), name(), JavaConverters.asScalaBuffer(List.<Constraint>of()))
                .hasSize(number(size -> size > 0), Option.empty());
        if (key.equals("id")) {
            check = check.isUnique(key, Option.empty(), Option.empty());
        }
        for (Map.Entry<String, Double> column : complete.entrySet()) {
            check = check.hasCompleteness(
                    column.getKey(), fraction(share -> share > column.getValue()), Option.empty(), Option.empty());
        }
        for (int i = 0; i < rules.size(); i++) {
            check = check.satisfies(
                    rules.get(i),
                    "rule " + i,
                    fraction(share -> share > sound),
                    Option.empty(),
                    JavaConverters.asScalaBuffer(List.<String>of()).toList(),
                    Option.empty());
        }
        return check;
    }

    private interface OfLong {
        boolean test(long value);
    }

    private interface OfDouble {
        boolean test(double value);
    }

    private static Function1<Object, Object> number(OfLong test) {
        return new AbstractFunction1<>() {
            @Override
            public Object apply(Object value) {
                return test.test((Long) value);
            }
        };
    }

    private static Function1<Object, Object> fraction(OfDouble test) {
        return new AbstractFunction1<>() {
            @Override
            public Object apply(Object value) {
                return test.test((Double) value);
            }
        };
    }
}
