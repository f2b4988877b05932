package io.lakeproof.transforms;

import static org.apache.spark.sql.functions.expr;

import io.lakeproof.transforms.SqlText.Token;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;

/**
 * Looks through SQL that a spec holds before it runs: whether the same rows always give the same result, whether it reads
 * anything but its input, and how far it looks.
 *
 * <p>What is code is found by cutting the text as Spark does; what the code reads, how far it looks and whether it asks for
 * the time is found by asking Spark to explain it over an empty relation, in a session of its own. Nothing is run.
 */
public final class SqlCheck {

    /** The name by which a transform's SQL reads its rows. */
    public static final String INPUT = "input";

    /**
     * What is known of a SQL text.
     *
     * @param problems why it is refused, each with the remedy; empty: it is not. Of a text of several lines they begin
     *     with {@code line 3: } where the line is known
     * @param warnings what may make its result depend on how the data lies, with lines as well; empty: nothing
     * @param scope how far it looks; {@code GLOBAL} when there are problems
     */
    public record Verdict(List<String> problems, List<String> warnings, Scope scope) {
        Verdict and(Verdict other) {
            return new Verdict(
                    joined(problems, other.problems),
                    joined(warnings, other.warnings),
                    scope.compareTo(other.scope) >= 0 ? scope : other.scope);
        }

        Verdict about(String column) {
            return new Verdict(prefixed(problems, column), prefixed(warnings, column), scope);
        }

        private static Verdict refused(List<String> problems) {
            return new Verdict(List.copyOf(problems), List.of(), Scope.GLOBAL);
        }

        private static List<String> joined(List<String> a, List<String> b) {
            return Stream.concat(a.stream(), b.stream()).toList();
        }

        private static List<String> prefixed(List<String> messages, String column) {
            return messages.stream()
                    .map(message -> "column '" + column + "': " + message)
                    .toList();
        }
    }

    private static final String RANDOM =
            "gives another value on every run; derive it from the key, for example" + " xxhash64(id, 42)";
    private static final String CLOCK = "depends on when it runs; write the date itself, for example DATE '2026-01-31'";
    private static final String PLACEMENT =
            "depends on how the data lies on the cluster; derive it from the key, for example" + " xxhash64(id, 42)";
    private static final String ORDER = "depends on the order in which rows arrive; use min_by, max_by, min, max or"
            + " sort_array(collect_list(...))";
    private static final String SURROUNDINGS = "depends on who runs it, and where; put the value itself into the spec";
    private static final String CODE =
            "runs code or reads what the version record cannot name; write a transform of your own" + " (class)";
    private static final String BEYOND_THE_ROW =
            "looks beyond one row; name its columns alone, or write a query: sql, or CustomSql in rules";
    private static final String TIES = "picks among rows that tie in its order; order by a unique key";
    private static final String PARTITIONING =
            "depends in its last digits on how the data is partitioned; cast to decimal" + " before, or round";

    private static final Map<String, String> REFUSED = refused();

    private static final Set<String> PICKS = Set.of("row_number", "ntile", "lag", "lead", "max_by", "min_by", "mode");
    private static final Set<String> SUMS = Set.of("sum", "try_sum", "avg", "mean", "try_avg");
    private static final Set<String> MOMENTS = Set.of(
            "std",
            "stddev",
            "stddev_samp",
            "stddev_pop",
            "variance",
            "var_samp",
            "var_pop",
            "corr",
            "covar_pop",
            "covar_samp",
            "skewness",
            "kurtosis",
            "regr_avgx",
            "regr_avgy",
            "regr_intercept",
            "regr_r2",
            "regr_slope",
            "regr_sxx",
            "regr_sxy",
            "regr_syy",
            "approx_percentile",
            "percentile_approx",
            "histogram_numeric");
    /** Functions that need no parentheses, unless a column has the name. */
    private static final Set<String> BARE =
            Set.of("current_date", "current_timestamp", "current_user", "user", "session_user", "localtimestamp");

