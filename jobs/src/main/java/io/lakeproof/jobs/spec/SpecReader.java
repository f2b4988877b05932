package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.DidYouMean;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.drift.Profile;
import io.lakeproof.jobs.rules.RuleCheck;
import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.jobs.rules.Rules.Level;
import io.lakeproof.jobs.rules.Rules.Rule;
import io.lakeproof.jobs.rules.Waiver;
import io.lakeproof.jobs.spec.Source.After;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.jobs.spec.Source.Load;
import io.lakeproof.jobs.spec.Source.OnChanged;
import io.lakeproof.jobs.spec.Source.OnCopy;
import io.lakeproof.jobs.spec.Source.Upsert;
import io.lakeproof.jobs.spec.Spec.OnLeakage;
import io.lakeproof.jobs.spec.Spec.Protect;
import io.lakeproof.jobs.spec.Training.AzureMl;
import io.lakeproof.jobs.spec.Training.When;
import io.lakeproof.lineage.FingerprintObserver;
import io.lakeproof.lineage.TableName;
import io.lakeproof.transforms.Assumed;
import io.lakeproof.transforms.Problem;
import io.lakeproof.transforms.Split;
import io.lakeproof.transforms.SqlCheck;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.features.FeatureStep;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Reads and checks {@code dataset.yaml}; all that is wrong with it comes out at once. */
public final class SpecReader {

    /**
     * A spec that Spark has tried on no rows.
     *
     * @param spec its steps' scopes are settled
     * @param examples the columns that come out of the transforms, which all parts have
     * @param warnings what may keep a result from being the same every time, each as {@code file:line path: …}
     */
    public record Checked(Spec spec, StructType examples, List<String> warnings) {}

    private static final Map<String, BigDecimal> PARTS = parts();

    private static final Pattern WORKSPACE = Pattern.compile(
            "/subscriptions/[^/?#\\s]+/resourceGroups/[^/?#\\s]+/providers/Microsoft\\.MachineLearningServices"
                    + "/workspaces/[^/?#\\s]+",
            Pattern.CASE_INSENSITIVE);

    private static final List<String> RESERVED = List.of("raw", "quarantine", "lineage", "copies", "input");

    private final Problems problems;
    private final Places places;
    private final Optional<SparkSession> spark;
    private final List<String> warnings = new ArrayList<>();
    private Map<String, Object> values = Map.of();

    private SpecReader(Problems problems, Places places, Optional<SparkSession> spark) {
        this.problems = problems;
        this.places = places;
        this.spark = spark;
    }

    /**
     * Reads a spec and checks all that needs no Spark session; {@link #check} finds more.
     *
     * @param specPath a local path or a Hadoop URI, as the user typed it: problems begin with it
     * @param env the environment, for {@code ${NAME}}
     * @throws Failure.BadSpec with every problem
     */
    public static Spec read(String specPath, Map<String, String> env) {
        return read(specPath, env, Configuration::new);
    }

    /**
     * The same.
     *
     * @param files asked when the spec names a file system
     */
    public static Spec read(String specPath, Map<String, String> env, Supplier<Configuration> files) {
        return read(specPath, env, before(specPath, files), Optional.empty()).spec();
    }

    /**
     * Reads the file alone, to answer before Spark takes its seconds to start where Spark could add nothing.
     *
     * @param files asked when the spec names a file system
     * @return how the spec opens accounts of Azure's storage, as far as it says so rightly
     * @throws Failure.BadSpec if it cannot be read, or is not YAML
     */
    public static List<StorageAccount> accounts(
            String specPath, Map<String, String> env, Supplier<Configuration> files) {
        Problems problems = new Problems(specPath);
        Optional<Yaml> yaml = yaml(specPath, env, before(specPath, files), problems);
        if (yaml.isEmpty()) {
            problems.refuse();
        }
        return yaml.filter(Yaml.Entries.class::isInstance)
                .map(whole -> ((Yaml.Entries) whole).entries().get("storage"))
                .map(storage -> accounts(SpecKeys.STORAGE.read(storage, "storage", problems)))
                .orElse(List.of());
    }

    private static List<StorageAccount> accounts(Object storage) {
        List<StorageAccount> accounts = new ArrayList<>();
        if (storage != null) {
            ((Map<?, ?>) storage).forEach((name, by) -> ((Map<?, ?>) by)
                    .forEach((kind, secret) -> accounts.add(new StorageAccount(
                            (String) name,
                            StorageAccount.By.valueOf(((String) kind).toUpperCase(Locale.ROOT)),
                            (VaultSecret) secret))));
        }
        return accounts;
    }

    /**
     * Reads a spec and checks everything: the transforms, the rules' SQL and the split are tried on no rows. Reads no data
     * and starts no Spark job, but reads the log of a table that a {@code join} names.
     *
     * @throws Failure.BadSpec with every problem; only what stands behind a wrong step whose columns nobody can foresee, such
     *     as {@code sql}, is told once that is repaired
     */
    public static Checked check(String specPath, Map<String, String> env, SparkSession spark) {
        return read(specPath, env, spark.sparkContext().hadoopConfiguration(), Optional.of(spark));
    }

