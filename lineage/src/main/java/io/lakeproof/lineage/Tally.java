package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.AccumulatorV2;

/**
 * Rows, and the sum of their digests, that passed one place in a plan: one entry per partition of that place.
 *
 * <p>Spark adds a task's accumulators whenever the task succeeds, so whatever runs again (a stage whose shuffle files
 * were lost, a speculative copy, the sampling job before a sort) would count again. Here a partition that is computed
 * again replaces its own entry: merging is idempotent, and the order of arrival doesn't matter.
 */
final class Tally extends AccumulatorV2<Tally.Entry, Map<Integer, Tally.Entry>> {

    // monotonically_increasing_id() holds the partition above the row's number within it.
    private static final int ORDINAL_BITS = 33;
    private static final long ORDINAL_MASK = (1L << ORDINAL_BITS) - 1;

    // Concurrent because an executor's heartbeat serialises accumulators while the task still writes to them.
    private final ConcurrentHashMap<Integer, Entry> entries = new ConcurrentHashMap<>();
    private boolean observing;

    /** Returns the same rows; reading them fills this tally. A null encoding counts rows without their digests. */
    Dataset<Row> observe(Dataset<Row> rows, RowEncoding encoding) {
        if (observing) {
            throw new IllegalStateException("An observer serves one place in one plan: make another one.");
        }
        observing = true;
        rows.sparkSession().sparkContext().register(this);
        // A projection rather than the filter's own condition: only projections know their partition outside generated
        // code, and a column that no filter reads would be optimised away.
        String passed = "lakeproof_" + UUID.randomUUID().toString().replace("-", "");
        return rows.withColumn(
                        passed,
                        udf(new Tap(this, encoding), DataTypes.BooleanType)
                                .asNondeterministic()
                                .apply(
                                        monotonically_increasing_id(),
                                        encoding == null ? lit(null) : encoding.canonicalRow()))
                .where(col(passed))
                .drop(passed);
    }

    long rows() {
        return entries.values().stream().mapToLong(entry -> entry.rows).sum();
    }

    /** The sum of the rows' digests; callers take it modulo 2^256. */
    BigInteger sum() {
        return entries.values().stream().map(Entry::sum).reduce(BigInteger.ZERO, BigInteger::add);
    }

    @Override
    public boolean isZero() {
        return entries.isEmpty();
    }

    @Override
    public Tally copy() {
        Tally copy = new Tally();
        copy.entries.putAll(entries);
        return copy;
    }

    @Override
    public void reset() {
        entries.clear();
    }

    @Override
    public void add(Entry entry) {
        entries.merge(entry.partition, entry, (a, b) -> b.attempt >= a.attempt ? b : a);
    }

    @Override
    public void merge(AccumulatorV2<Entry, Map<Integer, Entry>> other) {
        other.value().values().forEach(this::add);
    }

    @Override
    public Map<Integer, Entry> value() {
        return entries;
    }

    /** What one computation of one partition let pass. */
    static final class Entry implements Serializable {
        private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

        private final int partition;
        private final long attempt;
        private long rows;
        // 256 bits, the most significant word first.
        private final long[] sum = new long[4];

        Entry(int partition, long attempt) {
            this.partition = partition;
            this.attempt = attempt;
        }

        private void plus(byte[] digest) {
            long carry = 0;
            for (int i = sum.length - 1; i >= 0; i--) {
                long x = sum[i];
                long y = (long) WORD.get(digest, i * Long.BYTES);
                long total = x + y + carry;
                carry = ((x & y) | ((x | y) & ~total)) >>> 63;
                sum[i] = total;
            }
        }

        private BigInteger sum() {
            ByteBuffer bytes = ByteBuffer.allocate(sum.length * Long.BYTES);
            bytes.asLongBuffer().put(sum);
            return new BigInteger(1, bytes.array());
        }
    }

    /** Sees every row that passes, and lets it pass. Each task has its own copy. */
    private static final class Tap implements UDF2<Long, Row, Boolean> {
        private final Tally tally;
        private final RowEncoding encoding;
        private transient Entry entry;
        private transient Digester digester;

        Tap(Tally tally, RowEncoding encoding) {
            this.tally = tally;
            this.encoding = encoding;
        }

        @Override
        public Boolean call(Long position, Row row) {
            int partition = (int) (position >>> ORDINAL_BITS);
            if ((position & ORDINAL_MASK) == 0) {
                // The optimiser evaluates plans over local rows on the driver, where there is no task, once per plan.
                TaskContext task = TaskContext.get();
                entry = new Entry(partition, task == null ? -1 : task.taskAttemptId());
                tally.add(entry);
            } else if (entry.partition != partition) {
                entry = tally.entries.get(partition);
            }
            entry.rows++;
            if (encoding != null) {
                if (digester == null) {
                    digester = new Digester();
                }
                entry.plus(digester.digest(encoding, row));
            }
            return true;
        }
    }

    static final class Digester {
        private final MessageDigest sha256 = Fingerprint.sha256();
        private final Bytes bytes = new Bytes();
        private final byte[] result = new byte[32];

        byte[] digest(RowEncoding encoding, Row row) {
            bytes.clear();
            encoding.write(row, bytes);
            try {
                sha256.update(bytes.array(), 0, bytes.length());
                sha256.digest(result, 0, result.length);
            } catch (DigestException e) {
                throw new IllegalStateException("SHA-256 has 32 bytes", e);
            }
            return result;
        }
    }
}
