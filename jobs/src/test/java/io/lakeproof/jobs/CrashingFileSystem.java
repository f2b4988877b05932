package io.lakeproof.jobs;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system under the scheme {@code crash}, which dies at a chosen change: from then on every change fails, as
 * if the process had been killed there. What a killed run leaves in storage is what this leaves.
 */
public final class CrashingFileSystem extends RawLocalFileSystem {

    private static final AtomicLong CHANGES = new AtomicLong();
    private static volatile long dieAt = Long.MAX_VALUE;
    private static volatile String dieBefore;

    /** Counts from 0 again, and dies at that change; {@link Long#MAX_VALUE}: never. */
    static void dieAt(long change) {
        CHANGES.set(0);
        dieAt = change;
        dieBefore = null;
    }

    /** Dies at the first change of a path that holds this text. */
    static void dieBefore(String path) {
        dieAt(Long.MAX_VALUE);
        dieBefore = path;
    }

    /** Changes since {@link #dieAt}. */
    static long changes() {
        return CHANGES.get();
    }

    private static void change(String what, Path path) throws IOException {
        long change = CHANGES.incrementAndGet();
        if (dieBefore != null && path.toString().contains(dieBefore)) {
            dieAt = change;
            dieBefore = null;
        }
        if (change >= dieAt) {
            throw new IOException("killed before " + what + " " + path);
        }
    }

    @Override
    public URI getUri() {
        return URI.create("crash:///");
    }

    @Override
    public String getScheme() {
        return "crash";
    }

    @Override
    public FSDataOutputStream create(
            Path path, boolean overwrite, int bufferSize, short replication, long blockSize, Progressable progress)
            throws IOException {
        change("create", path);
        return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
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
        change("create", path);
        return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    }

    /** Without permissions, which Hadoop looks up by a URI that it believes to be a file's. */
    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        return Arrays.stream(super.listStatus(path))
                .map(file -> new FileStatus(
                        file.getLen(),
                        file.isDirectory(),
                        file.getReplication(),
                        file.getBlockSize(),
                        file.getModificationTime(),
                        file.getPath()))
                .toArray(FileStatus[]::new);
    }

    /** Not kept: Hadoop starts a process for it. */
    @Override
    public void setPermission(Path path, FsPermission permission) {}

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        change("rename", to);
        return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        change("delete", path);
        return super.delete(path, recursive);
    }
}