    private static final Pattern RELATIVE_TIME = Pattern.compile(
            "\\s*((now|today|tomorrow|yesterday)\\b|T?\\d{1,2}:\\d{1,2}).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /** A time or a date as Spark prints one that it knows already. */
    private static final Pattern TIME =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)(?:[ T](\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?))?");
    /** A text without a date that becomes a time: of the day on which it runs. */
    private static final Pattern TODAYS = Pattern.compile("cast\\(T?\\d{1,2}:\\d{1,2}\\S* as timestamp(_ntz)?\\)");
    /** Types of a constant such as {@code TIMESTAMP 'now'}. */
    private static final Set<String> TIME_TYPES = Set.of("date", "timestamp", "timestamp_ltz", "timestamp_ntz");
    /** Two zones in which it is never the same day. */
    private static final ZoneId EARLY = ZoneId.of("+14:00");

    private static final ZoneId LATE = ZoneId.of("-12:00");

    private static final Pattern RELATION = Pattern.compile("'UnresolvedRelation \\[(.*?)\\]");
    private static final Pattern TABLE_FUNCTION = Pattern.compile("'UnresolvedTableValuedFunction \\[(.*?)\\]");
    private static final Set<String> GENERATORS = Set.of(
            "explode",
            "explode_outer",
            "posexplode",
            "posexplode_outer",
            "inline",
            "inline_outer",
            "stack",
            "json_tuple");
    private static final Pattern NODE = Pattern.compile("[\\s:+\\-*]*(.*?)( \\(\\d+\\))?");
    /** Leaves of a plan that reads nothing but its relation and what the SQL itself says. */
    private static final Pattern OWN_LEAF =
            Pattern.compile("(LogicalRDD|LocalRelation|OneRowRelation|Range|CTERelationRef)\\b.*");
    /** What Spark does row by row. */
    private static final Set<String> ROW_BY_ROW =
            Set.of("AdaptiveSparkPlan", "Project", "Filter", "Generate", "Expand", "Union", "Scan ExistingRDD");

    private final SparkSession spark;
    private final String relation;
    private final StructType columns;
    private SparkSession own;

    private SqlCheck(SparkSession spark, String relation, StructType columns) {
        this.spark = spark;
        this.relation = relation;
        this.columns = columns;
    }

    /**
     * A check of SQL over rows of these columns.
     *
     * @param relation the name by which a query reads them
     */
    public static SqlCheck over(SparkSession spark, String relation, StructType columns) {
        return new SqlCheck(spark, relation, columns);
    }

    /** Checks one SELECT over the relation. */
    public Verdict query(String sql) {
        List<String> problems = queryText(sql, relation);
        return problems.isEmpty() ? explain(sql, bare(sql)) : Verdict.refused(problems);
    }

    /** The columns that a query gives which is not refused. */
    public StructType answer(String sql) {
        return own().sql(closed(bare(sql))).schema();
    }

    /** Checks a condition on one row, such as {@code filter}, {@code delete-when} and a rule's {@code where} take. */
    public Verdict condition(String sql) {
        List<String> problems = expressionText(sql);
        return problems.isEmpty()
                ? rowLocal(explain(sql, "SELECT * FROM " + relation + " WHERE (\n" + sql + "\n)"))
                : Verdict.refused(problems);
    }

    /** Checks an expression over the columns of one row, such as {@code derive} takes. */
    public Verdict expression(String sql) {
        List<String> problems = expressionText(sql);
        return problems.isEmpty()
                ? rowLocal(explain(sql, "SELECT (\n" + sql + "\n) AS result FROM " + relation))
                : Verdict.refused(problems);
    }

