package io.lakeproof.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.docs.Pages;
import io.lakeproof.jobs.train.AzureMlStandIn;
import io.lakeproof.jobs.train.Entra;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who has nothing but a subscription, and types what docs/azure.md says: a shell runs the page's commands as they stand. For
 * {@code az} stands as much of it as they ask, with Azurite for the account that they make; what else one asks is an error.
 */
@Tag("ci")
class AzureWalkIT {

    private static final String HEADING = "## From an empty subscription to a training";
    private static final Path EXAMPLE = Path.of("../examples/iris");
    private static final String IDENTITY = "33333333-3333-3333-3333-333333333333";
    private static final String ACCOUNT_ID =
            "/subscriptions/s-1/resourceGroups/rg-iris/providers/Microsoft.Storage/storageAccounts/";

    @TempDir
    Path clone;

    @TempDir
    Path machine;

    private final List<String> roles = new ArrayList<>();

    /** What lies in the workspace, by its path below that. */
    private final TreeSet<String> made = new TreeSet<>();

    private AzureMlStandIn azureMl;
    private SparkHome spark;
    private Driver driver;
    private Azurite azurite;
    private String account;

    @BeforeEach
    void clones() throws IOException {
        azureMl = new AzureMlStandIn().goesOn("Running", "Completed");
        spark = SparkHome.onAzurite(Files.createDirectories(machine.resolve("spark")));
        try (Stream<Path> files = Files.walk(EXAMPLE).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                Path copy = clone.resolve("examples/iris").resolve(EXAMPLE.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        // The one thing that is elsewhere here.
        Path spec = clone.resolve("examples/iris/azure/dataset.yaml");
        Files.writeString(
                spec,
                Files.readString(spec)
                        .replace("  azure-ml:\n", "  azure-ml:\n    endpoint: %s\n".formatted(azureMl.endpoint())));
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (driver != null) {
            driver.close();
        }
        azureMl.close();
        if (azurite != null) {
            azurite.close();
        }
    }

    @Test
    void its_commands_lead_from_nothing_to_a_model_that_leads_back_to_its_data() throws Exception {
        Azurite.needed();
        List<ConsolePage.Shown> steps = steps();
        List<String> said = typed(steps);
        assertThat(said.stream().map(this::normal).toList())
                .isEqualTo(steps.stream().map(step -> normal(step.answer())).toList());

        String laptop = Files.readString(EXAMPLE.resolve("README.md"));
        Matcher fingerprints = Pattern.compile("(?m)^  (train|validation|test|raw) .* ([0-9a-f]{12}) ")
                .matcher(laptop);
        String cloud = steps.stream().map(ConsolePage.Shown::answer).collect(Collectors.joining());
        assertThat(fingerprints.results().map(found -> found.group(2)).toList())
                .hasSize(4)
                .allSatisfy(fingerprint -> assertThat(cloud).contains(fingerprint));

        JsonNode job = azureMl.jobs().values().iterator().next().get("properties");
        assertThat(azureMl.started()).isEqualTo(1);
        assertThat(Stream.of("/environmentId", "/computeId", "/inputs/code/uri")
                        .map(place -> job.at(place).asText().substring(AzureMlStandIn.WORKSPACE.length() + 1)))
                .containsExactlyInAnyOrderElementsOf(made);
        List<String> lake = azurite.blobs("lake");
        for (String part : List.of("train", "test")) {
            String folder = job.at("/inputs/" + part + "/uri").asText();
            assertThat(folder).startsWith("abfss://lake@" + account + ".dfs.core.windows.net/iris/");
            assertThat(lake)
                    .anyMatch(blob -> blob.startsWith(folder.substring(folder.indexOf("/iris/") + 1) + "/")
                            && blob.endsWith(".parquet"));
        }
        assertThat(roles).containsExactly("Storage Blob Data Contributor", "Storage Blob Data Reader");
    }

    /** The section's commands, in order; what a block without answers shows prints nothing. */
    private static List<ConsolePage.Shown> steps() throws IOException {
        String page = Files.readString(Path.of("../docs/azure.md"));
        String section = page.substring(page.indexOf(HEADING));
        section = section.substring(0, section.indexOf("\n## "));
        List<ConsolePage.Shown> steps = new ArrayList<>();
        for (Pages.Block block : Pages.blocks(section)) {
            String text = block.text().replaceAll("\\\\\n *", "");
            if (block.language().equals("console")) {
                steps.addAll(ConsolePage.of(text));
            } else {
                text.lines().map(line -> new ConsolePage.Shown(line, "")).forEach(steps::add);
            }
        }
        return steps;
    }

    /** What each command printed. */
    private List<String> typed(List<ConsolePage.Shown> steps) throws Exception {
        String script = steps.stream()
                .map(step -> step.command() + "\necho '\u0004'\n")
                .collect(Collectors.joining("", "set -eu\n", ""));
        try (ServerSocket asked = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Path programs = Files.createDirectories(machine.resolve("bin"));
            for (Path program : List.of(programs.resolve("az"), clone.resolve("lakeproof"))) {
                Files.writeString(
                        program,
                        """
                        #!/bin/bash
                        exec 3<> /dev/tcp/127.0.0.1/%d
                        printf '%%s\\n' "${0##*/}" "${LAKE:-}" "${WORKSPACE:-}" "$@" '' >&3
                        read -r status <&3
                        cat <&3
                        exit "$status"
                        """
                                .formatted(asked.getLocalPort()));
                assertThat(program.toFile().setExecutable(true)).isTrue();
            }
            Thread answers = new Thread(() -> answer(asked), "az");
            answers.setDaemon(true);
            answers.start();
            ProcessBuilder shell = new ProcessBuilder("bash", "-c", script)
                    .directory(clone.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
            shell.environment().merge("PATH", programs.toString(), (path, own) -> own + File.pathSeparator + path);
            Process process = shell.start();
            String out = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(out).isZero();
            return List.of(out.split("\u0004\n", -1)).subList(0, steps.size());
        }
    }

    private void answer(ServerSocket asked) {
        while (true) {
            try (Socket socket = asked.accept();
                    PrintStream out = new PrintStream(socket.getOutputStream(), true, UTF_8)) {
                BufferedReader in = new BufferedReader(new java.io.InputStreamReader(socket.getInputStream(), UTF_8));
                List<String> words = new ArrayList<>();
                String program = in.readLine();
                Map<String, String> variables = Map.of("LAKE", in.readLine(), "WORKSPACE", in.readLine());
                for (String word = in.readLine(); !word.isEmpty(); word = in.readLine()) {
                    words.add(word);
                }
                try {
                    if (program.equals("az")) {
                        out.print("0\n" + az(words));
                    } else {
                        SparkHome.Ended ended = lakeproof(variables, words);
                        out.print(ended.exitCode() + "\n" + ended.out() + "\n" + ended.err());
                    }
                } catch (IOException | InterruptedException | AssertionError e) {
                    out.print("1\n" + String.join(" ", words) + ": " + e + "\n");
                }
            } catch (IOException e) {
                return;
            }
        }
    }

    /** All in one JVM, as on a cluster: it starts with what the shell has by then. */
    private SparkHome.Ended lakeproof(Map<String, String> variables, List<String> words) throws IOException {
        if (driver == null) {
            Map<String, String> environment = new HashMap<>(Entra.running().env());
            environment.putAll(variables);
            driver = spark.driver(
                    List.of(),
                    environment,
                    Stream.of(
                                    azurite.flags(),
                                    Azurite.ABFSS,
                                    Entra.running().flags(),
                                    SparkHome.QUIET,
                                    // Nobody is logged in here.
                                    List.of("-Dspark.hadoop.fs.azure.account.auth.type=SharedKey"),
                                    List.of("-Dspark.hadoop.fs.azure.account.key.%s.dfs.core.windows.net=%s"
                                            .formatted(account, azurite.accountKey())))
                            .flatMap(List::stream)
                            .toList());
        }
        if (words.get(0).equals("train")) {
            azureMl.model("iris", "1", azureMl.jobs().keySet().iterator().next());
        }
        Stream<String> args = words.stream()
                .map(word -> word.endsWith(".yaml") ? clone.resolve(word).toString() : word);
        if (words.get(0).equals("prove")) {
            // Written where the reader is, and that JVM is elsewhere.
            args = Stream.concat(
                    args,
                    Stream.of("--output", clone.resolve("iris-1-evidence.zip").toString()));
        }
        return driver.run(args.toArray(String[]::new));
    }

    private String az(List<String> words) throws IOException, InterruptedException {
        String command = words.stream().takeWhile(word -> !word.startsWith("-")).collect(Collectors.joining(" "));
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < words.size(); i++) {
            if (words.get(i).startsWith("--")) {
                options.put(words.get(i).substring(2), words.get(i + 1));
            }
        }
        String name = options.get("name");
        switch (command) {
            case "login", "group create", "group delete", "extension add", "configure" -> {}
            case "ad signed-in-user show" -> {
                return IDENTITY + "\n";
            }
            case "role assignment create" -> {
                assertThat(options).containsEntry("scope", ACCOUNT_ID + account);
                assertThat(options.getOrDefault("assignee", options.get("assignee-object-id")))
                        .isEqualTo(IDENTITY);
                roles.add(options.get("role"));
            }
            case "storage account create" -> {
                account = name;
                azurite = Azurite.in(machine, account);
            }
            case "storage account show" -> {
                assertThat(name).isEqualTo(account);
                return ACCOUNT_ID + account + "\n";
            }
            case "storage container create" -> azurite.container(name);
            case "storage blob upload" -> azurite.blob(
                    options.get("container-name"), name, Files.readString(clone.resolve(options.get("file"))));
            case "ml workspace create" -> {}
            case "ml workspace show" -> {
                return AzureMlStandIn.WORKSPACE + "\n";
            }
            case "ml compute create" -> made.add("computes/" + name);
            case "ml environment create" -> {
                assertThat(clone.resolve(options.get("conda-file"))).exists();
                made.add("environments/" + name + "/versions/" + options.get("version"));
            }
            case "ml data create" -> {
                assertThat(clone.resolve(options.get("path"))).exists();
                made.add("data/" + name + "/versions/" + options.get("version"));
            }
            case "resource show" -> {
                assertThat(options.get("ids")).isEqualTo(AzureMlStandIn.WORKSPACE + "/computes/cpu");
                return IDENTITY + "\n";
            }
            default -> throw new AssertionError("nothing here answers it");
        }
        return "";
    }

    /** Without what differs from run to run, or is not the same in two subscriptions. */
    private String normal(String text) {
        return ConsolePage.normal(text.replace(clone + "/", ""))
                .replaceAll("stiris[0-9]+", "LAKE")
                .replaceAll("/subscriptions/\\S+/workspaces/[^/\\s]+", "WORKSPACE")
                .replaceAll("lakeproof-iris-v1-[0-9a-f]{12}", "JOB");
    }
}
