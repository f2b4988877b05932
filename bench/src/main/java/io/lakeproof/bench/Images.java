package io.lakeproof.bench;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.lakeproof.bench.Contenders.Entry;
import io.lakeproof.transforms.Picture;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.Surroundings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;

/**
 * Classifies images of 28 by 28 pixels with the model of {@code examples/digits}. Arguments: {@code infer}, the step in
 * Spark, or {@code loop}, a predictor of DJL's for each core; the model; how many images.
 * They are drawn as they are asked for.
 */
public final class Images {

    static final String COLUMNS = "images";

    private static final int SIDE = 28;
    private static final int BATCH = 64;

    private Images() {}

    static void measure(Contenders contenders, long images, int round) throws IOException, InterruptedException {
        String model = contenders
                .sources()
                .root()
                .resolve("examples/digits/fashion.onnx")
                .toString();
        for (String how : List.of("loop", "infer")) {
            contenders.program(Images.class, new Entry(how, COLUMNS, images, round), how, model, Long.toString(images));
        }
    }

    public static void main(String[] args) throws Exception {
        Path model = Path.of(args[1]);
        long images = Long.parseLong(args[2]);
        if (args[0].equals("loop")) {
            loop(model, images);
        } else {
            infer(model, images);
        }
    }

    private static byte[] pixels(long image) {
        SplittableRandom random = new SplittableRandom(image);
        ByteBuffer pixels = ByteBuffer.allocate(SIDE * SIDE);
        while (pixels.hasRemaining()) {
            pixels.putLong(random.nextLong());
        }
        return pixels.array();
    }

    private static void infer(Path model, long images) {
        UDF1<Long, Row> drawn = image -> RowFactory.create(SIDE, SIDE, 1, pixels(image));
        try (SparkSession spark = ByHand.session()) {
            Dataset<Row> rows = spark.range(images)
                    .select(functions
                            .udf(drawn, Picture.TYPE)
                            .apply(functions.col("id"))
                            .as("image"));
            Map<String, Object> infer = Map.of(
                    "model-url",
                    model.toString(),
                    "task",
                    "classify",
                    "input-cols",
                    "image",
                    "output-col",
                    "guess",
                    "batch-size",
                    BATCH,
                    "top-k",
                    1);
            rows = Step.of(Map.of("infer", infer), new Beside())
                    .step()
                    .orElseThrow()
                    .transform()
                    .apply(rows);
            rows.write().format("noop").mode("overwrite").save();
        }
    }

    /** What lies where its path says. */
    private static final class Beside implements Surroundings {
        @Override
        public String read(String file) throws IOException {
            return Files.readString(Path.of(file));
        }

        @Override
        public byte[] bytes(String file) throws IOException {
            return Files.readAllBytes(Path.of(file));
        }

        @Override
        public String resolve(String path) {
            return path;
        }
    }

    private static void loop(Path file, long images) throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        try (Model model = Model.newInstance("fashion", Device.cpu(), "OnnxRuntime")) {
            model.load(Files.newInputStream(file), Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1"));
            ExecutorService threads = Executors.newFixedThreadPool(cores);
            List<Future<Long>> sums = new ArrayList<>();
            for (int core = 0; core < cores; core++) {
                long from = images * core / cores;
                long to = images * (core + 1) / cores;
                sums.add(threads.submit(() -> classified(model, from, to)));
            }
            long sum = 0;
            for (Future<Long> one : sums) {
                sum += one.get();
            }
            threads.shutdown();
            System.out.println(sum);
        }
    }

    /** The sum of the classes, so that nothing is left out. */
    private static long classified(Model model, long from, long to) throws Exception {
        long sum = 0;
        try (Predictor<float[][], float[][]> predictor = model.newPredictor(new Floats())) {
            for (long at = from; at < to; at += BATCH) {
                float[][] batch = new float[(int) Math.min(BATCH, to - at)][];
                for (int i = 0; i < batch.length; i++) {
                    batch[i] = scaled(pixels(at + i));
                }
                for (float[] scores : predictor.predict(batch)) {
                    sum += best(scores);
                }
            }
        }
        return sum;
    }

    private static float[] scaled(byte[] pixels) {
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (pixels[i] & 0xff) / 255f;
        }
        return values;
    }

    private static int best(float[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    /** The least that a translator does. */
    private static final class Floats implements Translator<float[][], float[][]> {

        @Override
        public Batchifier getBatchifier() {
            return null;
        }

        @Override
        public NDList processInput(TranslatorContext context, float[][] batch) {
            NDManager manager = context.getNDManager();
            FloatBuffer values = manager.allocateDirect(batch.length * SIDE * SIDE * Float.BYTES)
                    .asFloatBuffer();
            for (float[] image : batch) {
                values.put(image);
            }
            NDArray tensor = manager.create(values.rewind(), new Shape(batch.length, 1, SIDE, SIDE));
            return new NDList(tensor);
        }

        @Override
        public float[][] processOutput(TranslatorContext context, NDList list) {
            float[] all = list.get(0).toFloatArray();
            int rows = (int) list.get(0).getShape().get(0);
            float[][] scores = new float[rows][all.length / rows];
            for (int i = 0; i < rows; i++) {
                System.arraycopy(all, i * scores[i].length, scores[i], 0, scores[i].length);
            }
            return scores;
        }
    }
}
