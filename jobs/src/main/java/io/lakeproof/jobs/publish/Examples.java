package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.validate.Intake;
import io.lakeproof.lineage.RowCounter;
import io.lakeproof.transforms.Step;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What the transforms make of the rows that a version takes in: a lazy plan, and counters at the places where the number
 * of rows changes.
 */
public final class Examples {

    private record Counted(String step, RowCounter counter) {}

    private final Dataset<Row> rows;
    private final List<Counted> counted;

    private Examples(Dataset<Row> rows, List<Counted> counted) {
        this.rows = rows;
        this.counted = counted;
    }

    /** The transformed rows, uncounted. */
    public static Dataset<Row> of(Lake lake, Intake intake) {
        Dataset<Row> rows = Intake.bare(intake.kept());
        for (Step step : lake.spec().transforms()) {
            rows = step.transform().apply(rows);
        }
        return rows;
    }

    /** The transformed rows, counted by the one action that reads them all. */
    public static Examples counted(Lake lake, Intake intake) {
        List<Counted> counted = new ArrayList<>();
        Dataset<Row> rows = count(intake.rows(), "read", counted);
        Intake read = new Intake(lake, rows);
        rows = count(read.passing(), "rules", counted);
        if (lake.spec().source().upsert().isPresent()) {
            rows = count(read.keep(rows), "upsert", counted);
        }
        rows = Intake.bare(rows);
        int number = 0;
        for (Step step : lake.spec().transforms()) {
            number++;
            rows = step.transform().apply(rows);
            if (step.changesRowCount()) {
                rows = count(rows, number + " " + step.kind(), counted);
            }
        }
        return new Examples(rows, counted);
    }

    private static Dataset<Row> count(Dataset<Row> rows, String step, List<Counted> counted) {
        RowCounter counter = new RowCounter();
        counted.add(new Counted(step, counter));
        return counter.observe(rows);
    }

    /** The transformed rows. */
    public Dataset<Row> rows() {
        return rows;
    }

    /** One account a step, once the action is done. */
    public List<Account> accounts() {
        List<Account> accounts = new ArrayList<>();
        for (int i = 1; i < counted.size(); i++) {
            long in = counted.get(i - 1).counter().rows();
            long out = counted.get(i).counter().rows();
            String step = counted.get(i).step();
            accounts.add(i == 1 ? Account.quarantining(step, in, in - out, out) : Account.dropping(step, in, out));
        }
        return accounts;
    }
}
