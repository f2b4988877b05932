package io.lakeproof.transforms;

import static io.lakeproof.testkit.SparkAssertions.assertThatDataset;
import static io.lakeproof.testkit.SparkAssertions.assertThatTransform;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.unbase64;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.TransformAssert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs every example of {@code docs/transforms.md}: the first table goes in, the second comes out. */
class TransformsDocTest extends StepTest {

    private static final Path DOC = Path.of("..", "docs", "transforms.md");
    private static final Pattern EXAMPLE = Pattern.compile(
            "(?ms)^## (\\w+)$(?:(?!^## ).)*?```yaml\\n(.*?)```\\n\\n((?:\\|.*?\\n)+)\\n((?:\\|.*?\\n)+)");

    private static List<MatchResult> examples() throws IOException {
        return EXAMPLE.matcher(Files.readString(DOC)).results().toList();
    }

    @TestFactory
    Stream<DynamicTest> an_example_does_what_the_page_says(@TempDir Path folder) throws IOException {
        sql("SELECT 'TX' state, 'south' region UNION ALL SELECT 'NY', 'east'")
                .write()
                .format("delta")
                .save(folder.resolve("regions").toString());
        new OnnxFile()
                .input("x", OnnxFile.FLOAT, -1, 2)
                .constant("w", new float[] {20_000, 3_000}, 2, 1)
                .node("MatMul", List.of("x", "w"), "price", Map.of())
                .output("price", OnnxFile.FLOAT, -1, 1)
                .in(folder.resolve("price.onnx"));
        Surroundings spec = new Surroundings() {
            @Override
            public String read(String file) throws IOException {
                return NOWHERE.read(file);
            }

            @Override
            public byte[] bytes(String file) throws IOException {
                return Files.readAllBytes(folder.resolve(file));
            }

            @Override
            public String resolve(String path) {
                return folder.resolve(path).toUri().toString();
            }
        };
        return examples().stream()
                .map(example -> DynamicTest.dynamicTest(example.group(1), () -> {
                    Step step = Step.of(yaml(example.group(2)), spec).step().orElseThrow();
                    assertThat(step.kind()).isEqualTo(example.group(1));
                    Dataset<Row> input = table(example.group(3));
                    Dataset<Row> expected = table(example.group(4));
                    Step.Checked checked = step.check(SPARK, input.schema());
                    assertThat(checked.problems()).isEmpty();
                    assertThatDataset(step.transform().apply(input)).hasSameRowsAs(expected);
                    TransformAssert behaves =
                            assertThatTransform(step.transform()::apply, input).isDeterministic();
                    // A model has no answer to NULL, and says so.
                    if (!step.kind().equals("infer")) {
                        behaves.isNullSafe();
                    }
                    switch (checked.step().scope()) {
                        case ROW_LOCAL -> behaves.isRowLocal();
                        case KEY_LOCAL -> behaves.isKeyLocal(step.by().toArray(String[]::new));
                        case GLOBAL -> {}
                    }
                }));
    }

    @Test
    void every_kind_of_step_has_an_example() throws IOException {
        assertThat(examples().stream().map(example -> example.group(1)))
                .containsExactlyInAnyOrderElementsOf(
                        Step.kinds().stream().map(Kind::name).toList());
    }

    private static Dataset<Row> table(String markdown) {
        List<String[]> lines = markdown.lines()
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|"))
                        .map(String::strip)
                        .toArray(String[]::new))
                .toList();
        StructType types = new StructType();
        StructType texts = new StructType();
        for (String head : lines.get(0)) {
            int space = head.lastIndexOf(' ');
            StructField field = StructType.fromDDL("`" + head.substring(0, space) + "` " + head.substring(space + 1))
                    .apply(0);
            types = types.add(field);
            texts = texts.add(field.name(), "string");
        }
        Column[] cast = Arrays.stream(types.fields())
                .map(field -> when(
                                col("`" + field.name() + "`").notEqual("NULL"),
                                value(col("`" + field.name() + "`"), field.dataType()))
                        .as(field.name()))
                .toArray(Column[]::new);
        return SPARK.createDataFrame(
                        lines.stream()
                                .skip(2)
                                .map(cells -> RowFactory.create((Object[]) cells))
                                .toList(),
                        texts)
                .select(cast);
    }

    /** Arrays and structs are written as JSON, bytes in base 64. */
    private static Column value(Column text, DataType type) {
        return type instanceof ArrayType || type instanceof StructType
                ? from_json(text, type)
                : type instanceof BinaryType ? unbase64(text) : text.cast(type);
    }
}
