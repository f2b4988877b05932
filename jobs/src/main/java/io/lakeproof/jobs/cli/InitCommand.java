package io.lakeproof.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.init.Init;
import io.lakeproof.jobs.suggest.Suggest;
import io.lakeproof.lineage.Json;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "init",
        header = "Write a folder to begin with: a dataset, or a Maven project with a transform of your own.",
        footer = {
            "",
            "Example: lakeproof init claims --from drops/claims.csv",
            "         lakeproof init --transform com.acme.Scrub"
        })
final class InitCommand implements Job {
    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            description =
                    "The folder to make, whose name is the dataset's. Default, with --transform: the class's name.")
    Path name;

    @Option(
            names = "--from",
            paramLabel = "PATH",
            description = "Files to make the contract and the rules from, as suggest does. Default: six rows to try.")
    String from;

    @Option(
            names = "--transform",
            paramLabel = "CLASS",
            description = "Write a Maven project with this transform, its test and how to use it. Default: a dataset.")
    String transform;

    @Override
    public Answer run(Call call) {
        if (transform != null && from != null) {
            throw new Failure.Usage("--from and --transform exclude each other.");
        }
        if (transform == null && name == null) {
            throw new Failure.Usage("init wants a NAME, or --transform CLASS. See 'lakeproof init --help'.");
        }
        Init init = transform != null
                ? Init.transform(Optional.ofNullable(name), transform)
                : Init.dataset(name, Optional.ofNullable(from).map(path -> suggested(call, path)));
        Init.Result written = init.execute();
        ObjectNode json = Json.object()
                .put("status", "written")
                .put("folder", written.folder().toString());
        json.set("files", Json.tree(written.files()));
        return Answer.of(json, console -> {
            console.out().println(console.bold(written.folder().toString()) + " written");
            written.files().forEach(file -> console.out().println("  " + file));
            console.out().println("Begin with its README.md.");
        });
    }

    private String suggested(Call call, String path) {
        // Told before Spark starts.
        Init.dataset(name, Optional.empty());
        call.progress().begins("start Spark");
        return Suggest.of(
                        Lake.session(call.engine().start()),
                        path,
                        Optional.of(name.resolve("dataset.yaml").toString()),
                        10_000,
                        call.progress())
                .execute()
                .spec();
    }
}
