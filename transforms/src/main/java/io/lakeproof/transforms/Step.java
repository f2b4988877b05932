package io.lakeproof.transforms;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * A transform as the spec declares it.
 *
 * @param kind the spec's key: {@code select}, {@code sql}, {@code class} …
 * @param with the parameters, for the version record: strings, numbers, booleans, lists and maps; the short forms
 *     written out, and the query of {@code sql: {file: …}} as text
 * @param transform what it does
 * @param scope how far it looks; for {@code sql} known only after {@link #check}, and {@code GLOBAL} until then
 */
public record Step(String kind, Map<String, Object> with, Transform transform, Scope scope) {

    /** A step, or everything that is wrong with it: {@code step} is present exactly if {@code problems} is empty. */
    public record Parsed(Optional<Step> step, List<Problem> problems) {}

    /**
     * What a step does to rows of a schema.
     *
     * @param step the step, its scope settled
     * @param output the columns that come out; those that went in when there are problems
     * @param problems what keeps it from running; empty: nothing
     * @param warnings what may keep its result from being the same every time; empty: nothing
     */
    public record Checked(Step step, StructType output, List<Problem> problems, List<String> warnings) {}

    /** Every kind of step, in the order of the documentation. */
    public static List<Kind> kinds() {
        return Kinds.all();
    }

    /**
     * Reads one item of the spec's {@code transforms}, such as {@code {drop: x}} or {@code {class: com.example.Scrub,
     * with: {column: notes}}}. Starts no Spark.
     *
     * @param item the YAML as maps, lists and scalars
     */
    public static Parsed of(Object item, Surroundings around) {
        return Kinds.parse(item, around);
    }

    /**
     * Tries the step on no rows of {@code input}; reads no data, but the log of a table that it joins.
     *
     * @return problems that name the step alone as their path
     */
    public Checked check(SparkSession spark, StructType input) {
        SqlCheck.Verdict verdict = transform instanceof Inspected inspected
                ? inspected.inspect(spark, input)
                : new SqlCheck.Verdict(List.of(), List.of(), scope);
        if (!verdict.problems().isEmpty()) {
            return refused(
                    input,
                    verdict.problems().stream()
                            .map(problem -> kind + ": " + inFile(problem))
                            .toList());
        }
        try {
            StructType output =
                    transform.apply(spark.createDataFrame(List.of(), input)).schema();
            return new Checked(
                    new Step(kind, with, transform, verdict.scope()),
                    output,
                    List.of(),
                    verdict.warnings().stream().map(this::inFile).toList());
        } catch (BadStep bad) {
            return refused(input, bad.messages());
        } catch (Exception thrown) {
            return refused(input, List.of(kind + ": " + SqlCheck.firstLine(thrown)));
        }
    }

    /** The columns whose rows see each other in a key-local step; empty for any other. */
    public List<String> by() {
        return scope == Scope.KEY_LOCAL && with.get("by") instanceof List<?> columns
                ? columns.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** What a join reads of the other table: the key's columns and those it adds; empty for any other step. */
    public Optional<Dataset<Row>> joined(SparkSession spark) {
        return transform instanceof Join join ? Optional.of(join.other(spark)) : Optional.empty();
    }

    /** A message about SQL that may stand in a file: then it names the file, and the line as editors do. */
    private String inFile(String message) {
        return kind.equals("sql") && with.get("file") instanceof String file ? inFile(file, message) : message;
    }

    static String inFile(String file, String message) {
        return message.matches("line \\d+: .*")
                ? file + ":" + message.substring("line ".length())
                : file + ": " + message;
    }

    private Checked refused(StructType input, List<String> messages) {
        return new Checked(
                this,
                input,
                messages.stream().map(message -> new Problem(kind, message)).toList(),
                List.of());
    }

    /** Whether the number of rows can change, so that the account counts the rows behind it. */
    public boolean changesRowCount() {
        return switch (kind) {
            case "filter", "deduplicate", "sql", "join", "class" -> true;
            default -> false;
        };
    }
}
