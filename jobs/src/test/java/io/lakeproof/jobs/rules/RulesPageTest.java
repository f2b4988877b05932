package io.lakeproof.jobs.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What docs/rules.md says of each rule type is what happens. */
class RulesPageTest {

    private static final Dataset<Row> ROWS = LocalSpark.session()
            .range(100, 160)
            .selectExpr(
                    "id",
                    "cast(id % 40 + 20 as int) as age",
                    "cast(id % 40 + 20 as double) * 4 as premium",
                    "if(id % 2 = 0, 'red', 'blue') as colour",
                    "concat('AB', id % 10) as code",
                    "date'2024-02-29' as start",
                    "timestamp'2024-02-29 12:00:00' as seen");

    private record Line(String type, Set<Rules.Level> levels, String example) {}

    private static List<Line> lines() throws IOException {
        Pattern line = Pattern.compile("\\| (\\w+) \\| (all|many|none) \\| `(.*?)` \\| .*");
        return Files.readAllLines(Path.of("..", "docs", "rules.md")).stream()
                .map(line::matcher)
                .filter(matcher -> matcher.matches())
                .map(matcher -> new Line(
                        matcher.group(1),
                        switch (matcher.group(2)) {
                            case "all" -> EnumSet.allOf(Rules.Level.class);
                            case "many" -> EnumSet.complementOf(EnumSet.of(Rules.Level.ROWS));
                            default -> EnumSet.noneOf(Rules.Level.class);
                        },
                        matcher.group(3)))
                .toList();
    }

    @Test
    void the_page_has_every_rule_type() throws IOException {
        assertThat(lines().stream().map(Line::type).distinct())
                .containsExactlyInAnyOrderElementsOf(RuleTypes.all().toList());
    }

    @Test
    void every_example_works_at_its_levels_and_is_refused_at_the_others() throws IOException {
        for (Line line : lines()) {
            assertThat(line.example()).startsWith(line.type());
            for (Rules.Level level : Rules.Level.values()) {
                Rules.Rule rule = new Rules.Rule(level, line.example());
                List<String> problems = RuleCheck.problems(rule, ROWS.schema());
                assertThat(problems.isEmpty())
                        .as("%s: %s", rule, problems)
                        .isEqualTo(line.levels().contains(level));
                assertThat(problems).noneMatch(problem -> problem.startsWith("not DQDL"));
            }
        }
    }

    @Test
    void every_example_holds_of_its_rows() throws IOException {
        List<Rules.Rule> rules = lines().stream()
                .filter(line -> !line.levels().isEmpty())
                .map(line -> new Rules.Rule(Rules.Level.DATASET, line.example()))
                .toList();
        assertThat(rules).allSatisfy(rule -> assertThat(
                        RuleCheck.sqlProblems(RuleCheck.sql(LocalSpark.session(), ROWS.schema()), rule))
                .isEmpty());
        assertThat(DatasetRules.evaluate(ROWS, rules))
                .allSatisfy(outcome ->
                        assertThat(outcome.passed()).as(outcome.message()).isTrue());
        Dataset<Row> judged = RowRules.of(
                        lines().stream()
                                .filter(line -> line.levels().contains(Rules.Level.ROWS))
                                .map(line -> new Rules.Rule(Rules.Level.ROWS, line.example()))
                                .toList(),
                        ROWS.schema())
                .judge(ROWS);
        assertThat(judged.where("size(_failures) > 0").count()).isZero();
    }
}
