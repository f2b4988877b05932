package io.lakeproof.jobs.cli;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.secrets.KeyVault;
import io.lakeproof.lineage.proof.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options by which whoever publishes, tags, trains or cleans up vouches for it. */
final class Vouching {

    /** Names the environment, such as {@code prod}, for the record. */
    private static final String ENVIRONMENT = "LAKEPROOF_ENVIRONMENT";

    /** Holds a signing key as PEM, or names a vault's secret that does, where a file is not to be had. */
    private static final String SIGNING_KEY = "LAKEPROOF_SIGNING_KEY";

    @Option(
            names = "--sign-key",
            paramLabel = "FILE",
            description =
                    "Sign what is recorded with this Ed25519 or ECDSA key (PEM, both halves). Default: the key in the"
                            + " environment variable LAKEPROOF_SIGNING_KEY; without it records stay unsigned.")
    private String key;

    @Option(
            names = "--anchor",
            paramLabel = "FOLDER",
            description = "Also keep the digest of each version, tag, training and clean-up there, in a place that the"
                    + " lake's writers can't change. Default: nowhere.")
    private String anchor;

    /** The lake, whoever calls vouching for what is tagged, trained and cleaned up. */
    Lake of(Call call, Lake lake) {
        return lake.by(publisher(call.env()));
    }

    Publisher publisher(Map<String, String> env) {
        return new Publisher(
                Optional.ofNullable(env.get(ENVIRONMENT)).filter(name -> !name.isBlank()),
                pem(env).map(this::pair),
                Optional.ofNullable(anchor).map(Vouching::uri));
    }

    private Optional<String> pem(Map<String, String> env) {
        if (key == null) {
            return new KeyVault(env).variable(SIGNING_KEY);
        }
        try {
            return Optional.of(Files.readString(Path.of(key)));
        } catch (IOException e) {
            throw new Failure.Usage("--sign-key %s: there is no such file to read.".formatted(key));
        }
    }

    private Keys.Pair pair(String pem) {
        try {
            return Keys.pair(pem);
        } catch (IllegalArgumentException e) {
            throw new Failure.Usage(
                    "%s: %s.".formatted(key == null ? SIGNING_KEY : "--sign-key " + key, e.getMessage()));
        }
    }

    /** A path as a person writes it, whole: below the working directory unless it says otherwise. */
    static String uri(String path) {
        return path.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")
                ? path
                : Path.of(path).toAbsolutePath().normalize().toUri().toString();
    }
}
