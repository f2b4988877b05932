package io.lakeproof.transforms.features;

import io.lakeproof.transforms.Picture;
import java.io.Serializable;
import java.util.Random;

/**
 * What is done to one image: flipped, turned about its centre, moved, made brighter or darker, in this order. What comes in
 * from outside is 0.
 *
 * @param right pixels to the right; below 0: to the left
 * @param down pixels down; below 0: up
 * @param degrees clockwise
 * @param brightness the factor of each value but alpha's; above 255 is 255
 */
record Alteration(boolean leftRight, boolean upDown, int right, int down, double degrees, double brightness) {

    /**
     * What is drawn from, each value of a range as likely as any other.
     *
     * @param shift the most pixels in each direction
     * @param rotate the most degrees in each direction
     * @param brightness the most by which the factor differs from 1
     */
    record Range(boolean leftRight, boolean upDown, int shift, double rotate, double brightness)
            implements Serializable {

        /** Draws until something is altered: a range that allows nothing never returns. */
        Alteration draw(Random random) {
            Alteration drawn;
            do {
                drawn = new Alteration(
                        random.nextBoolean() && leftRight,
                        random.nextBoolean() && upDown,
                        pixels(random.nextDouble()),
                        pixels(random.nextDouble()),
                        rotate * (2 * random.nextDouble() - 1),
                        1 + brightness * (2 * random.nextDouble() - 1));
            } while (drawn.isNothing());
            return drawn;
        }

        private int pixels(double place) {
            return (int) (place * (2 * shift + 1)) - shift;
        }
    }

    private boolean isNothing() {
        return !leftRight && !upDown && right == 0 && down == 0 && degrees == 0 && brightness == 1;
    }

    Picture of(Picture picture) {
        int height = picture.height();
        int width = picture.width();
        int channels = picture.channels();
        int colours = channels % 2 == 0 ? channels - 1 : channels;
        double centreX = (width - 1) / 2.0;
        double centreY = (height - 1) / 2.0;
        double cos = StrictMath.cos(StrictMath.toRadians(degrees));
        double sin = StrictMath.sin(StrictMath.toRadians(degrees));
        byte[] altered = new byte[picture.pixels().length];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double offX = x - right - centreX;
                double offY = y - down - centreY;
                double fromX = (leftRight ? -1 : 1) * (offX * cos + offY * sin) + centreX;
                double fromY = (upDown ? -1 : 1) * (offY * cos - offX * sin) + centreY;
                for (int channel = 0; channel < channels; channel++) {
                    double value = value(picture, fromX, fromY, channel) * (channel < colours ? brightness : 1);
                    altered[at++] = (byte) Math.floor(Math.min(value, 255) + 0.5);
                }
            }
        }
        return new Picture(height, width, channels, altered);
    }

    /** Bilinear: where nothing is turned, of one pixel alone. */
    private static double value(Picture picture, double x, double y, int channel) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double value = 0;
        for (int row = top; row <= top + 1; row++) {
            for (int column = left; column <= left + 1; column++) {
                if (row >= 0 && row < picture.height() && column >= 0 && column < picture.width()) {
                    int at = (row * picture.width() + column) * picture.channels() + channel;
                    value += (1 - Math.abs(y - row)) * (1 - Math.abs(x - column)) * (picture.pixels()[at] & 0xff);
                }
            }
        }
        return value;
    }
}
