package io.lakeproof.jobs.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.TestDataset;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page on Java and Scala shows compiles and runs. */
class JavaPageTest {

    @TempDir
    Path dir;

    @Test
    void every_snippet_compiles_and_runs() throws Exception {
        TestDataset dataset = TestDataset.in(dir).change("${ROOT}", "lake").drop("a.csv", TestDataset.csv(0, 100));
        List<String> java = snippets("../docs/java.md", "java");
        List<String> withoutUs = snippets("../docs/how-to/read-a-version.md", "java");
        List<String> scala = snippets("../docs/java.md", "scala").stream()
                .map(JavaPageTest::java)
                .toList();
        assertThat(java).hasSize(3);
        assertThat(scala).hasSize(2);
        assertThat(withoutUs).hasSize(1);
        Class<?> page = compiled(
                """
                import static io.lakeproof.testkit.SparkAssertions.*;
                import io.lakeproof.jobs.Lake;
                import io.lakeproof.jobs.Run;
                import io.lakeproof.testkit.LocalSpark;
                import io.lakeproof.transforms.Transform;
                import java.util.Map;
                import org.apache.spark.sql.Dataset;
                import org.apache.spark.sql.Row;
                import org.apache.spark.sql.SparkSession;

                public class Page {
                    public static Dataset<Row> java(SparkSession spark) {
                        %s
                        return marked;
                    }
                    public static Dataset<Row> scala(SparkSession spark) {
                        %s
                        return marked;
                    }
                    public static void testing() {
                        %s
                    }
                    public static Dataset<Row> withoutUs(SparkSession spark) {
                        %s
                        return train;
                    }
                }
                """
                        .formatted(java.get(0) + java.get(1), String.join("", scala), java.get(2), withoutUs.get(0))
                        .replace("\"dataset.yaml\"", "\"" + dir.resolve("dataset.yaml") + "\"")
                        .replace("LAKE", dir.resolve("lake").toString()));
        for (String language : List.of("java", "scala")) {
            Dataset<?> marked =
                    (Dataset<?>) page.getMethod(language, SparkSession.class).invoke(null, LocalSpark.session());
            assertThat(marked.columns()).as(language).containsExactly("id", "note", "long_note");
            assertThat(marked.count())
                    .isEqualTo(dataset.version("1").table("train").orElseThrow().rows());
        }
        page.getMethod("testing").invoke(null);
        Dataset<?> train =
                (Dataset<?>) page.getMethod("withoutUs", SparkSession.class).invoke(null, LocalSpark.session());
        assertThat(train.count())
                .isEqualTo(dataset.version("1").table("train").orElseThrow().rows());

        Lake lake = Lake.open(LocalSpark.session(), dir.resolve("dataset.yaml").toString());
        assertThat(lake.version("latest").version()).isEqualTo(1);
        assertThatThrownBy(() -> lake.read("latest", "raw"))
                .isInstanceOf(Failure.Usage.class)
                .hasMessage("version 1 of claims has no part 'raw'; it has train, test.");
    }

    /** The lines are Java's but for how they name values. */
    private static String java(String scala) {
        return scala.lines()
                .map(line -> line.replaceFirst("^val ", "var ") + ";\n")
                .reduce("", String::concat);
    }

    private static List<String> snippets(String page, String language) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of(page)))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private Class<?> compiled(String source) throws Exception {
        Path file = Files.writeString(dir.resolve("Page.java"), source);
        Path classes = Files.createDirectories(dir.resolve("classes"));
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        file.toString());
        assertThat(failed).as(source).isZero();
        return new URLClassLoader(new URL[] {classes.toUri().toURL()}, JavaPageTest.class.getClassLoader())
                .loadClass("Page");
    }
}