    /** What can be refused in a query over the relation without asking Spark, and before the columns are known. */
    public static List<String> queryText(String sql, String relation) {
        List<String> problems = new ArrayList<>(text(sql));
        List<Token> tokens = SqlText.of(sql).tokens();
        if (tokens.isEmpty()) {
            problems.add("there is no SQL; write one SELECT over " + relation);
        } else if (Stream.of("SELECT", "WITH", "(", "FROM").noneMatch(tokens.get(0)::is)) {
            problems.add(located(
                    sql,
                    tokens.get(0).start(),
                    "'%s' is no query; write one SELECT over %s"
                            .formatted(tokens.get(0).text(), relation)));
        }
        for (int i = 1; i + 2 < tokens.size(); i++) {
            boolean named = tokens.get(i).text().replace("`", "").equalsIgnoreCase(relation)
                    && (tokens.get(i - 1).is("WITH") || tokens.get(i - 1).is(","));
            if (named && tokens.get(i + 1).is("AS") && tokens.get(i + 2).is("(")) {
                problems.add(located(
                        sql,
                        tokens.get(i).start(),
                        "WITH gives the name %s to something else; choose another".formatted(relation)));
            }
        }
        for (Token token : tokens) {
            if (token.is("LIMIT") || token.is("OFFSET") || token.is("TABLESAMPLE")) {
                problems.add(located(
                        sql,
                        token.start(),
                        ("%s takes whichever rows come first; number the rows over a unique key and filter them, or put"
                                        + " the name in backticks if it is a column")
                                .formatted(token.text())));
            }
        }
        if (problems.isEmpty()) {
            syntax(sql, "(\n" + bare(sql) + "\n)").ifPresent(problems::add);
        }
        return problems;
    }