    /**
     * Reads the spec that a version record holds, and checks everything.
     *
     * @param text {@link Spec#text}
     * @param name what problems begin with
     * @param file the URI of the dataset's spec, around which relative paths are found
     * @throws Failure.BadSpec with every problem: a class, or a table that a {@code join} names, is gone
     */
    public static Checked recorded(String text, String name, String file, SparkSession spark) {
        Problems problems = new Problems(name);
        Optional<Yaml> yaml = Yaml.parse(text, Map.of(), problems);
        if (yaml.isEmpty()) {
            problems.refuse();
        }
        Places places = Places.around(file, spark.sparkContext().hadoopConfiguration());
        return new SpecReader(problems, places, Optional.of(spark)).spec(yaml.orElseThrow());
    }

    /** How files are opened before there is Spark. */
    private static Configuration before(String specPath, Supplier<Configuration> files) {
        return specPath.matches("(?!file:)[A-Za-z][A-Za-z0-9+.-]+:/.*") ? files.get() : new Configuration();
    }

    private static Checked read(
            String specPath, Map<String, String> env, Configuration conf, Optional<SparkSession> spark) {
        Problems problems = new Problems(specPath);
        Optional<Yaml> yaml = yaml(specPath, env, conf, problems);
        if (yaml.isEmpty()) {
            problems.refuse();
        }
        return new SpecReader(problems, Places.around(specPath, conf), spark).spec(yaml.orElseThrow());
    }

