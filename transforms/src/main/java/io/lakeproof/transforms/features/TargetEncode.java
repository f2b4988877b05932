package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.transforms.BadStep;
import io.lakeproof.transforms.Columns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * Puts the mean of the label in the place of a category, drawn towards the mean of all. A row of train is encoded by the rows
 * of the other folds alone, for its own label would give itself away; every other row by the whole of train. What train does
 * not know, and NULL, gets the mean of all.
 *
 * @param smoothing how many rows the mean of all counts for beside the category's own
 * @param key the columns whose values decide on a row's fold: rows that share them are in one
 */
record TargetEncode(
        List<String> columns, String label, int folds, double smoothing, List<String> key, long seed, String suffix)
        implements Feature {

    private static final String FOLD = "fold";

    /** Rows and the sum of their labels. */
    private record Sum(long n, double sum) {
        static final Sum NONE = new Sum(0, 0);

        Sum plus(Sum other) {
            return new Sum(n + other.n, sum + other.sum);
        }

        Sum minus(Sum other) {
            return new Sum(n - other.n, sum - other.sum);
        }

        double mean() {
            return sum / n;
        }

        double drawnTo(double prior, double smoothing) {
            return n + smoothing == 0 ? prior : (sum + smoothing * prior) / (n + smoothing);
        }
    }

    @Override
    public StructType output(StructType input) {
        Map<String, DataType> types = new LinkedHashMap<>();
        DataType type = Cells.field("target-encode", input, label).dataType();
        if (!(type instanceof NumericType || type instanceof BooleanType)) {
            throw new BadStep("target-encode: label '%s' is %s, neither a number nor a boolean; index it before"
                    .formatted(label, type.catalogString()));
        }
        Cells.key("target-encode", input, key);
        for (String name : columns) {
            Cells.categories("target-encode", input, name);
            if (name.equals(label)) {
                throw new BadStep("target-encode: column '%s' is the label itself; leave it out".formatted(name));
            }
            types.put(name + suffix, DataTypes.DoubleType);
        }
        return Cells.with(input, types);
    }

    @Override
    public List<String> reads() {
        return Stream.of(columns, List.of(label), key)
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    @Override
    public List<String> labels() {
        return List.of(label);
    }

    @Override
    public State fit(Dataset<Row> train) {
        StructType schema = train.schema();
        Dataset<Row> rows = Cells.put(
                train.select(reads().stream().map(Columns::named).toArray(Column[]::new)),
                new LinkedHashMap<>(Map.of(
                        Columns.unused(schema, FOLD), fold(schema),
                        Columns.unused(schema, "y"), number(schema))));
        Column fold = col(Columns.unused(schema, FOLD));
        Column y = col(Columns.unused(schema, "y"));
        rows = rows.where(y.isNotNull());
        Sum[] all = new Sum[folds];
        Arrays.fill(all, Sum.NONE);
        rows.groupBy(fold)
                .agg(Moments.of(y).as("m"))
                .select(col("m.n"), col("m.sum"), fold)
                .collectAsList()
                .forEach(row -> all[row.getInt(2)] = new Sum(row.getLong(0), row.getDouble(1)));
        Sum whole = Stream.of(all).reduce(Sum.NONE, Sum::plus);
        if (whole.n == 0) {
            throw new BadFit("label '%s' has no value in train; take in rows with a label".formatted(label));
        }
        ObjectNode state = State.object().put("prior", whole.mean());
        List<Double> priors = new ArrayList<>();
        for (Sum one : all) {
            Sum others = whole.minus(one);
            priors.add(others.n == 0 ? whole.mean() : others.mean());
        }
        priors.forEach(state.putArray("priors")::add);
        ObjectNode values = state.putObject("columns");
        for (String name : columns) {
            Map<String, Sum[]> sums = new TreeMap<>();
            rows.select(Cells.category(name).as("category"), fold.as(FOLD), y.as("y"))
                    .where(col("category").isNotNull())
                    .groupBy("category", FOLD)
                    .agg(Moments.of(col("y")).as("m"))
                    .select(col("category"), col(FOLD), col("m.n"), col("m.sum"))
                    .limit(Cells.MOST_CATEGORIES * folds + 1)
                    .collectAsList()
                    .forEach(row -> sums.computeIfAbsent(row.getString(0), category -> {
                                Sum[] none = new Sum[folds];
                                Arrays.fill(none, Sum.NONE);
                                return none;
                            })[row.getInt(1)] =
                            new Sum(row.getLong(2), row.getDouble(3)));
            Cells.refuseMore(name, sums.size(), Cells.MOST_CATEGORIES);
            ObjectNode ofColumn = values.putObject(name);
            sums.forEach((category, byFold) -> {
                Sum sum = Stream.of(byFold).reduce(Sum.NONE, Sum::plus);
                ArrayNode encoded = ofColumn.putArray(category);
                encoded.add(sum.drawnTo(whole.mean(), smoothing));
                for (int i = 0; i < folds; i++) {
                    encoded.add(sum.minus(byFold[i]).drawnTo(priors.get(i), smoothing));
                }
            });
        }
        return State.of(state);
    }

    private Column number(StructType schema) {
        return Columns.type(schema, label) instanceof BooleanType
                ? Columns.named(label).cast("double")
                : Cells.finite(schema, label);
    }

    private Column fold(StructType schema) {
        return floor(Cells.place(key, seed, FOLD, schema).multiply(folds)).cast("int");
    }

    /** The first of a category's numbers is for rows outside of train, the others are for train's folds. */
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, State state, Use use) {
        StructType schema = rows.schema();
        Column set = use == Use.TRAIN ? fold(schema).plus(1) : lit(0);
        Map<String, Double> priors = new HashMap<>();
        priors.put("0", state.values().get("prior").asDouble());
        for (int i = 0; i < folds; i++) {
            priors.put(
                    Integer.toString(i + 1), state.values().get("priors").get(i).asDouble());
        }
        Map<String, Column> encoded = new LinkedHashMap<>();
        for (String name : columns) {
            Map<String, Double> values = new HashMap<>();
            state.values().get("columns").get(name).fields().forEachRemaining(category -> {
                for (int i = 0; i <= folds; i++) {
                    values.put(
                            i + " " + category.getKey(),
                            category.getValue().get(i).asDouble());
                }
            });
            Column text = concat(set.cast("string"), lit(" "), Cells.category(name));
            encoded.put(
                    name + suffix,
                    coalesce(
                            Cells.lookup(values, text, DataTypes.DoubleType),
                            Cells.lookup(priors, set.cast("string"), DataTypes.DoubleType)));
        }
        return Cells.put(rows, encoded);
    }
}
