package io.lakeproof.jobs.spec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * What is trained on a version once it is published.
 *
 * @param when which versions a run hands over
 * @param rows what {@link When#ON_ROWS} waits for; present with it alone
 * @param drift what {@link When#ON_DRIFT} waits for; present with it alone
 * @param azureMl where
 */
public record Training(When when, Optional<Rows> rows, Optional<Drift> drift, AzureMl azureMl) {

    /** Which versions a run hands over. */
    public enum When {
        /** Each that it publishes. */
        ALWAYS,
        /** None: a person does, with {@code lakeproof train}. */
        MANUAL,
        /** Those that bring enough examples that were not there when a model was last trained. */
        ON_ROWS,
        /** Those whose train part has drifted from the one that a model was last trained on. */
        ON_DRIFT
    }

    /**
     * How far train must have drifted.
     *
     * @param least the distance that a column must reach, above 0 and at the most 1
     * @param columns which are measured; empty: all but the split's key and time, dates and timestamps
     */
    public record Drift(BigDecimal least, List<String> columns) {}

    /**
     * How many examples must be new.
     *
     * @param number how many, or which share of those that the last training had
     * @param isShare which of the two
     */
    public record Rows(BigDecimal number, boolean isShare) {

        /** The number of examples, rounded up. */
        public long of(long before) {
            return (isShare ? number.multiply(BigDecimal.valueOf(before)) : number)
                    .setScale(0, RoundingMode.CEILING)
                    .longValueExact();
        }

        @Override
        public String toString() {
            return isShare
                    ? number.movePointRight(2).stripTrailingZeros().toPlainString() + "%"
                    : number.toPlainString();
        }
    }

    /**
     * A workspace of Azure Machine Learning, and what runs there.
     *
     * @param workspace its resource id, beginning with /subscriptions/
     * @param endpoint Azure Resource Manager
     * @param audience whom the batch endpoint's tokens are asked for, a URI without a slash at its end
     * @param job the text of the request's body, placeholders not yet filled in
     * @param batchEndpoint what is invoked; absent: a job is created in the workspace
     * @param deployment of the batch endpoint; absent: its default one
     * @param folder where the hand-overs lie: an absolute Hadoop URI
     * @param dataAsset whether versions become data assets
     * @param reader what reads the tables in the training
     * @param export what else the parts are written as
     * @param models the models that the job registers; empty: all of the workspace are looked through
     */
    public record AzureMl(
            String workspace,
            URI endpoint,
            String audience,
            String job,
            Optional<URI> batchEndpoint,
            Optional<String> deployment,
            String folder,
            DataAsset dataAsset,
            Reader reader,
            Export export,
            List<String> models) {}

    /** Whether versions become data assets of the workspace. */
    public enum DataAsset {
        REGISTER,
        NONE
    }

    /** What reads the tables in the training. */
    public enum Reader {
        /** Azure ML's own, which knows neither column mapping nor deletion vectors. */
        MLTABLE,
        /** Something that the user answers for. */
        ANY
    }

    /** What else the parts are written as. */
    public enum Export {
        NONE,
        PARQUET
    }
}
