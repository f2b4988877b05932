package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/**
 * The model of {@code examples/digits} inside Spark and outside: on the 10,000 test pictures of Fashion-MNIST where Debian's
 * package {@code dataset-fashion-mnist} is installed, on the 300 of them that are shipped where it is not.
 */
class FashionTest extends StepTest {

    private static final Path EXAMPLE = Path.of("..", "examples", "digits");
    private static final Path ALL = Path.of("/usr/share/datasets/fashion-mnist");

    @Test
    void every_picture_gets_the_class_in_spark_that_it_gets_alone() throws Exception {
        boolean all = Files.isDirectory(ALL);
        Path data = all ? ALL : EXAMPLE.resolve("landing");
        if (!all) {
            System.out.println("dataset-fashion-mnist is not installed: 300 pictures instead of 10,000");
        }
        Step normalize = step("normalize: image");
        Step infer = step("infer: {model-url: '%s', task: classify, input-cols: image, output-col: guess}"
                .formatted(EXAMPLE.resolve("fashion.onnx").toAbsolutePath()));
        // DJL wants to be the first to start ONNX Runtime in a JVM.
        assertThat(infer.check(SPARK, new StructType().add("image", Picture.TYPE))
                        .problems())
                .isEmpty();
        List<Row> rows = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        try (DataInputStream pictures = idx(data.resolve("t10k-images-idx3-ubyte.gz"));
                DataInputStream labels = idx(data.resolve("t10k-labels-idx1-ubyte.gz"));
                var environment = OrtEnvironment.getEnvironment();
                var session = environment.createSession(
                        EXAMPLE.resolve("fashion.onnx").toString())) {
            String input = session.getInputNames().iterator().next();
            pictures.skipNBytes(4);
            labels.skipNBytes(4);
            int count = pictures.readInt();
            assertThat(labels.readInt()).isEqualTo(count);
            pictures.skipNBytes(8);
            for (int i = 0; i < count; i++) {
                byte[] pixels = pictures.readNBytes(28 * 28);
                rows.add(RowFactory.create(i, labels.readUnsignedByte(), new Picture(28, 28, 1, pixels).row()));
                FloatBuffer values = FloatBuffer.allocate(pixels.length);
                for (byte pixel : pixels) {
                    values.put((pixel & 0xff) / 255f);
                }
                try (OnnxTensor tensor =
                                OnnxTensor.createTensor(environment, values.rewind(), new long[] {1, 1, 28, 28});
                        var result = session.run(Map.of(input, tensor))) {
                    float[] scores = ((float[][]) result.get(0).getValue())[0];
                    int best = IntStream.range(0, 10).reduce(0, (a, b) -> scores[b] > scores[a] ? b : a);
                    alone.add(String.valueOf(best));
                }
            }
        }
        Dataset<Row> images = SPARK.createDataFrame(
                        rows,
                        new StructType().add("i", "int").add("label", "int").add("image", Picture.TYPE))
                .repartition(3);
        List<Row> guessed = guessed(infer, images);
        assertThat(guessed(infer, normalize.transform().apply(images))).isEqualTo(guessed);
        assertThat(guessed.stream().map(row -> row.getString(1)).toList()).isEqualTo(alone);
        long right = guessed.stream().filter(row -> row.getBoolean(2)).count();
        System.out.printf("%d of %d pictures are classified rightly, in Spark as outside%n", right, rows.size());
        assertThat(right / (double) rows.size()).isGreaterThan(0.85);
    }

    private static List<Row> guessed(Step infer, Dataset<Row> images) {
        return infer.transform()
                .apply(images)
                .selectExpr("i", "guess.class", "guess.class = label", "guess.probability")
                .orderBy("i")
                .collectAsList();
    }

    private static DataInputStream idx(Path file) throws IOException {
        return new DataInputStream(new GZIPInputStream(Files.newInputStream(file)));
    }
}
