package io.lakeproof.transforms.features;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A sum of finite doubles without rounding, as a fixed-point number wide enough for every double: U. Kulisch's long
 * accumulator, in digits of 32 bits. Adding is associative and commutative.
 */
final class ExactSum implements Serializable {

    /** Digit 0 counts units of 2^-1088, below the least double, 2^-1074. */
    private static final int SCALE = 1088;

    /** A digit takes 2^29 additions before it could overflow; carries are brought forward long before. */
    private static final int MOST_UNCARRIED = 1 << 28;

    private final long[] digits = new long[70];
    private int uncarried;

    void add(double value) {
        long bits = Double.doubleToRawLongBits(value);
        int exponent = (int) (bits >>> 52) & 0x7ff;
        long mantissa = bits & 0xfffffffffffffL;
        if (exponent == 0x7ff) {
            throw new IllegalArgumentException("not finite: " + value);
        }
        if (exponent == 0) {
            exponent = 1;
        } else {
            mantissa |= 1L << 52;
        }
        int place = exponent - 1075 + SCALE;
        int digit = place >>> 5;
        int shift = place & 31;
        long low = (mantissa & 0xffffffffL) << shift;
        long high = (mantissa >>> 32) << shift;
        long sign = bits < 0 ? -1 : 1;
        digits[digit] += sign * (low & 0xffffffffL);
        digits[digit + 1] += sign * ((low >>> 32) + (high & 0xffffffffL));
        digits[digit + 2] += sign * (high >>> 32);
        if (++uncarried == MOST_UNCARRIED) {
            carry();
        }
    }

    void add(ExactSum other) {
        other.carry();
        carry();
        for (int i = 0; i < digits.length; i++) {
            digits[i] += other.digits[i];
        }
        carry();
    }

    private void carry() {
        for (int i = 0; i < digits.length - 1; i++) {
            digits[i + 1] += digits[i] >> 32;
            digits[i] &= 0xffffffffL;
        }
        uncarried = 0;
    }

    /** The sum in units of 2^-1088. */
    BigInteger units() {
        BigInteger units = BigInteger.ZERO;
        for (int i = digits.length - 1; i >= 0; i--) {
            units = units.shiftLeft(32).add(BigInteger.valueOf(digits[i]));
        }
        return units;
    }

    /** What units stand for. */
    static BigDecimal value(BigInteger units) {
        return value(units, SCALE);
    }

    /** Units as units of 2^-2176, those of a product of two sums. */
    static BigInteger squared(BigInteger units) {
        return units.shiftLeft(SCALE);
    }

    /** What units of 2^-2176 stand for. */
    static BigDecimal valueOfSquare(BigInteger units) {
        return value(units, 2 * SCALE);
    }

    private static BigDecimal value(BigInteger units, int scale) {
        // Most sums end in zeros; dividing without them is much less work.
        int zeros = units.signum() == 0 ? scale : Math.min(units.getLowestSetBit(), scale);
        return new BigDecimal(units.shiftRight(zeros)).divide(new BigDecimal(BigInteger.ONE.shiftLeft(scale - zeros)));
    }
}
