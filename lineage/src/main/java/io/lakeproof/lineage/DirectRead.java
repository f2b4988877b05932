package io.lakeproof.lineage;

import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Table;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.expressions.And;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.types.TimestampType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.sql.RowFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/**
 * Reads rows of a Delta table in this process, by Delta Kernel: of a small table they are there before Spark has planned the
 * two jobs that the same costs it. Knows the types that the tables below {@code lineage/} have.
 */
final class DirectRead {

    private static final Logger LOG = LoggerFactory.getLogger(DirectRead.class);

    static {
        // It warns of every table that has no checkpoint yet.
        Configurator.setLevel(Table.class.getPackageName(), Level.ERROR);
    }

    /** Every publication adds a small file, and of each, storage is asked several times. */
    private static final int THREADS = 16;

    private final Engine engine;
    private final Optional<Range> range;

    private DirectRead(Configuration hadoop, Optional<Range> range) {
        this.engine = DefaultEngine.create(hadoop);
        this.range = range;
    }

    /**
     * The rows of the newest Delta version, unordered, with these columns in this order.
     *
     * @param range the rows that are wanted; absent: all
     * @param mostBytes so much of data files is read here
     * @return absent when there is more to read, or when it cannot be read so: Spark then reads it, or says what is wrong
     */
    static Optional<List<org.apache.spark.sql.Row>> rows(
            Configuration hadoop, String uri, List<String> columns, Optional<Range> range, long mostBytes) {
        try {
            return new DirectRead(hadoop, range).scan(uri, columns, mostBytes);
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.debug("{} is left to Spark", uri, e);
            return Optional.empty();
        }
    }

    private Optional<List<org.apache.spark.sql.Row>> scan(String uri, List<String> columns, long mostBytes)
            throws IOException {
        Snapshot snapshot = Table.forPath(engine, uri).getLatestSnapshot(engine);
        StructType schema = snapshot.getSchema(engine);
        StructType wanted = new StructType(columns.stream().map(schema::get).toList());
        var builder = snapshot.getScanBuilder(engine).withReadSchema(engine, wanted);
        Optional<Predicate> pruning = range.map(DirectRead::pruning);
        Scan scan = (pruning.isPresent() ? builder.withFilter(engine, pruning.get()) : builder).build();
        List<Row> files = files(scan);
        if (files.stream().mapToLong(file -> status(file).getSize()).sum() > mostBytes) {
            return Optional.empty();
        }
        Row state = scan.getScanState(engine);
        StructType physical = ScanStateRow.getPhysicalDataReadSchema(engine, state);
        Each each = file -> {
            CloseableIterator<ColumnarBatch> data = engine.getParquetHandler()
                    .readParquetFiles(Utils.singletonCloseableIterator(status(file)), physical, pruning);
            List<org.apache.spark.sql.Row> rows = new ArrayList<>();
            try (CloseableIterator<FilteredColumnarBatch> batches =
                    Scan.transformPhysicalData(engine, state, file, data)) {
                while (batches.hasNext()) {
                    take(batches.next(), rows);
                }
            }
            return rows;
        };
        return Optional.of(atOnce(files, each));
    }

    /** The rows of a file. */
    private interface Each {
        List<org.apache.spark.sql.Row> rows(Row file) throws IOException;
    }

    private static List<org.apache.spark.sql.Row> atOnce(List<Row> files, Each each) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(THREADS, files.size())));
        try {
            List<Future<List<org.apache.spark.sql.Row>>> read = files.stream()
                    .map(file -> threads.submit(() -> each.rows(file)))
                    .toList();
            List<org.apache.spark.sql.Row> rows = new ArrayList<>();
            for (Future<List<org.apache.spark.sql.Row>> some : read) {
                rows.addAll(some.get());
            }
            return rows;
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Row> files(Scan scan) throws IOException {
        List<Row> files = new ArrayList<>();
        try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine)) {
            while (batches.hasNext()) {
                try (CloseableIterator<Row> batch = batches.next().getRows()) {
                    batch.forEachRemaining(files::add);
                }
            }
        }
        return files;
    }

    private static FileStatus status(Row file) {
        return InternalScanFileUtils.getAddFileStatus(file);
    }

    /** Statistics leave out whole files and row groups, never single rows. */
    private static Predicate pruning(Range range) {
        Column column = new Column(range.column());
        return new And(
                new Predicate(">=", column, literal(range.least())),
                new Predicate("<=", column, literal(range.most())));
    }

    private static Literal literal(Object value) {
        return value instanceof Long number ? Literal.ofLong(number) : Literal.ofString((String) value);
    }

    private void take(FilteredColumnarBatch filtered, List<org.apache.spark.sql.Row> rows) {
        ColumnarBatch batch = filtered.getData();
        StructType schema = batch.getSchema();
        Optional<ColumnVector> selected = filtered.getSelectionVector();
        int ranged = range.map(of -> schema.indexOf(of.column())).orElse(-1);
        for (int i = 0; i < batch.getSize(); i++) {
            int row = i;
            if (selected.isPresent()
                    && (selected.get().isNullAt(i) || !selected.get().getBoolean(i))) {
                continue;
            }
            Object[] values = IntStream.range(0, schema.length())
                    .mapToObj(column -> value(batch.getColumnVector(column), row))
                    .toArray();
            if (ranged < 0 || range.orElseThrow().holds(values[ranged])) {
                rows.add(RowFactory.create(values));
            }
        }
    }

    private static Object value(ColumnVector vector, int row) {
        DataType type = vector.getDataType();
        if (vector.isNullAt(row)) {
            return null;
        } else if (type instanceof StringType) {
            return vector.getString(row);
        } else if (type instanceof LongType) {
            return vector.getLong(row);
        } else if (type instanceof TimestampType) {
            return Timestamp.from(Instant.EPOCH.plus(vector.getLong(row), ChronoUnit.MICROS));
        } else if (type instanceof StructType struct) {
            return RowFactory.create(IntStream.range(0, struct.length())
                    .mapToObj(child -> value(vector.getChild(child), row))
                    .toArray());
        } else if (type instanceof ArrayType) {
            ColumnVector elements = vector.getArray(row).getElements();
            return JavaConverters.asScalaBuffer(
                    IntStream.range(0, vector.getArray(row).getSize())
                            .mapToObj(element -> value(elements, element))
                            .collect(Collectors.toList()));
        }
        throw new IllegalArgumentException("no table below lineage/ has " + type);
    }
}
