package io.lakeproof.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One run of one process.
 *
 * @param wall seconds from its start to its end
 * @param cpu seconds of all its threads, to a tenth of a second
 * @param memory the most it held, in bytes; 0 where the system does not say
 */
record Measured(double wall, double cpu, long memory) {

    private static final int TOLD = 2_000;

    private static final Duration LIMIT = Duration.ofMinutes(30);

    /** @throws IllegalStateException if it fails or takes half an hour, with the end of what it printed */
    static Measured of(List<String> command, Map<String, String> environment, Path log)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        long began = System.nanoTime();
        Process process = builder.start();
        Duration cpu = Duration.ZERO;
        long memory = 0;
        while (!process.waitFor(50, TimeUnit.MILLISECONDS)) {
            cpu = process.info().totalCpuDuration().orElse(cpu);
            memory = Math.max(memory, resident(process.pid()));
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                process.destroyForcibly();
            }
        }
        double wall = (System.nanoTime() - began) / 1e9;
        if (process.exitValue() != 0) {
            String said = Files.readString(log);
            throw new IllegalStateException(
                    String.join(" ", command.subList(command.size() - Math.min(6, command.size()), command.size()))
                            + " ended with " + process.exitValue() + ":\n"
                            + said.substring(Math.max(0, said.length() - TOLD)));
        }
        return new Measured(wall, cpu.toMillis() / 1e3, memory);
    }

    private static long resident(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // Not Linux, or it has just ended.
        }
        return 0;
    }
}
