package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model's answers, and what keeps a model from being asked. */
class InferTest extends StepTest {

    private static final String IRIS =
            "infer: {model-url: iris.onnx, task: %s, input-cols: [sl, sw, pl, `p.w`], output-col: answer%s}"
                    .replace("`p.w`", "p.w");

    private static final String NO_MODEL = "infer: {model-url: %s, task: predict, input-cols: x, output-col: y}";

    @TempDir
    private static Path folder;

    private static Dataset<Row> flowers() {
        return sql(
                "SELECT id, 4.3D + id %% 37 / 10 sl, CAST(2 + id %% 24 / 10 AS DECIMAL(3,1)) sw, CAST(1 + id %% 59 / 10 AS FLOAT) pl, id %% 3 `p.w` FROM range(150)"
                        .replace("%%", "%"));
    }

    @Test
    void answers_are_the_same_to_the_bit_on_1_3_and_8_partitions_and_in_batches_of_any_fill() throws IOException {
        for (String task : List.of("classify", "embed", "predict")) {
            String step = IRIS.formatted(task, "");
            List<String> once = rows(run(step, flowers().coalesce(1)));
            assertThat(once).hasSize(150).doesNotHaveDuplicates();
            for (int partitions : new int[] {3, 8}) {
                assertThat(rows(run(step, flowers().repartition(partitions)))).isEqualTo(once);
            }
        }
    }

    @Test
    void classes_come_with_their_probabilities_the_likeliest_first() throws Exception {
        Dataset<Row> out = run(IRIS.formatted("classify", ", top-k: 2"), flowers());
        assertThat(out.schema().apply("answer").dataType().catalogString())
                .isEqualTo("struct<class:string,probability:float,top:array<struct<class:string,probability:float>>>");
        // One by one through ONNX Runtime itself, without DJL and Spark.
        try (var environment = ai.onnxruntime.OrtEnvironment.getEnvironment();
                var session =
                        environment.createSession(MODELS.resolve("iris.onnx").toString())) {
            for (Row row : out.collectAsList()) {
                float[][] flower = {
                    {(float) row.getDouble(1), row.getDecimal(2).floatValue(), row.getFloat(3), row.getLong(4)}
                };
                float[] scores;
                try (var tensor = ai.onnxruntime.OnnxTensor.createTensor(environment, flower);
                        var result = session.run(Map.of("x", tensor))) {
                    scores = ((float[][]) result.get(0).getValue())[0];
                }
                int best = IntStream.range(0, 3).reduce(0, (a, b) -> scores[b] > scores[a] ? b : a);
                Row answer = row.getStruct(5);
                assertThat(answer.getString(0)).isEqualTo(String.valueOf(best));
                assertThat(answer.getFloat(1)).isCloseTo(scores[best], org.assertj.core.data.Offset.offset(1e-6f));
                List<Row> top = answer.getList(2);
                assertThat(top).hasSize(2);
                assertThat(top.get(0).getFloat(1))
                        .isEqualTo(answer.getFloat(1))
                        .isGreaterThanOrEqualTo(top.get(1).getFloat(1));
            }
        }
    }

    @Test
    void an_image_goes_in_from_0_to_1_channel_after_channel_if_the_model_takes_its_size() throws IOException {
        String plus = new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, 2, 1, 2)
                .constant("nothing", new float[] {0f}, 1)
                .node("Add", List.of("x", "nothing"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, -1, 2, 1, 2)
                .in(folder.resolve("plus.onnx"));
        Dataset<Row> fits = data(
                "id INT, image STRUCT<height INT, width INT, channels INT, pixels BINARY>",
                row(1, new Picture(1, 2, 2, new byte[] {0, 51, (byte) 255, 102}).row()));
        assertThat(answers(plus, "embed", "image", "", fits)).containsExactly("[0.0, 1.0, 0.2, 0.4]");
        Dataset<Row> turned = data(
                "id INT, image STRUCT<height INT, width INT, channels INT, pixels BINARY>",
                row(1, new Picture(2, 1, 2, new byte[4]).row()));
        assertThatThrownBy(() -> answers(plus, "embed", "image", "", turned))
                .hasStackTraceContaining(
                        "infer: column 'image' holds an image of 2 channels, 2 high and 1 wide, and the model takes [?, 2, 1, 2]; resize, grayscale or normalize it before");
    }

