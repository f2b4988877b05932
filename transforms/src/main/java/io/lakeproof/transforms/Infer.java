package io.lakeproof.transforms;

import ai.djl.ndarray.types.DataType;
import io.lakeproof.transforms.LoadedModel.Input;
import io.lakeproof.transforms.LoadedModel.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * Adds what a model says of each row. The bytes whose SHA-256 was taken on the driver are what every executor runs.
 *
 * @param output the model's output to keep; absent: its last one for {@code EMBED}, its first one otherwise
 * @param batchSize rows at once; absent: as many as the model fixes, or 64. Every batch has exactly so many, the last one
 *     filled up with its last row: the size of a batch decides in which order kernels add up
 * @param topK how many classes {@code CLASSIFY} lists
 * @param translatorFactory the class of DJL's that turns values into the model's inputs and back; absent: numbers and text go
 *     in as they are
 */
record Infer(
        ModelFile file,
        Task task,
        List<String> inputCols,
        String outputCol,
        Optional<String> output,
        Optional<Integer> batchSize,
        int topK,
        boolean softmax,
        Optional<String> translatorFactory)
        implements Transform {

    /** What is wanted of a model. */
    enum Task {
        CLASSIFY,
        EMBED,
        PREDICT
    }

    /** A model as an engine takes it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record ModelFile(String engine, String sha256, byte[] bytes) {}

    /**
     * What is known of the model's answers before any row is read.
     *
     * @param output the position of the output to keep
     * @param isFloat whether that holds floats; otherwise they become doubles
     * @param isScalar whether it has one value a row
     */
    record Plan(int output, boolean isFloat, boolean isScalar, int batch) {}

    private static final int BATCH = 64;

    private static final Map<Object, Plan> PLANS = new ConcurrentHashMap<>();

    private static final Map<SparkContext, Map<String, Broadcast<byte[]>>> SHIPPED = new WeakHashMap<>();

    @Override
    public Dataset<Row> apply(Dataset<Row> input) {
        StructType schema = input.schema();
        Columns.require("infer", schema, inputCols);
        if (Columns.of(schema).stream().anyMatch(outputCol::equalsIgnoreCase)) {
            throw new BadStep("infer: column '%s' is there already; name another output-col, or drop it before"
                    .formatted(outputCol));
        }
        LoadedModel model = LoadedModel.of(file.engine(), file.sha256(), file::bytes);
        List<org.apache.spark.sql.types.DataType> types =
                inputCols.stream().map(name -> Columns.type(schema, name)).toList();
        Plan plan = translatorFactory.isPresent() ? translated(types, model) : plain(schema, types, model);
        StructType result = schema.add(outputCol, type(plan));
        return input.mapPartitions(
                new InferRows(
                        shipped(input.sparkSession().sparkContext()),
                        file.engine(),
                        file.sha256(),
                        task,
                        inputCols.toArray(String[]::new),
                        inputCols.stream().mapToInt(schema::fieldIndex).toArray(),
                        plan.output(),
                        plan.isFloat(),
                        plan.batch(),
                        topK,
                        softmax,
                        translatorFactory.orElse(null),
                        translatorFactory.isPresent() ? InferRows.given(types) : null),
                Encoders.row(result));
    }

    private org.apache.spark.sql.types.DataType type(Plan plan) {
        org.apache.spark.sql.types.DataType number = plan.isFloat() ? DataTypes.FloatType : DataTypes.DoubleType;
        StructType choice =
                new StructType().add("class", DataTypes.StringType, false).add("probability", number, false);
        return switch (task) {
            case EMBED -> DataTypes.createArrayType(number, false);
            case PREDICT -> plan.isScalar() ? number : DataTypes.createArrayType(number, false);
            case CLASSIFY -> choice.add("top", DataTypes.createArrayType(choice, false), false);
        };
    }

    private Plan translated(List<org.apache.spark.sql.types.DataType> types, LoadedModel model) {
        if (InferRows.given(types) == null) {
            throw new BadStep(
                    "infer: a translator takes numbers, one column of text, or one of images in their files' bytes; input-cols gives %s"
                            .formatted(types.stream()
                                    .map(org.apache.spark.sql.types.DataType::catalogString)
                                    .toList()));
        }
        // Says what is wrong with the class before any row is read.
        InferRows.translator(
                translatorFactory.orElseThrow(), task, InferRows.given(types), model.model(), topK, softmax);
        return new Plan(0, task != Task.CLASSIFY, false, batchSize.orElse(BATCH));
    }

    private Plan plain(StructType schema, List<org.apache.spark.sql.types.DataType> types, LoadedModel model) {
        return PLANS.computeIfAbsent(
                List.of(file.engine(), file.sha256(), task, types, output, batchSize), key -> plan(schema, model));
    }

    private Plan plan(StructType schema, LoadedModel model) {
        List<Integer> widths = widths(schema, model);
        int batch = batch(model);
        Random random = new Random(42);
        List<Object[]> probe = IntStream.range(0, batch)
                .mapToObj(row -> IntStream.range(0, widths.size())
                        .mapToObj(i -> probe(model.inputs().get(i).type(), widths.get(i), random))
                        .toArray())
                .toList();
        List<Output> outputs = model.run(probe);
        int kept = kept(outputs);
        Output answer = outputs.get(kept);
        if (answer.values().length == 0 || answer.shape().length == 0 || answer.shape()[0] != batch) {
            throw new BadStep(
                    "infer: output '%s' of the model has shape %s for %d rows, and gives no numbers for each; name another output"
                            .formatted(answer.name(), LoadedModel.show(answer.shape()), batch));
        }
        int width = answer.values().length / batch;
        if (task == Task.CLASSIFY && width < 2) {
            throw new BadStep(
                    "infer: output '%s' of the model is one number a row, which is no choice between classes; write task: predict"
                            .formatted(answer.name()));
        }
        independent(model, probe, kept, answer);
        return new Plan(kept, answer.isFloat(), width == 1, batch);
    }

    /** How many values a row has for each of the model's inputs. */
    private List<Integer> widths(StructType schema, LoadedModel model) {
        List<Input> inputs = model.inputs();
        if (inputs.size() != 1 && inputs.size() != inputCols.size()) {
            throw new BadStep(
                    "infer: the model has %d inputs, %s, and input-cols names %d columns; name one for each, in this order"
                            .formatted(
                                    inputs.size(),
                                    inputs.stream().map(Input::toString).collect(Collectors.joining(", ")),
                                    inputCols.size()));
        }
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Input input = inputs.get(i);
            List<String> columns = inputs.size() == 1 ? inputCols : List.of(inputCols.get(i));
            boolean text = input.type() == DataType.STRING;
            boolean arrays = false;
            for (String name : columns) {
                org.apache.spark.sql.types.DataType type = Columns.type(schema, name);
                boolean image = org.apache.spark.sql.types.DataType.equalsIgnoreNullability(type, Picture.TYPE);
                arrays |= image || type instanceof ArrayType;
                if (text
                        ? !(type instanceof StringType)
                        : !(image && !input.type().isInteger()) && !isNumbers(type)) {
                    throw new BadStep(
                            "infer: column '%s' is %s, and the model's input %s takes %s; cast it before, or name a translator-factory"
                                    .formatted(
                                            name,
                                            type.catalogString(),
                                            input,
                                            text
                                                    ? "text"
                                                    : input.type().isInteger()
                                                            ? "whole numbers or arrays of them"
                                                            : "numbers, arrays of them, or an image"));
                }
            }
            Optional<Integer> width = input.width();
            if (width.isEmpty() && arrays) {
                throw new BadStep(
                        "infer: the model's input %s leaves open how many values a row has; export it with a fixed size"
                                .formatted(input));
            }
            if (width.isPresent() && !arrays && width.get() != columns.size()) {
                throw new BadStep("infer: the model's input %s takes %d values a row, and input-cols gives %d: %s"
                        .formatted(input, width.get(), columns.size(), Columns.list(columns)));
            }
            widths.add(width.orElse(columns.size()));
        }
        return widths;
    }

    static boolean isNumbers(org.apache.spark.sql.types.DataType type) {
        return type instanceof NumericType
                || (type instanceof ArrayType array && array.elementType() instanceof NumericType);
    }

    private int batch(LoadedModel model) {
        Optional<Integer> fixed =
                model.inputs().stream().flatMap(input -> input.batch().stream()).findFirst();
        if (fixed.isPresent() && batchSize.isPresent() && !fixed.equals(batchSize)) {
            throw new BadStep("infer: batch-size is %d, and the model takes %d rows at once; remove batch-size"
                    .formatted(batchSize.get(), fixed.get()));
        }
        return fixed.or(() -> batchSize).orElse(BATCH);
    }

    private int kept(List<Output> outputs) {
        List<String> names = outputs.stream().map(Output::name).toList();
        if (output.isEmpty()) {
            return task == Task.EMBED ? outputs.size() - 1 : 0;
        }
        int at = names.indexOf(output.get());
        if (at < 0) {
            throw new BadStep("infer: the model has no output '%s'%s; there is %s"
                    .formatted(output.get(), Columns.didYouMean(output.get(), names), Columns.list(names)));
        }
        return at;
    }

    /** Which rows make a batch is chance: it must make no difference to any of them, not to the last bit. */
    private static void independent(LoadedModel model, List<Object[]> rows, int kept, Output answer) {
        int batch = rows.size();
        int width = answer.values().length / batch;
        List<Object[]> turned = new ArrayList<>(rows);
        Collections.reverse(turned);
        double[] otherwise = model.run(turned).get(kept).values();
        double[] alone =
                model.run(Collections.nCopies(batch, rows.get(0))).get(kept).values();
        for (int row = 0; row < batch; row++) {
            boolean same = Arrays.equals(
                    answer.values(),
                    row * width,
                    (row + 1) * width,
                    otherwise,
                    (batch - 1 - row) * width,
                    (batch - row) * width);
            boolean copies = Arrays.equals(answer.values(), 0, width, alone, row * width, (row + 1) * width);
            if (!same || !copies) {
                throw new BadStep(
                        "infer: what the model says of a row depends on the rows beside it in a batch, which are chance; write batch-size: 1, or export it without quantisation");
            }
        }
    }

    /** Whole numbers may be the ids of words, of which a model knows the first ones. */
    private static Object probe(DataType type, int width, Random random) {
        return type == DataType.STRING
                ? "word " + random.nextInt(10)
                : random.doubles(width)
                        .map(value -> type.isInteger() ? Math.rint(value) : value)
                        .toArray();
    }

    private Broadcast<byte[]> shipped(SparkContext context) {
        synchronized (SHIPPED) {
            return SHIPPED.computeIfAbsent(context, key -> new ConcurrentHashMap<>())
                    .computeIfAbsent(file.sha256(), key -> JavaSparkContext.fromSparkContext(context)
                            .broadcast(file.bytes()));
        }
    }
}
