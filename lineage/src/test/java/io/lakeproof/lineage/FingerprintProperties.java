package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** What holds for all tables: order, cut and partitions change nothing, and any one value changed is seen. */
class FingerprintProperties {

    private static final StructType SCHEMA = StructType.fromDDL("a BIGINT, b STRING, c DOUBLE");

    @Provide
    Arbitrary<List<Row>> tables() {
        Arbitrary<Row> row = Combinators.combine(
                        Arbitraries.longs().injectNull(0.2),
                        Arbitraries.strings().ofMaxLength(5).injectNull(0.2),
                        Arbitraries.of(0.0, -0.0, 1.5, Double.NaN, Double.MIN_VALUE)
                                .injectNull(0.2))
                .as(RowFactory::create);
        return row.list().ofMinSize(1).ofMaxSize(20);
    }

    @Property(tries = 15)
    void shuffled_cut_and_added_up_it_is_the_same(@ForAll("tables") List<Row> rows, @ForAll Random random) {
        Fingerprint whole = Fingerprint.of(table(rows));
        List<Row> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, random);
        int cut = random.nextInt(rows.size() + 1);
        Fingerprint left = Fingerprint.of(table(shuffled.subList(0, cut)).repartition(1 + random.nextInt(4)));
        Fingerprint right = Fingerprint.of(table(shuffled.subList(cut, rows.size())));
        assertThat(left.plus(right)).isEqualTo(whole);
        assertThat(Fingerprint.parse(whole.state())).isEqualTo(whole);
    }

    @Property(tries = 15)
    void one_value_changed_or_one_row_more_or_less_is_seen(@ForAll("tables") List<Row> rows, @ForAll Random random) {
        String original = Fingerprint.of(table(rows)).text();
        int at = random.nextInt(rows.size());
        Row row = rows.get(at);
        List<Row> changed = new ArrayList<>(rows);
        changed.set(
                at,
                switch (random.nextInt(3)) {
                    case 0 -> RowFactory.create(row.isNullAt(0) ? 0L : row.getLong(0) ^ 1, row.get(1), row.get(2));
                    case 1 -> RowFactory.create(row.get(0), row.isNullAt(1) ? "" : row.getString(1) + " ", row.get(2));
                    default -> RowFactory.create(row.get(0), row.get(1), row.isNullAt(2) ? (Object) 0.0 : null);
                });
        assertThat(Fingerprint.of(table(changed)).text()).isNotEqualTo(original);
        List<Row> repeated = new ArrayList<>(rows);
        repeated.add(row);
        assertThat(Fingerprint.of(table(repeated)).text()).isNotEqualTo(original);
        List<Row> shorter = new ArrayList<>(rows);
        shorter.remove(at);
        assertThat(Fingerprint.of(table(shorter)).text()).isNotEqualTo(original);
    }

    private static Dataset<Row> table(List<Row> rows) {
        return LocalSpark.session().createDataFrame(rows, SCHEMA);
    }
}
