package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** A process of {@link DriverMain}: commands in one JVM, on one session. */
final class Driver implements AutoCloseable {

    private final Process process;
    private final PrintStream in;
    private final BufferedReader out;
    private final Path err;
    private int heard;

    Driver(Process process, Path err) throws IOException {
        this.process = process;
        this.in = new PrintStream(process.getOutputStream(), true, UTF_8);
        this.out = process.inputReader(UTF_8);
        this.err = err;
        // Its session.
        ended();
    }

    /** Runs one command, and returns what the JVM said meanwhile. */
    SparkHome.Ended run(String... args) throws IOException {
        in.println(String.join("\t", args));
        return ended();
    }

    /** The ids in a Delta table as it is now, sorted. */
    List<Integer> ids(String table) throws IOException {
        SparkHome.Ended ended = run(DriverMain.IDS, table);
        return ended.out().lines().map(Integer::valueOf).toList();
    }

    /** Where a class comes from there. */
    Path jarOf(String name) throws IOException {
        return Path.of(run(DriverMain.JAR_OF, name).out());
    }

    private SparkHome.Ended ended() throws IOException {
        try {
            return CompletableFuture.supplyAsync(this::read).get(300, SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError("the driver ended, or took too long:\n" + Files.readString(err), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private SparkHome.Ended read() {
        try {
            List<String> said = new ArrayList<>();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(DriverMain.ENDED)) {
                    String all = Files.readString(err);
                    String since = all.substring(heard);
                    heard = all.length();
                    return new SparkHome.Ended(
                            Integer.parseInt(line.substring(DriverMain.ENDED.length())),
                            String.join("\n", said),
                            since);
                }
                said.add(line);
            }
            throw new IllegalStateException("no more output");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        SparkHome.end(process);
    }
}
