package io.lakeproof.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;
import java.util.Properties;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * The code that runs, as its build left it.
 *
 * @param version Lakeproof's version
 * @param commit the git commit it was built from; absent: it was built from a tree without git
 * @param dirty whether files differed from that commit; absent like the commit
 * @param deequ the version of Deequ within, which a jar of everything no longer says of itself
 * @param jarSha256 SHA-256 of the jar that it runs from; absent: it runs from classes
 */
public record Build(
        String version, Optional<String> commit, Optional<Boolean> dirty, String deequ, Optional<String> jarSha256) {

    /** Read once: the jar's digest takes all its bytes, and several ask. */
    private static final class Current {
        private static final Build BUILD = read();
    }

    /** The build of this very code. */
    public static Build current() {
        return Current.BUILD;
    }

    private static Build read() {
        Properties build = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // Without git the placeholders stay.
        Optional<String> commit = Optional.of(build.getProperty("commit")).filter(text -> text.matches("[0-9a-f]{40}"));
        return new Build(
                build.getProperty("version"),
                commit,
                commit.map(c -> build.getProperty("dirty").equals("true")),
                build.getProperty("deequ"),
                jar().map(Build::sha256));
    }

    /** As a version record holds it; what is absent is null. */
    public JsonNode json() {
        ObjectNode json = Json.object()
                .put("lakeproof", version)
                .put("commit", commit.orElse(null))
                .put("jarSha256", jarSha256.orElse(null));
        dirty.ifPresentOrElse(changed -> json.put("dirty", changed), () -> json.putNull("dirty"));
        return json;
    }

    private static Optional<Path> jar() {
        CodeSource source = Build.class.getProtectionDomain().getCodeSource();
        return Optional.ofNullable(source)
                .map(s -> Path.of(URI.create(s.getLocation().toString())))
                .filter(Files::isRegularFile);
    }

    private static String sha256(Path jar) {
        try (InputStream bytes = Files.newInputStream(jar)) {
            return DigestUtils.sha256Hex(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
