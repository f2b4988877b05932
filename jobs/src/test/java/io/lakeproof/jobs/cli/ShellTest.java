package io.lakeproof.jobs.cli;

import static io.lakeproof.jobs.cli.Spoken.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShellTest {

    @TempDir
    Path folder;

    @ParameterizedTest(name = "lakeproof {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "rum x.yaml          | unknown command 'rum', did you mean 'run'? See 'lakeproof --help'.",
                "frobnicate          | unknown command 'frobnicate'. See 'lakeproof --help'.",
                "run                 | missing required parameter: 'SPEC'. See 'lakeproof run --help'.",
                "run a.yaml b.yaml   | unexpected argument 'b.yaml'. See 'lakeproof run --help'.",
                "run --jsn a.yaml    | unknown option '--jsn', did you mean '--json'? See 'lakeproof run --help'.",
                "run --frobnicate a  | unknown option '--frobnicate'. See 'lakeproof run --help'.",
                "run a.yaml --run-id a/b | --run-id 'a/b': up to 100 letters, digits, and . _ : - only.",
                "run a.yaml --log-format xml | --log-format 'xml': text or json.",
                "tag a.yaml 1        | missing required parameter: 'NAME'. See 'lakeproof tag --help'.",
                "tag a.yaml 1 2      | '2' is no tag: use up to 100 letters, digits, and . _ -, a letter first, and not 'latest'.",
                "tag a.yaml 1 latest | 'latest' is no tag: use up to 100 letters, digits, and . _ -, a letter first, and not 'latest'.",
                "run x.yaml --sample 0 | --sample 0: at least 1.",
                "suggest x --sample 0 | --sample 0: at least 1.",
                "replay a.yaml       | missing required parameter: 'VERSION'. See 'lakeproof replay --help'.",
                "split a.yaml        | missing required option: '--output=FOLDER'. See 'lakeproof split --help'.",
                "train a --record risk --wait | --record starts nothing: leave --wait, --again and --if-due out.",
                "train a --again --if-due | --again and --if-due exclude each other.",
                "train a --job 7     | --job '7' is for --record MODEL: add it, or leave --job out.",
                "verify a --at b=c   | --at is for --in-training: add it, or leave --at out.",
                "verify a 1 --in-training | A hand-over is of one version: leave --all and the version out.",
                "run a --landing-event b | option '--landing-event' at index 0 (FOLDER FILE) requires at least 2 values, but only 1 were specified: [b]. See 'lakeproof run --help'.",
                "run a --event-grid b | --event-grid 'b' is not JSON; pass the event as it was delivered.",
                "withdraw a b --reason= | --reason says nothing; write why, for the record keeps it.",
                "withdraw a.yaml b   | missing required option: '--reason=TEXT'. See 'lakeproof withdraw --help'.",
            })
    void a_bad_command_line_is_one_line_and_exit_code_2(String args, String message) {
        Spoken spoken = say(Spoken.NO_SPARK, args.split(" ", -1));

        assertThat(spoken.err()).isEqualTo("lakeproof: " + message + "\n");
        assertThat(spoken.out()).isEmpty();
        assertThat(spoken.exitCode()).isEqualTo(2);
    }

    @Test
    void an_event_about_another_place_is_told_before_spark_starts() throws IOException {
        String spec = Small.dataset(folder).toString();
        Spoken spoken = say(Spoken.NO_SPARK, "run", spec, "--landing-event", "/elsewhere", "x.csv");
        assertThat(spoken.exitCode()).isEqualTo(2);
        assertThat(spoken.err())
                .startsWith("lakeproof: The event is about elsewhere/x.csv, which is not in the landing ");
    }

    @Test
    void versions_and_show_read_what_was_published_without_spark() throws IOException {
        Small.run(folder);
        String spec = folder.resolve("dataset.yaml").toString();
        Engine noSpark = new Engine(Optional.of(Configuration::new), accounts -> Spoken.NO_SPARK.get());
        for (String command : List.of("versions", "show")) {
            Spoken spoken = say(noSpark, command, spec, "--json");
            assertThat(spoken.err()).isEmpty();
            assertThat(Json.parse(spoken.out()))
                    .isEqualTo(Json.parse(
                            say(LocalSpark::session, command, spec, "--json").out()));
            assertThat(spoken.out()).contains("\"train\"");
        }
        Spoken none = say(noSpark, "show", spec, "7");
        assertThat(none.err()).startsWith("lakeproof: small has no version or tag '7': its versions are 1 to 1.");
    }

    @Test
    void a_run_that_finds_nothing_new_needs_no_spark_and_any_other_starts_it() throws IOException {
        Small.run(folder);
        Path spec = folder.resolve("dataset.yaml");
        Engine noSpark = new Engine(Optional.of(Configuration::new), accounts -> Spoken.NO_SPARK.get());
        Spoken again = say(noSpark, "run", spec.toString());
        assertThat(again.out()).startsWith("small: nothing new, version 1 stands");
        assertThat(again.exitCode()).isZero();

        String text = Files.readString(spec);
        for (String edited : List.of(text.replace("seed: ", "seed: 1"), text + "label: nowhere\n")) {
            Files.writeString(spec, edited);
            assertThat(say(noSpark, "run", spec.toString()).exitCode()).isEqualTo(1);
        }
        Files.writeString(spec, text);
        Files.copy(folder.resolve("landing/first.csv"), folder.resolve("landing/another.csv"));
        assertThat(say(noSpark, "run", spec.toString()).exitCode()).isEqualTo(1);
    }

    @Test
    void json_holds_the_failure_too_and_is_all_that_stands_on_standard_output() {
        Spoken spoken = say(Spoken.NO_SPARK, "rum", "--json");

        assertThat(spoken.out().lines()).hasSize(1);
        assertThat(Json.parse(spoken.out()))
                .isEqualTo(
                        Json.parse(
                                """
                                {"status": "failed", "exitCode": 2,
                                 "problems": ["unknown command 'rum', did you mean 'run'? See 'lakeproof --help'."]}"""));
        assertThat(spoken.exitCode()).isEqualTo(2);
    }

    @Test
    void without_a_command_the_help_says_what_there_is() {
        Spoken spoken = say(Spoken.NO_SPARK);

        assertThat(spoken.err())
                .contains("Commands:")
                .endsWith("lakeproof: missing command. See 'lakeproof --help'.\n");
        assertThat(spoken.exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "init",
                "suggest",
                "run",
                "plan",
                "versions",
                "show",
                "tag",
                "diff",
                "report",
                "replay",
                "quarantine",
                "withdraw",
                "ingest",
                "validate",
                "transform",
                "split",
                "publish"
            })
    void every_command_has_help_with_an_example(String command) {
        Spoken spoken = say(Spoken.NO_SPARK, command, "--help");

        assertThat(spoken.out()).contains("Usage: lakeproof " + command, "Example: lakeproof " + command);
        assertThat(spoken.err()).isEmpty();
        assertThat(spoken.exitCode()).isZero();
    }

    @Test
    void the_version_names_what_it_runs_on() {
        assertThat(say(Spoken.NO_SPARK, "--version").out())
                .matches("lakeproof [0-9.]+ \\(Spark 3\\..*, Delta 3\\..*, Java .*\\)\n");
    }

    @Test
    void a_spec_that_is_not_there_is_told_before_spark_starts() {
        Spoken spoken = say(Spoken.NO_SPARK, "run", folder.resolve("none.yaml").toString());

        assertThat(spoken.err()).startsWith("lakeproof: ").contains("none.yaml").doesNotContain("\tat ");
        assertThat(spoken.exitCode()).isIn(2, 3);
    }

    @Test
    void a_file_that_is_not_yaml_is_told_before_spark_starts() throws IOException {
        Path spec = Files.writeString(folder.resolve("dataset.yaml"), "name: x\nsource: [\n");

        Spoken spoken = say(Spoken.NO_SPARK, "plan", spec.toString());

        assertThat(spoken.err())
                .startsWith("lakeproof: " + spec + ":2: not YAML: ")
                .hasLineCount(1);
        assertThat(spoken.exitCode()).isEqualTo(3);
    }

    @Test
    void every_problem_of_a_spec_is_a_line_of_its_own_those_that_spark_alone_can_tell_among_them() throws IOException {
        Path spec = Small.dataset(folder);
        Files.writeString(
                spec,
                Files.readString(spec)
                        .replace("\"price\" > 0", "\"prise\" > 0")
                        .replace("price > 100", "prize > 100")
                        .replace("key: id", "key: idd, sead: 1"));

        Spoken spoken =
                say(LocalSpark::session, "run", spec.toString(), "--landing-event", "landing", "x.csv", "--json");

        assertThat(spoken.exitCode()).isEqualTo(3);
        assertThat(spoken.err().lines().map(line -> line.replaceAll(" (did|Did) .*", "")))
                .containsExactly(
                        "lakeproof: " + spec + ":4 rules.rows[0]: there is no column 'prise',",
                        "lakeproof: " + spec + ":5 transforms[0].derive: column 'dear': A column or function parameter"
                                + " with name `prize` cannot be resolved.",
                        "lakeproof: " + spec + ":6 split.sead: unknown key,");
        assertThat(Json.parse(spoken.out()).get("problems")).hasSize(3);
        assertThat(Json.parse(spoken.out()).get("exitCode").asInt()).isEqualTo(3);
    }

    @Test
    void what_nobody_expected_is_called_a_bug_and_shows_where() throws IOException {
        Supplier<SparkSession> broken = () -> {
            throw new IllegalStateException("no such thing");
        };

        Spoken spoken = say(broken, "run", Small.dataset(folder).toString(), "--json");

        assertThat(spoken.exitCode()).isEqualTo(1);
        assertThat(spoken.err()).contains("IllegalStateException: no such thing", "\tat ", "this is a bug");
        assertThat(Json.parse(spoken.out()).get("exitCode").asInt()).isEqualTo(1);
    }

    @Test
    void storage_that_cannot_be_had_is_one_line_and_exit_code_5() throws IOException {
        Path spec = Small.dataset(folder);
        Files.writeString(spec, Files.readString(spec).replace("root: lake", "root: \"nosuch://lake/x\""));

        Spoken spoken = say(LocalSpark::session, "run", spec.toString());

        assertThat(spoken.err())
                .startsWith("lakeproof: the storage failed: No FileSystem for scheme \"nosuch\"; check the path")
                .hasLineCount(1);
        assertThat(spoken.exitCode()).isEqualTo(5);
    }

    @Test
    void the_main_class_for_clusters_throws_what_failed_and_leaves_spark_running() {
        SparkSession session = LocalSpark.session();

        assertThatThrownBy(() -> Lakeproof.main(new String[] {"rum"})).isInstanceOf(Failure.Usage.class);
        assertThat(session.sparkContext().isStopped()).isFalse();
    }
}
