package io.lakeproof.transforms;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.types.DataType;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import io.lakeproof.transforms.Infer.Task;
import io.lakeproof.transforms.LoadedModel.Input;
import io.lakeproof.transforms.LoadedModel.Output;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.util.TaskCompletionListener;

/** The work of {@link Infer} in a task: batches of rows go to the model, rows with its answer come out, in their order. */
@SuppressWarnings("ArrayRecordComponent") // never compared; Spark serialises it
record InferRows(
        Broadcast<byte[]> bytes,
        String engine,
        String sha256,
        Task task,
        String[] names,
        int[] columns,
        int output,
        boolean isFloat,
        int batch,
        int topK,
        boolean softmax,
        String translatorFactory,
        Class<?> given)
        implements MapPartitionsFunction<Row, Row> {

    private static final long[] NO_SHAPE = new long[0];

    /** What a model chose, and how sure it is. */
    private record Choice(String name, double probability) {}

    /** Answers a whole batch, one value of the output column for each row. */
    private interface Answers extends AutoCloseable {
        List<Object> of(List<Row> rows) throws TranslateException;

        @Override
        void close();
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return Collections.emptyIterator();
        }
        LoadedModel model = LoadedModel.of(engine, sha256, bytes::value);
        Answers answers = translatorFactory == null ? plain(model) : translated(model);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> answers.close());
        return new Iterator<>() {
            private Iterator<Row> ready = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return ready.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!ready.hasNext()) {
                    ready = answered(rows, answers);
                }
                return ready.next();
            }
        };
    }

    private Iterator<Row> answered(Iterator<Row> rows, Answers answers) {
        List<Row> some = new ArrayList<>(batch);
        while (some.size() < batch && rows.hasNext()) {
            some.add(rows.next());
        }
        List<Row> full = new ArrayList<>(some);
        full.addAll(Collections.nCopies(batch - some.size(), some.get(some.size() - 1)));
        List<Object> values;
        try {
            values = answers.of(full);
        } catch (TranslateException refused) {
            throw BadRow.of("infer: the model does not take a row: " + LoadedModel.reason(refused));
        }
        List<Row> out = new ArrayList<>(some.size());
        for (int i = 0; i < some.size(); i++) {
            Row row = some.get(i);
            Object[] cells = new Object[row.length() + 1];
            for (int j = 0; j < row.length(); j++) {
                cells[j] = row.get(j);
            }
            cells[row.length()] = values.get(i);
            out.add(RowFactory.create(cells));
        }
        return out.iterator();
    }

    // Numbers and text as they are

    private Answers plain(LoadedModel model) {
        Predictor<List<Object[]>, List<Output>> predictor = model.predictor();
        return new Answers() {
            @Override
            public List<Object> of(List<Row> rows) throws TranslateException {
                Output answer = predictor
                        .predict(rows.stream().map(row -> inputs(row, model)).toList())
                        .get(output);
                int width = answer.values().length / rows.size();
                return IntStream.range(0, rows.size())
                        .mapToObj(i -> value(Arrays.copyOfRange(answer.values(), i * width, (i + 1) * width)))
                        .toList();
            }

            @Override
            public void close() {
                predictor.close();
            }
        };
    }

    private Object[] inputs(Row row, LoadedModel model) {
        List<Input> inputs = model.inputs();
        Object[] values = new Object[inputs.size()];
        for (int i = 0; i < values.length; i++) {
            Input input = inputs.get(i);
            values[i] = input.type() == DataType.STRING
                    ? notNull(row, i)
                    : input(
                            row,
                            values.length == 1
                                    ? IntStream.range(0, columns.length).toArray()
                                    : new int[] {i},
                            input);
            int wanted = input.width().orElse(-1);
            if (input.type() != DataType.STRING && wanted >= 0 && Array.getLength(values[i]) != wanted) {
                throw BadRow.of("infer: a row has %d values in %s, and the model's input %s takes %d"
                        .formatted(Array.getLength(values[i]), String.join(", ", names), input, wanted));
            }
        }
        return values;
    }

    /** An image alone goes in as it is: as doubles it would take as long again. */
    private Object input(Row row, int[] which, Input input) {
        return which.length == 1 && input.type() == DataType.FLOAT32 && notNull(row, which[0]) instanceof Row image
                ? scaled(image, which[0], input.shape())
                : numbers(row, which, input);
    }

    private double[] numbers(Row row, int[] which, Input input) {
        double[] values = which.length == 1
                ? cell(row, which[0], input.shape())
                : Arrays.stream(which)
                        .mapToObj(i -> cell(row, i, NO_SHAPE))
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
        if (input.type().isInteger()) {
            for (double value : values) {
                if (value != Math.rint(value)) {
                    throw BadRow.of("infer: %s holds %s, and the model takes whole numbers"
                            .formatted(String.join(", ", names), value));
                }
            }
        }
        return values;
    }

    /** @param shape of the batch that an image must fit into by itself */
    private double[] cell(Row row, int i, long[] shape) {
        Object value = notNull(row, i);
        if (value instanceof Number number) {
            return new double[] {number.doubleValue()};
        } else if (value instanceof Row image) {
            float[] floats = scaled(image, i, shape);
            return IntStream.range(0, floats.length)
                    .mapToDouble(at -> floats[at])
                    .toArray();
        }
        List<?> elements = row.getList(columns[i]);
        double[] values = new double[elements.size()];
        int at = 0;
        for (Object element : elements) {
            if (element == null) {
                throw BadRow.of("infer: column '%s' holds an array with NULL in it; %s".formatted(names[i], REMEDY));
            }
            values[at++] = ((Number) element).doubleValue();
        }
        return values;
    }

    private float[] scaled(Row image, int i, long[] shape) {
        Picture picture = Picture.of(image, "infer: column '" + names[i] + "' ");
        if (shape.length == 4
                && (shape[1] != picture.channels() || shape[2] != picture.height() || shape[3] != picture.width())) {
            throw BadRow.of(
                    "infer: column '%s' holds an image of %d channels, %d high and %d wide, and the model takes %s; resize, grayscale or normalize it before"
                            .formatted(
                                    names[i],
                                    picture.channels(),
                                    picture.height(),
                                    picture.width(),
                                    LoadedModel.show(shape)));
        }
        return picture.scaled();
    }

    /** What a translator is given. */
    private static final Input FLOATS = new Input("", DataType.FLOAT32, NO_SHAPE);

    private static final String REMEDY = "turn such rows away with a rule, or fill it before";

    private Object notNull(Row row, int i) {
        if (row.isNullAt(columns[i])) {
            throw BadRow.of("infer: column '%s' is NULL; %s".formatted(names[i], REMEDY));
        }
        return row.get(columns[i]);
    }

    // Through a translator of DJL's

    /** What a translator is given a row as: its text, its picture, or its numbers; null when the columns make none. */
    static Class<?> given(List<org.apache.spark.sql.types.DataType> types) {
        if (types.size() == 1 && types.get(0) instanceof StringType) {
            return String.class;
        } else if (types.size() == 1 && types.get(0) instanceof BinaryType) {
            return Image.class;
        }
        return types.stream().allMatch(Infer::isNumbers) ? float[].class : null;
    }

    /** The translator that a factory makes; throws {@link BadStep} when it makes none. */
    static Translator<Object, Object> translator(
            String factory, Task task, Class<?> given, Model model, int topK, boolean softmax) {
        Class<?> answer = task == Task.CLASSIFY ? Classifications.class : float[].class;
        try {
            TranslatorFactory made = Class.forName(factory, true, UserClass.loader())
                    .asSubclass(TranslatorFactory.class)
                    .getDeclaredConstructor()
                    .newInstance();
            if (!made.isSupported(given, answer)) {
                throw new BadStep("infer: translator-factory %s makes nothing from %s to %s; there is %s"
                        .formatted(factory, given.getSimpleName(), answer.getSimpleName(), made.getSupportedTypes()));
            }
            @SuppressWarnings("unchecked")
            Translator<Object, Object> translator = (Translator<Object, Object>) made.newInstance(
                    given,
                    answer,
                    model,
                    Map.of("topK", String.valueOf(topK), "applySoftmax", String.valueOf(softmax)));
            return translator;
        } catch (ClassNotFoundException missing) {
            throw new BadStep(
                    "infer: translator-factory %s is not on the class path; add its jar with --jars or LAKEPROOF_CLASSPATH"
                            .formatted(factory),
                    missing);
        } catch (ReflectiveOperationException | ClassCastException | LinkageError | TranslateException unfit) {
            throw new BadStep(
                    "infer: translator-factory %s makes no translator: %s"
                            .formatted(factory, LoadedModel.reason(unfit)),
                    unfit);
        }
    }

    private Answers translated(LoadedModel model) {
        Predictor<Object, Object> predictor =
                model.model().newPredictor(translator(translatorFactory, task, given, model.model(), topK, softmax));
        return new Answers() {
            @Override
            public List<Object> of(List<Row> rows) throws TranslateException {
                return predictor
                        .batchPredict(rows.stream().map(InferRows.this::given).toList())
                        .stream()
                        .map(InferRows.this::translated)
                        .toList();
            }

            @Override
            public void close() {
                predictor.close();
            }
        };
    }

    private Object given(Row row) {
        if (given == float[].class) {
            double[] numbers = numbers(row, IntStream.range(0, columns.length).toArray(), FLOATS);
            float[] floats = new float[numbers.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) numbers[i];
            }
            return floats;
        }
        Object value = notNull(row, 0);
        try {
            return value instanceof byte[] file
                    ? ImageFactory.getInstance().fromInputStream(new ByteArrayInputStream(file))
                    : value;
        } catch (IOException e) {
            throw BadRow.of("infer: column '%s' holds no image: %s".formatted(names[0], e.getMessage()));
        }
    }

    private Object translated(Object answer) {
        if (answer instanceof Classifications classes) {
            return choices(classes.items().stream()
                    .map(item -> new Choice(item.getClassName(), item.getProbability()))
                    .toList());
        }
        float[] floats = (float[]) answer;
        return array(
                IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray());
    }

    // Answers

    private Object value(double[] scores) {
        return switch (task) {
            case EMBED -> array(scores);
            case PREDICT -> scores.length == 1 ? number(scores[0]) : array(scores);
            case CLASSIFY -> {
                double[] probabilities = softmax ? softmax(scores) : scores;
                yield choices(IntStream.range(0, scores.length)
                        .mapToObj(i -> new Choice(String.valueOf(i), probabilities[i]))
                        .toList());
            }
        };
    }

    private Object number(double value) {
        return isFloat ? (Object) (float) value : (Object) value;
    }

    private Object array(double[] values) {
        if (!isFloat) {
            return values;
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Of equals the one that the model names first is the first. */
    private Row choices(List<Choice> all) {
        List<Choice> best = all.stream()
                .sorted(Comparator.comparingDouble(Choice::probability).reversed())
                .limit(topK)
                .toList();
        return RowFactory.create(
                best.get(0).name(),
                number(best.get(0).probability()),
                best.stream()
                        .map(choice -> RowFactory.create(choice.name(), number(choice.probability())))
                        .toArray(Row[]::new));
    }

    /** The same on every machine, as {@link Math#exp} need not be. */
    private static double[] softmax(double[] scores) {
        double greatest = Arrays.stream(scores).max().orElse(0);
        double[] powers = Arrays.stream(scores)
                .map(score -> StrictMath.exp(score - greatest))
                .toArray();
        double sum = 0;
        for (double power : powers) {
            sum += power;
        }
        double whole = sum;
        return Arrays.stream(powers).map(power -> power / whole).toArray();
    }
}
