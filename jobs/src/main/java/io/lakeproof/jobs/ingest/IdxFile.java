package io.lakeproof.jobs.ingest;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file in the container of the MNIST data: images of one size, one channel, a byte a pixel, or their labels, a byte each; gz
 * or not. Its images' labels are in a file beside it, named alike: {@code train-images-idx3-ubyte} and
 * {@code train-labels-idx1-ubyte}.
 *
 * @param count how many images or labels
 * @param height 0 for labels
 * @param width 0 for labels
 */
record IdxFile(DataInputStream in, int count, int height, int width) {

    static final String IMAGES = "images";
    static final String LABELS = "labels";

    private static final int MAGIC_OF_IMAGES = 0x803;
    private static final int MAGIC_OF_LABELS = 0x801;

    private static final int MOST_PIXELS = 25_000_000;

    /** The labels of a file of images are not there yet. */
    static final class NoLabels extends IOException {
        NoLabels(String message) {
            super(message);
        }
    }

    /** Opens a file, whose header is read. */
    static IdxFile of(InputStream stored) throws IOException {
        BufferedInputStream raw = new BufferedInputStream(stored, 1 << 16);
        raw.mark(2);
        boolean gz = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        DataInputStream in =
                new DataInputStream(gz ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16) : raw);
        try {
            int magic = in.readInt();
            if (magic != MAGIC_OF_IMAGES && magic != MAGIC_OF_LABELS) {
                throw new IOException(
                        "it begins with %08x, and neither with 00000803, as images of bytes do, nor with 00000801, as labels do"
                                .formatted(magic));
            }
            int count = in.readInt();
            int height = magic == MAGIC_OF_IMAGES ? in.readInt() : 0;
            int width = magic == MAGIC_OF_IMAGES ? in.readInt() : 0;
            boolean sound =
                    magic == MAGIC_OF_LABELS || (height > 0 && width > 0 && (long) height * width <= MOST_PIXELS);
            if (count < 0 || !sound) {
                throw new IOException("its header says %d images of %d × %d; an image has 1 to %,d pixels"
                        .formatted(count, height, width, MOST_PIXELS));
            }
            return new IdxFile(in, count, height, width);
        } catch (EOFException e) {
            throw new IOException("it is cut short in its header");
        }
    }

    boolean isLabels() {
        return height == 0;
    }

    private int size() {
        return isLabels() ? 1 : height * width;
    }

    /** The next image's pixels, or the next label. */
    byte[] next() throws IOException {
        byte[] next = in.readNBytes(size());
        if (next.length < size()) {
            throw new IOException("it is cut short: its header says %s".formatted(header()));
        }
        return next;
    }

    /** Reads all there is; throws when it is not what the header says. */
    void readToEnd() throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
        if (in.read() >= 0) {
            throw new IOException("more follows than its header says, which is %s".formatted(header()));
        }
    }

    private String header() {
        return isLabels() ? count + " labels" : "%d images of %d × %d".formatted(count, height, width);
    }

    /** A path of images or labels without {@code .gz}. */
    static String plain(String path) {
        return path.replaceFirst("\\.gz$", "");
    }

    /** The {@link #plain} path of a file's labels, or, of a file of labels, of their images; the same: its name does not say. */
    static String other(String path, boolean labels) {
        String plain = plain(path);
        int name = plain.lastIndexOf('/') + 1;
        return plain.substring(0, name)
                + (labels
                        ? plain.substring(name).replace(LABELS, IMAGES).replace("idx1", "idx3")
                        : plain.substring(name).replace(IMAGES, LABELS).replace("idx3", "idx1"));
    }

    /** Throws when a file's name does not say which other file belongs to it. */
    void requireOther(String name) throws IOException {
        if (other(name, isLabels()).equals(plain(name))) {
            throw new IOException(
                    "its name does not say which file holds its %s: name images like train-images-idx3-ubyte, and their labels like train-labels-idx1-ubyte"
                            .formatted(isLabels() ? IMAGES : LABELS));
        }
    }

    /** Where the labels of a file of images are. */
    static Path labels(Path images, FileSystem files) throws IOException {
        String plain = other(images.getName(), false);
        String alike =
                plain + images.getName().substring(plain(images.getName()).length());
        for (String candidate : List.of(alike, plain, plain + ".gz")) {
            Path path = new Path(images.getParent(), candidate);
            if (files.exists(path)) {
                return path;
            }
        }
        throw new NoLabels("its labels are not there: " + alike);
    }

    /** Throws unless this is a whole file with as many labels as {@code images} has images. */
    void requireLabelsFor(IdxFile images, Path path) throws IOException {
        if (!isLabels() || count != images.count()) {
            throw new IOException(
                    "it has %d images, and %s holds %s".formatted(images.count(), path.getName(), header()));
        }
        try {
            readToEnd();
        } catch (IOException e) {
            throw new IOException("its labels in %s cannot be read: %s".formatted(path.getName(), e.getMessage()));
        }
    }
}
