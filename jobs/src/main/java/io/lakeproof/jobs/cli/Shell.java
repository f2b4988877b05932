package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Build;
import io.lakeproof.jobs.DidYouMean;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Progress;
import io.lakeproof.jobs.Run;
import io.lakeproof.lineage.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: arguments in, one answer out, failures told in one line. It ends nothing; its callers do. */
final class Shell {

    private static final Logger LOG = LoggerFactory.getLogger("io.lakeproof.jobs");

    private final Console console;
    private final Engine engine;

    /** A shell that asks for Spark only when a command needs it. */
    Shell(Console console, Engine engine) {
        this.console = console;
        this.engine = engine;
    }

    /** The same over a session that somebody else configured. */
    Shell(Console console, Supplier<SparkSession> session) {
        this(console, Engine.of(session));
    }

    /**
     * How a command ended.
     *
     * @param exitCode 0 done, 1 a bug, or the failure's own
     * @param failure what went wrong; absent: nothing
     */
    record Ended(int exitCode, Optional<Throwable> failure) {}

    @Command(
            name = "lakeproof",
            header = "Datasets you can prove: dropped files become versioned, validated training data in Delta tables.",
            synopsisHeading = "%n",
            commandListHeading = "%nCommands:%n",
            optionListHeading = "%nOptions:%n",
            subcommands = {
                InitCommand.class,
                Commands.Suggest.class,
                Commands.RunCommand.class,
                Commands.PlanCommand.class,
                Commands.Versions.class,
                Commands.Show.class,
                Commands.Tag.class,
                Commands.Diff.class,
                Commands.ReportCommand.class,
                Commands.Replay.class,
                Commands.Apply.class,
                Commands.TrainCommand.class,
                Commands.ProveCommand.class,
                Commands.VerifyCommand.class,
                Commands.MaintainCommand.class,
                Commands.Quarantine.class,
                Commands.Withdraw.class,
                Commands.Ingest.class,
                Commands.Validate.class,
                Commands.Transform.class,
                Commands.Split.class,
                Commands.Publish.class
            },
            footer = {
                "",
                "Examples:",
                "  lakeproof init claims                      write a folder to begin with",
                "  lakeproof suggest landing --output dataset.yaml    write a first spec",
                "  lakeproof run dataset.yaml                 take what is new, publish the next version",
                "  lakeproof plan dataset.yaml                say what a run would do",
                "  lakeproof show dataset.yaml latest         the newest version's tables and fingerprints",
                "  lakeproof tag dataset.yaml 3 approved      name version 3",
                "  lakeproof run dataset.yaml --json          one JSON object on standard output",
                "",
                "Exit codes: 0 done (also: nothing new), 1 a bug, 2 usage, 3 the spec, 4 the data was rejected,",
                "5 a remote service, 6 verification failed.",
                "",
                "Environment: LAKEPROOF_CLASSPATH adds jars, LAKEPROOF_JAVA_OPTS adds JVM flags, NO_COLOR is respected."
            },
            versionProvider = Version.class)
    static final class Root {
        @Option(
                names = "--json",
                scope = ScopeType.INHERIT,
                description = "Print exactly one JSON object on standard output, everything else on standard error.")
        boolean json;

        @Option(
                names = "--verbose",
                scope = ScopeType.INHERIT,
                description = "Show the steps, and what Spark warns of.")
        boolean verbose;

        @Option(
                names = "--run-id",
                scope = ScopeType.INHERIT,
                paramLabel = "ID",
                description = "The run's id; the steps of one run share it. Default: made from the time.")
        String runId;

        @Option(
                names = "--log",
                scope = ScopeType.INHERIT,
                paramLabel = "FILE",
                description = "Append the log to a file. On a cluster the cluster's own logging stays as it is.")
        String log;

        @Option(
                names = "--log-format",
                scope = ScopeType.INHERIT,
                paramLabel = "text|json",
                defaultValue = "text",
                description = "How --log writes: lines of text (default) or of JSON.")
        String logFormat;

        @Option(names = "--help", usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help.")
        boolean help;

        @Option(
                names = "--version",
                versionHelp = true,
                description = "Show the versions of Lakeproof, Spark and Java.")
        boolean version;
    }

