package io.lakeproof.jobs.train;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.util.Configuration;
import com.azure.core.util.ConfigurationBuilder;
import com.azure.core.util.ConfigurationSource;
import com.azure.identity.AzureAuthorityHosts;
import com.azure.identity.AzureCliCredentialBuilder;
import com.azure.identity.ChainedTokenCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.VaultSecret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who we are to Azure: what azure-identity finds in the environment, on the machine, or behind {@code az login}. */
public final class Identity {

    private static final Set<String> PUBLIC = Set.of(
            AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
            AzureAuthorityHosts.AZURE_GOVERNMENT,
            AzureAuthorityHosts.AZURE_CHINA);

    private static final List<String> OWN =
            List.of("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD");

    private Identity() {}

    /** Why there is no token: the first line of what went wrong first, with a full stop. */
    public static String reason(RuntimeException noToken) {
        Throwable root = noToken;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String line =
                String.valueOf(root.getMessage()).lines().findFirst().orElse("").strip();
        return line.endsWith(".") ? line : line + ".";
    }

    /**
     * The credential that an environment leads to; asks for no token yet.
     *
     * @throws Failure.Usage when a variable names a secret of a vault, which this credential would have to open first
     */
    public static TokenCredential of(Map<String, String> env, HttpClient http) {
        OWN.forEach(name -> {
            if (VaultSecret.names(env.getOrDefault(name, ""))) {
                throw new Failure.Usage(
                        "%s is '%s', but with it the vault is opened: set it to the secret itself, or unset it and use a managed identity."
                                .formatted(name, env.get(name).strip()));
            }
        });
        Map<String, String> settings = new HashMap<>(env);
        // The others read desktop key rings, for which the library that reads them is left out.
        boolean chosen = settings.putIfAbsent("AZURE_TOKEN_CREDENTIALS", "prod") != null;
        ConfigurationSource none = path -> Map.of();
        Configuration configuration = new ConfigurationBuilder(none, none, path -> settings).build();
        DefaultAzureCredentialBuilder found =
                new DefaultAzureCredentialBuilder().configuration(configuration).httpClient(http);
        if (env.get("AZURE_CLIENT_ID") != null) {
            found.managedIdentityClientId(env.get("AZURE_CLIENT_ID"));
        }
        String authority = env.get("AZURE_AUTHORITY_HOST");
        if (authority != null && !PUBLIC.contains(authority.replaceFirst("/?$", "/"))) {
            // A private cloud's authority is not among those that Microsoft lists.
            found.authorityHost(authority).disableInstanceDiscovery();
        }
        return chosen
                ? found.build()
                : new ChainedTokenCredentialBuilder()
                        .addLast(found.build())
                        .addLast(new AzureCliCredentialBuilder().build())
                        .build();
    }
}
