package io.lakeproof.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ImageStepTest extends StepTest {

    /** Red, green; blue, grey. */
    private static final int[] COLOURS = {0xff0000, 0x00ff00, 0x0000ff, 0x808080};

    private static byte[] file(String format, int type, int height, int width) throws IOException {
        BufferedImage image = new BufferedImage(width, height, type);
        for (int i = 0; i < height * width; i++) {
            if (type == BufferedImage.TYPE_BYTE_GRAY) {
                image.getRaster().setSample(i % width, i / width, 0, i * 10);
            } else {
                image.setRGB(i % width, i / width, COLOURS[i % 4] | 0xff000000);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, bytes)).isTrue();
        return bytes.toByteArray();
    }

    private static Picture picture(byte[] file) throws Picture.Unfit {
        return Picture.decode(file, 1000);
    }

    private static int[] values(Picture picture) {
        int[] values = new int[picture.pixels().length];
        Arrays.setAll(values, i -> picture.pixels()[i] & 0xff);
        return values;
    }

    @Test
    void pixels_come_out_of_a_png_as_they_are() throws Exception {
        Picture colours = picture(file("png", BufferedImage.TYPE_INT_RGB, 2, 2));
        assertThat(values(colours)).containsExactly(255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 128, 128);
        assertThat(values(picture(file("png", BufferedImage.TYPE_4BYTE_ABGR, 1, 1))))
                .containsExactly(255, 0, 0, 255);
        // Grey is not taken for linear light.
        assertThat(values(picture(file("png", BufferedImage.TYPE_BYTE_GRAY, 2, 3))))
                .containsExactly(0, 10, 20, 30, 40, 50);
        assertThat(values(picture(file("png", BufferedImage.TYPE_BYTE_INDEXED, 1, 2))))
                .containsExactly(255, 0, 0, 0, 255, 0);
        Picture jpeg = picture(file("jpeg", BufferedImage.TYPE_INT_RGB, 16, 16));
        assertThat(List.of(jpeg.height(), jpeg.width(), jpeg.channels())).containsExactly(16, 16, 3);
        assertThat(values(colours.grey())).containsExactly(76, 150, 29, 128);
    }

    @Test
    void a_file_that_is_damaged_cut_short_or_a_bomb_is_refused() throws Exception {
        for (String format : List.of("png", "jpeg")) {
            byte[] whole = file(format, BufferedImage.TYPE_INT_RGB, 30, 30);
            for (int length : new int[] {whole.length / 2, whole.length * 3 / 4}) {
                assertThatThrownBy(() -> picture(Arrays.copyOf(whole, length)))
                        .isInstanceOf(Picture.Unfit.class)
                        .hasMessageStartingWith("it is damaged")
                        .hasMessageNotContaining("\n");
            }
        }
        assertThatThrownBy(() -> picture(file("png", BufferedImage.TYPE_BYTE_GRAY, 10, 101)))
                .isInstanceOf(Picture.Unfit.class)
                .hasMessage("it has 101 × 10 pixels, more than 1,000");
        // A header that promises 2^31 pixels in a file of a few bytes: refused before memory is taken.
        byte[] bomb = file("png", BufferedImage.TYPE_BYTE_GRAY, 2, 2);
        bomb[16] = 0x7f;
        bomb[20] = 0x7f;
        CRC32 crc = new CRC32();
        crc.update(bomb, 12, 17);
        ByteBuffer.wrap(bomb).putInt(29, (int) crc.getValue());
        assertThatThrownBy(() -> Picture.decode(bomb, Picture.MOST_PIXELS))
                .isInstanceOf(Picture.Unfit.class)
                .hasMessageContaining("pixels, more than");
        for (byte[] other : new byte[][] {{}, {1}, "GIF89a".getBytes(java.nio.charset.StandardCharsets.US_ASCII)}) {
            assertThatThrownBy(() -> picture(other)).hasMessage("it is neither a PNG nor a JPEG");
        }
    }

    @Test
    void a_png_whose_parts_do_not_fit_their_checksums_or_that_lacks_its_end_is_refused() throws Exception {
        byte[] whole = file("png", BufferedImage.TYPE_INT_RGB, 30, 30);
        byte[] lower = whole.clone();
        lower[23] = 20;
        assertThatThrownBy(() -> picture(lower)).hasMessage("it is damaged: the checksum of its part IHDR is wrong");
        byte[] other = whole.clone();
        other[whole.length - 13] ^= 1;
        assertThatThrownBy(() -> picture(other)).hasMessage("it is damaged: the checksum of its part IDAT is wrong");
        for (int cut : new int[] {1, 12, 16, 20}) {
            assertThatThrownBy(() -> picture(Arrays.copyOf(whole, whole.length - cut)))
                    .hasMessage("it is damaged: it is cut short");
        }
    }

    @Test
    void resizing_keeps_what_is_even_and_averages_what_is_not() {
        Picture ramp = new Picture(1, 4, 1, new byte[] {0, 100, (byte) 200, (byte) 200});
        assertThat(values(ramp.resized(1, 4))).containsExactly(0, 100, 200, 200);
        assertThat(values(ramp.resized(1, 2))).containsExactly(71, 186);
        assertThat(values(new Picture(2, 1, 1, new byte[] {0, 100}).resized(4, 1)))
                .containsExactly(0, 25, 75, 100);
        byte[] flat = new byte[7 * 5 * 3];
        Arrays.fill(flat, (byte) 201);
        assertThat(values(new Picture(7, 5, 3, flat).resized(28, 3)))
                .hasSize(28 * 3 * 3)
                .containsOnly(201);
    }

    @Test
    void steps_follow_each_other_from_a_file_to_what_a_model_takes() throws Exception {
        Dataset<Row> files = SPARK.createDataFrame(
                List.of(
                        RowFactory.create(1, file("png", BufferedImage.TYPE_INT_RGB, 2, 2)),
                        RowFactory.create(2, null)),
                StructType.fromDDL("id INT, `the file` BINARY"));
        Dataset<Row> images = run("decode: {column: the file, into: image}", files);
        assertThat(images.columns()).containsExactly("id", "the file", "image");
        assertThat(Columns.type(images.schema(), "image")).isEqualTo(Picture.TYPE);
        Dataset<Row> arrays = run("normalize: {column: image, mean: [0, 0.5, 0], std: [1, 0.5, 2]}", images);
        assertThat(arrays.select("image").collectAsList())
                .extracting(row -> row.isNullAt(0) ? "null" : row.getList(0).toString())
                .containsExactly(
                        "[1.0, 0.0, 0.0, 0.5019608, -1.0, 1.0, -1.0, 0.003921569, 0.0, 0.0, 0.5, 0.2509804]", "null");
        Dataset<Row> small = run("resize: {column: image, height: 1, width: 1}", run("grayscale: image", images));
        assertThat(run("normalize: {column: image, layout: channels-last}", small)
                        .selectExpr("image[0] * 255")
                        .collectAsList())
                .extracting(row -> String.valueOf(row.get(0)))
                .containsExactly("96.0", "null");
    }

    @Test
    void what_cannot_be_done_is_said() throws Exception {
        Dataset<Row> input = sql(
                "SELECT CAST('x' AS BINARY) b, 1 n, named_struct('height', 2, 'width', 2, 'channels', 1, 'pixels', CAST('abc' AS BINARY)) i");
        assertThat(problems("resize: {column: b, height: 1, width: 1}", input))
                .containsExactly(
                        "resize: column 'b' is binary; it takes an image, as decode and source.format: idx make one");
        assertThat(problems("decode: n", input))
                .containsExactly("decode: column 'n' is int; it takes a file's bytes, binary");
        assertThat(problems("normalize: {column: i, std: [1, 0], layout: chanels-first}"))
                .containsExactly(
                        "normalize.layout: 'chanels-first' is not one of channels-first, channels-last, did you mean 'channels-first'?");
        assertThat(problems("normalize: {column: i, std: [1, 0]}"))
                .containsExactly("normalize.std: '0' cannot be divided by; write what the model was trained with");
        assertThat(problems("normalize: {column: i, mean: x}"))
                .containsExactly("normalize.mean: 'x' is not a number or a list of numbers");
        assertThat(problems("resize: {column: i, height: 0, width: 99999}"))
                .containsExactly(
                        "resize.height: '0' is not between 1 and 10,000",
                        "resize.width: '99999' is not between 1 and 10,000");
        for (var bad : List.of(
                List.of("decode: b", "decode: column 'b' holds no image: it is neither a PNG nor a JPEG"),
                List.of(
                        "grayscale: i",
                        "grayscale: column 'i' holds 2 × 2 × 1 values by its sizes, and 3 by its pixels"))) {
            assertThatThrownBy(() -> run(bad.get(0), input).collectAsList())
                    .satisfies(thrown -> assertThat(BadRow.in(thrown)).contains(bad.get(1)));
        }
    }
}