    /** Runs one command. */
    Ended run(String... args) {
        Instant began = Instant.now();
        Root root = new Root();
        CommandLine line = new CommandLine(root)
                .setUsageHelpWidth(100)
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi()))
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        boolean json = Arrays.asList(args).contains("--json");
        try {
            ParseResult parsed = line.parseArgs(args);
            if (CommandLine.printHelpIfRequested(parsed)) {
                return new Ended(0, Optional.empty());
            }
            if (!parsed.hasSubcommand()) {
                line.usage(console.err());
                throw new Failure.Usage("missing command. See 'lakeproof --help'.");
            }
            Job job = (Job) parsed.subcommand().commandSpec().userObject();
            Answer answer = answer(job, root, began);
            if (json) {
                console.out().println(answer.json());
            } else {
                answer.text().accept(console);
            }
            answer.failure().ifPresent(this::tell);
            return new Ended(
                    answer.failure().map(Failure::exitCode).orElse(0),
                    answer.failure().map(f -> f));
        } catch (ParameterException e) {
            return fail(new Failure.Usage(usage(e)), json);
        } catch (Failure e) {
            return fail(e, json);
        } catch (Throwable e) {
            Optional<Failure> expected = Failure.behind(e);
            expected.ifPresent(failure -> LOG.info("what failed", e));
            return expected.map(failure -> fail(failure, json)).orElseGet(() -> bug(e, json));
        }
    }

    private CommandLine.Help.Ansi ansi() {
        return switch (console.colour()) {
            case NEVER -> CommandLine.Help.Ansi.OFF;
            case ANSI -> CommandLine.Help.Ansi.ON;
        };
    }

    private Answer answer(Job job, Root root, Instant began) {
        String runId = root.runId == null ? Run.newRunId(began) : root.runId;
        if (!runId.matches("[A-Za-z0-9._:-]{1,100}")) {
            throw new Failure.Usage("--run-id '%s': up to 100 letters, digits, and . _ : - only.".formatted(runId));
        }
        if (!List.of("text", "json").contains(root.logFormat)) {
            throw new Failure.Usage("--log-format '%s': text or json.".formatted(root.logFormat));
        }
        try (ProgressLine line =
                console.columns() > 0 && !root.verbose ? new ProgressLine(console.err(), console.columns()) : null) {
            Progress progress = step -> {
                LOG.info(step);
                if (line != null) {
                    line.begins(step);
                }
            };
            Engine watched = new Engine(engine.before(), accounts -> {
                SparkSession session = engine.spark().apply(accounts);
                if (line != null) {
                    line.watch(session);
                }
                return session;
            });
            Consumer<String> warn = warning -> {
                LOG.info("warning: {}", warning);
                if (line != null) {
                    line.clear();
                }
                console.err().println("lakeproof: warning: " + Console.near(warning));
            };
            return job.run(new Call(watched, System.getenv(), progress, warn, runId, began));
        }
    }

    private static String usage(ParameterException e) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String help = " See '%s --help'.".formatted(command.qualifiedName());
        if (e instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().get(0);
            List<String> names = unmatched.isUnknownOption()
                    ? command.optionsMap().keySet().stream().toList()
                    : List.copyOf(command.subcommands().keySet());
            String kind = unmatched.isUnknownOption()
                    ? "unknown option"
                    : names.isEmpty() ? "unexpected argument" : "unknown command";
            return DidYouMean.closest(first, names)
                            .map(near -> "%s '%s', did you mean '%s'?".formatted(kind, first, near))
                            .orElse("%s '%s'.".formatted(kind, first))
                    + help;
        }
        String message = e.getMessage();
        return Character.toLowerCase(message.charAt(0))
                + message.substring(1)
                + (message.endsWith(".") ? "" : ".")
                + help;
    }

    private Ended fail(Failure failure, boolean json) {
        tell(failure);
        if (json) {
            console.out().println(problem(failure, failure.exitCode()));
        }
        return new Ended(failure.exitCode(), Optional.of(failure));
    }

    private void tell(Failure failure) {
        LOG.info("ends with exit code {}: {}", failure.exitCode(), failure.getMessage());
        failure.getMessage().lines().forEach(problem -> console.err().println("lakeproof: " + Console.near(problem)));
    }

    private Ended bug(Throwable bug, boolean json) {
        LOG.info("ends with a bug", bug);
        bug.printStackTrace(console.err());
        console.err()
                .println(
                        "lakeproof: this is a bug, not a mistake of yours. Please report the lines above, with the output"
                                + " of 'lakeproof --version'.");
        if (json) {
            console.out().println(problem(bug, 1));
        }
        return new Ended(1, Optional.of(bug));
    }

    private static ObjectNode problem(Throwable failure, int exitCode) {
        ObjectNode json = Json.object()
                .put("status", failure instanceof Failure.Rejected ? "rejected" : "failed")
                .put("exitCode", exitCode);
        json.set(
                "problems",
                Json.tree(String.valueOf(failure.getMessage()).lines().toList()));
        return json;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "lakeproof %s (Spark %s, Delta %s, Java %s)"
                        .formatted(
                                Build.current().version(),
                                org.apache.spark.package$.MODULE$.SPARK_VERSION(),
                                io.delta.tables.DeltaTable.class.getPackage().getImplementationVersion(),
                                Runtime.version())
            };
        }
    }
}
