package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.Failure;
import io.lakeproof.lineage.proof.Keys;
import io.lakeproof.lineage.proof.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The file that says whose signatures count: {@code keys}, each with a {@code name}, a {@code public-key} in PEM, and
 * {@code from} and {@code until}, dates between which it was in use.
 */
public final class TrustFile {

    private static final Set<String> KEYS = Set.of("name", "public-key", "from", "until");

    private TrustFile() {}

    /**
     * Reads a trust file.
     *
     * @throws Failure.Usage when it is none, with the reason and the remedy
     */
    public static Trust read(String path) {
        try {
            Object yaml = new Load(LoadSettings.builder().setLabel(path).build())
                    .loadFromString(Files.readString(Path.of(path)));
            if (!(yaml instanceof Map<?, ?> map) || !(map.get("keys") instanceof List<?> keys) || keys.isEmpty()) {
                throw bad(path, "it has no list 'keys'");
            }
            List<Trust.Key> trusted = new ArrayList<>();
            for (Object key : keys) {
                trusted.add(key(path, key));
            }
            return new Trust(List.copyOf(trusted));
        } catch (IOException e) {
            throw bad(path, "there is no such file to read");
        } catch (YamlEngineException e) {
            throw bad(path, String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
    }

    private static Trust.Key key(String path, Object yaml) {
        if (!(yaml instanceof Map<?, ?> key) || !(key.get("name") instanceof String name)) {
            throw bad(path, "a key needs a 'name'");
        }
        for (Object field : key.keySet()) {
            if (!KEYS.contains(String.valueOf(field))) {
                throw bad(path, "key '%s' has '%s': name, public-key, from and until are known".formatted(name, field));
            }
        }
        try {
            return new Trust.Key(
                    name,
                    Keys.publicKey(String.valueOf(key.get("public-key"))),
                    at(key.get("from")),
                    at(key.get("until")));
        } catch (IllegalArgumentException e) {
            throw bad(path, "key '%s': %s".formatted(name, e.getMessage()));
        } catch (DateTimeException e) {
            throw bad(path, "key '%s': from and until are dates such as 2026-01-31".formatted(name));
        }
    }

    /** The start of a day, UTC, or a moment as it is written. */
    private static Optional<Instant> at(Object date) {
        return Optional.ofNullable(date)
                .map(String::valueOf)
                .map(text -> text.contains("T")
                        ? Instant.parse(text)
                        : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    private static Failure bad(String path, String why) {
        return new Failure.Usage("--trust %s: %s.".formatted(path, why));
    }
}
