package io.lakeproof.jobs.rules;

import io.lakeproof.transforms.SqlCheck;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** The SQL inside rules: it may read the judged rows, as {@code primary}, and nothing else. */
final class Sql {

    /** The name by which a {@code CustomSql} reads the rows. */
    static final String PRIMARY = "primary";

    private Sql() {}

    /** What the text of a {@code where} shows without a session. */
    static Stream<String> whereProblems(String sql) {
        return about("where", sql, SqlCheck.expressionText(sql));
    }

    /** What the text of a {@code CustomSql} shows without a session. */
    static Stream<String> queryProblems(String sql) {
        return about("CustomSql", sql, SqlCheck.queryText(sql, PRIMARY));
    }

    static Stream<String> whereProblems(SqlCheck check, String sql) {
        return about("where", sql, check.condition(sql).problems());
    }

    static Stream<String> queryProblems(SqlCheck check, String sql) {
        List<String> problems = check.query(sql).problems();
        if (!problems.isEmpty()) {
            return about("CustomSql", sql, problems);
        }
        StructType answer = check.answer(sql);
        return answer.size() == 1 && answer.fields()[0].dataType() instanceof NumericType
                ? Stream.empty()
                : about(
                        "CustomSql",
                        sql,
                        List.of("must answer one number, and answers %s; aggregate, as in select count(*) from primary"
                                .formatted(answer.simpleString())));
    }

    /** The one number that the query answers; absent: no row, several, or NULL. */
    static Optional<Double> number(Dataset<Row> rows, String sql) {
        queryProblems(SqlCheck.over(rows.sparkSession(), PRIMARY, rows.schema()), sql)
                .findFirst()
                .ifPresent(problem -> {
                    throw new IllegalArgumentException(problem);
                });
        // A view of its own name for the time of the call; `primary` exists inside the query alone.
        String view = "lakeproof_primary_" + UUID.randomUUID().toString().replace("-", "");
        // Dropping a view uncaches the plan behind it: a projection keeps that from being the caller's own.
        rows.select("*").createOrReplaceTempView(view);
        try {
            List<Row> answer = rows.sparkSession()
                    .sql("WITH `primary` AS (SELECT * FROM " + view + ") SELECT * FROM (\n" + SqlCheck.bare(sql)
                            + "\n) LIMIT 2")
                    .collectAsList();
            // How many rows a query answers shows only when it runs: then the rule is broken, for there is no one
            // number.
            return answer.size() != 1 || answer.get(0).isNullAt(0)
                    ? Optional.empty()
                    : Optional.of(((Number) answer.get(0).get(0)).doubleValue());
        } finally {
            rows.sparkSession().catalog().dropTempView(view);
        }
    }

    private static Stream<String> about(String what, String sql, List<String> problems) {
        return problems.stream()
                .map(problem -> "%s `%s`: %s".formatted(what, sql.strip().replaceAll("\\s+", " "), problem));
    }
}
