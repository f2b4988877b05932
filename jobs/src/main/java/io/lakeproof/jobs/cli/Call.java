package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.ingest.Arrivals;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Spec;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.jobs.spec.StorageAccount;
import io.lakeproof.jobs.spec.Tables;
import io.lakeproof.lineage.Session;
import io.lakeproof.lineage.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/**
 * What a command is given.
 *
 * @param engine the caller's Spark, started when it is first asked for
 * @param env the environment
 * @param progress told what happens
 * @param warn told what a person should look at, though the command goes on
 * @param runId the run's id
 * @param began when the command began
 */
record Call(
        Engine engine, Map<String, String> env, Progress progress, Consumer<String> warn, String runId, Instant began) {

    /** The dataset of a spec. All that is wrong with it is told together, so that Spark starts for whatever is YAML. */
    Lake open(String spec) {
        progress.begins("read " + spec);
        List<StorageAccount> accounts = SpecReader.accounts(spec, env, engine.files());
        progress.begins("start Spark");
        SparkSession pinned = Lake.session(engine.spark().apply(accounts));
        progress.begins("check " + spec);
        SpecReader.Checked checked = SpecReader.check(spec, env, pinned);
        checked.warnings().forEach(warn);
        refuseForgetful(pinned, checked.spec().tables());
        return new Lake(pinned, checked.spec());
    }

    /** A catalog in memory ends with this process, and whoever looks for the tables then finds none. */
    private static void refuseForgetful(SparkSession session, Tables tables) {
        if (!session.conf().get("spark.sql.catalogImplementation").equals("in-memory")) {
            return;
        }
        String ends =
                "'%s' would end with this command, for this Spark keeps its catalog in memory; name a folder, or run where there is a catalog";
        if (tables.root() instanceof Tables.Root.Schema schema && isSparks(schema.catalog())) {
            throw new Failure.BadSpec(List.of("tables.schema: " + ends.formatted(schema.schema())));
        }
        List<String> named = tables.placed().entrySet().stream()
                .filter(table -> table.getValue() instanceof TableName.Named name && isSparks(name.catalog()))
                .map(table -> "tables." + table.getKey() + ": "
                        + ends.formatted(table.getValue().text()))
                .toList();
        if (!named.isEmpty()) {
            throw new Failure.BadSpec(named);
        }
    }

    private static boolean isSparks(String catalog) {
        return catalog == null || catalog.equalsIgnoreCase("spark_catalog");
    }

    /** Where the files of a spec land, without Spark; absent: something is wrong with it, and {@link #open} tells what. */
    Optional<Source> source(String spec) {
        try {
            return Optional.of(SpecReader.read(spec, env, engine.files()).source());
        } catch (Failure.BadSpec wrong) {
            return Optional.empty();
        }
    }

    /**
     * The dataset of a spec, for what looks at its published versions alone: whether the spec could run now does not matter,
     * and Spark starts only for what asks for it.
     */
    Lake history(String spec) {
        progress.begins("read " + spec);
        Spec places = SpecReader.read(spec, env, engine.files());
        List<StorageAccount> accounts = SpecReader.accounts(spec, env, engine.files());
        Supplier<SparkSession> start = () -> {
            progress.begins("start Spark");
            return Lake.session(engine.spark().apply(accounts));
        };
        return new Lake(Session.later(start, accounts.isEmpty() ? engine.before() : Optional.empty()), places);
    }

    /**
     * The same for what may find nothing to do, in less time than Spark takes to start; absent: Spark is needed to look, or
     * something is wrong with the spec, and {@link #open} tells what.
     */
    Optional<Lake> early(String spec) {
        if (engine.before().isEmpty()) {
            return Optional.empty();
        }
        try {
            return SpecReader.accounts(spec, env, engine.files()).isEmpty()
                    ? Optional.of(history(spec))
                    : Optional.empty();
        } catch (Failure.BadSpec wrong) {
            return Optional.empty();
        }
    }

    Run.Options options(Arrivals.Retry retry, Vouching vouching) {
        return new Run.Options(runId, retry, vouching.publisher(env), progress);
    }
}