    @Test
    void a_models_shape_decides_how_values_go_in_and_come_out() throws IOException {
        Dataset<Row> input = data(
                "a INT, b DOUBLE, `v w` ARRAY<FLOAT>, word STRING, ids ARRAY<INT>",
                row(1, 2.0, List.of(1f, 2f), "red", List.of(1, 0)),
                row(3, 4.0, List.of(3f, 4f), "green", List.of(0, 1)));
        String scalar = linear("scalar.onnx", 2, 1);
        assertThat(answers(scalar, "predict", "[a, b]", "", input)).containsExactly("5.0", "11.0");
        assertThat(answers(scalar, "predict", "v w", "", input)).containsExactly("5.0", "11.0");
        assertThat(answers(scalar, "embed", "[b, a]", ", batch-size: 1", input)).containsExactly("[4.0]", "[10.0]");
        // Scores without softmax are what the model gives; ln 2 apart means twice as likely.
        String scores = new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, 1)
                .constant("w", new float[] {0f, (float) Math.log(2)}, 1, 2)
                .node("MatMul", List.of("x", "w"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, -1, 2)
                .in(folder.resolve("scores.onnx"));
        assertThat(answers(scores, "classify", "a", ", apply-softmax: true, top-k: 1", input))
                .containsExactly(
                        "[1,0.6666667,WrappedArray([1,0.6666667])]", "[1,0.8888889,WrappedArray([1,0.8888889])]");
        String text = new OnnxFile()
                .input("word", OnnxFile.STRING, -1, 1)
                .node(
                        "TfIdfVectorizer",
                        List.of("word"),
                        "y",
                        Map.of(
                                "mode",
                                "TF",
                                "min_gram_length",
                                1L,
                                "max_gram_length",
                                1L,
                                "max_skip_count",
                                0L,
                                "ngram_counts",
                                List.of(0L),
                                "ngram_indexes",
                                List.of(0L, 1L),
                                "pool_strings",
                                List.of("red", "blue")))
                .output("y", OnnxFile.FLOAT, -1, 2)
                .in(folder.resolve("text.onnx"));
        assertThat(answers(text, "embed", "word", "", input)).containsExactly("[1.0, 0.0]", "[0.0, 0.0]");
        String ids = new OnnxFile()
                .input("ids", OnnxFile.INT64, 2, 2)
                .constant("table", new float[] {10f, 20f}, 2)
                .node("Gather", List.of("table", "ids"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, 2, 2)
                .in(folder.resolve("ids.onnx"));
        assertThat(answers(ids, "embed", "ids", "", input)).containsExactly("[20.0, 10.0]", "[10.0, 20.0]");
        assertThat(problems(step(ids, "embed", "ids", ", batch-size: 7"), input))
                .containsExactly("infer: batch-size is 7, and the model takes 2 rows at once; remove batch-size");
        String two = new OnnxFile()
                .input("p", OnnxFile.FLOAT, -1, 1)
                .input("q", OnnxFile.FLOAT, -1, 1)
                .node("Sub", List.of("p", "q"), "minus", Map.of())
                .node("Add", List.of("p", "q"), "plus", Map.of())
                .output("minus", OnnxFile.FLOAT, -1, 1)
                .output("plus", OnnxFile.FLOAT, -1, 1)
                .in(folder.resolve("two.onnx"));
        assertThat(answers(two, "predict", "[a, b]", "", input)).containsExactly("-1.0", "-1.0");
        assertThat(answers(two, "embed", "[a, b]", "", input)).containsExactly("[3.0]", "[7.0]");
        assertThat(answers(two, "predict", "[b, a]", ", output: plus", input)).containsExactly("3.0", "7.0");
        assertThat(problems(step(two, "predict", "[b, a]", ", output: plsu"), input))
                .containsExactly("infer: the model has no output 'plsu', did you mean 'plus'?; there is minus, plus");
        assertThat(problems(step(two, "predict", "[a]", ""), input))
                .singleElement()
                .asString()
                .contains("has 2 inputs, 'p' of shape [?, 1], 'q' of shape [?, 1], and input-cols names 1 columns");
    }

    @Test
    void what_does_not_fit_is_one_line_before_any_row_is_read() throws IOException {
        String plain = linear("plain.onnx", 2, 1);
        Dataset<Row> input = sql("SELECT 1 a, 2.5 b, 'x' s, array('y') texts, array(1, 2) v");
        assertThat(problems(step(plain, "predict", "[a, bb]", ""), input))
                .containsExactly("infer: no column 'bb', did you mean 'b'?; there is a, b, s, texts, v");
        assertThat(problems(step(plain, "predict", "a", ""), input))
                .containsExactly(
                        "infer: the model's input 'x' of shape [?, 2] takes 2 values a row, and input-cols gives 1: a");
        assertThat(problems(step(plain, "predict", "[a, s]", ""), input))
                .singleElement()
                .asString()
                .startsWith(
                        "infer: column 's' is string, and the model's input 'x' of shape [?, 2] takes numbers, arrays of them, or an image; cast it before");
        assertThat(problems(step(plain, "predict", "[a, texts]", ""), input))
                .singleElement()
                .asString()
                .contains("column 'texts' is array<string>");
        assertThat(problems(step(plain, "predict", "[a, b]", "").replace("output-col: y", "output-col: A"), input))
                .containsExactly("infer: column 'A' is there already; name another output-col, or drop it before");
        assertThat(problems(step(plain, "classify", "[a, b]", ""), input))
                .singleElement()
                .asString()
                .contains("one number a row, which is no choice between classes; write task: predict");
        assertThat(problems(step(plain, "predict", "[a, b]", ", engine: PyTorch"), input))
                .containsExactly(
                        "infer: engine 'PyTorch' is not on the class path; there is OnnxRuntime; add its jars with --jars or LAKEPROOF_CLASSPATH");
        Path rubbish = Files.writeString(folder.resolve("rubbish.onnx"), "this is no model");
        assertThat(problems(step(rubbish.toString(), "predict", "[a, b]", ""), input))
                .singleElement()
                .asString()
                .startsWith("infer: OnnxRuntime cannot load the model: ")
                .doesNotContain("\n");
        String open = new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, -1)
                .node("Relu", List.of("x"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, -1, -1)
                .in(folder.resolve("open.onnx"));
        assertThat(problems(step(open, "embed", "v", ""), input))
                .containsExactly(
                        "infer: the model's input 'x' of shape [?, ?] leaves open how many values a row has; export it with a fixed size");
        assertThat(answers(open, "embed", "[a, b]", "", input)).containsExactly("[1.0, 2.5]");
    }

    @Test
    void a_model_whose_rows_see_each_other_is_refused_unless_each_is_alone() throws IOException {
        String greatest = new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, 2)
                .node("ReduceMax", List.of("x"), "m", Map.of("axes", List.of(0L)))
                .node("Sub", List.of("x", "m"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, -1, 2)
                .in(folder.resolve("greatest.onnx"));
        Dataset<Row> input = sql("SELECT 1 a, 2.5 b");
        assertThat(problems(step(greatest, "embed", "[a, b]", ""), input))
                .singleElement()
                .asString()
                .contains("depends on the rows beside it in a batch, which are chance; write batch-size: 1");
        assertThat(answers(greatest, "embed", "[a, b]", ", batch-size: 1", input))
                .containsExactly("[0.0, 0.0]");
    }

    @Test
    void a_row_that_a_model_cannot_take_stops_the_run_and_says_why() throws IOException {
        String plain = linear("rows.onnx", 2, 1);
        for (Map.Entry<Dataset<Row>, String> bad : Map.of(
                        sql("SELECT array(1D, 2D) v UNION ALL SELECT array(1D)"),
                        "a row has 1 values in v, and the model's input 'x' of shape [?, 2] takes 2",
                        sql("SELECT array(1D, NULL) v"),
                        "column 'v' holds an array with NULL in it; turn such rows away with a rule, or fill it before",
                        sql("SELECT CAST(NULL AS ARRAY<INT>) v"),
                        "column 'v' is NULL; turn such rows away with a rule, or fill it before")
                .entrySet()) {
            Dataset<Row> out = run(step(plain, "predict", "v", ""), bad.getKey());
            assertThatThrownBy(out::collectAsList)
                    .satisfies(thrown -> assertThat(BadRow.in(thrown)).contains("infer: " + bad.getValue()));
        }
    }

    @Test
    void a_spec_is_told_what_is_wrong_with_the_file_and_the_parameters() {
        assertThat(problems(NO_MODEL.formatted("gone.onnx")))
                .singleElement()
                .asString()
                .startsWith("infer.model-url: 'gone.onnx' cannot be read: ");
        for (String far : List.of("djl://ai.djl.zoo/resnet", "https://example.com/m.onnx")) {
            assertThat(problems(NO_MODEL.formatted(far)))
                    .containsExactly(
                            "infer.model-url: '%s' would be fetched anew by each run; put the file beside the spec or into the lake, and name it there"
                                    .formatted(far));
        }
        String digest = "97d8fbb11b0e2a2a1ff5c2b8f0bd2aa0e5c5e5b3e6a0e2a2a1ff5c2b8f0bd2aa";
        assertThat(problems(IRIS.formatted("predict", ", sha256: " + digest + ", top-k: 3, batch-size: 0")))
                .hasSize(3)
                .anyMatch(problem ->
                        problem.startsWith("infer.sha256: '" + digest + "' is not that of iris.onnx, which is "))
                .contains(
                        "infer.top-k: has a meaning with task: classify alone; write that, or remove it",
                        "infer.batch-size: '0' is not between 1 and 65,536");
        assertThat(problems("infer: {model-url: iris.onnx, task: clasify, input-cols: x, output-col: y}"))
                .containsExactly(
                        "infer.task: 'clasify' is not one of classify, embed, predict, did you mean 'classify'?");
        assertThat(problems(IRIS.formatted("classify", ", apply-softmax: 1")))
                .containsExactly("infer.apply-softmax: '1' is neither true nor false");
    }

    @Test
    void the_step_names_its_model_by_digest_and_looks_at_one_row_at_a_time() throws IOException {
        Step step = step(IRIS.formatted("predict", ""));
        assertThat(step.with())
                .containsEntry("sha256", DigestUtils.sha256Hex(Files.readAllBytes(MODELS.resolve("iris.onnx"))));
        assertThat(step.scope()).isEqualTo(Scope.ROW_LOCAL);
        assertThat(step.changesRowCount()).isFalse();
        Infer infer = (Infer) step.transform();
        assertThat(LoadedModel.of("OnnxRuntime", infer.file().sha256(), infer.file()::bytes))
                .isSameAs(LoadedModel.of("OnnxRuntime", infer.file().sha256(), () -> {
                    throw new AssertionError("loaded twice");
                }));
    }

    @Test
    void a_translator_of_djls_makes_inputs_and_reads_outputs() throws IOException {
        String plain = linear("translated.onnx", 2, 1);
        Dataset<Row> input = data("s STRING, `a b` INT", row("xyz", 2), row("x", 5));
        String lengths = ", translator-factory: " + Lengths.class.getName();
        assertThat(answers(plain, "embed", "s", lengths, input)).containsExactly("[9.0]", "[3.0]");
        assertThat(answers(plain, "classify", "s", lengths + ", top-k: 1", input))
                .containsExactly("[long,9.0,WrappedArray([long,9.0])]", "[long,3.0,WrappedArray([long,3.0])]");
        assertThat(problems(step(plain, "embed", "a b", lengths), input))
                .singleElement()
                .asString()
                .contains("makes nothing from float[] to float[]");
        assertThat(problems(step(plain, "embed", "s", ", translator-factory: com.example.Gone"), input))
                .containsExactly(
                        "infer: translator-factory com.example.Gone is not on the class path; add its jar with --jars or LAKEPROOF_CLASSPATH");
    }

    /** The answers as text, in their order. */
    private static List<String> answers(String model, String task, String columns, String more, Dataset<Row> input) {
        List<String> answers = new ArrayList<>();
        for (Row row : run(step(model, task, columns, more), input).select("y").collectAsList()) {
            answers.add(
                    row.get(0) instanceof scala.collection.Seq<?>
                            ? row.getList(0).toString()
                            : row.get(0).toString());
        }
        return answers;
    }

    private static String step(String model, String task, String columns, String more) {
        return "infer: {model-url: '%s', task: %s, input-cols: %s, output-col: y%s}"
                .formatted(model, task, columns, more);
    }

    /** y = x · (1, 2, …). */
    private static String linear(String name, int inputs, int outputs) throws IOException {
        float[] weights = new float[inputs * outputs];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i + 1f;
        }
        return new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, inputs)
                .constant("w", weights, inputs, outputs)
                .node("MatMul", List.of("x", "w"), "y", Map.of())
                .output("y", OnnxFile.FLOAT, -1, outputs)
                .in(folder.resolve(name));
    }

    /** Tells a model how long a text is, twice. */
    public static final class Lengths implements TranslatorFactory {
        @Override
        public Set<Pair<Type, Type>> getSupportedTypes() {
            return Set.of(new Pair<>(String.class, float[].class), new Pair<>(String.class, Classifications.class));
        }

        @Override
        public <I, O> Translator<I, O> newInstance(
                Class<I> input, Class<O> output, Model model, Map<String, ?> arguments) {
            return new Translator<>() {
                @Override
                public Batchifier getBatchifier() {
                    return null;
                }

                @Override
                public NDList processInput(TranslatorContext context, I text) {
                    float length = ((String) text).length();
                    return new NDList(context.getNDManager().create(new float[] {length, length}, new Shape(1, 2)));
                }

                @Override
                public O processOutput(TranslatorContext context, NDList list) {
                    float[] values = list.head().toFloatArray();
                    return output.cast(
                            output == float[].class
                                    ? values
                                    : new Classifications(List.of("long"), List.of((double) values[0])));
                }
            };
        }
    }
}
