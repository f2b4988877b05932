package io.lakeproof.jobs.secrets;

import com.azure.core.http.HttpMethod;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.VaultSecret;
import io.lakeproof.jobs.train.AzureHttp;
import io.lakeproof.jobs.train.Pace;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Secrets of Azure Key Vault, read as the identity that the environment leads to. They are kept in this object alone. */
public final class KeyVault {

    /** A secret that was replaced is in use this soon; a storage driver asks for its own with every request. */
    private static final Duration KEPT = Duration.ofMinutes(5);

    private static final Pace USUAL = new Pace(3, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(1));

    private static final Pattern DATABRICKS = Pattern.compile("\\{\\{\\s*secrets/[^{}]*}}");

    private final Map<String, String> env;
    private final Pace pace;
    private final Map<VaultSecret, Held> held = new ConcurrentHashMap<>();

    /** The vaults that an identity of this environment may read; none is asked yet. */
    public KeyVault(Map<String, String> env) {
        this(env, USUAL);
    }

    KeyVault(Map<String, String> env, Pace pace) {
        this.env = env;
        this.pace = pace;
    }

    private record Held(String secret, Instant until) {
        /** Not what a record says of itself. */
        @Override
        public String toString() {
            return "a secret, until " + until;
        }
    }

    /**
     * What a variable of the environment is, be it there or in a vault; empty when it is not set or blank.
     *
     * @throws Failure.Usage when it names a secret in a way that cannot be followed
     * @throws Failure.Remote when the vault does not give it
     */
    public Optional<String> variable(String name) {
        return Optional.ofNullable(env.get(name))
                .filter(value -> !value.isBlank())
                .map(value -> named(name, value).map(this::secret).orElse(value));
    }

    /**
     * The secret that a variable's value names; empty when it is the secret itself.
     *
     * @throws Failure.Usage when it names one in a way that cannot be followed
     */
    public static Optional<VaultSecret> named(String variable, String value) {
        if (DATABRICKS.matcher(value).find()) {
            throw new Failure.Usage(
                    "%s is '%s', which nobody filled in: Databricks does, in a cluster's environment variables and Spark configuration. Elsewhere name a vault's secret, kv://VAULT/NAME."
                            .formatted(variable, value.strip()));
        }
        if (!VaultSecret.names(value)) {
            return Optional.empty();
        }
        try {
            return Optional.of(VaultSecret.parse(value));
        } catch (IllegalArgumentException e) {
            throw new Failure.Usage("%s: %s.".formatted(variable, e.getMessage()));
        }
    }

    /**
     * A secret's value, no more than minutes old, without what surrounds it.
     *
     * @throws Failure.Remote when the vault does not give it
     */
    public String secret(VaultSecret secret) {
        Held known = held.get(secret);
        if (known == null || known.until().isBefore(Instant.now())) {
            known = new Held(fetch(secret), Instant.now().plus(KEPT));
            held.put(secret, known);
        }
        return known.secret();
    }

    private String fetch(VaultSecret secret) {
        AzureHttp.Answer answer;
        try {
            answer = new AzureHttp(env, secret.address(), secret.audience(), pace)
                    .send(HttpMethod.GET, secret.address().toString(), Optional.empty());
        } catch (AzureHttp.NoAnswer e) {
            throw new Failure.Remote(
                    "%s: %s; check the vault's name, and that this machine may reach it"
                            .formatted(secret, e.getMessage()),
                    e);
        } catch (Failure.Remote e) {
            throw new Failure.Remote("%s: %s".formatted(secret, e.getMessage()), e);
        }
        String value = answer.isGood() ? answer.body().path("value").asText("").strip() : "";
        if (!value.isEmpty()) {
            return value;
        }
        throw new Failure.Remote(
                "%s: %s"
                        .formatted(
                                secret,
                                switch (answer.status()) {
                                    case 200 -> "the secret is empty; set it";
                                    case 401 -> "the vault does not know who this is (%s); sign in to the vault's own tenant, which AZURE_TENANT_ID names"
                                            .formatted(answer.error());
                                    case 403 -> "this identity may not read it (%s); give it the role Key Vault Secrets User, and let the vault's firewall let this machine in"
                                            .formatted(answer.error());
                                    case 404 -> "there is no such secret in the vault; check its name";
                                    default -> "the vault does not give it (%s); try again".formatted(answer.error());
                                }),
                null);
    }
}
