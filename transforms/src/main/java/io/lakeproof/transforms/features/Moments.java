package io.lakeproof.transforms.features;

import static org.apache.spark.sql.functions.udaf;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.expressions.Aggregator;
import org.apache.spark.sql.types.StructType;

/**
 * Count, sum, mean and sample standard deviation of doubles, summed exactly and rounded once: the same rows give the same
 * bits in whatever order and partitions they come, which Spark's own averages do not. NULL is left out; a NaN or an infinity
 * must not come.
 */
final class Moments extends Aggregator<Double, Moments.Buffer, Row> {

    private static final StructType RESULT = StructType.fromDDL("n BIGINT, sum DOUBLE, mean DOUBLE, deviation DOUBLE");

    /**
     * The moments of a column of doubles: a struct of {@code n}, {@code sum}, {@code mean} (NULL if n is 0) and
     * {@code deviation} (NULL if n is below 2; infinite when a square is beyond a double).
     */
    static Column of(Column doubles) {
        return udaf(new Moments(), Encoders.DOUBLE()).apply(doubles);
    }

    /** What has been added up; public, for Spark makes buffers of public classes alone. */
    public static final class Buffer implements Serializable {
        private long n;
        private boolean tooLarge;
        private final ExactSum sum = new ExactSum();
        private final ExactSum squares = new ExactSum();
    }

    @Override
    public Buffer zero() {
        return new Buffer();
    }

    @Override
    public Buffer reduce(Buffer buffer, Double value) {
        if (value != null) {
            double x = value;
            double square = x * x;
            buffer.n++;
            buffer.sum.add(x);
            if (Double.isInfinite(square)) {
                buffer.tooLarge = true;
            } else {
                // The product's rounded part and what was rounded away, which a double holds too.
                buffer.squares.add(square);
                buffer.squares.add(Math.fma(x, x, -square));
            }
        }
        return buffer;
    }

    @Override
    public Buffer merge(Buffer one, Buffer other) {
        one.n += other.n;
        one.tooLarge |= other.tooLarge;
        one.sum.add(other.sum);
        one.squares.add(other.squares);
        return one;
    }

    @Override
    public Row finish(Buffer buffer) {
        if (buffer.n == 0) {
            return RowFactory.create(0L, 0.0, null, null);
        }
        BigDecimal n = BigDecimal.valueOf(buffer.n);
        BigInteger sum = buffer.sum.units();
        double mean = ExactSum.value(sum).divide(n, MathContext.DECIMAL128).doubleValue();
        return RowFactory.create(
                buffer.n, ExactSum.value(sum).doubleValue(), mean, buffer.n == 1 ? null : deviation(buffer, sum));
    }

    /** From n Σx² − (Σx)², without anything rounded before the end. */
    private static double deviation(Buffer buffer, BigInteger sum) {
        if (buffer.tooLarge) {
            return Double.POSITIVE_INFINITY;
        }
        BigInteger n = BigInteger.valueOf(buffer.n);
        BigInteger spread = ExactSum.squared(buffer.squares.units()).multiply(n).subtract(sum.multiply(sum));
        BigDecimal variance = ExactSum.valueOfSquare(spread)
                .divide(new BigDecimal(n.multiply(n.subtract(BigInteger.ONE))), MathContext.DECIMAL128);
        return Math.sqrt(Math.max(0, variance.doubleValue()));
    }

    @Override
    public Encoder<Buffer> bufferEncoder() {
        return Encoders.javaSerialization(Buffer.class);
    }

    @Override
    public Encoder<Row> outputEncoder() {
        return Encoders.row(RESULT);
    }
}
