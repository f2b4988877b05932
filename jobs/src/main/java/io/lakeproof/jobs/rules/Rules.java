package io.lakeproof.jobs.rules;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What must hold of the data, in DQDL, at four levels.
 *
 * @param rows about one readable row: a row that breaks one goes to quarantine
 * @param batch about all readable rows of the new files: breaking one rejects them
 * @param dataset about all rows the new version would take in, row rules applied: breaking one rejects the batch
 * @param examples about all rows the new version would hold after the transforms: breaking one rejects the batch
 * @param maxQuarantined the share, 0 to 1, of a batch's rows that may be unreadable or turned away; absent: any
 * @param waivers which of them, by their text, may be broken for a time; none of those about rows
 */
public record Rules(
        List<Rule> rows,
        List<Rule> batch,
        List<Rule> dataset,
        List<Rule> examples,
        Optional<BigDecimal> maxQuarantined,
        Map<String, Waiver> waivers) {

    /** One DQDL rule as written, without the surrounding {@code Rules = [...]}. */
    public record Rule(Level level, String dqdl) {}

    /** What a rule is about. */
    public enum Level {
        ROWS,
        BATCH,
        DATASET,
        EXAMPLES
    }

    /** The rules of one level, in their order. */
    public List<Rule> of(Level level) {
        return all().filter(rule -> rule.level() == level).toList();
    }

    /** All rules, in the order of the levels. */
    public Stream<Rule> all() {
        return Stream.of(rows, batch, dataset, examples).flatMap(List::stream);
    }
}
