package io.lakeproof.lineage;

import static org.apache.spark.sql.functions.col;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The {@code tags} table: names for versions. A tag that moves gets a further row, so that nothing is forgotten. */
public final class Tags {

    /** The table's columns; the newest row of a tag says where it stands. */
    public static final StructType SCHEMA =
            StructType.fromDDL("tag STRING, version BIGINT, tagged_by STRING, tagged_at TIMESTAMP");

    private final SparkSession spark;
    private final Table table;

    private Tags(SparkSession spark, Table table) {
        this.spark = spark;
        this.table = table;
    }

    /** The tags in that table, which need not exist yet. */
    public static Tags of(SparkSession spark, TableName name) {
        return new Tags(spark, Table.of(spark, name));
    }

    /** The version that a tag names; empty when there is no such tag. */
    public Optional<Long> find(String tag) {
        return rows().where(col("tag").equalTo(tag)).orderBy(col("tagged_at").desc()).limit(1).collectAsList().stream()
                .map(row -> row.getLong(1))
                .findFirst();
    }

    /** Names a version; a tag of that name moves. */
    public void put(String tag, long version, String principal, Stamp stamp, Instant now) {
        Row row = RowFactory.create(tag, version, principal, Timestamp.from(now));
        table.append(spark.createDataFrame(List.of(row), SCHEMA).coalesce(1), stamp);
    }

    /** Every row, for people; no rows when nothing was tagged yet. */
    public Dataset<Row> rows() {
        return table.exists() ? table.head() : spark.createDataFrame(List.of(), SCHEMA);
    }
}
