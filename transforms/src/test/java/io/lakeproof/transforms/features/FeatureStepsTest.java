package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.testkit.LocalSpark;
import io.lakeproof.transforms.BadRow;
import io.lakeproof.transforms.Picture;
import io.lakeproof.transforms.Problem;
import io.lakeproof.transforms.features.FeatureStep.Defaults;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class FeatureStepsTest {

    private static final SparkSession SPARK = LocalSpark.session();
    private static final Defaults DEFAULTS = new Defaults(List.of("id"), Optional.of("y"));
    private static final StructType IMAGES =
            StructType.fromDDL("id BIGINT, y INT").add("an image", Picture.TYPE);
    private static final StructType COLUMNS = StructType.fromDDL("id BIGINT, x DOUBLE, n INT, `c.1 $` STRING, y INT");

    private static Dataset<Row> data(Object[]... rows) {
        return SPARK.createDataFrame(Arrays.stream(rows).map(RowFactory::create).toList(), COLUMNS);
    }

    private static final Object[][] TRAIN = {
        {1L, 1.0, 10, "a", 1},
        {2L, 2.0, 20, "a", 1},
        {3L, 4.0, null, "b", 0},
        {4L, null, 20, "b", 0},
        {5L, Double.NaN, 30, "a", 0},
        {6L, 9.0, 40, null, 0},
    };

    private static Dataset<Row> train() {
        return data(TRAIN);
    }

    /** What scoring has not seen. */
    private static Dataset<Row> other() {
        return data(new Object[] {7L, null, null, "z", 1}, new Object[] {8L, 100.0, 5, "a", 0});
    }

    private static FeatureStep.Parsed parse(String yaml) {
        return FeatureStep.of(new Load(LoadSettings.builder().build()).loadFromString(yaml), 1, DEFAULTS);
    }

    private static FeatureStep step(String yaml) {
        FeatureStep.Parsed parsed = parse(yaml);
        assertThat(parsed.problems()).isEmpty();
        return parsed.step().orElseThrow();
    }

    private static FittedFeatures fitted(Dataset<Row> train, String... yaml) {
        return FittedFeatures.fit(Stream.of(yaml).map(FeatureStepsTest::step).toList(), train);
    }

    /** A column of train and of the other rows, by id, as a step makes them; the schema is what the check said. */
    private static List<Object> values(String column, String... yaml) {
        FittedFeatures fitted = fitted(train(), yaml);
        StructType said = COLUMNS;
        for (FeatureStep step : fitted.steps()) {
            FeatureStep.Checked checked = step.check(said);
            assertThat(checked.problem()).isEmpty();
            said = checked.output();
        }
        List<Object> values = new ArrayList<>();
        for (Use use : Use.values()) {
            Dataset<Row> rows = fitted.apply(use == Use.TRAIN ? train() : other(), use);
            assertThat(types(rows.schema())).isEqualTo(types(said));
            rows.orderBy("id")
                    .select(col("`" + column + "`"))
                    .collectAsList()
                    .forEach(row ->
                            values.add(row.get(0) instanceof scala.collection.Seq<?> ? row.getList(0) : row.get(0)));
        }
        return values;
    }

    private static List<String> types(StructType schema) {
        return Arrays.stream(schema.fields())
                .map(field -> field.name() + " " + field.dataType().catalogString())
                .toList();
    }

    @Test
    void impute_fills_null_and_nan_by_what_train_holds() {
        assertThat(values("x", "impute: {columns: [x]}")).containsExactly(1.0, 2.0, 4.0, 4.0, 4.0, 9.0, 4.0, 100.0);
        assertThat(values("x", "impute: {columns: x, strategy: median}"))
                .containsExactly(1.0, 2.0, 4.0, 3.0, 3.0, 9.0, 3.0, 100.0);
        assertThat(values("n", "impute: {columns: [n], strategy: mode}"))
                .containsExactly(10, 20, 20, 20, 30, 40, 20, 5);
        assertThat(values("n", "impute: {columns: [n], strategy: median}"))
                .containsExactly(10.0, 20.0, 20.0, 20.0, 30.0, 40.0, 20.0, 5.0);
        assertThat(values("c.1 $", "impute: {columns: [c.1 $], strategy: constant, value: none}"))
                .containsExactly("a", "a", "b", "b", "a", "none", "z", "a");
    }

    @Test
    void scale_moves_and_stretches_by_what_train_holds() {
        assertThat(values("n", "scale: {columns: [n], strategy: min-max}"))
                .containsExactly(0.0, 1 / 3.0, null, 1 / 3.0, 2 / 3.0, 1.0, null, -5 / 30.0);
        assertThat(values("n", "scale: {columns: [n], strategy: robust}"))
                .containsExactly(-1.0, 0.0, null, 0.0, 1.0, 2.0, null, -1.5);
        double deviation = Math.sqrt((14.0 * 14 + 4 * 4 + 4 * 4 + 6 * 6 + 16 * 16) / 4);
        assertThat(values("n_z", "scale: {columns: [n], suffix: _z}"))
                .containsExactly(
                        -14 / deviation,
                        -4 / deviation,
                        null,
                        -4 / deviation,
                        6 / deviation,
                        16 / deviation,
                        null,
                        -19 / deviation);
        assertThat(values(
                        "n",
                        "impute: {columns: [n], strategy: constant, value: 7}",
                        "scale: {columns: [n]}",
                        "scale: {columns: [n]}"))
                .hasSize(8);
    }

    @Test
    void unknown_categories_have_a_bucket_of_their_own() {
        assertThat(values("c.1 $", "index: {columns: [c.1 $]}")).containsExactly(0, 0, 1, 1, 0, 2, 2, 0);
        assertThat(values(
                        "k",
                        "index: {columns: [c.1 $], min-count: 3, suffix: _k}",
                        "index: {columns: [c.1 $_k], suffix: X}",
                        "assemble: {columns: [c.1 $_k], into: k}"))
                .containsExactly(
                        List.of(0.0),
                        List.of(0.0),
                        List.of(1.0),
                        List.of(1.0),
                        List.of(0.0),
                        List.of(1.0),
                        List.of(1.0),
                        List.of(0.0));
        List<Double> a = List.of(1.0, 0.0, 0.0);
        List<Double> b = List.of(0.0, 1.0, 0.0);
        List<Double> unknown = List.of(0.0, 0.0, 1.0);
        assertThat(values("c.1 $", "one-hot: {columns: [c.1 $]}")).containsExactly(a, a, b, b, a, unknown, unknown, a);
        assertThatThrownBy(() -> fitted(train().where("id < 6"), "index: {columns: [c.1 $], unknown: error}")
                        .apply(other(), Use.OTHER)
                        .collectAsList())
                .satisfies(thrown -> assertThat(BadRow.in(thrown))
                        .contains("index: train has no 'z' in column 'c.1 $'; write unknown: bucket, or turn such rows"
                                + " away by a rule"));
    }

    @Test
    void ranges_are_numbered_by_the_bounds_that_a_value_reaches() {
        assertThat(values("x", "bucketize: {columns: [x], at: [1, 4.5]}"))
                .containsExactly(1, 1, 1, null, null, 2, null, 2);
        assertThat(values("x", "quantile: {columns: [x], buckets: 2}"))
                .containsExactly(0, 0, 1, null, null, 1, null, 1);
    }

    @Test
    void a_row_of_train_is_encoded_by_the_labels_of_other_folds_alone() {
        String yaml = "target-encode: {columns: [c.1 $], folds: 3, smoothing: 0}";
        List<Object> before = values("c.1 $", yaml);
        // Outside of train: a is 2/3, and what train does not know is the mean of all.
        assertThat(before.subList(6, 8)).containsExactly(2 / 6.0, 2 / 3.0);
        for (int i = 0; i < TRAIN.length; i++) {
            Object[][] changed = Arrays.stream(TRAIN).map(Object[]::clone).toArray(Object[][]::new);
            changed[i][4] = 1 - (int) changed[i][4];
            FittedFeatures fitted = fitted(data(changed), yaml);
            long id = (long) changed[i][0];
            Object after = fitted.apply(data(changed), Use.TRAIN)
                    .where(col("id").equalTo(id))
                    .first()
                    .get(3);
            assertThat(after).as("its own label must not reach row %d", id).isEqualTo(before.get(i));
            assertThat(fitted.states().get(0).values())
                    .isNotEqualTo(fitted(train(), yaml).states().get(0).values());
        }
    }

    @Test
    void classes_are_weighed_and_resampled_by_what_train_holds() {
        assertThat(values("weight", "class-weights: {}")).containsExactly(1.5, 1.5, 0.75, 0.75, 0.75, 0.75, 1.5, 0.75);
        assertThat(fitted(train(), "class-weights: {}")
                        .apply(other().drop("y"), Use.OTHER)
                        .select("weight")
                        .collectAsList())
                .containsExactly(RowFactory.create((Object) null), RowFactory.create((Object) null));
        FittedFeatures over = fitted(train(), "resample: {strategy: oversample}");
        assertThat(over.apply(train(), Use.TRAIN)
                        .groupBy("y")
                        .count()
                        .orderBy("y")
                        .collectAsList())
                .containsExactly(RowFactory.create(0, 4L), RowFactory.create(1, 4L));
        assertThat(over.apply(other(), Use.OTHER).count()).isEqualTo(2);
        Dataset<Row> many = SPARK.range(4000)
                .selectExpr("id", "double(id) x", "int(id) n", "'a' `c.1 $`", "if(id % 10 = 0, 1, 0) y");
        FittedFeatures under = fitted(many, "resample: {seed: 3}");
        assertThat(under.apply(many, Use.TRAIN).where("y = 1").count()).isEqualTo(400);
        assertThat(under.apply(many, Use.TRAIN).where("y = 0").count()).isBetween(320L, 480L);
    }

    /** Grey, 2 × 3, its pixels 10 times the id and then one more each; the last row has no image. */
    private static Dataset<Row> images() {
        List<Row> rows = new ArrayList<>();
        for (int id = 1; id <= 20; id++) {
            rows.add(RowFactory.create((long) id, 1, id == 20 ? null : image(10 * id, 0, 1, 2, 3, 4, 5)));
        }
        return SPARK.createDataFrame(rows, IMAGES);
    }

    private static Row image(int base, int... above) {
        byte[] pixels = new byte[above.length];
        for (int i = 0; i < above.length; i++) {
            pixels[i] = (byte) (above[i] < 0 ? 0 : base + above[i]);
        }
        return new Picture(2, 3, 1, pixels).row();
    }

    /** Each row as its id and its pixels, in the order of both. */
    private static List<String> pixels(Dataset<Row> rows) {
        return rows
                .selectExpr("concat(id, ' ', y, ' ', coalesce(hex(`an image`.pixels), 'none')) AS row")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0))
                .sorted()
                .toList();
    }

    @Test
    void train_alone_gets_copies_whose_pixels_are_flipped_and_moved_exactly() {
        FittedFeatures flip = fitted(images(), "augment: {column: an image, flip: horizontal}");
        List<Row> rows = new ArrayList<>(images().collectAsList());
        assertThat(pixels(flip.apply(images(), Use.OTHER))).isEqualTo(pixels(images()));
        for (int id = 1; id < 20; id++) {
            rows.add(RowFactory.create((long) id, 1, image(10 * id, 2, 1, 0, 5, 4, 3)));
        }
        assertThat(pixels(flip.apply(images(), Use.TRAIN)))
                .as("a row without an image has no copy")
                .isEqualTo(pixels(SPARK.createDataFrame(rows, IMAGES)));
        assertThat(flip.apply(images(), Use.TRAIN).schema())
                .isEqualTo(flip.steps().get(0).check(IMAGES).output());

        List<String> moved = pixels(fitted(images(), "augment: {column: an image, copies: 40, shift: 1}")
                .apply(images().where("id = 3"), Use.TRAIN));
        assertThat(moved).hasSize(41);
        assertThat(moved.stream().distinct())
                .containsExactlyInAnyOrderElementsOf(pixels(SPARK.createDataFrame(
                        Stream.of(
                                        image(30, 0, 1, 2, 3, 4, 5),
                                        image(30, -1, 0, 1, -1, 3, 4),
                                        image(30, 1, 2, -1, 4, 5, -1),
                                        image(30, -1, -1, -1, 0, 1, 2),
                                        image(30, 3, 4, 5, -1, -1, -1),
                                        image(30, -1, -1, -1, -1, 0, 1),
                                        image(30, -1, -1, -1, 1, 2, -1),
                                        image(30, -1, 3, 4, -1, -1, -1),
                                        image(30, 4, 5, -1, -1, -1, -1))
                                .map(image -> RowFactory.create(3L, 1, image))
                                .toList(),
                        IMAGES)));
    }

    @Test
    void copies_differ_by_key_number_and_seed_and_are_the_same_however_rows_lie() {
        String all =
                "augment: {column: an image, copies: 3, flip: both, shift: 1, rotate: 30, brightness: 0.5, seed: %d}";
        FittedFeatures seven = fitted(images(), all.formatted(7));
        List<String> one = pixels(seven.apply(images().coalesce(1), Use.TRAIN));
        assertThat(one).hasSize(20 + 3 * 19).doesNotHaveDuplicates();
        assertThat(pixels(seven.apply(images().orderBy(rand(1)).repartition(5), Use.TRAIN)))
                .isEqualTo(one);
        assertThat(pixels(seven.apply(images().where("id > 9"), Use.TRAIN)))
                .as("other rows of train have no say")
                .isSubsetOf(one);
        List<String> copies =
                new ArrayList<>(pixels(fitted(images(), all.formatted(8)).apply(images(), Use.TRAIN)));
        copies.removeAll(one);
        assertThat(copies).as("another seed alters most copies otherwise").hasSizeGreaterThan(50);
        assertThatThrownBy(() -> seven.apply(
                                images().selectExpr(
                                                "id",
                                                "y",
                                                "named_struct('height', 9, 'width', 3, 'channels', 1, 'pixels', `an image`.pixels) `an image`"),
                                Use.TRAIN)
                        .collectAsList())
                .satisfies(thrown -> assertThat(BadRow.in(thrown))
                        .contains(
                                "augment: column 'an image' holds 9 × 3 × 1 values by its sizes, and 6 by its pixels"));
    }

    @Test
    void a_class_of_spark_ml_takes_and_gives_arrays() {
        String[] steps = {
            "impute: {columns: [x, n]}",
            "assemble: {columns: [x, n], inputs: drop}",
            "estimator: {class: org.apache.spark.ml.feature.MinMaxScaler, with: {inputCol: features, outputCol: scaled}}"
        };
        assertThat(values("scaled", steps).get(0)).isEqualTo(List.of(0.0, 0.0));
        assertThat(values("features", steps).get(7)).isEqualTo(List.of(100.0, 5.0));
        assertThat(values(
                                "p",
                                "impute: {columns: [x, n]}",
                                "assemble: {columns: [x, n]}",
                                "estimator: {class: org.apache.spark.ml.feature.VectorSlicer, with: {inputCol: features, outputCol: p, indices: [1]}}")
                        .get(7))
                .isEqualTo(List.of(5.0));
    }

    /** Every kind that learns, on rows of sizes that sum differently in every order. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "impute: {columns: [x]}",
                "impute: {columns: [x], strategy: median}",
                "impute: {columns: [c.1 $], strategy: mode}",
                "scale: {columns: [x]}",
                "scale: {columns: [x], strategy: robust}",
                "index: {columns: [c.1 $]}",
                "target-encode: {columns: [c.1 $], label: x}",
                "quantile: {columns: [x], buckets: 7}",
                "class-weights: {}",
            })
    void a_fit_is_the_same_to_the_bit_however_rows_lie(String yaml) {
        Random random = new Random(7);
        List<Row> rows = new ArrayList<>();
        for (long id = 0; id < 300; id++) {
            double x = random.nextGaussian() * Math.pow(10, random.nextInt(12) - 6);
            rows.add(RowFactory.create(id, x, (int) id, "k" + random.nextInt(9), random.nextInt(2)));
        }
        Dataset<Row> data = SPARK.createDataFrame(rows, COLUMNS);
        State one = fitted(data.coalesce(1), yaml).states().get(0);
        for (int partitions : new int[] {3, 8}) {
            State again = fitted(data.orderBy(rand(partitions)).repartition(partitions), yaml)
                    .states()
                    .get(0);
            assertThat(again.values()).isEqualTo(one.values());
        }
    }

    @Test
    void sums_are_exact() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            ExactSum sum = new ExactSum();
            ExactSum half = new ExactSum();
            BigDecimal exact = BigDecimal.ZERO;
            for (int i = 0; i < 50; i++) {
                double value = Double.longBitsToDouble(random.nextLong());
                if (Double.isFinite(value)) {
                    (i % 2 == 0 ? sum : half).add(value);
                    exact = exact.add(new BigDecimal(value));
                }
            }
            sum.add(half);
            assertThat(ExactSum.value(sum.units())).isEqualByComparingTo(exact);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            one-hot: {columns: [x, c, x]}                      | one-hot.columns: 'x' stands there twice; name it once
            assemble: {columns: [x, n], into: y}               | assemble: assemble: there is a column 'y' already; write into: with another name
            scal: {columns: [x]}                               | scal: unknown feature step 'scal', did you mean 'scale'?; there is impute, scale, index, one-hot, target-encode, bucketize, quantile, assemble, class-weights, resample, augment, estimator
            scale: {columns: [x], strategy: minmax}            | scale.strategy: 'minmax' is not one of standard, min-max, robust, did you mean 'min-max'?
            impute: {columns: [x], strategy: constant}         | impute.value: strategy: constant and value: go together; write both, or neither
            bucketize: {columns: [x], at: [2, 1]}              | bucketize.at: '1.0' is not above '2.0'; write the bounds in ascending order
            bucketize: {columns: [x], at: [one]}               | bucketize.at: '[one]' is not a number or a list of numbers
            quantile: {columns: [x], buckets: 1}               | quantile.buckets: '1' is not from 2 to 1000
            scale: {columns: [xx]}                             | scale: scale: no column 'xx', did you mean 'x'?; there is id, x, n, c.1 $, y
            scale: {columns: [c.1 $]}                          | scale: scale: column 'c.1 $' is string, not a number; cast it, or index it before
            index: {columns: [x]}                              | index: index: column 'x' is double, which has no categories; use text, whole numbers, booleans or dates, or bucketize it before
            target-encode: {columns: [y]}                      | target-encode: target-encode: column 'y' is the label itself; leave it out
            impute: {columns: [n], strategy: constant, value: x} | impute: impute: column 'n': 'x' is not of the column's type int
            augment: {column: x, flip: both}                   | augment: augment: column 'x' is double; it takes an image, as decode and source.format: idx make one, before normalize
            augment: {column: xx, flip: both}                  | augment: augment: no column 'xx', did you mean 'x'?; there is id, x, n, c.1 $, y
            augment: {flip: both}                              | augment: 'column' is missing; write augment: {column: image, flip: horizontal}
            augment: {column: x}                               | augment.flip: missing, and so are shift, rotate and brightness: write one, such as flip: horizontal
            augment: {column: x, flip: both, copies: 0}        | augment.copies: '0' is not from 1 to 1000
            augment: {column: x, shift: -1}                    | augment.shift: '-1' is not from 1 to 10000
            augment: {column: x, rotate: -5}                   | augment.rotate: '-5.0' is not from 0.1 to 180.0
            augment: {column: x, brightness: 1.5}              | augment.brightness: '1.5' is not from 0.01 to 1.0
            estimator: {class: java.lang.Runtime}              | estimator.class: class java.lang.Runtime is neither an Estimator nor a Transformer of Spark ML
            estimator: {class: PCA}                            | estimator.class: class PCA is not on the class path; write its whole name, such as org.apache.spark.ml.feature.PCA
            estimator: {class: org.apache.spark.ml.feature.PCAModel} | estimator.class: class org.apache.spark.ml.feature.PCAModel has no public constructor that takes its uid as a String; name an estimator, not the model that it fits
            estimator: {class: org.apache.spark.ml.feature.SQLTransformer, with: {statement: SELECT 1}} | estimator.class: SQLTransformer may read any table; write the SELECT as a step of transforms: sql: …
            estimator: {class: org.apache.spark.ml.feature.PCA, with: {kk: 1}} | estimator.with.kk: unknown parameter 'kk', did you mean 'k'?; PCA takes inputCol, k, outputCol
            estimator: {class: org.apache.spark.ml.feature.PCA, with: {k: three}} | estimator.with.k: 'three' is not what k takes: the number of principal components (> 0)
            estimator: {class: org.apache.spark.ml.feature.PCA, with: {k: 0}} | estimator.with.k: '0' is not what k takes: the number of principal components (> 0)
            estimator: {class: org.apache.spark.ml.feature.PCA, with: {k: 1, inputCol: x, outputCol: p}} | estimator: estimator: PCA refuses the columns: Column x must be of type class org.apache.spark.ml.linalg.VectorUDT:struct<type:tinyint,size:int,indices:array<int>,values:array<double>> but was actually class org.apache.spark.sql.types.DoubleType$:double.
            estimator: {class: org.apache.spark.ml.feature.Tokenizer, with: {inputCol: c.1 $, outputCol: p}} | estimator: estimator: Spark ML cannot read a column named 'c.1 $'; rename it
            """)
    void what_is_wrong_is_said_before_a_row_is_read(String yaml, String expected) {
        FeatureStep.Parsed parsed = parse(yaml);
        List<Problem> problems = parsed.step()
                .map(step -> step.check(COLUMNS).problem().stream().toList())
                .orElse(parsed.problems());
        assertThat(problems.stream().map(problem -> problem.path() + ": " + problem.message()))
                .containsExactly(expected);
    }

    @Test
    void what_a_step_makes_beside_its_columns_replaces_none() {
        FeatureStep step = parse("scale: {columns: [x], suffix: _raw}").step().orElseThrow();
        assertThat(step.check(COLUMNS).problem()).isEmpty();
        assertThat(step.check(COLUMNS.add("x_raw", DataTypes.StringType)).problem())
                .contains(new Problem(
                        "scale", "scale: there is a column 'x_raw' already; write suffix: with another name"));
    }

    @Test
    void a_step_needs_the_key_and_the_label_that_it_works_by() {
        Defaults none = new Defaults(List.of(), Optional.empty());
        Object item = new Load(LoadSettings.builder().build()).loadFromString("resample: {}");
        assertThat(FeatureStep.of(item, 1, none).problems())
                .containsExactly(
                        new Problem("resample.label", "missing, and the spec names none; write label: target"));
        assertThat(FeatureStep.of(item, 1, new Defaults(List.of(), Optional.of("y")))
                        .step()
                        .orElseThrow()
                        .check(COLUMNS)
                        .problem())
                .contains(new Problem(
                        "resample",
                        "resample: the split has no key; write key: [id], the columns that tell rows apart"));
        assertThat(FeatureStep.of(
                                new Load(LoadSettings.builder().build())
                                        .loadFromString("augment: {column: an image, shift: 1}"),
                                1,
                                none)
                        .step()
                        .orElseThrow()
                        .check(IMAGES)
                        .problem())
                .contains(new Problem(
                        "augment", "augment: the split has no key; write key: [id], the columns that tell rows apart"));
    }

    @Test
    void a_train_part_that_nothing_can_be_learned_from_is_said() {
        assertThatThrownBy(() -> fitted(train().where("id = 4"), "scale: {columns: [n]}", "scale: {columns: [x]}"))
                .isInstanceOf(BadFit.class)
                .hasMessage("feature step 2, scale: column 'x' has no value in train; leave it out");
    }
}
