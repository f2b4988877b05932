package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lakeproof.jobs.Failure;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What a cluster's driver is to the fat JAR: a JVM that has made its SparkSession, and calls the JAR's main class again and
 * again, as lines on its standard input say.
 */
final class DriverMain {

    /** What stands before a command's exit code, on a line of its own. */
    static final String ENDED = "\u0004";

    /** A command that prints the ids in a Delta table, one a line. */
    static final String IDS = "ids";

    /** A command that prints where a class comes from. */
    static final String JAR_OF = "jar-of";

    private DriverMain() {}

    /** Runs one command a line, its arguments between tabs. */
    public static void main(String[] args) throws Exception {
        SparkSession session =
                SparkSession.builder().master("local[2]").appName("parent").getOrCreate();
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        out.println(ENDED + 0);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] command = line.split("\t", -1);
            int exitCode = 0;
            switch (command[0]) {
                case IDS -> session.read().format("delta").load(command[1]).select("id").collectAsList().stream()
                        .map(row -> row.getInt(0))
                        .sorted()
                        .forEach(out::println);
                case JAR_OF -> out.println(Path.of(Class.forName(command[1])
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI()));
                default -> exitCode = exitCode(command);
            }
            out.println(ENDED + exitCode);
        }
    }

    private static int exitCode(String... command) {
        try {
            Lakeproof.main(command);
            return 0;
        } catch (Failure e) {
            return e.exitCode();
        } catch (Throwable e) {
            return 1;
        }
    }
}
