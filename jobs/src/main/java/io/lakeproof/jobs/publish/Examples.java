package io.lakeproof.jobs.publish;

import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.spec.Chain;
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

    private final Chain chain;
    private final Dataset<Row> rows;
    private final List<Counted> counted;

    private Examples(Chain chain, Dataset<Row> rows, List<Counted> counted) {
        this.chain = chain;
        this.rows = rows;
        this.counted = counted;
    }

    /** The transformed rows of a chain, uncounted. */
    public static Dataset<Row> of(Lake lake, Intake intake, Chain chain) {
        Dataset<Row> rows = own(lake, intake);
        return chain.isOutput() ? transformed(rows, chain.transforms()) : rows;
    }

    /** What the dataset's own transforms give, on which outputs build. */
    private static Dataset<Row> own(Lake lake, Intake intake) {
        return transformed(Intake.bare(intake.kept()), lake.spec().transforms());
    }

    private static Dataset<Row> transformed(Dataset<Row> input, List<Step> steps) {
        Dataset<Row> rows = input;
        for (Step step : steps) {
            rows = step.transform().apply(rows);
        }
        return rows;
    }

    /**
     * The transformed rows of a chain, counted by the one action that reads them all: those of an output from where the
     * dataset's own transforms end.
     */
    public static Examples counted(Lake lake, Intake intake, Chain chain) {
        List<Counted> counted = new ArrayList<>();
        Dataset<Row> rows =
                chain.isOutput() ? count(own(lake, intake), "examples", counted) : kept(lake, intake, counted);
        int number = 0;
        for (Step step : chain.transforms()) {
            number++;
            rows = step.transform().apply(rows);
            if (step.changesRowCount()) {
                rows = count(rows, number + " " + step.kind(), counted);
            }
        }
        return new Examples(chain, rows, counted);
    }

    private static Dataset<Row> kept(Lake lake, Intake intake, List<Counted> counted) {
        Dataset<Row> rows = count(intake.rows(), "read", counted);
        Intake read = new Intake(lake, rows);
        rows = count(read.passing(), "rules", counted);
        if (lake.spec().source().upsert().isPresent()) {
            rows = count(read.keep(rows), "upsert", counted);
        }
        return Intake.bare(rows);
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

    /** How many rows come out, once the action is done. */
    public long out() {
        return counted.get(counted.size() - 1).counter().rows();
    }

    /** One account a step, once the action is done. */
    public List<Account> accounts() {
        List<Account> accounts = new ArrayList<>();
        for (int i = 1; i < counted.size(); i++) {
            long in = counted.get(i - 1).counter().rows();
            long out = counted.get(i).counter().rows();
            String step = chain.naming(counted.get(i).step());
            accounts.add(
                    i == 1 && !chain.isOutput()
                            ? Account.quarantining(step, in, in - out, out)
                            : Account.dropping(step, in, out));
        }
        return accounts;
    }
}
