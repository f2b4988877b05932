package io.lakeproof.transforms.features;

import io.lakeproof.transforms.BadStep;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** What a feature step does: its parameters and its behaviour. */
sealed interface Feature
        permits Impute,
                Scale,
                Index,
                OneHot,
                TargetEncode,
                Bucketize,
                Quantile,
                Assemble,
                ClassWeights,
                Resample,
                Augment,
                Estimated {

    /**
     * The columns that come out.
     *
     * @throws BadStep when the step does not fit the columns that go in
     */
    StructType output(StructType input);

    /** The columns that it is fitted on; those that it lacks come from the steps before. Empty: it learns nothing. */
    List<String> reads();

    /**
     * Learns from the train part. Starts Spark jobs; what it brings to the driver grows with the number of categories, never
     * with the number of rows.
     *
     * @throws BadFit when there is nothing to learn from
     */
    State fit(Dataset<Row> train);

    /** Applies what was learned, lazily. */
    Dataset<Row> apply(Dataset<Row> rows, State state, Use use);

    /** The columns that it needs for learning alone, and that rows may lack to which it is applied. */
    default List<String> labels() {
        return List.of();
    }

    /** Whether rows may come and go. */
    default boolean changesRowCount() {
        return false;
    }
}
