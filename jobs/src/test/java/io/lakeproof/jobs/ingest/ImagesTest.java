package io.lakeproof.jobs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.spec.Source.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {

    @TempDir
    private Path landing;

    private static byte[] image(String format, int type, int height, int width) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(new BufferedImage(width, height, type), format, bytes))
                .isTrue();
        return bytes.toByteArray();
    }

    private static byte[] idx(int... header) {
        return idx(new byte[0], header);
    }

    private static byte[] idx(byte[] values, int... header) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * header.length + values.length);
        Arrays.stream(header).forEach(bytes::putInt);
        return bytes.put(values).array();
    }

    private static byte[] gz(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        }
        return bytes.toByteArray();
    }

    @Test
    void an_image_is_a_row_labelled_by_its_folder_and_a_damaged_one_a_row_with_its_reason() throws IOException {
        byte[] whole = image("jpg", BufferedImage.TYPE_INT_RGB, 40, 30);
        Drop drop = Drop.of(landing, Format.IMAGE, null)
                .put("cat/a b+c.png", image("png", BufferedImage.TYPE_BYTE_GRAY, 3, 5))
                .put("dog/1.JPG", whole)
                .put("dog/cut.jpg", Arrays.copyOf(whole, whole.length / 2))
                .put("dog/large.png", image("png", BufferedImage.TYPE_BYTE_GRAY, 100, 21))
                .put("Thumbs.db", "nothing to see")
                .put("dog/none.png", "")
                .option("maxPixels", "2000");
        assertThat(Drop.texts(drop.read()
                        .where("_unreadable IS NULL")
                        .selectExpr("path", "label", "height", "width", "channels", "length(bytes)", "_source_file")))
                .containsExactly(
                        "cat/a b+c.png|cat|3|5|1|%d|file:%s/cat/a b+c.png"
                                .formatted(image("png", BufferedImage.TYPE_BYTE_GRAY, 3, 5).length, landing),
                        "dog/1.JPG|dog|40|30|3|%d|file:%s/dog/1.JPG".formatted(whole.length, landing));
        assertThat(drop.bad())
                .hasSize(3)
                .contains(
                        "bytes|null|it has 21 × 100 pixels, more than 2,000|{\"path\":\"dog/large.png\",\"length\":%d}"
                                .formatted(image("png", BufferedImage.TYPE_BYTE_GRAY, 100, 21).length),
                        "bytes|null|it is neither a PNG nor a JPEG|{\"path\":\"Thumbs.db\",\"length\":14}")
                .anyMatch(line -> line.startsWith("bytes|null|it is damaged"));
        assertThat(drop.refused()).containsExactly("it holds no bytes, and so no image; deliver it again");
        assertThat(Drop.texts(
                        drop.option("labelPattern", ".*/d([a-z]+)/1.*").read().selectExpr("label")))
                .containsExactlyInAnyOrder("og", "null", "null", "null", "null");
    }

    @Test
    void an_idx_files_images_come_with_the_labels_of_the_file_beside_it() throws IOException {
        byte[] pixels = {0, 1, 2, 3, 4, 5, (byte) 250, 7, 8, 9, 10, 11};
        Drop drop = Drop.of(landing, Format.IDX, null)
                .put("in/train-images-idx3-ubyte.gz", gz(idx(pixels, 0x803, 2, 2, 3)))
                .put("in/train-labels-idx1-ubyte", idx(new byte[] {7, (byte) 200}, 0x801, 2))
                .put("t10k-images-idx3-ubyte", idx(0x803, 0, 2, 3))
                .put("t10k-labels-idx1-ubyte", idx(0x801, 0));
        String file = "file:" + landing + "/in/train-images-idx3-ubyte.gz";
        assertThat(Drop.texts(drop.read()
                        .selectExpr(
                                "path",
                                "index",
                                "label",
                                "image.height",
                                "image.width",
                                "image.channels",
                                "hex(image.pixels)",
                                "_source_file",
                                "_unreadable")))
                .containsExactly(
                        "in/train-images-idx3-ubyte.gz|0|7|2|3|1|000102030405|" + file + "|null",
                        "in/train-images-idx3-ubyte.gz|1|200|2|3|1|FA0708090A0B|" + file + "|null");
        assertThat(drop.notes()).isEmpty();
    }

    @Test
    void an_idx_file_that_is_not_what_its_header_says_is_quarantined_and_one_without_labels_waits() throws IOException {
        byte[] four = new byte[4];
        Drop drop = Drop.of(landing, Format.IDX, null)
                .put("a-images-idx3", idx(four, 0x803, 2, 2, 2))
                .put("b-images-idx3", idx(four, 0x803, 1, 1, 1))
                .put("c-images-idx3", idx(four, 0x803, 1, 2, 2))
                .put("c-labels-idx1", idx(four, 0x801, 4))
                .put("d-images-idx3", idx(0x803, 1, 1 << 30, 1 << 30))
                .put("e", idx(four, 0x803, 1, 2, 2))
                .put("e-images", "")
                .put("f.csv", "id,name")
                .put("g-images-idx3.gz", gz(idx(four, 0x803, 1, 2, 2)))
                .put("h-images-idx3", Arrays.copyOf(gz(idx(four, 0x803, 1, 2, 2)), 12));
        assertThat(drop.refused())
                .containsExactly(
                        "not a readable idx file: it is cut short: its header says 2 images of 2 × 2; deliver it again",
                        "not a readable idx file: more follows than its header says, which is 1 images of 1 × 1; deliver it again",
                        "not a readable idx file: it has 1 images, and c-labels-idx1 holds 4 labels; deliver it again",
                        "not a readable idx file: its header says 1 images of 1073741824 × 1073741824; an image has 1 to 25,000,000 pixels; deliver it again",
                        "not a readable idx file: its name does not say which file holds its labels: name images like train-images-idx3-ubyte, and their labels like train-labels-idx1-ubyte; deliver it again",
                        "not a readable idx file: it is cut short in its header; deliver it again",
                        "not a readable idx file: it begins with 69642c6e, and neither with 00000803, as images of bytes do, nor with 00000801, as labels do; deliver it again",
                        "not a readable idx file: it is cut short in its header; deliver it again");
        assertThat(drop.inspect())
                .filteredOn(inspection -> inspection instanceof Inspection.Waits)
                .extracting(Inspection::reason)
                .containsExactly("its labels are not there: g-labels-idx1.gz");
        assertThat(drop.good()).isEmpty();
    }
}
