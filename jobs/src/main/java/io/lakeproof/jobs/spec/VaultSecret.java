package io.lakeproof.jobs.spec;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in Azure Key Vault a secret is, written {@code kv://VAULT/NAME} or {@code kv://VAULT/NAME/VERSION}. It is no secret
 * itself: it may be shown, logged and kept.
 *
 * @param host the vault's host, with a port on the loopback
 * @param version which of its values; absent: the current one
 */
public record VaultSecret(String host, String name, Optional<String> version) {

    /** The hosts of vaults in Azure's clouds. A token for a vault goes nowhere else, whatever a spec says. */
    private static final List<String> CLOUDS = List.of("vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net");

    private static final String LOOPBACK = "(?:127\\.0\\.0\\.1|localhost)(?::[0-9]{1,5})?";
    private static final Pattern FORM =
            Pattern.compile("kv://([A-Za-z0-9.-]+|" + LOOPBACK + ")/([A-Za-z0-9-]{1,127})(?:/([0-9a-f]{32}))?");

    /** Whether a text names a secret instead of being one. */
    public static boolean names(String text) {
        return text.strip().startsWith("kv://");
    }

    /**
     * Reads a reference.
     *
     * @throws IllegalArgumentException when it names no secret: the problem and the remedy, on one line
     */
    public static VaultSecret parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'%s' names no secret; write kv://VAULT/NAME, or kv://VAULT/NAME/VERSION".formatted(text.strip()));
        }
        String vault = form.group(1).toLowerCase(Locale.ROOT);
        String host = vault.contains(".") || isLoopback(vault) ? vault : vault + "." + CLOUDS.get(0);
        if (!isLoopback(host) && !CLOUDS.contains(host.substring(host.indexOf('.') + 1))) {
            throw new IllegalArgumentException(
                    "'%s' names no vault; write the vault's name, or its host in another cloud, which ends in %s"
                            .formatted(text.strip(), String.join(" or ", CLOUDS.subList(1, CLOUDS.size()))));
        }
        return new VaultSecret(host, form.group(2), Optional.ofNullable(form.group(3)));
    }

    private static boolean isLoopback(String host) {
        return host.matches(LOOPBACK);
    }

    /** Whom a token for the vault is asked for. */
    public String audience() {
        return "https://" + (isLoopback(host) ? CLOUDS.get(0) : host.substring(host.indexOf('.') + 1));
    }

    /** Where the service answers; https, but on the loopback. */
    public URI address() {
        return URI.create("%s://%s/secrets/%s%s?api-version=7.4"
                .formatted(
                        isLoopback(host) ? "http" : "https",
                        host,
                        name,
                        version.map(v -> "/" + v).orElse("")));
    }

    /** The reference. */
    @Override
    public String toString() {
        return "kv://%s/%s%s".formatted(host, name, version.map(v -> "/" + v).orElse(""));
    }
}