    /** What can be refused in an expression without asking Spark. */
    public static List<String> expressionText(String sql) {
        List<String> problems = new ArrayList<>(text(sql));
        List<Token> tokens = SqlText.of(sql).tokens();
        if (tokens.isEmpty()) {
            problems.add("there is no SQL expression");
        }
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.is("SELECT") || token.is("OVER") || token.is(";")) {
                problems.add(located(sql, token.start(), "'%s' ".formatted(token.text()) + BEYOND_THE_ROW));
            } else if (calls(tokens, i) && GENERATORS.contains(token.text().toLowerCase(Locale.ROOT))) {
                problems.add(
                        located(sql, token.start(), token.text() + "() makes several rows of one, or none; use sql"));
            }
        }
        if (problems.isEmpty()) {
            // Between parentheses an end that comes too early is said to be one of these.
            syntax(sql, sql).or(() -> syntax(sql, "(\n" + sql + "\n)")).ifPresent(problems::add);
        }
        return problems;
    }

    /** What Spark's grammar says, which needs neither a session nor columns. */
    private static Optional<String> syntax(String sql, String expression) {
        try {
            expr(expression);
            return Optional.empty();
        } catch (Exception refused) {
            return Optional.of(located(sql, expression, refused));
        }
    }

    /** The query without its closing semicolons. */
    public static String bare(String sql) {
        List<Token> tokens = SqlText.of(sql).tokens();
        int end = tokens.size();
        while (end > 0 && tokens.get(end - 1).is(";")) {
            end--;
        }
        return end == tokens.size() ? sql : sql.substring(0, tokens.get(end).start());
    }

    private static List<String> text(String sql) {
        SqlText text = SqlText.of(sql);
        if (text.problem() != null) {
            List<Token> before = text.tokens();
            int end = before.isEmpty() ? 0 : before.get(before.size() - 1).end();
            return List.of(located(
                    sql, end + sql.substring(end).indexOf(sql.substring(end).strip()), text.problem()));
        }
        Set<String> problems = new LinkedHashSet<>();
        if (sql.contains("${")) {
            problems.add(located(
                    sql,
                    sql.indexOf("${"),
                    "'${' would be filled in by Spark from its settings; write concat('$', '{') if the text is meant"));
        }
        List<Token> tokens = text.tokens();
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            int place = token.start();
            depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
            if (depth < 0) {
                problems.add(located(sql, place, "a ')' has no '(' before it"));
                depth = 0;
            }
            if (calls(tokens, i)) {
                String name = token.text().toLowerCase(Locale.ROOT);
                if (i > 0 && tokens.get(i - 1).is(".")) {
                    problems.add(located(
                            sql,
                            place,
                            "function %s has a prefix; only Spark's own functions can be called, by their bare name"
                                    .formatted(token.text())));
                } else if (REFUSED.containsKey(name) && !(collects(name) && sorted(tokens, i))) {
                    problems.add(located(sql, place, name + "() " + REFUSED.get(name)));
                } else if (name.equals("unix_timestamp")
                        && i + 2 < tokens.size()
                        && tokens.get(i + 2).is(")")) {
                    problems.add(located(sql, place, "unix_timestamp() " + CLOCK));
                }
            }
            if (token.kind() == SqlText.Kind.STRING) {
                if (i > 0
                        && isRelativeTime(token)
                        && TIME_TYPES.contains(tokens.get(i - 1).text().toLowerCase(Locale.ROOT))) {
                    problems.add(located(sql, place, "'%s' %s".formatted(token.text(), CLOCK)));
                }
                if (i > 0 && tokens.get(i - 1).is("USING")) {
                    problems.add(located(sql, place, "TRANSFORM ... USING " + CODE));
                }
            }
        }
        return List.copyOf(problems);
    }

    /** The message, with the line of the offset if there are several. */
    private static String located(String sql, int offset, String message) {
        return sql.strip().contains("\n") ? "line %d: %s".formatted(lines(sql.substring(0, offset)), message) : message;
    }

    /** What Spark says of a query around the SQL, with the line in the SQL. */
    private static String located(String sql, String around, Exception refused) {
        String message = firstLine(refused);
        if (!sql.strip().contains("\n")
                || !(refused instanceof AnalysisException analysis)
                || analysis.line().isEmpty()) {
            return message;
        }
        int line = (Integer) analysis.line().get() + 1 - lines(around.substring(0, around.indexOf(bare(sql))));
        return "line %d: %s".formatted(line, message);
    }

    private static int lines(String text) {
        return 1 + (int) text.chars().filter(c -> c == '\n').count();
    }

    private Verdict explain(String sql, String query) {
        Set<String> problems = new LinkedHashSet<>();
        List<Token> tokens = SqlText.of(sql).tokens();
        Set<String> names = Stream.of(columns.fieldNames())
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        for (int i = 0; i < tokens.size(); i++) {
            String name = tokens.get(i).text().toLowerCase(Locale.ROOT);
            boolean alone = tokens.get(i).isName()
                    && !calls(tokens, i)
                    && !(i > 0
                            && (tokens.get(i - 1).is(".") || tokens.get(i - 1).is("AS")));
            if (alone && BARE.contains(name) && !names.contains(name)) {
                problems.add(located(
                        sql, tokens.get(i).start(), name + " " + (name.contains("user") ? SURROUNDINGS : CLOCK)));
            }
        }
        own().sql("SHOW USER FUNCTIONS").as(Encoders.STRING()).toLocalIterator().forEachRemaining(function -> {
            String bare = function.substring(function.lastIndexOf('.') + 1);
            for (int i = 0; i < tokens.size(); i++) {
                if (calls(tokens, i) && tokens.get(i).text().equalsIgnoreCase(bare)) {
                    problems.add(located(sql, tokens.get(i).start(), bare + "() " + CODE));
                }
            }
        });
        if (!problems.isEmpty()) {
            return Verdict.refused(List.copyOf(problems));
        }
        String closed = closed(query);
        String logical;
        StructType output;
        try {
            logical = explanation("EXPLAIN EXTENDED " + closed, EARLY);
            problems.addAll(foreignNames(logical));
            if (!problems.isEmpty()) {
                return Verdict.refused(List.copyOf(problems));
            }
            output = own().sql(closed).schema();
        } catch (Exception refused) {
            return Verdict.refused(List.of(located(sql, closed, refused)));
        }
        Set<String> distinct = new LinkedHashSet<>();
        for (String name : output.fieldNames()) {
            if (!distinct.add(name.toLowerCase(Locale.ROOT))) {
                problems.add("two columns are named '%s'; give one another name with AS".formatted(name));
            }
        }
        problems.addAll(foreignLeaves(logical));
        if (TODAYS.matcher(optimized(logical)).find()
                || knowsTheTime(logical, explanation("EXPLAIN EXTENDED " + closed, LATE))) {
            problems.add(relativeTime(sql, tokens));
        }
        if (!problems.isEmpty()) {
            return Verdict.refused(List.copyOf(problems));
        }
        String physical = explanation("EXPLAIN FORMATTED " + closed, EARLY);
        return new Verdict(List.of(), warnings(sql, tokens), scope(physical));
    }

    /** What the query names besides the relation. */
    private Set<String> foreignNames(String plan) {
        Set<String> problems = new LinkedHashSet<>();
        String parsed = section(plan, "== Parsed Logical Plan ==", "== Analyzed Logical Plan ==");
        Set<String> known = new LinkedHashSet<>(Set.of(relation));
        Matcher ctes = Pattern.compile("(?m)^[\\s:+\\-']*CTE \\[(.*?)\\]").matcher(parsed);
        while (ctes.find()) {
            known.addAll(List.of(ctes.group(1).toLowerCase(Locale.ROOT).split(", ")));
        }
        boolean readsInput = false;
        Matcher relations = RELATION.matcher(parsed);
        while (relations.find()) {
            String name = relations.group(1).replace(", ", ".");
            readsInput |= name.equalsIgnoreCase(relation);
            if (!known.contains(name.toLowerCase(Locale.ROOT))) {
                problems.add("it reads '%s', ".formatted(name) + foreign());
            }
        }
        Matcher functions = TABLE_FUNCTION.matcher(parsed);
        while (functions.find()) {
            String function = functions.group(1).toLowerCase(Locale.ROOT);
            if (!function.equals("range") && !GENERATORS.contains(function)) {
                problems.add("it reads %s(), ".formatted(functions.group(1)) + foreign());
            }
        }
        if (!readsInput && problems.isEmpty()) {
            problems.add("it does not read %1$s; write SELECT ... FROM %1$s".formatted(relation));
        }
        return problems;
    }

    /** What the query reads besides the relation, whatever it is called. */
    private Set<String> foreignLeaves(String plan) {
        Set<String> problems = new LinkedHashSet<>();
        List<String> lines = section(plan, "== Analyzed Logical Plan ==", "== Optimized Logical Plan ==")
                .lines()
                .skip(1)
                .filter(line -> !line.isBlank())
                .toList();
        for (int i = 0; i < lines.size(); i++) {
            boolean leaf = i + 1 == lines.size() || depth(lines.get(i + 1)) <= depth(lines.get(i));
            if (leaf && !OWN_LEAF.matcher(node(lines.get(i))).matches()) {
                problems.add("it reads %s, ".formatted(node(lines.get(i))) + foreign());
            }
        }
        return problems;
    }

    private String foreign() {
        return "which no version record would pin; read " + relation + " alone"
                + (relation.equals(INPUT) ? ", and use join for another table" : "");
    }

    /**
     * Whether a plan holds a constant that is another where it is another day: Spark takes {@code now}, {@code today},
     * {@code tomorrow} and {@code yesterday} for the time itself wherever a constant text becomes a date or a time, however
     * the text was put together.
     */
    private static boolean knowsTheTime(String early, String late) {
        List<MatchResult> there = times(early);
        List<MatchResult> here = times(late);
        if (there.size() != here.size()) {
            return true;
        }
        for (int i = 0; i < here.size(); i++) {
            // What stands there alike may be any text of the user's, such as 2026-02-30.
            if (!there.get(i).group().equals(here.get(i).group())) {
                Optional<Instant> instant = instant(there.get(i), EARLY);
                if (instant.isEmpty() || !instant.equals(instant(here.get(i), LATE))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<MatchResult> times(String plan) {
        return TIME.matcher(optimized(plan)).results().toList();
    }

    private static String optimized(String plan) {
        return section(plan, "== Optimized Logical Plan ==", "== Physical Plan ==");
    }

    private static Optional<Instant> instant(MatchResult time, ZoneId zone) {
        return Optional.ofNullable(time.group(2)).map(clock -> LocalDateTime.parse(time.group(1) + "T" + clock)
                .atZone(zone)
                .toInstant());
    }

    private static String relativeTime(String sql, List<Token> tokens) {
        return tokens.stream()
                .filter(token -> isRelativeTime(token))
                .findFirst()
                .map(token -> located(sql, token.start(), "'%s' %s".formatted(token.text(), CLOCK)))
                .orElse("a text in it is taken for the present time, which " + CLOCK);
    }

    private static boolean isRelativeTime(Token token) {
        return token.kind() == SqlText.Kind.STRING
                && RELATIVE_TIME.matcher(token.text()).matches();
    }

    private static Scope scope(String physical) {
        String tree = physical.substring(physical.indexOf('\n') + 1).split("\n\\s*\n", 2)[0];
        boolean rowByRow =
                tree.lines().filter(line -> !line.isBlank()).allMatch(line -> ROW_BY_ROW.contains(node(line)));
        return rowByRow && !physical.contains("Subqueries ==") ? Scope.ROW_LOCAL : Scope.GLOBAL;
    }

    private List<String> warnings(String sql, List<Token> tokens) {
        Set<String> warnings = new LinkedHashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).is("ROWS") && i + 1 < tokens.size() && isFrame(tokens.get(i + 1))) {
                warnings.add(located(sql, tokens.get(i).start(), "ROWS " + TIES));
            }
            if (!calls(tokens, i)) {
                continue;
            }
            String name = tokens.get(i).text().toLowerCase(Locale.ROOT);
            if (PICKS.contains(name)) {
                warnings.add(located(sql, tokens.get(i).start(), name + "() " + TIES));
            } else if (MOMENTS.contains(name) || (SUMS.contains(name) && floating(argument(sql, tokens, i)))) {
                warnings.add(located(sql, tokens.get(i).start(), name + "() " + PARTITIONING));
            }
        }
        return List.copyOf(warnings);
    }

    private static boolean isFrame(Token token) {
        return token.is("BETWEEN")
                || token.is("UNBOUNDED")
                || token.is("CURRENT")
                || token.text().matches("[0-9]+");
    }

    private boolean floating(String argument) {
        try {
            DataType type = own().sql("SELECT (\n" + argument + "\n) FROM " + relation)
                    .schema()
                    .apply(0)
                    .dataType();
            return type instanceof DoubleType || type instanceof FloatType;
        } catch (Exception unknown) {
            return true;
        }
    }

    private static String argument(String sql, List<Token> tokens, int call) {
        int depth = 0;
        for (int i = call + 1; i < tokens.size(); i++) {
            depth += tokens.get(i).is("(") ? 1 : tokens.get(i).is(")") ? -1 : 0;
            if (depth == 0) {
                int first = tokens.get(call + 2).is("DISTINCT") ? call + 2 : call + 1;
                return sql.substring(tokens.get(first).end(), tokens.get(i).start());
            }
        }
        return sql;
    }

    private static Verdict rowLocal(Verdict verdict) {
        return verdict.problems().isEmpty() && verdict.scope() != Scope.ROW_LOCAL
                ? Verdict.refused(List.of("it " + BEYOND_THE_ROW))
                : verdict;
    }

    /** A session without the caller's views, whose explanations are whole. */
    private SparkSession own() {
        if (own != null) {
            return own;
        }
        own = spark.newSession();
        own.conf().set("spark.sql.runSQLOnFiles", "false");
        own.conf().set("spark.sql.variable.substitute", "false");
        own.conf().set("spark.sql.debug.maxToStringFields", "1000000");
        // Folded, a constant would hide what it was made of.
        own.conf()
                .set(
                        "spark.sql.optimizer.excludedRules",
                        "org.apache.spark.sql.catalyst.optimizer.ConstantFolding,"
                                + "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation");
        own.createDataFrame(
                        JavaSparkContext.fromSparkContext(spark.sparkContext()).<Row>emptyRDD(), columns)
                .createOrReplaceTempView(relation);
        return own;
    }

    /** Between parentheses the grammar allows a query and nothing else. */
    private static String closed(String query) {
        return "SELECT * FROM (\n" + query + "\n)";
    }

    private String explanation(String sql, ZoneId zone) {
        own().conf().set("spark.sql.session.timeZone", zone.getId());
        return own().sql(sql).as(Encoders.STRING()).first();
    }

    private static String section(String plan, String from, String to) {
        int start = plan.indexOf(from) + from.length();
        int end = plan.indexOf(to, start);
        return plan.substring(start, end < 0 ? plan.length() : end).strip();
    }

    private static int depth(String line) {
        int depth = 0;
        while (depth < line.length() && " :+-".indexOf(line.charAt(depth)) >= 0) {
            depth++;
        }
        return depth;
    }

    private static String node(String line) {
        Matcher node = NODE.matcher(line);
        return node.matches() ? node.group(1).strip() : line;
    }

    private static boolean calls(List<Token> tokens, int i) {
        return tokens.get(i).isName()
                && i + 1 < tokens.size()
                && tokens.get(i + 1).is("(");
    }

    private static boolean collects(String name) {
        return name.startsWith("collect_") || name.equals("array_agg");
    }

    private static boolean sorted(List<Token> tokens, int i) {
        return i >= 2
                && tokens.get(i - 1).is("(")
                && (tokens.get(i - 2).is("sort_array") || tokens.get(i - 2).is("array_sort"));
    }

    static String firstLine(Exception refused) {
        String message =
                refused instanceof AnalysisException analysis ? analysis.getSimpleMessage() : refused.getMessage();
        return String.valueOf(message)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse(refused.toString());
    }

    private static Map<String, String> refused() {
        Map<String, String> refused = new LinkedHashMap<>();
        Stream.of("rand", "randn", "random", "randstr", "uniform", "uuid", "shuffle", "aes_encrypt", "try_aes_encrypt")
                .forEach(name -> refused.put(name, RANDOM));
        Stream.of("monotonically_increasing_id", "spark_partition_id").forEach(name -> refused.put(name, PLACEMENT));
        Stream.of("current_date", "current_timestamp", "current_time", "now", "curdate", "localtimestamp", "getdate")
                .forEach(name -> refused.put(name, CLOCK));
        Stream.of(
                        "first",
                        "last",
                        "first_value",
                        "last_value",
                        "any_value",
                        "nth_value",
                        "collect_list",
                        "collect_set",
                        "array_agg",
                        "string_agg",
                        "listagg")
                .forEach(name -> refused.put(name, ORDER));
        Stream.of(
                        "current_user",
                        "session_user",
                        "user",
                        "current_catalog",
                        "current_database",
                        "current_schema",
                        "current_timezone",
                        "current_metastore",
                        "current_version",
                        "version",
                        "is_member",
                        "is_account_group_member")
                .forEach(name -> refused.put(name, SURROUNDINGS));
        Stream.of(
                        "reflect",
                        "java_method",
                        "try_reflect",
                        "input_file_name",
                        "input_file_block_start",
                        "input_file_block_length",
                        "identifier",
                        "secret",
                        "try_secret",
                        "http_request",
                        "read_files",
                        "table_changes",
                        "ai_query")
                .forEach(name -> refused.put(name, CODE));
        return Map.copyOf(refused);
    }
}
