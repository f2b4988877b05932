package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the tests of steps share: steps from YAML, rows from SQL. */
abstract class StepTest {

    static final SparkSession SPARK = LocalSpark.session();

    /** Where a step's model is looked for. */
    static final Path MODELS = Path.of("src", "test", "models");

    static final Surroundings NOWHERE = new Surroundings() {
        @Override
        public String read(String file) throws IOException {
            throw new NoSuchFileException(file);
        }

        @Override
        public byte[] bytes(String file) throws IOException {
            return Files.readAllBytes(MODELS.resolve(file));
        }

        @Override
        public String resolve(String path) {
            return path;
        }
    };

    static Object yaml(String yaml) {
        return new Load(LoadSettings.builder().build()).loadFromString(yaml);
    }

    /** The problems of reading the step, as {@code path: message}. */
    static List<String> problems(String yaml) {
        return texts(Step.of(yaml(yaml), NOWHERE).problems());
    }

    static Step step(String yaml) {
        Step.Parsed parsed = Step.of(yaml(yaml), NOWHERE);
        assertThat(texts(parsed.problems())).isEmpty();
        return parsed.step().orElseThrow();
    }

    static Step.Checked check(String yaml, Dataset<Row> input) {
        return step(yaml).check(SPARK, input.schema());
    }

    /** The problems of trying the step on rows like these. */
    static List<String> problems(String yaml, Dataset<Row> input) {
        return check(yaml, input).problems().stream().map(Problem::message).toList();
    }

    /** Reads, checks and runs the step; the columns must be what the check said. */
    static Dataset<Row> run(String yaml, Dataset<Row> input) {
        Step.Checked checked = check(yaml, input);
        assertThat(texts(checked.problems())).isEmpty();
        Dataset<Row> output = checked.step().transform().apply(input);
        assertThat(output.schema()).isEqualTo(checked.output());
        return output;
    }

    /** The rows' values, in the order of the rows' text, each row as {@code [a, b]}. */
    static List<String> rows(Dataset<Row> data) {
        return data.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    static Dataset<Row> sql(String query) {
        return SPARK.sql(query);
    }

    static Dataset<Row> data(String ddl, Object[]... rows) {
        return SPARK.createDataFrame(
                Arrays.stream(rows).map(org.apache.spark.sql.RowFactory::create).toList(), StructType.fromDDL(ddl));
    }

    static Object[] row(Object... values) {
        return values;
    }

    static Map<String, String> columns(Dataset<Row> data) {
        Map<String, String> types = new java.util.LinkedHashMap<>();
        for (var field : data.schema().fields()) {
            types.put(field.name(), field.dataType().catalogString());
        }
        return types;
    }

    private static List<String> texts(List<Problem> problems) {
        return problems.stream()
                .map(problem -> problem.path() + ": " + problem.message())
                .toList();
    }
}
