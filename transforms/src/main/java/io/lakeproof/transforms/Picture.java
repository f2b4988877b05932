package io.lakeproof.transforms;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * An image, decoded.
 *
 * @param channels 1: grey, 2: grey and alpha, 3: red, green, blue, 4: and alpha
 * @param pixels 0 to 255 each, row by row from the top, the channels of a pixel side by side
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Picture(int height, int width, int channels, byte[] pixels) {

    /** The column of an image: the record's components. */
    public static final StructType TYPE = new StructType()
            .add("height", DataTypes.IntegerType, false)
            .add("width", DataTypes.IntegerType, false)
            .add("channels", DataTypes.IntegerType, false)
            .add("pixels", DataTypes.BinaryType, false);

    /** The most pixels that an image has, unless somebody says otherwise: 25 million take 100 MB. */
    public static final int MOST_PIXELS = 25_000_000;

    private static final float[] SHARES = new float[256];

    static {
        for (int value = 0; value < SHARES.length; value++) {
            SHARES[value] = (float) (value / 255.0);
        }
    }

    /** Bytes that are no image; the message says why, on one line. */
    public static final class Unfit extends Exception {
        Unfit(String message) {
            super(message);
        }
    }

    /**
     * Decodes a whole PNG or JPEG file. A palette becomes red, green and blue; 16 bits become 8.
     *
     * @param mostPixels its size is known before memory is taken for it; a larger one is refused
     * @throws Unfit when it is something else, damaged, cut short or too large
     */
    public static Picture decode(byte[] file, int mostPixels) throws Unfit {
        String format = format(file);
        if (format.equals("png")) {
            checkPng(file);
        }
        ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
        List<String> warnings = new ArrayList<>();
        // A JPEG that is cut short is but a warning, and grey from there on.
        reader.addIIOReadWarningListener((IIOReadWarningListener) (source, warning) -> warnings.add(warning));
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if ((long) width * height > mostPixels) {
                throw new Unfit("it has %,d × %,d pixels, more than %,d".formatted(width, height, mostPixels));
            }
            Picture picture = of(reader.read(0));
            if (!warnings.isEmpty()) {
                throw new Unfit("it is damaged: " + LoadedModel.oneLine(warnings.get(0)));
            }
            return picture;
        } catch (IOException | RuntimeException damaged) {
            throw new Unfit("it is damaged, or of a kind that Java does not read: " + LoadedModel.reason(damaged));
        } finally {
            reader.dispose();
        }
    }

    private static String format(byte[] file) throws Unfit {
        if (file.length > 8 && (file[0] & 0xff) == 0x89 && file[1] == 'P' && file[2] == 'N' && file[3] == 'G') {
            return "png";
        }
        if (file.length > 3 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == 0xd8) {
            return "jpeg";
        }
        throw new Unfit("it is neither a PNG nor a JPEG");
    }

    /**
     * Checks what Java's reader does not: that the file is whole, and each chunk's CRC-32 (PNG specification, "Chunk layout"). A
     * changed header or palette would be another image.
     */
    private static void checkPng(byte[] file) throws Unfit {
        ByteBuffer chunks = ByteBuffer.wrap(file).position(8);
        String type = "";
        while (!type.equals("IEND")) {
            if (chunks.remaining() < 12) {
                throw new Unfit("it is damaged: it is cut short");
            }
            int length = chunks.getInt();
            if (length < 0 || length > chunks.remaining() - 8) {
                throw new Unfit("it is damaged: it is cut short");
            }
            CRC32 crc = new CRC32();
            crc.update(file, chunks.position(), 4 + length);
            type = new String(file, chunks.position(), 4, StandardCharsets.ISO_8859_1);
            chunks.position(chunks.position() + 4 + length);
            if (chunks.getInt() != (int) crc.getValue()) {
                throw new Unfit(
                        "it is damaged: the checksum of its part %s is wrong".formatted(type.replaceAll("\\W", "?")));
            }
        }
    }

    private static Picture of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        Raster raster = image.getRaster();
        ColorModel colours = image.getColorModel();
        // Samples as they are: getRGB would take grey for linear light, and change it.
        boolean asIs = colours instanceof ComponentColorModel && raster.getNumBands() <= 4;
        int channels = asIs ? raster.getNumBands() : colours.hasAlpha() ? 4 : 3;
        byte[] pixels = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        int[] row = new int[width * channels];
        int at = 0;
        for (int y = 0; y < height; y++) {
            if (asIs) {
                raster.getPixels(0, y, width, 1, row);
                for (int i = 0; i < row.length; i++) {
                    int bits = colours.getComponentSize(i % channels);
                    pixels[at++] = (byte) (bits > 8 ? row[i] >> (bits - 8) : row[i] * 255 / ((1 << bits) - 1));
                }
            } else {
                for (int x = 0; x < width; x++) {
                    int rgb = image.getRGB(x, y);
                    pixels[at++] = (byte) (rgb >> 16);
                    pixels[at++] = (byte) (rgb >> 8);
                    pixels[at++] = (byte) rgb;
                    if (channels == 4) {
                        pixels[at++] = (byte) (rgb >> 24);
                    }
                }
            }
        }
        return new Picture(height, width, channels, pixels);
    }

    /**
     * The image of a value of {@link #TYPE}. One whose sizes are not those of its pixels stops the run, as a {@link BadRow}.
     *
     * @param where what the message begins with
     */
    public static Picture of(Row row, String where) {
        Picture picture = new Picture(row.getInt(0), row.getInt(1), row.getInt(2), row.getAs(3));
        long size = (long) picture.height * picture.width * picture.channels;
        if (picture.height < 1 || picture.width < 1 || picture.channels < 1 || size != picture.pixels.length) {
            throw BadRow.of(where
                    + "holds %d × %d × %d values by its sizes, and %d by its pixels"
                            .formatted(picture.height, picture.width, picture.channels, picture.pixels.length));
        }
        return picture;
    }

    /** As a value of {@link #TYPE}. */
    public Row row() {
        return RowFactory.create(height, width, channels, pixels);
    }

    /** One channel, weighted as eyes do (ITU-R BT.601); alpha is left out. */
    Picture grey() {
        if (channels == 1) {
            return this;
        }
        byte[] grey = new byte[height * width];
        for (int i = 0; i < grey.length; i++) {
            int p = i * channels;
            grey[i] = channels == 2
                    ? pixels[p]
                    : (byte) ((299 * (pixels[p] & 0xff)
                                    + 587 * (pixels[p + 1] & 0xff)
                                    + 114 * (pixels[p + 2] & 0xff)
                                    + 500)
                            / 1000);
        }
        return new Picture(height, width, 1, grey);
    }

    /** Another size: bilinear, over all pixels that a new one covers. */
    Picture resized(int newHeight, int newWidth) {
        double[] source = new double[pixels.length];
        for (int i = 0; i < source.length; i++) {
            source[i] = pixels[i] & 0xff;
        }
        double[] wide = along(source, height, width, newWidth, channels);
        // The same along the other side: a row of pixels is a pixel of many channels.
        double[] both = along(wide, 1, height, newHeight, newWidth * channels);
        byte[] resized = new byte[both.length];
        for (int i = 0; i < resized.length; i++) {
            resized[i] = (byte) Math.floor(both[i] + 0.5);
        }
        return new Picture(newHeight, newWidth, channels, resized);
    }

    private static double[] along(double[] source, int lines, int from, int to, int values) {
        double[] result = new double[lines * to * values];
        double scale = (double) from / to;
        double reach = Math.max(1, scale);
        for (int x = 0; x < to; x++) {
            double centre = (x + 0.5) * scale - 0.5;
            int first = (int) Math.max(0, Math.ceil(centre - reach));
            int last = (int) Math.min(from - 1, Math.floor(centre + reach));
            double sum = 0;
            for (int i = first; i <= last; i++) {
                sum += 1 - Math.abs(i - centre) / reach;
            }
            for (int line = 0; line < lines; line++) {
                for (int v = 0; v < values; v++) {
                    double value = 0;
                    for (int i = first; i <= last; i++) {
                        value += source[(line * from + i) * values + v] * (1 - Math.abs(i - centre) / reach);
                    }
                    result[(line * to + x) * values + v] = value / sum;
                }
            }
        }
        return result;
    }

    /** What a model is given that asks for no other: pixel / 255, one channel after the other, as {@link #normalised} rounds it. */
    float[] scaled() {
        float[] values = new float[pixels.length];
        int area = height * width;
        int at = 0;
        for (int channel = 0; channel < channels; channel++) {
            for (int i = 0; i < area; i++) {
                values[at++] = SHARES[pixels[i * channels + channel] & 0xff];
            }
        }
        return values;
    }

    /** What a model is given: (pixel / 255 - mean) / deviation of its channel. */
    float[] normalised(double[] mean, double[] deviation, boolean channelsFirst) {
        float[] values = new float[pixels.length];
        int area = height * width;
        for (int i = 0; i < pixels.length; i++) {
            int channel = i % channels;
            double value = ((pixels[i] & 0xff) / 255.0 - mean[mean.length == 1 ? 0 : channel])
                    / deviation[deviation.length == 1 ? 0 : channel];
            values[channelsFirst ? channel * area + i / channels : i] = (float) value;
        }
        return values;
    }
}
