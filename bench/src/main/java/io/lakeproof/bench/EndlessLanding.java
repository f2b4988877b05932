package io.lakeproof.bench;

import java.net.URI;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * A landing of as many files as {@code fs.endless.files} says, 5,000 in a folder, named as devices and jobs name them. They
 * are only listed: nothing is on the disk.
 */
public final class EndlessLanding extends RawLocalFileSystem {

    static final int IN_A_FOLDER = 5_000;

    @Override
    public URI getUri() {
        return URI.create("endless:///");
    }

    @Override
    public String getScheme() {
        return "endless";
    }

    @Override
    public FileStatus getFileStatus(Path path) {
        return new FileStatus(0, true, 1, 0, 0, path);
    }

    @Override
    public FileStatus[] listStatus(Path path) {
        int files = getConf().getInt("fs.endless.files", 0);
        boolean isRoot = path.getName().equals("events");
        return IntStream.range(0, isRoot ? files / IN_A_FOLDER : IN_A_FOLDER)
                .mapToObj(number -> isRoot
                        ? getFileStatus(new Path(path, "hour=" + number))
                        : new FileStatus(
                                256L << 20, false, 1, 0, 1_767_225_600_000L + number, new Path(path, name(number))))
                .toArray(FileStatus[]::new);
    }

    static String name(int number) {
        UUID random = new UUID(number * 0x9E3779B97F4A7C15L, number * 0xD1B54A32D192ED03L);
        return "part-%05d-%s.c000.json.gz".formatted(number % IN_A_FOLDER, random);
    }
}
