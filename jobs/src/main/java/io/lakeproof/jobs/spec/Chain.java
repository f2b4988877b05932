package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.rules.Rules.Rule;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.Step;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The way from the rows that a version takes in to tables: the dataset's own, or that of an output, which goes on with what
 * comes out of the dataset's own transforms.
 *
 * @param name the output's name; empty: the dataset's own
 * @param transforms in the order they run; an output's come after the dataset's own
 * @param rules about all rows that come out of the transforms; breaking one rejects the batch
 * @param split how these rows find their part; absent: one table holds them all
 * @param label the column of these rows that is to be predicted; absent: none is
 */
public record Chain(
        String name, List<Step> transforms, List<Rule> rules, Optional<Split> split, Optional<String> label) {

    /** Whether it is an output's. */
    public boolean isOutput() {
        return !name.isEmpty();
    }

    /** The names of its tables: {@code train} …, {@code sessions/train} … or {@code sessions}; of parts in their order. */
    public List<String> tables() {
        return tables(name, split);
    }

    static List<String> tables(String name, Optional<Split> split) {
        return split.map(by -> by.names().stream()
                        .map(part -> name.isEmpty() ? part : name + "/" + part)
                        .toList())
                .orElse(List.of(name));
    }

    /**
     * Those of the rows behind the transforms that belong to one of the tables.
     *
     * @param again the same rows, uncounted: a stratified split reads them twice
     */
    public Dataset<Row> rows(String table, Dataset<Row> all, Dataset<Row> again) {
        return split.map(by -> by.rowsOf(by.names().get(tables().indexOf(table)), all, again))
                .orElse(all);
    }

    /** A step of this chain as accounts and messages name it. */
    public String naming(String step) {
        return isOutput() ? name + " " + step : step;
    }
}
