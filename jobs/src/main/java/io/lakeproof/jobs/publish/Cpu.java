package io.lakeproof.jobs.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;

/** What the CPUs that compute can do: the instructions by which libraries choose their kernels. */
final class Cpu {

    private Cpu() {}

    /** The features of the executors' CPUs, one text for all kinds of them that have a task at once; never empty. */
    static String features(SparkSession spark) {
        int tasks = spark.sparkContext().defaultParallelism();
        return String.join(
                " | ",
                new TreeSet<>(spark.range(0, tasks, 1, tasks)
                        .map((MapFunction<Long, String>) task -> here(), Encoders.STRING())
                        .collectAsList()));
    }

    private static String here() throws IOException {
        Set<String> features = new TreeSet<>();
        Path linux = Path.of("/proc/cpuinfo");
        if (Files.isReadable(linux)) {
            Files.readAllLines(linux).stream()
                    .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .findFirst()
                    .ifPresent(
                            line -> Arrays.stream(line.replaceFirst(".*:", "").split(" "))
                                    .filter(flag -> flag.matches("(sse4|avx|fma|amx|vnni|f16c|asimd|sve|bf16|i8mm).*"))
                                    .forEach(features::add));
        }
        return (System.getProperty("os.arch") + " " + String.join(" ", features)).strip();
    }
}
