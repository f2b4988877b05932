package io.lakeproof.jobs.rules;

import static org.apache.spark.sql.functions.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The SQL inside rules: it may read the judged rows, as {@code primary}, and nothing else. */
final class Sql {

    /** Answers that change from run to run, and calls that leave Spark. */
    private static final Pattern REFUSED = Pattern.compile(
            "\\b(rand|randn|random|uuid|shuffle|now|current_timestamp|current_date|current_time|curdate|localtimestamp"
                    + "|unix_timestamp|input_file_name|monotonically_increasing_id|spark_partition_id|current_user|reflect"
                    + "|java_method|try_reflect)\\s*\\(|\\b(current_timestamp|current_date|localtimestamp)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern LITERALS_AND_COMMENTS =
            Pattern.compile("'(?:\\\\.|[^'\\\\])*'|\"(?:\\\\.|[^\"\\\\])*\"|--[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);

    /** Begins the names of our views. */
    private static final String VIEW = "lakeproof_primary_";

    /** Leaves of a plan that reads nothing but an empty {@code primary}. */
    private static final Set<String> HARMLESS = Set.of("LocalRelation", "OneRowRelation", "Range", "CTERelationRef");

    private Sql() {}

    /** What the text of a {@code where} shows without a session. */
    static Optional<String> whereProblem(String sql) {
        if (Pattern.compile("\\bselect\\b", Pattern.CASE_INSENSITIVE)
                .matcher(LITERALS_AND_COMMENTS.matcher(sql).replaceAll("''").replaceAll("`[^`]*`", ""))
                .find()) {
            return Optional.of("`where` can't hold a query: " + sql + "; name columns of the row alone");
        }
        return refused("where", sql).or(() -> unparsable("where", sql, sql));
    }

    /** What the text of a {@code CustomSql} shows without a session. */
    static Optional<String> queryProblem(String sql) {
        return refused("CustomSql", sql).or(() -> unparsable("CustomSql", sql, "(" + sql + "\n)"));
    }

    static Optional<String> whereProblem(SparkSession spark, String sql, StructType columns) {
        return analysed(
                "where", sql, () -> spark.createDataFrame(List.of(), columns).where(expr(sql)));
    }

    static Optional<String> queryProblem(SparkSession spark, String sql, StructType columns) {
        return analysed(
                "CustomSql",
                sql,
                () -> withPrimary(spark.createDataFrame(List.of(), columns), sql, query -> {
                    // Throws what EXPLAIN would only print.
                    Dataset<Row> analysed = spark.sql(query);
                    StructField[] answer = analysed.schema().fields();
                    if (answer.length != 1 || !(answer[0].dataType() instanceof NumericType)) {
                        throw new IllegalArgumentException("must answer one number, and answers "
                                + analysed.schema().simpleString()
                                + "; aggregate, as in select count(*) from primary");
                    }
                    refuseOtherTables(
                            spark.sql("EXPLAIN EXTENDED " + query).first().getString(0));
                    return analysed;
                }));
    }

    /** The one number that the query answers; absent: no row, several, or NULL. */
    static Optional<Double> number(Dataset<Row> rows, String sql) {
        queryProblem(rows.sparkSession(), sql, rows.schema()).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        List<Row> answer = withPrimary(
                rows, sql, query -> rows.sparkSession().sql(query + " LIMIT 2").collectAsList());
        // How many rows a query answers shows only when it runs: then the rule is broken, for there is no one number.
        return answer.size() != 1 || answer.get(0).isNullAt(0)
                ? Optional.empty()
                : Optional.of(((Number) answer.get(0).get(0)).doubleValue());
    }

    /** A view of its own name for the time of the call; {@code primary} exists inside the query alone. */
    private static <T> T withPrimary(Dataset<Row> rows, String sql, Function<String, T> use) {
        String view = VIEW + UUID.randomUUID().toString().replace("-", "");
        // Dropping a view uncaches the plan behind it: a projection keeps that from being the caller's own.
        rows.select("*").createOrReplaceTempView(view);
        try {
            return use.apply("WITH `primary` AS (SELECT * FROM " + view + ") SELECT * FROM (\n" + sql + "\n)");
        } finally {
            rows.sparkSession().catalog().dropTempView(view);
        }
    }

    /** Looks at the plan before Spark drops what an empty {@code primary} makes pointless. */
    private static void refuseOtherTables(String explained) {
        String analysed = explained.substring(
                explained.indexOf("== Analyzed Logical Plan =="), explained.indexOf("== Optimized Logical Plan =="));
        Stream<String> otherViews = analysed.lines()
                .map(line -> line.replaceFirst("^[ :+-]+", ""))
                .filter(node -> node.startsWith("View (") && !node.startsWith("View (`" + VIEW));
        Stream<String> otherLeaves =
                leaves(analysed).stream().filter(leaf -> !HARMLESS.contains(leaf.split("\\W", 2)[0]));
        Stream.concat(otherViews, otherLeaves).findFirst().ifPresent(other -> {
            throw new IllegalArgumentException("reads " + other.strip() + "; only `primary` may be read");
        });
    }

    /** The nodes of a printed plan that have nothing below them. */
    private static List<String> leaves(String plan) {
        List<String> leaves = new ArrayList<>();
        String node = null;
        int depth = -1;
        for (String line : plan.lines().skip(2).toList()) {
            int start = 0;
            while (start < line.length() && " :+-".indexOf(line.charAt(start)) >= 0) {
                start++;
            }
            if (start == line.length()) {
                continue;
            }
            if (node != null && start <= depth) {
                leaves.add(node);
            }
            node = line.substring(start);
            depth = start;
        }
        if (node != null) {
            leaves.add(node);
        }
        return leaves;
    }

    private static Optional<String> refused(String what, String sql) {
        Matcher matcher = REFUSED.matcher(
                LITERALS_AND_COMMENTS.matcher(sql).replaceAll("''").replace("`", ""));
        return matcher.find()
                ? Optional.of(what + " calls " + matcher.group().replaceAll("[\\s(]", "")
                        + ", so its answer could not be computed again: " + sql)
                : Optional.empty();
    }

    private static Optional<String> unparsable(String what, String sql, String expression) {
        return analysed(what, sql, () -> expr(expression));
    }

    private static Optional<String> analysed(String what, String sql, java.util.concurrent.Callable<?> analysis) {
        try {
            analysis.call();
            return Optional.empty();
        } catch (Exception e) {
            // Spark throws the checked AnalysisException without declaring it.
            String why = String.valueOf(e.getMessage())
                    .lines()
                    .filter(line -> !line.isBlank())
                    .findFirst()
                    .orElse("" + e);
            return Optional.of(what + " `" + sql.replaceAll("\\s+", " ") + "`: " + why);
        }
    }
}
