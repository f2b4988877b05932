package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows are tallied once, whatever Spark computes twice. */
class RerunTest {

    private static final SparkSession SPARK = LocalSpark.session();
    private static final AtomicBoolean INTACT = new AtomicBoolean();

    @TempDir
    private Path folder;

    private static Dataset<Row> thousand() {
        return SPARK.range(0, 1000, 1, 4).toDF();
    }

    /** Lets the first row that comes along delete every shuffle file: the tasks after it cannot fetch their input. */
    private static Dataset<Row> loseShuffleFilesOnce(Dataset<Row> rows) {
        INTACT.set(true);
        UDF1<Long, Boolean> lose = id -> {
            if (INTACT.getAndSet(false)) {
                deleteShuffleFiles();
            }
            return true;
        };
        return rows.where(udf(lose, DataTypes.BooleanType).asNondeterministic().apply(col("id")));
    }

    private static void deleteShuffleFiles() {
        try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.io.tmpdir")))) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("shuffle_"))
                    .toList()) {
                // Spark clears away those of earlier tests meanwhile.
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_stage_that_runs_again_counts_once_where_an_observed_metric_counts_twice() throws InterruptedException {
        Observation naive = new Observation();
        RowCounter counter = new RowCounter();
        FingerprintObserver fingerprint = FingerprintObserver.of(thousand().schema());
        Dataset<Row> observed = fingerprint.observe(
                counter.observe(thousand().observe(naive, count(lit(1)).as("rows"))));
        String path = folder.resolve("out").toString();
        loseShuffleFilesOnce(observed.repartition(16, col("id")))
                .write()
                .format("delta")
                .save(path);

        assertThat(naive.getAsJava()).containsEntry("rows", 2000L);
        assertThat(counter.rows()).isEqualTo(1000);
        assertThat(fingerprint.result())
                .isEqualTo(Fingerprint.of(SPARK.read().format("delta").load(path)));
    }

    @Test
    void the_sampling_job_before_a_sort_counts_once() {
        RowCounter counter = new RowCounter();
        Dataset<Row> sorted = counter.observe(thousand()).orderBy(col("id").desc());
        sorted.write().format("delta").save(folder.resolve("sorted").toString());
        assertThat(counter.rows()).isEqualTo(1000);
    }

    @Test
    void many_partitions_in_one_task_all_count() {
        RowCounter counter = new RowCounter();
        counter.observe(thousand())
                .coalesce(1)
                .write()
                .format("delta")
                .save(folder.resolve("one").toString());
        assertThat(counter.rows()).isEqualTo(1000);
    }

    @Test
    void each_branch_of_a_union_has_its_own_count() {
        RowCounter left = new RowCounter();
        RowCounter right = new RowCounter();
        RowCounter both = new RowCounter();
        both.observe(left.observe(thousand()).union(right.observe(thousand().where("id < 10"))))
                .coalesce(3)
                .write()
                .format("delta")
                .save(folder.resolve("union").toString());
        assertThat(left.rows()).isEqualTo(1000);
        assertThat(right.rows()).isEqualTo(10);
        assertThat(both.rows()).isEqualTo(1010);
    }

    @Test
    void a_place_that_a_plan_reads_twice_counts_once() {
        RowCounter counter = new RowCounter();
        Dataset<Row> observed = counter.observe(thousand());
        assertThat(observed.union(observed).coalesce(1).count()).isEqualTo(2000);
        assertThat(counter.rows()).isEqualTo(1000);
        RowCounter crossed = new RowCounter();
        Dataset<Row> left = crossed.observe(thousand());
        assertThat(left.crossJoin(thousand().hint("shuffle_replicate_nl")).count())
                .isEqualTo(1_000_000);
        assertThat(crossed.rows()).isEqualTo(1000);
    }

    @Test
    void counters_sit_before_and_after_a_filter_and_a_join() {
        RowCounter before = new RowCounter();
        RowCounter after = new RowCounter();
        RowCounter joined = new RowCounter();
        Dataset<Row> kept = after.observe(before.observe(thousand()).where("id % 10 = 0"));
        Dataset<Row> other = SPARK.range(500).toDF("other");
        joined.observe(kept.hint("merge").join(other, col("id").equalTo(col("other"))))
                .where("id < 100")
                .select("other")
                .write()
                .format("delta")
                .save(folder.resolve("joined").toString());
        assertThat(before.rows()).isEqualTo(1000);
        assertThat(after.rows()).isEqualTo(100);
        assertThat(joined.rows()).isEqualTo(50);
    }

    @Test
    void rows_from_the_driver_count_once() {
        StructType schema = StructType.fromDDL("a INT");
        Dataset<Row> local = SPARK.createDataFrame(
                java.util.List.of(RowFactory.create(1), RowFactory.create((Object) null)), schema);
        RowCounter counter = new RowCounter();
        FingerprintObserver observer = FingerprintObserver.of(schema);
        String path = folder.resolve("local").toString();
        observer.observe(counter.observe(local)).write().format("delta").save(path);
        assertThat(counter.rows()).isEqualTo(2);
        assertThat(observer.result())
                .isEqualTo(Fingerprint.of(SPARK.read().format("delta").load(path)));
    }

    @Test
    void nothing_observed_yet_or_no_rows_is_an_empty_table_and_nobody_waits() {
        FingerprintObserver observer = FingerprintObserver.of(thousand().schema());
        Dataset<Row> rows = observer.observe(thousand());
        assertThat(observer.result()).isEqualTo(Fingerprint.empty(thousand().schema()));
        assertThatThrownBy(() -> rows.write().format("delta").save("nowhere:///at/all"));
        assertThat(observer.result()).isEqualTo(Fingerprint.empty(thousand().schema()));
    }

    @Test
    void an_observer_serves_one_place() {
        RowCounter counter = new RowCounter();
        counter.observe(thousand());
        assertThatThrownBy(() -> counter.observe(thousand())).isInstanceOf(IllegalStateException.class);
    }
}
