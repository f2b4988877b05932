package io.lakeproof.bench;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local disk under the scheme {@code count}, which counts what it is asked for, as a store in the cloud would be. */
public final class CountingFileSystem extends RawLocalFileSystem {

    private static final Map<String, LongAdder> CALLS = new ConcurrentHashMap<>();

    /** How deep a thread is in calls that this disk makes to itself: those a store is not asked for. */
    private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

    private interface Call<T> {
        T make() throws IOException;
    }

    /** What was asked for since the last time, by kind; {@code listed}: how many names the listings held. */
    static Map<String, Long> taken() {
        Map<String, Long> taken = new TreeMap<>();
        CALLS.forEach((kind, calls) -> taken.put(kind, calls.sumThenReset()));
        return taken;
    }

    private static void count(String kind, long calls) {
        CALLS.computeIfAbsent(kind, any -> new LongAdder()).add(calls);
    }

    private static <T> T counted(String kind, Call<T> call) throws IOException {
        int depth = DEPTH.get();
        if (depth == 0) {
            count(kind, 1);
        }
        DEPTH.set(depth + 1);
        try {
            return call.make();
        } finally {
            DEPTH.set(depth);
        }
    }

    @Override
    public URI getUri() {
        return URI.create("count:///");
    }

    @Override
    public String getScheme() {
        return "count";
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return counted("open", () -> super.open(path, bufferSize));
    }

    @Override
    public FSDataOutputStream create(
            Path path, boolean overwrite, int bufferSize, short replication, long blockSize, Progressable progress)
            throws IOException {
        return counted("create", () -> super.create(path, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        return counted(
                "create",
                () -> super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return counted("status", () -> super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        boolean asked = DEPTH.get() == 0;
        FileStatus[] listed = counted("list", () -> super.listStatus(path));
        if (asked) {
            count("listed", listed.length);
        }
        return listed;
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        return counted("rename", () -> super.rename(from, to));
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        return counted("delete", () -> super.delete(path, recursive));
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        return counted("mkdirs", () -> super.mkdirs(path));
    }

    @Override
    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        return counted("mkdirs", () -> super.mkdirs(path, permission));
    }

    /** Not kept: Hadoop starts a process for it. */
    @Override
    public void setPermission(Path path, FsPermission permission) {}
}
