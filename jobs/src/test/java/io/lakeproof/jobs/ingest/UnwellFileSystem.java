package io.lakeproof.jobs.ingest;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under the scheme {@code unwell}, which now and then fails to give what it is asked for. */
public final class UnwellFileSystem extends RawLocalFileSystem {

    private static final AtomicInteger FAILS = new AtomicInteger();

    /** The next so many reads fail, and those behind them are well. */
    static void failsFor(int reads) {
        FAILS.set(reads);
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
            if (FAILS.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
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
