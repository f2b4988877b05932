package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FatJarIT {

    private static final Path JAR = Path.of(System.getProperty("lakeproof.jar"));

    private static List<String> classes() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile());
                Stream<String> names = jar.stream().map(ZipEntry::getName)) {
            return names.filter(name -> name.endsWith(".class")).toList();
        }
    }

    @Test
    void holds_only_ours_and_what_clusters_lack() throws IOException {
        assertThat(classes())
                .filteredOn(name -> !name.startsWith("io/lakeproof/"))
                .filteredOn(name -> !name.startsWith("com/amazon/deequ/"))
                .filteredOn(name -> !name.startsWith("software/amazon/glue/dqdl/"))
                // Under their own names: engines are found by DJL's, and native code by ONNX Runtime's.
                .filteredOn(name -> !name.startsWith("ai/djl/") && !name.startsWith("ai/onnxruntime/"))
                // Deequ's own, which Spark's package-private API keeps there.
                .filteredOn(name -> !name.matches("org/apache/spark/sql/(catalyst/expressions/aggregate/)?"
                        + "(Stateful|Deequ|HLLConstants|KLLAggregationBuffer|DataTypeAggregationBuffer)[^/]*"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com/fasterxml/",
                "com/google/common/",
                "io/delta/",
                "io/netty/",
                "org/antlr/",
                "org/apache/hadoop/",
                "org/apache/logging/",
                "org/apache/spark/sql/delta/",
                "org/slf4j/",
                "org/yaml/",
                "picocli/",
                "scala/"
            })
    void holds_nothing_that_clusters_have(String folder) throws IOException {
        assertThat(classes()).noneMatch(name -> name.startsWith(folder));
    }

    @Test
    void holds_no_leftovers_of_the_jars_it_was_made_of() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.stream().map(ZipEntry::getName))
                    .noneMatch(name -> name.startsWith("META-INF/versions/")
                            || name.startsWith("META-INF/maven/")
                            || name.endsWith("module-info.class")
                            || name.matches("META-INF/[^/]*\\.(SF|DSA|RSA)"));
        }
    }

    @Test
    void holds_native_code_for_linux_on_x86_64_alone() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.stream().map(ZipEntry::getName).filter(name -> name.matches(".*[.](so|dll|dylib|pdb)")))
                    .containsExactlyInAnyOrder(
                            "ai/onnxruntime/native/linux-x64/libonnxruntime.so",
                            "ai/onnxruntime/native/linux-x64/libonnxruntime4j_jni.so");
        }
    }

    @Test
    void carries_licence_notice_main_class_and_version() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(new String(
                            jar.getInputStream(jar.getEntry("META-INF/LICENSE")).readAllBytes(), UTF_8))
                    .contains("Apache License");
            assertThat(new String(
                            jar.getInputStream(jar.getEntry("META-INF/NOTICE")).readAllBytes(), UTF_8))
                    .contains(
                            "Deequ",
                            "DQDL",
                            "picocli",
                            "SnakeYAML Engine",
                            "java-json-canonicalization",
                            "ANTLR",
                            "ONNX Runtime");
            var main = jar.getManifest().getMainAttributes();
            assertThat(main.getValue("Main-Class")).isEqualTo("io.lakeproof.jobs.cli.Lakeproof");
            assertThat(main.getValue("Implementation-Version")).matches("[0-9]+\\.[0-9]+\\.[0-9]+.*");
        }
    }

    @Test
    void is_small_enough_to_upload_over_a_slow_line() throws IOException {
        assertThat(Files.size(JAR)).isLessThan(60_000_000);
    }
}
