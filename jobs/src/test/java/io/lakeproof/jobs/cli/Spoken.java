package io.lakeproof.jobs.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/** What a command line answered. */
record Spoken(int exitCode, String out, String err) {

    /** For commands that must not start Spark. */
    static final Supplier<SparkSession> NO_SPARK = () -> {
        throw new AssertionError("Spark was started");
    };

    static Spoken say(Supplier<SparkSession> spark, String... args) {
        return say(Engine.of(spark), args);
    }

    static Spoken say(Engine engine, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Console.Colour.NEVER,
                0);
        int exitCode = new Shell(console, engine).run(args).exitCode();
        return new Spoken(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
