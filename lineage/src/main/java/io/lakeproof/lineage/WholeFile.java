package io.lakeproof.lineage;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file that is read to its end, or fails: a driver that was told a wrong length, or takes half an answer for the whole, ends
 * early without a word.
 */
public class WholeFile extends FilterInputStream {

    private final long length;
    private long read;

    /** @param length that the file has, in bytes, as somebody else was told */
    public WholeFile(InputStream in, long length) {
        super(in);
        this.length = length;
    }

    /** Opens a file, and asks for its length by itself. */
    static WholeFile open(FileSystem files, Path path) throws IOException {
        return new WholeFile(files.open(path), files.getFileStatus(path).getLen());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** @throws EOFException when it ends before its length */
    @Override
    public int read(byte[] bytes, int from, int most) throws IOException {
        int count = super.read(bytes, from, most);
        if (count < 0 && read < length) {
            throw new EOFException("it came in part, %d of %d bytes".formatted(read, length));
        }
        read += Math.max(0, count);
        return count;
    }

    /** By reading: what is passed over must be there as well. */
    @Override
    public long skip(long most) throws IOException {
        int count = read(new byte[(int) Math.min(Math.max(0, most), 1 << 16)]);
        return Math.max(0, count);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
