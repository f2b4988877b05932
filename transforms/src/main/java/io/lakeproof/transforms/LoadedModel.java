package io.lakeproof.transforms;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model in this JVM, loaded once and shared by all tasks, until the JVM ends.
 *
 * @param inputs what it takes, in its own order
 */
record LoadedModel(Model model, List<Input> inputs) {

    /**
     * One input of a model.
     *
     * @param type of its values
     * @param shape of a batch, the batch's size first; -1 where it is open
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Input(String name, DataType type, long[] shape) {

        /** How many values a row has; absent when the model leaves it open. */
        Optional<Integer> width() {
            return Arrays.stream(shape).skip(1).anyMatch(size -> size < 0)
                    ? Optional.empty()
                    : Optional.of((int) Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact));
        }

        /** The size that a batch must have; absent when any will do. */
        Optional<Integer> batch() {
            return shape.length == 0 || shape[0] < 0 ? Optional.empty() : Optional.of((int) shape[0]);
        }

        Shape of(int rows, int width) {
            long[] sizes = shape.length == 0 ? new long[1] : shape.clone();
            sizes[0] = rows;
            for (int i = 1; i < sizes.length; i++) {
                sizes[i] = sizes[i] < 0 ? width : sizes[i];
            }
            return new Shape(sizes);
        }

        @Override
        public String toString() {
            return "'%s' of shape %s".formatted(name, show(shape));
        }
    }

    /**
     * What came out for a batch, by output.
     *
     * @param values all rows' values, one row after the other
     * @param shape the batch's size first
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Output(String name, boolean isFloat, double[] values, long[] shape) {}

    static final String ONNX = "OnnxRuntime";

    private static final Map<String, LoadedModel> LOADED = new ConcurrentHashMap<>();

    static {
        // DJL would otherwise report to its makers from machines of one cloud, and fetch what it finds missing.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    /**
     * The model of these bytes.
     *
     * @param bytes asked for only if this JVM does not have the model yet
     * @throws BadStep when there is no such engine, or it cannot load the model
     */
    static LoadedModel of(String engine, String sha256, Supplier<byte[]> bytes) {
        return LOADED.computeIfAbsent(engine + " " + sha256, key -> load(engine, sha256, bytes.get()));
    }

    private static LoadedModel load(String engine, String sha256, byte[] bytes) {
        // DJL's RPC would send rows to a service.
        List<String> there = Engine.getAllEngines().stream()
                .filter(name -> !name.equals("RPC"))
                .sorted()
                .toList();
        if (!there.contains(engine)) {
            throw new BadStep(
                    "infer: engine '%s' is not on the class path%s; there is %s; add its jars with --jars or LAKEPROOF_CLASSPATH"
                            .formatted(engine, Columns.didYouMean(engine, there), String.join(", ", there)));
        }
        try {
            // On the CPU, one thread a task: Spark has as many tasks at work as there are cores.
            Model model = Model.newInstance(sha256, Device.cpu(), engine);
            model.load(new ByteArrayInputStream(bytes), Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1"));
            return new LoadedModel(model, engine.equals(ONNX) ? described(bytes) : described(model));
        } catch (UnsupportedOperationException unsupported) {
            throw new BadStep("infer: engine '%s' does not load a model from one file".formatted(engine), unsupported);
        } catch (Exception | LinkageError unfit) {
            throw new BadStep("infer: %s cannot load the model: %s".formatted(engine, reason(unfit)), unfit);
        }
    }

    /** DJL tells of ONNX models their inputs' names alone. */
    private static List<Input> described(byte[] onnx) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(onnx, options)) {
                List<Input> inputs = new ArrayList<>();
                for (NodeInfo node : session.getInputInfo().values()) {
                    if (!(node.getInfo() instanceof TensorInfo tensor)) {
                        throw new OrtException(
                                "its input '%s' is %s, and not a tensor".formatted(node.getName(), node.getInfo()));
                    }
                    inputs.add(new Input(node.getName(), type(tensor.type), tensor.getShape()));
                }
                return List.copyOf(inputs);
            }
        }
    }

    private static DataType type(OnnxJavaType type) throws OrtException {
        return switch (type) {
            case FLOAT -> DataType.FLOAT32;
            case DOUBLE -> DataType.FLOAT64;
            case INT64 -> DataType.INT64;
            case INT32 -> DataType.INT32;
            case STRING -> DataType.STRING;
            default -> throw new OrtException(
                    "it takes values of type %s, which no column holds; export it for float".formatted(type));
        };
    }

    private static List<Input> described(Model model) {
        List<Input> inputs = new ArrayList<>();
        model.describeInput()
                .forEach(input -> inputs.add(new Input(
                        input.getKey(),
                        DataType.FLOAT32,
                        input.getValue() == null
                                ? new long[] {-1, -1}
                                : input.getValue().getShape())));
        return List.copyOf(inputs);
    }

    /** Runs one batch; throws {@link BadStep} when the model does not take it. */
    List<Output> run(List<Object[]> batch) {
        try (Predictor<List<Object[]>, List<Output>> predictor = predictor()) {
            return predictor.predict(batch);
        } catch (TranslateException | RuntimeException refused) {
            throw new BadStep("infer: the model does not take such rows: " + reason(refused), refused);
        }
    }

    /** For one task; the caller closes it. Of a row it takes for each input a String, a {@code double[]}, or, of floats, a {@code float[]}. */
    Predictor<List<Object[]>, List<Output>> predictor() {
        return model.newPredictor(new Tensors(inputs));
    }

    /** The innermost reason, on one line. */
    static String reason(Throwable thrown) {
        Throwable innermost = thrown;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String text = innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
        return oneLine(text);
    }

    static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    static String show(long[] shape) {
        return Arrays.stream(shape)
                .mapToObj(size -> size < 0 ? "?" : String.valueOf(size))
                .toList()
                .toString();
    }

    /** A whole batch as one tensor per input: ONNX Runtime alone has no operations that would stack rows. */
    private record Tensors(List<Input> inputs) implements Translator<List<Object[]>, List<Output>> {

        @Override
        public Batchifier getBatchifier() {
            return null;
        }

        @Override
        public NDList processInput(TranslatorContext context, List<Object[]> batch) {
            NDList list = new NDList();
            for (int i = 0; i < inputs.size(); i++) {
                NDArray tensor = tensor(context.getNDManager(), inputs.get(i), i, batch);
                tensor.setName(inputs.get(i).name());
                list.add(tensor);
            }
            return list;
        }

        private NDArray tensor(NDManager manager, Input input, int i, List<Object[]> batch) {
            DataType type = input.type();
            if (type == DataType.STRING) {
                return manager.create(
                        batch.stream().map(item -> (String) item[i]).toArray(String[]::new),
                        StandardCharsets.UTF_8,
                        input.of(batch.size(), 1));
            }
            int width = Array.getLength(batch.get(0)[i]);
            ByteBuffer bytes = manager.allocateDirect(Math.multiplyExact(batch.size() * width, type.getNumOfBytes()));
            Buffer buffer = type.asDataType(bytes);
            batch.forEach(item -> put(buffer, item[i]));
            return manager.create(buffer.rewind(), input.of(batch.size(), width), type);
        }

        private static void put(Buffer buffer, Object given) {
            if (given instanceof float[] all) {
                ((FloatBuffer) buffer).put(all);
                return;
            }
            double[] values = (double[]) given;
            if (buffer instanceof FloatBuffer floats) {
                float[] rounded = new float[values.length];
                for (int i = 0; i < rounded.length; i++) {
                    rounded[i] = (float) values[i];
                }
                floats.put(rounded);
            } else if (buffer instanceof DoubleBuffer doubles) {
                doubles.put(values);
            } else if (buffer instanceof LongBuffer longs) {
                for (double value : values) {
                    longs.put((long) value);
                }
            } else {
                for (double value : values) {
                    ((IntBuffer) buffer).put((int) value);
                }
            }
        }

        @Override
        public List<Output> processOutput(TranslatorContext context, NDList list) {
            return IntStream.range(0, list.size())
                    .mapToObj(i -> {
                        NDArray tensor = list.get(i);
                        String name = tensor.getName() == null ? String.valueOf(i) : tensor.getName();
                        return new Output(
                                name,
                                tensor.getDataType() == DataType.FLOAT32,
                                doubles(tensor),
                                tensor.getShape().getShape());
                    })
                    .toList();
        }

        /** A float is a double of the same value. */
        private static double[] doubles(NDArray tensor) {
            return switch (tensor.getDataType()) {
                case FLOAT32 -> {
                    float[] floats = tensor.toFloatArray();
                    yield IntStream.range(0, floats.length)
                            .mapToDouble(i -> floats[i])
                            .toArray();
                }
                case FLOAT64 -> tensor.toDoubleArray();
                case INT64 -> Arrays.stream(tensor.toLongArray())
                        .asDoubleStream()
                        .toArray();
                case INT32 -> Arrays.stream(tensor.toIntArray())
                        .asDoubleStream()
                        .toArray();
                default -> new double[0];
            };
        }
    }
}
