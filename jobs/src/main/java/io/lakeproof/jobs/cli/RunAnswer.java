package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.publish.Account;
import io.lakeproof.jobs.train.Train;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How a run's result reads: for people a small table, for programs an object. */
final class RunAnswer {

    private static final Set<String> NOT_PARTS = Set.of("raw", "quarantine");

    private RunAnswer() {}

    static Answer of(Run.Result result, Instant began) {
        return of(result, Optional.empty(), began);
    }

    /** @param training what became of the version; absent: nothing was to be done */
    static Answer of(Run.Result result, Optional<Train.Result> training, Instant began) {
        Optional<Failure> failure = !result.failures().isEmpty()
                ? Optional.of(new Failure.Rejected(String.join("\n", result.failures())))
                : training.flatMap(Train.Result::problem);
        double seconds = Duration.between(began, Instant.now()).toMillis() / 1000.0;
        ObjectNode json = json(result, seconds);
        training.ifPresent(t -> json.set("training", TrainAnswer.json(t)));
        failure.ifPresent(f -> json.put("exitCode", f.exitCode())
                .set("problems", Json.tree(f.getMessage().lines().toList())));
        return new Answer(
                json,
                console -> {
                    print(result, seconds, console);
                    training.ifPresent(t -> {
                        console.out().println();
                        TrainAnswer.print(t, console);
                    });
                },
                failure);
    }

    private static ObjectNode json(Run.Result result, double seconds) {
        ObjectNode json = Json.object()
                .put("dataset", result.dataset())
                .put("status", status(result))
                .put("version", result.version())
                .put("runId", result.runId())
                .put("rowsIn", result.rowsIn())
                .put("rowsQuarantined", result.rowsQuarantined())
                .put("seconds", seconds);
        json.set("tables", tables(result.tables()));
        json.set("because", Json.tree(result.because()));
        json.set(
                "accounts",
                Json.tree(result.accounts().stream()
                        .map(a -> Json.object()
                                .put("step", a.step())
                                .put("in", a.in())
                                .put("quarantined", a.quarantined())
                                .put("dropped", a.dropped())
                                .put("out", a.out()))
                        .toList()));
        json.set("notes", Json.tree(result.notes()));
        return json;
    }

    static ObjectNode tables(List<TableVersion> tables) {
        ObjectNode json = Json.object();
        tables.forEach(table -> json.set(
                table.name(),
                Json.object()
                        .put("path", table.path())
                        .put("deltaVersion", table.deltaVersion())
                        .put("rows", table.rows())
                        .put("fingerprint", table.fingerprint())));
        return json;
    }

    private static void print(Run.Result result, double seconds, Console console) {
        boolean counted = result.rowsIn() > 0 || result.status() == Run.Status.PUBLISHED;
        console.out().println(headline(result, console));
        if (counted) {
            console.out().println();
            console.out()
                    .println(new Table()
                            .row("rows in", result.rowsIn())
                            .row("kept", result.rowsIn() - result.rowsQuarantined())
                            .row("quarantined", result.rowsQuarantined())
                            .text());
        }
        if (result.accounts().stream().anyMatch(account -> account.dropped() > 0)) {
            console.out().println();
            console.out().println(accounts(result.accounts()));
        }
        if (result.status() == Run.Status.PUBLISHED) {
            console.out().println();
            console.out().println(text(result.tables()));
        }
        if (!result.because().isEmpty()) {
            console.out().println("\nrebuilt from raw: " + String.join("; ", result.because()));
        }
        if (!result.notes().isEmpty()) {
            console.out().println();
            // A file's name may hold a line break.
            result.notes().forEach(note -> console.out()
                    .println("note: " + Console.near(note).replaceAll("\\R", "\\\\n")));
        }
        console.out()
                .println(console.dim(
                        (counted ? "\n" : "") + String.format(Locale.ROOT, "run %s, %.1f s", result.runId(), seconds)));
    }

    /** Told where a step drops rows: of a rebuild they are those of all batches, not of the new one alone. */
    private static String accounts(List<Account> accounts) {
        Table table = new Table().row("step", "in", "quarantined", "dropped", "out");
        accounts.forEach(account ->
                table.row(account.step(), account.in(), account.quarantined(), account.dropped(), account.out()));
        return table.text();
    }

    private static String headline(Run.Result result, Console console) {
        String name = console.bold(result.dataset());
        return switch (result.status()) {
            case PUBLISHED -> name + " version " + result.version() + " " + console.green("published");
            case NOTHING_NEW -> name + ": nothing new"
                    + (result.version() == 0 ? ", and no version yet" : ", version " + result.version() + " stands");
            case REJECTED -> name + " " + console.red("rejected") + ": nothing was published"
                    + (result.version() == 0 ? "" : ", version " + result.version() + " stands");
            case SAMPLED -> name + ": a sample was tried, nothing was written"
                    + (result.version() == 0 ? "" : ", version " + result.version() + " stands");
            case INGESTED -> name + ": ingested, not yet judged";
            case VALIDATED -> name + ": validated, not yet published";
        };
    }

    private static String status(Run.Result result) {
        return result.status().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The tables, the parts first: they are what people train on. */
    static String text(List<TableVersion> tables) {
        Table text = new Table().row("table", "rows", "fingerprint", "delta version", "path");
        tables.stream().filter(table -> isPart(table.name())).forEach(table -> add(text, table));
        tables.stream().filter(table -> !isPart(table.name())).forEach(table -> add(text, table));
        return text.text();
    }

    /** Whether a table of that name holds examples, under whatever spec. */
    static boolean isPart(String table) {
        return !NOT_PARTS.contains(table);
    }

    private static void add(Table text, TableVersion table) {
        String hex = table.fingerprint().substring(table.fingerprint().lastIndexOf(':') + 1);
        text.row(
                table.name(),
                table.rows(),
                hex.substring(0, Math.min(12, hex.length())),
                table.deltaVersion(),
                Console.near(table.path()));
    }
}
