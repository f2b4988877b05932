package io.lakeproof.jobs.drift;

import io.lakeproof.transforms.Columns;
import io.lakeproof.transforms.Split;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * How far a column drifted between two sets of rows.
 *
 * @param distance the share of rows, from 0 to 1, that would need another value for the column to be spread as it was: the
 *     total variation distance between the two {@link Profile}s
 * @param chance how far two draws of so many rows may lie apart though nothing drifted, from 0 to 1; all columns of a
 *     comparison taken together, a greater distance comes by chance at the most once in {@value #ODDS} times
 */
public record Drift(String column, double distance, double chance) {

    private static final int ODDS = 1000;

    /**
     * The drift of every column, the greatest first. Reads {@code before} twice and {@code after} once.
     *
     * @see Profile#of which columns these are
     */
    public static List<Drift> between(Dataset<Row> before, Dataset<Row> after) {
        Profile profile = Profile.of(before);
        return profile.drifts(profile.again(after));
    }

    /**
     * Rows without the columns that move with every batch: the split's key and time, dates and timestamps.
     */
    public static Dataset<Row> lasting(Dataset<Row> rows, Split split) {
        return rows.select(Stream.of(rows.schema().fields())
                .filter(field -> !split.key().contains(field.name()))
                .filter(field -> split.time()
                        .filter(time -> time.column().equals(field.name()))
                        .isEmpty())
                .filter(field -> !(field.dataType() instanceof DateType
                        || field.dataType() instanceof TimestampType
                        || field.dataType() instanceof TimestampNTZType))
                .map(field -> Columns.named(field.name()))
                .toArray(Column[]::new));
    }

    /** Whether it is more than chance may be. */
    public boolean isBeyondChance() {
        return distance > chance;
    }

    /**
     * The drift from one count of rows in bins to another.
     *
     * @param columns how many are compared
     */
    public static Drift of(String column, long[] before, long[] after, int columns) {
        double n = LongStream.of(before).sum();
        double m = LongStream.of(after).sum();
        if (n == 0 || m == 0) {
            return new Drift(column, 0, 1);
        }
        double noise = 1 / n + 1 / m;
        double apart = 0;
        double expected = 0;
        for (int i = 0; i < before.length; i++) {
            double share = (before[i] + after[i]) / (n + m);
            apart += Math.abs(before[i] / n - after[i] / m);
            expected += Math.sqrt(share * (1 - share) * noise);
        }
        // McDiarmid's inequality: one row changes the distance by 1/n or 1/m at the most.
        double chance = expected / 2 + Math.sqrt(Math.log((double) ODDS * columns) / 2 * noise);
        return new Drift(column, apart / 2, Math.min(1, chance));
    }
}
