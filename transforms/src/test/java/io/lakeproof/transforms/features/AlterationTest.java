package io.lakeproof.transforms.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.transforms.Picture;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AlterationTest {

    private static int[] altered(Alteration alteration, int height, int width, int channels, int... pixels) {
        byte[] bytes = new byte[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            bytes[i] = (byte) pixels[i];
        }
        Picture picture = alteration.of(new Picture(height, width, channels, bytes));
        assertThat(new int[] {picture.height(), picture.width(), picture.channels()})
                .containsExactly(height, width, channels);
        int[] altered = new int[picture.pixels().length];
        for (int i = 0; i < altered.length; i++) {
            altered[i] = picture.pixels()[i] & 0xff;
        }
        return altered;
    }

    private static Alteration flipped(boolean leftRight, boolean upDown) {
        return new Alteration(leftRight, upDown, 0, 0, 0, 1);
    }

    private static Alteration turned(double degrees) {
        return new Alteration(false, false, 0, 0, degrees, 1);
    }

    @Test
    void a_flip_keeps_the_channels_of_a_pixel_together() {
        int[] pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252};
        assertThat(altered(flipped(true, false), 2, 2, 3, pixels))
                .containsExactly(4, 5, 6, 1, 2, 3, 250, 251, 252, 7, 8, 9);
        assertThat(altered(flipped(false, true), 2, 2, 3, pixels))
                .containsExactly(7, 8, 9, 250, 251, 252, 1, 2, 3, 4, 5, 6);
        assertThat(altered(flipped(true, true), 2, 2, 3, pixels))
                .containsExactly(250, 251, 252, 7, 8, 9, 4, 5, 6, 1, 2, 3);
    }

    @Test
    void a_quarter_turn_is_exact_and_clockwise_and_any_other_is_bilinear_with_0_outside() {
        int[] pixels = {1, 2, 3, 4, 5, 6, 7, 8, 255};
        assertThat(altered(turned(90), 3, 3, 1, pixels)).containsExactly(7, 4, 1, 8, 5, 2, 255, 6, 3);
        assertThat(altered(turned(-90), 3, 3, 1, pixels)).containsExactly(3, 6, 255, 2, 5, 8, 1, 4, 7);
        assertThat(altered(turned(180), 3, 3, 1, pixels)).containsExactly(255, 8, 7, 6, 5, 4, 3, 2, 1);
        int[] white = new int[25];
        Arrays.fill(white, 200);
        int[] turned = altered(turned(45), 5, 5, 1, white);
        // A corner comes from 2√2 pixels off the centre, where 2 is the last: 200 × (3 - 2√2).
        assertThat(new int[] {turned[0], turned[4], turned[20], turned[24]}).containsOnly(34);
        assertThat(new int[] {turned[7], turned[11], turned[12], turned[13], turned[17]})
                .containsOnly(200);
    }

    @Test
    void it_is_flipped_before_it_is_turned_and_turned_before_it_is_moved() {
        int[] pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        // Flipped: 3 2 1, 6 5 4, 9 8 7. Turned: 9 6 3, 8 5 2, 7 4 1. Moved to the right and up.
        assertThat(altered(new Alteration(true, false, 1, -1, 90, 1), 3, 3, 1, pixels))
                .containsExactly(0, 8, 5, 0, 7, 4, 0, 0, 0);
    }

    @Test
    void brightness_leaves_alpha_and_stops_at_white() {
        Alteration brighter = new Alteration(false, false, 0, 0, 0, 1.5);
        assertThat(altered(brighter, 1, 2, 2, 100, 100, 200, 7)).containsExactly(150, 100, 255, 7);
        assertThat(altered(brighter, 1, 1, 4, 1, 3, 170, 90)).containsExactly(2, 5, 255, 90);
        assertThat(altered(new Alteration(false, false, 0, 0, 0, 0), 1, 1, 3, 1, 3, 170))
                .containsOnly(0);
    }

    @Test
    void what_is_drawn_fills_its_range_and_is_never_nothing() {
        Random random = new Random(1);
        Alteration.Range wide = new Alteration.Range(true, true, 2, 20, 0.3);
        Alteration.Range moves = new Alteration.Range(false, false, 2, 0, 0);
        Alteration.Range flips = new Alteration.Range(true, false, 0, 0, 0);
        Set<String> moved = new HashSet<>();
        double least = 1;
        double most = 1;
        for (int i = 0; i < 2000; i++) {
            Alteration drawn = wide.draw(random);
            assertThat(drawn.degrees()).isBetween(-20.0, 20.0);
            least = Math.min(least, drawn.brightness());
            most = Math.max(most, drawn.brightness());
            Alteration move = moves.draw(random);
            moved.add(move.right() + " " + move.down());
            assertThat(flips.draw(random).leftRight()).isTrue();
        }
        assertThat(least).isBetween(0.7, 0.71);
        assertThat(most).isBetween(1.29, 1.3);
        assertThat(moved).hasSize(24).doesNotContain("0 0");
    }
}
