package io.lakeproof.jobs.ingest;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under the scheme {@code unwell}, which now and then fails to give what it is asked for. */
public final class UnwellFileSystem extends RawLocalFileSystem {

    /** The name of what it cannot say anything of. */
    static final String UNLISTED = "unlisted";

    private static final AtomicInteger READS = new AtomicInteger();
    private static volatile int failsFrom;
    private static volatile int failsTo;

    /** The next so many reads fail, and those behind them are well. */
    static void failsFor(int reads) {
        failsFor(reads, 0);
    }

    /** So many reads fail, after so many that are well; those behind them are well again. */
    static void failsFor(int reads, int after) {
        READS.set(0);
        failsFrom = after;
        failsTo = (int) Math.min(Integer.MAX_VALUE, (long) after + reads);
    }

    /** How many were made since it was last told to fail. */
    static int reads() {
        return READS.get();
    }

    @Override
    public URI getUri() {
        return URI.create("unwell:///");
    }

    @Override
    public String getScheme() {
        return "unwell";
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return new FSDataInputStream(new Unwell(super.open(path, bufferSize)));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        if (path.getName().equals(UNLISTED)) {
            throw new IOException("the storage does not answer");
        }
        return super.getFileStatus(path);
    }

    private static final class Unwell extends FSInputStream {
        private final FSDataInputStream in;

        Unwell(FSDataInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            fail();
            return in.read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            fail();
            return in.read(bytes, from, length);
        }

        private static void fail() throws IOException {
            int read = READS.getAndIncrement();
            if (failsFrom <= read && read < failsTo) {
                throw new IOException("Operation failed: the server is busy");
            }
        }

        @Override
        public void seek(long to) throws IOException {
            in.seek(to);
        }

        @Override
        public long getPos() throws IOException {
            return in.getPos();
        }

        @Override
        public boolean seekToNewSource(long to) throws IOException {
            return in.seekToNewSource(to);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