    /** The file's one document; absent when there is none, which is then among the problems. */
    private static Optional<Yaml> yaml(
            String specPath, Map<String, String> env, Configuration conf, Problems problems) {
        try {
            return Yaml.parse(Places.around(specPath, conf).read(), env, problems);
        } catch (IOException e) {
            problems.at(0, "", "cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            problems.at(0, "", "is not a path: " + e.getMessage());
        }
        return Optional.empty();
    }

    @SuppressWarnings("unchecked")
    private Checked spec(Yaml yaml) {
        Map<String, Object> read = (Map<String, Object>) SpecKeys.ALL.read(yaml, "", problems);
        if (read == null) {
            problems.refuse();
        }
        values = read;
        String name = this.<String>value("name").orElse("");
        if (!name.isEmpty() && !name.matches("[A-Za-z][A-Za-z0-9_-]*")) {
            problems.at(
                    "name", "'" + name + "' is not a name; begin with a letter, go on with letters, digits, _ and -");
        }
        Optional<Format> format = this.<String>value("source.format").map(SpecReader::format);
        Optional<StructType> contract = contract(format);
        Optional<StructType> columns = contract.or(() -> format.flatMap(Format::columns));
        Source source = source(format, contract, columns);
        boolean readSplit = !problems.below("split");
        Split split = split("", Optional.empty());
        Map<String, Optional<Split>> outputs = outputs(split);
        List<String> parts = Stream.concat(
                        Chain.tables("", Optional.of(split)).stream(),
                        outputs.entrySet().stream()
                                .flatMap(output -> Chain.tables(output.getKey(), output.getValue()).stream()))
                .toList();
        apart(parts);
        Tables tables = tables(parts);
        tablesOutsideLanding(source.path(), tables, parts);
        Rules rules = rules();
        List.of(Level.ROWS, Level.BATCH, Level.DATASET)
                .forEach(level -> rules("", rules.of(level), level, columns.map(Assumed::known)));
        Tried own = chain("", Optional.of(split), readSplit, columns.map(Assumed::known));
        List<Chain> chains = new ArrayList<>();
        outputs.forEach((output, by) -> chains.add(
                chain("outputs." + output + ".", by, !problems.below("outputs." + output + ".split"), own.examples())
                        .named(output)));
        waived(rules, chains);
        Featured featured = features(split, own, tables);
        Optional<Training> training = training(parts, tables, featured.columns());
        this.<Map<String, Map<?, ?>>>value("storage").orElse(Map.of()).forEach((account, by) -> {
            if (by.size() != 1 && !problems.below("storage." + account)) {
                problems.at("storage." + account, "key or sas opens an account; write one of them");
            }
        });
        problems.refuse();
        return new Checked(
                new Spec(
                        name,
                        value("description"),
                        value("owner"),
                        source,
                        tables,
                        rules,
                        own.chain().transforms(),
                        split,
                        featured.features(),
                        this.<String>value("split.on-leakage")
                                .map(word -> OnLeakage.valueOf(word.toUpperCase(Locale.ROOT))),
                        own.chain().label(),
                        List.copyOf(chains),
                        this.<String>value("protect").map(word -> Protect.valueOf(word.toUpperCase(Locale.ROOT))),
                        training,
                        about(),
                        ((Yaml.Entries) yaml).plain(),
                        places.spec().toString()),
                own.examples().map(Assumed::columns).orElse(null),
                List.copyOf(warnings));
    }

    /**
     * A chain whose steps were tried.
     *
     * @param examples the columns that come out; absent when that cannot be known
     */
    private record Tried(Chain chain, Optional<Assumed> examples) {
        Chain named(String name) {
            return new Chain(name, chain.transforms(), chain.rules(), chain.split(), chain.label());
        }
    }

    /**
     * What a chain says of itself.
     *
     * @param below what its keys' paths begin with: nothing, or {@code outputs.NAME.}
     * @param checksSplit whether the split could be read
     */
    private Tried chain(String below, Optional<Split> split, boolean checksSplit, Optional<Assumed> columns) {
        List<Step> steps = new ArrayList<>();
        Optional<Assumed> examples = steps(below + "transforms", columns, steps);
        List<StructField> given =
                columns.map(known -> List.of(known.columns().fields())).orElse(List.of());
        examples.ifPresent(known -> Stream.of(known.columns().fields())
                .filter(column -> !given.contains(column))
                .forEach(column -> storable(below + "transforms", column)));
        if (split.isPresent() && checksSplit) {
            split.get().problems(suiting(split.get(), examples)).forEach(p -> at(below + "split", p));
        }
        List<Rule> rules = rules(below, Level.EXAMPLES);
        rules(below, rules, Level.EXAMPLES, examples);
        Optional<String> label = value(below + "label");
        examples.ifPresent(known -> columns(below + "label", label.stream().toList(), known.columns()));
        return new Tried(new Chain("", List.copyOf(steps), rules, split, label), examples);
    }

    /** What the transforms end with is written to tables. */
    private void storable(String path, StructField column) {
        try {
            FingerprintObserver.of(new StructType(new StructField[] {column}));
        } catch (IllegalArgumentException unfit) {
            problems.at(
                    path,
                    "column '%s' is %s, which no table here holds; cast it, or drop it"
                            .formatted(column.name(), column.dataType().sql()));
        }
    }

    /** A schema and a workspace have no folders: there {@code a/test} needs a name without a slash. */
    private void apart(List<String> tables) {
        Map<String, String> taken = new HashMap<>();
        for (String table : tables) {
            String other = taken.putIfAbsent(table.replaceAll("[/-]", "_").toLowerCase(Locale.ROOT), table);
            if (other != null && (table.contains("/") || other.contains("/"))) {
                String output = table.replaceFirst("/.*", "");
                problems.at(
                        "outputs." + output,
                        "'%s' and the table '%s' get one name in a catalog or a workspace; give the output another name"
                                .formatted(table, other));
            }
        }
    }

    /** Every output's split, by its name; a split that is absent is empty. */
    private Map<String, Optional<Split>> outputs(Split own) {
        Map<String, Optional<Split>> outputs = new LinkedHashMap<>();
        List<String> taken = Stream.concat(
                        Stream.concat(RESERVED.stream(), Stream.of("training")), own.names().stream())
                .toList();
        this.<Map<String, Object>>value("outputs").orElse(Map.of()).keySet().forEach(name -> {
            String path = "outputs." + name;
            Optional<String> other = Stream.concat(taken.stream(), outputs.keySet().stream())
                    .filter(name::equalsIgnoreCase)
                    .findFirst();
            if (!name.matches("[A-Za-z][A-Za-z0-9_-]*")) {
                problems.at(
                        path, "'" + name + "' is not a name; begin with a letter, go on with letters, digits, _ and -");
                return;
            }
            other.ifPresent(it -> problems.at(path, "'" + it + "' names something else; give the output another name"));
            outputs.put(
                    name,
                    value(path + ".split").isPresent() || problems.below(path + ".split")
                            ? Optional.of(split(path + ".", Optional.of(own)))
                            : Optional.empty());
        });
        return outputs;
    }

    private Map<String, String> about() {
        Map<String, String> about = new LinkedHashMap<>();
        Spec.ABOUT.forEach(key -> this.<String>value(key).ifPresent(text -> about.put(key, text)));
        return Collections.unmodifiableMap(about);
    }

    /** A value by its path; absent when it is not there or wrong. */
    @SuppressWarnings("unchecked")
    private <T> Optional<T> value(String path) {
        Object value = values;
        for (String key : path.split("\\.", -1)) {
            value = value == null ? null : ((Map<String, Object>) value).get(key);
        }
        return Optional.ofNullable((T) value);
    }

    private <T> List<T> list(String path) {
        return this.<List<T>>value(path).orElse(List.of());
    }

    private <E extends Enum<E>> E word(String path, Class<E> type, E absent) {
        return this.<String>value(path)
                .map(word -> Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_')))
                .orElse(absent);
    }

    private void at(String path, Problem problem) {
        String below = problem.path();
        // The path says already what the message begins with.
        String message = problem.message().replaceFirst("^(split|" + Pattern.quote(below) + "): ", "");
        problems.at(below.isEmpty() || below.startsWith("[") ? path + below : path + "." + below, message);
    }

    // The source

    private static Format format(String sparkName) {
        return Stream.of(Format.values())
                .filter(format -> format.sparkName().equals(sparkName))
                .findFirst()
                .orElseThrow();
    }

    /** @param format absent: it is wrong, and the contract is looked at all the same */
    private Optional<StructType> contract(Optional<Format> format) {
        Optional<String> schema = value("source.schema");
        Optional<Format> fixed = format.filter(f -> f.columns().isPresent());
        if (fixed.isPresent()) {
            if (schema.isPresent()) {
                problems.at(
                        "source.schema",
                        fixed.get().sparkName() + " files always have the columns "
                                + String.join(
                                        ", ",
                                        fixed.get().columns().orElseThrow().fieldNames()) + "; remove the key");
            }
            return Optional.empty();
        }
        if (schema.isEmpty()) {
            if (format.isPresent() && !problems.below("source.schema")) {
                problems.at("source.schema", "missing; add the contract, such as schema: schema.ddl");
            }
            return Optional.empty();
        }
        String text = schema.get();
        boolean isFile = Contract.isFile(text);
        try {
            StructType contract = Contract.parse(isFile ? places.read(text.strip()) : text);
            if (contract.isEmpty()) {
                problems.at("source.schema", "names no columns; write them as in id BIGINT NOT NULL, note STRING");
                return Optional.empty();
            }
            Contract.problems(contract, format).forEach(p -> problems.at("source.schema", p));
            return Optional.of(contract);
        } catch (Contract.BadSql e) {
            String line = isFile ? text.strip() + ":" + e.line() + ": " : "its line " + e.line() + ": ";
            problems.at(
                    "source.schema",
                    (isFile || text.contains("\n") ? line : "") + e.getMessage()
                            + "; write columns as in id BIGINT NOT NULL, note STRING");
        } catch (IOException e) {
            problems.at("source.schema", "'" + text.strip() + "' cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            problems.at("source.schema", "'" + text.strip() + "' is not a path: " + e.getMessage());
        }
        return Optional.empty();
    }

    private Source source(Optional<Format> format, Optional<StructType> contract, Optional<StructType> columns) {
        Map<String, String> options =
                this.<Map<String, String>>value("source.options").orElse(Map.of());
        format.ifPresent(f -> options.forEach((name, value) -> ReaderOptions.problem(f, name, value)
                .or(() -> spark.flatMap(session -> ReaderOptions.patternProblem(session, name, value)))
                .ifPresent(problem -> problems.at("source.options." + name, problem))));
        this.<String>value("source.complete-when")
                .filter(marker -> marker.contains("/"))
                .ifPresent(marker -> problems.at(
                        "source.complete-when", "'" + marker + "' is a path; name a file, which each folder has"));
        Optional<Upsert> upsert = upsert(columns);
        Load load = word("source.load", Load.class, upsert.isPresent() ? Load.UPSERT : Load.APPEND);
        return new Source(
                place("source.path"),
                format.orElse(null),
                format.map(f -> ReaderOptions.withDefaults(f, options)).orElse(options),
                contract.orElse(null),
                list("source.null-values"),
                load,
                upsert,
                word("source.on-changed", OnChanged.class, OnChanged.WAIT),
                word("source.on-copy", OnCopy.class, OnCopy.SKIP),
                this.<Duration>value("source.settle").orElse(Duration.ZERO),
                value("source.complete-when"),
                word("source.after", After.class, After.KEEP),
                Stream.of("path", "format", "schema")
                        .collect(Collectors.toMap(key -> key, key -> problems.place("source." + key))),
                Optional.empty());
    }

    private Optional<Upsert> upsert(Optional<StructType> columns) {
        Optional<String> load = value("source.load");
        List<String> beside = list("source.key");
        List<String> below = list("source.upsert.key");
        boolean isUpsert = load.isEmpty() || load.get().equals("upsert");
        for (String key : List.of("source.key", "source.upsert")) {
            if (value(key).isPresent() && !isUpsert) {
                problems.at(key, "has no meaning with load: " + load.get() + "; write load: upsert, or remove it");
            }
        }
        if (!beside.isEmpty() && load.isEmpty() && value("source.upsert").isEmpty()) {
            problems.at(
                    "source.key", "has no meaning with load: append, the default; write load: upsert, or remove it");
        }
        if (!beside.isEmpty() && !below.isEmpty()) {
            problems.at("source.key", "stands below upsert as well; remove one");
        }
        if (load.isPresent()
                && isUpsert
                && beside.isEmpty()
                && value("source.upsert").isEmpty()
                && !problems.below("source.key")
                && !problems.below("source.upsert")) {
            problems.at("source.key", "missing; load: upsert needs the columns that name an entity, such as key: [id]");
        }
        columns.ifPresent(known -> {
            columns("source.key", beside, known);
            columns("source.upsert.key", below, known);
            columns("source.upsert.order-by", list("source.upsert.order-by"), known);
        });
        Optional<String> deleteWhen = value("source.upsert.delete-when");
        deleteWhen.ifPresent(condition -> condition("source.upsert.delete-when", condition, columns));
        List<String> key = beside.isEmpty() ? below : beside;
        return isUpsert && !key.isEmpty()
                ? Optional.of(new Upsert(key, list("source.upsert.order-by"), deleteWhen))
                : Optional.empty();
    }

    private void columns(String path, List<String> names, StructType known) {
        List<String> there = List.of(known.fieldNames());
        for (String name : names) {
            if (!there.contains(name)) {
                problems.at(
                        path,
                        "there is no column '" + name + "'"
                                + DidYouMean.closest(name, there)
                                        .map(near -> ", did you mean '" + near + "'?")
                                        .orElse("; the columns are " + String.join(", ", there)));
            }
        }
    }

    /** A condition on one row must hold what the step {@code filter} asks of its own. */
    private void condition(String path, String sql, Optional<StructType> columns) {
        Step.Parsed filter = Step.of(Map.of("filter", sql), places);
        filter.problems().forEach(p -> problems.at(path, p.message()));
        if (filter.step().isPresent() && spark.isPresent() && columns.isPresent()) {
            filter.step()
                    .get()
                    .check(spark.get(), columns.get())
                    .problems()
                    .forEach(p -> problems.at(path, p.message().replaceFirst("^filter: ", "")));
        }
    }

    // The tables

    private String place(String path) {
        return this.<String>value(path).map(text -> place(path, text)).orElse("");
    }

    private String place(String path, String text) {
        try {
            return places.resolve(text);
        } catch (IllegalArgumentException e) {
            problems.at(path, "'" + text + "' is not a path: " + e.getMessage());
            return "";
        }
    }

    private Tables tables(Iterable<String> parts) {
        Map<String, Object> given = this.<Map<String, Object>>value("tables").orElse(Map.of());
        List<String> names = Tables.names(parts);
        Map<String, TableName> placed = new LinkedHashMap<>();
        given.forEach((name, text) -> {
            String path = "tables." + name;
            if (names.contains(name)) {
                placed.put(name, table(path, (String) text));
            } else if (!List.of("root", "catalog", "schema").contains(name)) {
                List<String> known = Stream.concat(Stream.of("root", "catalog", "schema"), names.stream())
                        .toList();
                problems.at(
                        path,
                        "unknown table"
                                + DidYouMean.closest(name, known)
                                        .map(near -> ", did you mean '" + near + "'?")
                                        .orElse("; there is " + String.join(", ", names)));
            }
        });
        boolean root = given.containsKey("root");
        boolean schema = given.containsKey("schema");
        if (root && (schema || given.containsKey("catalog"))) {
            problems.at(
                    "tables.root",
                    "stands beside catalog or schema; remove one: tables are in a folder or in a schema");
        } else if (!root && !schema && !problems.below("tables")) {
            problems.at(
                    "tables", "neither a folder nor a schema for the tables; write root: lake, or schema: my_schema");
        }
        Tables tables = new Tables(
                root
                        ? new Tables.Root.Folder(place("tables.root"))
                        : new Tables.Root.Schema(
                                this.<String>value("tables.catalog").orElse(null),
                                this.<String>value("tables.schema").orElse("")),
                placed);
        if (Stream.of("tables", "split.parts", "outputs").noneMatch(problems::below)) {
            apart(tables, names);
        }
        return tables;
    }

    /** Of a folder within a table's folder, cleaning up that table would delete the files. */
    private void apart(Tables tables, List<String> names) {
        Map<String, String> taken = new LinkedHashMap<>();
        for (String name : names) {
            String other = taken.putIfAbsent(tables.locate(name).text().toLowerCase(Locale.ROOT), name);
            if (other != null) {
                problems.at(
                        "tables." + (tables.placed().containsKey(name) ? name : other),
                        "'" + tables.locate(name).text() + "' is the place of " + other + " and of " + name
                                + "; each needs its own");
                return;
            }
        }
        for (Map.Entry<String, String> inner : taken.entrySet()) {
            Optional<String> outer = taken.keySet().stream()
                    .filter(place -> inner.getKey().startsWith(place + "/"))
                    .findFirst();
            if (outer.isPresent()) {
                String name = inner.getValue();
                String holder = taken.get(outer.get());
                problems.at(
                        "tables." + (tables.placed().containsKey(name) ? name : holder),
                        "'" + tables.locate(name).text() + "', the place of " + name + ", lies within the table "
                                + holder + ", whose clean-up deletes what it does not know; put it beside it");
                return;
            }
        }
    }

    private TableName table(String path, String text) {
        if (!text.matches("[^/:.]+(\\.[^/:.]+){1,2}")) {
            return new TableName.Folder(place(path, text));
        }
        String[] names = text.split("\\.", -1);
        return names.length == 2
                ? new TableName.Named(null, names[0], names[1])
                : new TableName.Named(names[0], names[1], names[2]);
    }

    /** Whether a landing with wildcards means a folder, one above it, or the data files that a Delta table keeps in it. */
    private static boolean takesIn(String landing, String folder) {
        try {
            return Glob.of(landing).means(folder + "/part-00000-0-c000.snappy.parquet");
        } catch (IllegalArgumentException malformed) {
            // It means nothing, and whoever lists the landing says so.
            return false;
        }
    }

    /** Tables below a landing that is listed as a whole, or that its wildcards reach, would be taken in as source files. */
    private void tablesOutsideLanding(String landing, Tables tables, Iterable<String> parts) {
        if (landing.isEmpty() || problems.below("tables")) {
            return;
        }
        String folderOfAll = landing.replaceFirst("(/\\*)+$", "");
        for (String name : Tables.names(parts)) {
            if (tables.locate(name) instanceof TableName.Folder folder
                    && (folder.uri().startsWith(folderOfAll + "/") || takesIn(landing, folder.uri()))) {
                String key = tables.placed().containsKey(name) ? name : "root";
                problems.at(
                        "tables." + key,
                        "'" + folder.uri() + "' lies in the landing " + landing
                                + ", whose files are taken in; put the tables elsewhere");
                return;
            }
            if (tables.locate(name) instanceof TableName.Folder folder && landing.startsWith(folder.uri() + "/")) {
                problems.at(
                        "source.path",
                        "'" + landing + "' lies within the table " + name
                                + ", whose clean-up deletes what it does not know; put the landing elsewhere");
                return;
            }
        }
    }

    // The rules

    private Rules rules() {
        return new Rules(
                rules("", Level.ROWS),
                rules("", Level.BATCH),
                rules("", Level.DATASET),
                rules("", Level.EXAMPLES),
                value("rules.max-quarantined"),
                waivers());
    }

    private Map<String, Waiver> waivers() {
        Map<String, Waiver> waivers = new LinkedHashMap<>();
        this.<Map<String, Map<String, String>>>value("rules.waivers")
                .orElse(Map.of())
                .forEach((rule, waiver) -> {
                    String path = "rules.waivers." + rule;
                    if (problems.below(path)) {
                        return;
                    }
                    try {
                        waivers.put(
                                rule,
                                new Waiver(
                                        waiver.get("reason"), waiver.get("by"), LocalDate.parse(waiver.get("until"))));
                    } catch (DateTimeParseException e) {
                        problems.at(
                                path + ".until",
                                "'" + waiver.get("until") + "' is no day; write one such as 2026-12-31");
                    }
                });
        return waivers;
    }

    /** A waiver of a rule that nobody asks for is a mistake, most often in the rule's text. */
    private void waived(Rules rules, Collection<Chain> outputs) {
        List<String> known = Stream.concat(
                        Stream.concat(
                                        Stream.of(Level.BATCH, Level.DATASET, Level.EXAMPLES)
                                                .flatMap(level -> rules.of(level).stream()),
                                        outputs.stream().flatMap(output -> output.rules().stream()))
                                .map(Rule::dqdl),
                        rules.maxQuarantined().stream().map(share -> Waiver.MAX_QUARANTINED))
                .toList();
        rules.waivers().keySet().stream()
                .filter(rule -> !known.contains(rule))
                .forEach(rule -> problems.at(
                        "rules.waivers." + rule,
                        rules.rows().stream().anyMatch(row -> row.dqdl().equals(rule))
                                ? "a row that breaks it goes to quarantine, and rejects nothing; waive max-quarantined, or change the rule"
                                : "there is no such rule under batch, dataset or examples"
                                        + DidYouMean.closest(rule, known)
                                                .map(near -> ", did you mean '" + near + "'?")
                                                .orElse("; write it as it stands there")));
    }

    private List<Rule> rules(String below, Level level) {
        return this.<String>list(path(below, level)).stream()
                .map(dqdl -> new Rule(level, dqdl))
                .toList();
    }

    private static String path(String below, Level level) {
        return below + "rules." + level.name().toLowerCase(Locale.ROOT);
    }

    private void rules(String below, List<Rule> rules, Level level, Optional<Assumed> columns) {
        String list = path(below, level);
        // An item that is no text has no place in the list of rules, which would shift those behind it.
        boolean whole = !problems.below(list);
        Optional<SqlCheck> sql = spark.flatMap(it -> columns.map(known -> RuleCheck.sql(it, known.columns())));
        for (int i = 0; i < rules.size(); i++) {
            String path = whole ? list + "[" + i + "]" : list;
            Rule rule = rules.get(i);
            List<String> ownProblems = RuleCheck.problems(rule, Optional.empty());
            columns.map(known -> Stream.concat(
                                    RuleCheck.problems(rule, known.columns()).stream(),
                                    sql.stream().flatMap(check -> RuleCheck.sqlProblems(check, rule).stream()))
                            .filter(problem -> ownProblems.contains(problem) || known.holds(rule.dqdl(), problem)))
                    .orElseGet(ownProblems::stream)
                    .distinct()
                    .forEach(problem -> problems.at(path, problem));
        }
    }

    // The training

    /** @param train the columns of the train part; absent when they cannot be known */
    private Optional<Training> training(Iterable<String> parts, Tables tables, Optional<Assumed> train) {
        if (value("training").isEmpty() || problems.below("training")) {
            return Optional.empty();
        }
        When when = word("training.when", When.class, When.ALWAYS);
        Optional<Training.Rows> rows = value("training.rows");
        if (when == When.ON_ROWS && rows.isEmpty()) {
            problems.at("training.rows", "missing; on-rows needs it: add it, such as rows: 10%");
        } else if (when != When.ON_ROWS && rows.isPresent()) {
            problems.at("training.rows", "has a meaning with when: on-rows alone; write that, or remove it");
        }
        Optional<BigDecimal> drift = drift("training", "when: on-drift", when == When.ON_DRIFT);
        List<String> driftColumns = list("training.drift-columns");
        if (when != When.ON_DRIFT && !driftColumns.isEmpty()) {
            problems.at("training.drift-columns", "has a meaning with when: on-drift alone; write that, or remove it");
        }
        train.ifPresent(known -> driftColumns(driftColumns, known));
        String workspace = this.<String>value("training.azure-ml.workspace").orElseThrow();
        if (!WORKSPACE.matcher(workspace).matches()) {
            problems.at(
                    "training.azure-ml.workspace",
                    "'" + workspace + "' is no workspace's resource id; `az ml workspace show --query id` prints it:"
                            + " /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…");
        }
        Optional<URI> batchEndpoint = this.<String>value("training.azure-ml.batch-endpoint")
                .flatMap(text -> service("training.azure-ml.batch-endpoint", text));
        Optional<URI> endpoint = service(
                "training.azure-ml.endpoint",
                this.<String>value("training.azure-ml.endpoint").orElse("https://management.azure.com"));
        Optional<String> folder = this.<String>value("training.azure-ml.folder")
                .map(text -> place("training.azure-ml.folder", text))
                .or(() -> tables.root() instanceof Tables.Root.Folder root
                        ? Optional.of(root.uri() + "/training")
                        : Optional.empty());
        if (folder.isEmpty()) {
            problems.at(
                    "training.azure-ml.folder", "missing; without tables.root the hand-over needs a folder: add it");
        }
        if (batchEndpoint.isEmpty() && value("training.azure-ml.deployment").isPresent()) {
            problems.at(
                    "training.azure-ml.deployment", "has no meaning without batch-endpoint; add that, or remove it");
        }
        Optional<String> job = file("training.azure-ml.job");
        if (job.isEmpty() || folder.isEmpty() || endpoint.isEmpty()) {
            return Optional.empty();
        }
        Training training = new Training(
                when,
                rows,
                drift.map(least -> new Training.Drift(least, driftColumns)),
                new AzureMl(
                        workspace,
                        endpoint.get(),
                        this.<String>value("training.azure-ml.audience")
                                .orElse("https://ml.azure.com")
                                .replaceFirst("/$", ""),
                        job.get(),
                        batchEndpoint,
                        value("training.azure-ml.deployment"),
                        folder.get(),
                        word("training.azure-ml.data-asset", Training.DataAsset.class, Training.DataAsset.REGISTER),
                        word("training.azure-ml.reader", Training.Reader.class, Training.Reader.MLTABLE),
                        word("training.azure-ml.export", Training.Export.class, Training.Export.NONE),
                        list("training.azure-ml.models")));
        List<String> names = new ArrayList<>();
        parts.forEach(names::add);
        String file = this.<String>value("training.azure-ml.job").orElseThrow();
        JobBody.problems(job.get(), training, names)
                .forEach(problem -> problems.at("training.azure-ml.job", file + ": " + problem));
        return Optional.of(training);
    }

    /** How far columns must have drifted; absent, and a problem, where that is asked for and not there. */
    private Optional<BigDecimal> drift(String below, String asking, boolean asked) {
        Optional<BigDecimal> drift = value(below + ".drift");
        if (asked && drift.isEmpty() && !problems.below(below + ".drift")) {
            problems.at(below + ".drift", "missing; " + asking + " needs it: add it, such as drift: 0.2");
        } else if (!asked && drift.isPresent()) {
            problems.at(below + ".drift", "has a meaning with " + asking + " alone; write that, or remove it");
        } else if (drift.filter(least -> least.signum() == 0).isPresent()) {
            problems.at(below + ".drift", "0 is no drift; write a share above 0, such as 0.2");
        }
        return drift;
    }

    private void driftColumns(List<String> names, Assumed train) {
        String path = "training.drift-columns";
        columns(path, names, train.columns());
        Stream.of(train.columns().fields())
                .filter(field -> names.contains(field.name()))
                .filter(field -> !train.guessed().contains(field.name()) && !Profile.measures(field.dataType()))
                .forEach(field -> problems.at(
                        path,
                        "'%s' is %s; drift is measured of numbers, text, booleans, dates and timestamps"
                                .formatted(field.name(), field.dataType().catalogString())));
    }

    /** An address whose tokens nobody on the way can read. */
    private Optional<URI> service(String path, String text) {
        try {
            URI uri = URI.create(text.replaceFirst("/$", ""));
            boolean loopback =
                    uri.getHost() != null && uri.getHost().matches("localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\]");
            if (uri.getHost() != null
                    && ("https".equals(uri.getScheme()) || (loopback && "http".equals(uri.getScheme())))) {
                return Optional.of(uri);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        problems.at(path, "'" + text + "' is not an address that begins with https://; tokens are sent to it");
        return Optional.empty();
    }

    private Optional<String> file(String path) {
        String file = this.<String>value(path).orElseThrow();
        try {
            return Optional.of(places.read(file));
        } catch (IOException e) {
            problems.at(path, "'" + file + "' cannot be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            problems.at(path, "'" + file + "' is not a path: " + e.getMessage());
        }
        return Optional.empty();
    }

    // The transforms

    /**
     * Reads a list of steps and tries them one behind another.
     *
     * @param input the columns that go in; absent when that cannot be known
     * @param steps gets those that can be read
     * @return the columns behind them; absent when that cannot be known
     */
    private Optional<Assumed> steps(String list, Optional<Assumed> input, List<Step> steps) {
        List<Yaml> items = this.<Yaml.Items>value(list).map(Yaml.Items::items).orElse(List.of());
        if (items.isEmpty()) {
            return problems.below(list) ? Optional.empty() : input;
        }
        Optional<Assumed> columns = input.filter(known -> spark.isPresent());
        for (int i = 0; i < items.size(); i++) {
            String path = list + "[" + i + "]";
            Object item = items.get(i).plain();
            Optional<Step> step = problems.below(path) ? Optional.empty() : step(item, path);
            credentials(items.get(i), path);
            if (columns.isPresent()) {
                Assumed.Tried tried = columns.get().behind(spark.orElseThrow(), item, step);
                tried.problems().forEach(problem -> at(path, problem));
                tried.warnings().forEach(warning -> warnings.add(problems.line(path, warning)));
                step = tried.step();
                columns = tried.columns();
            }
            step.ifPresent(steps::add);
        }
        return columns;
    }

    private Optional<Step> step(Object item, String path) {
        try {
            Step.Parsed parsed = Step.of(item, places);
            parsed.problems().forEach(problem -> at(path, problem));
            return parsed.step();
        } catch (IllegalArgumentException e) {
            problems.at(path, "it refers to what is not a path: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** A class of the user's own must not be handed a password. */
    private void credentials(Yaml step, String path) {
        if (step instanceof Yaml.Entries entries && entries.entries().get("with") instanceof Yaml.Entries with) {
            with.entries().keySet().stream()
                    .filter(Secrets::named)
                    .forEach(name ->
                            problems.at(path + ".with." + name, "the key names a credential; " + Secrets.REMEDY));
        }
    }

    // The features

    /** @param columns behind the steps; absent when they cannot be known */
    private record Featured(Features features, Optional<Assumed> columns) {}

    private Featured features(Split split, Tried own, Tables tables) {
        List<FeatureStep> steps = new ArrayList<>();
        List<Yaml> items =
                this.<Yaml.Items>value("features.steps").map(Yaml.Items::items).orElse(List.of());
        String path = problems.stands("features.steps") ? "features.steps" : "features";
        FeatureStep.Defaults defaults =
                new FeatureStep.Defaults(split.key(), own.chain().label());
        Optional<Assumed> columns = own.examples();
        for (int i = 0; i < items.size(); i++) {
            String item = path + "[" + i + "]";
            Object given = items.get(i).plain();
            FeatureStep.Parsed parsed = FeatureStep.of(given, i + 1, defaults);
            parsed.problems().forEach(problem -> at(item, problem));
            parsed.step().ifPresent(steps::add);
            if (columns.isPresent()) {
                FeatureStep.Tried tried = FeatureStep.behind(columns.get(), given, parsed.step());
                tried.problems().forEach(problem -> at(item, problem));
                columns = tried.columns();
            }
        }
        if (!steps.isEmpty() && !(tables.locate("lineage/models") instanceof TableName.Folder)) {
            problems.at(
                    path,
                    "without tables.root the fitted models need a folder: add lineage/models: <folder> below tables");
        }
        Features.Refit refit = word("features.refit", Features.Refit.class, Features.Refit.NEVER);
        Optional<BigDecimal> drift = drift("features", "refit: on-drift", refit == Features.Refit.ON_DRIFT);
        return new Featured(new Features(refit, drift, steps), columns);
    }

    // The split

    /**
     * @param below what its keys' paths begin with
     * @param own the dataset's own split, whose seed and parts an output's has where it names none
     */
    private Split split(String below, Optional<Split> own) {
        String list = below + "split";
        Map<String, BigDecimal> parts = this.<Map<String, BigDecimal>>value(list + ".parts")
                .orElseGet(() -> own.map(Split::parts).orElse(PARTS));
        Map<String, String> folded = new HashMap<>();
        // What an output takes over is told where the dataset says it.
        boolean stated = own.isEmpty() || value(list + ".parts").isPresent();
        for (String part : stated ? parts.keySet() : Set.<String>of()) {
            String path = list + ".parts." + part;
            String other = folded.putIfAbsent(part.toLowerCase(Locale.ROOT), part);
            if (RESERVED.contains(part.toLowerCase(Locale.ROOT))) {
                problems.at(path, "'" + part + "' names something else; give the part another name");
            } else if (!part.matches("[A-Za-z][A-Za-z0-9_-]*")) {
                problems.at(
                        path, "'" + part + "' is not a name; begin with a letter, go on with letters, digits, _ and -");
            } else if (other != null) {
                problems.at(path, "'" + part + "' differs from '" + other + "' by case alone; rename one");
            }
        }
        Map<String, String> from = new LinkedHashMap<>();
        this.<Map<String, String>>value(list + ".time").orElse(Map.of()).forEach((name, text) -> {
            if (!name.equals("column")) {
                from.put(name.replaceFirst("-from$", ""), text);
            }
        });
        return new Split(
                list(list + ".key"),
                this.<Long>value(list + ".seed")
                        .orElseGet(() -> own.map(Split::seed).orElse(0L)),
                parts,
                this.<String>value(list + ".time.column").map(column -> new Split.Time(column, from)),
                value(list + ".stratify"));
    }

    /**
     * The columns, the guessed ones of types that the split can use; of columns that nobody knows, what the split names: with
     * them only what is wrong with the split itself shows.
     */
    private static StructType suiting(Split split, Optional<Assumed> known) {
        Map<String, String> types = new LinkedHashMap<>();
        split.key().forEach(name -> types.put(name, "string"));
        split.stratify().ifPresent(name -> types.put(name, "string"));
        split.time().ifPresent(time -> types.put(time.column(), "timestamp"));
        StructType columns = new StructType();
        for (StructField field : known.map(Assumed::columns).orElse(columns).fields()) {
            boolean suits = known.orElseThrow().guessed().contains(field.name()) && types.containsKey(field.name());
            columns = suits ? columns.add(field.name(), types.get(field.name())) : columns.add(field);
        }
        if (known.isEmpty()) {
            for (Map.Entry<String, String> type : types.entrySet()) {
                columns = columns.add(type.getKey(), type.getValue());
            }
        }
        return columns;
    }

    private static Map<String, BigDecimal> parts() {
        Map<String, BigDecimal> parts = new LinkedHashMap<>();
        parts.put("train", new BigDecimal(80));
        parts.put("validation", new BigDecimal(10));
        parts.put("test", new BigDecimal(10));
        return parts;
    }
}
