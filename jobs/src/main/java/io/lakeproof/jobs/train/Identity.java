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
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Who we are to Azure: what azure-identity finds in the environment, on the machine, or behind {@code az login}. */
public final class Identity {

    private static final Set<String> PUBLIC = Set.of(
            AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
            AzureAuthorityHosts.AZURE_GOVERNMENT,
            AzureAuthorityHosts.AZURE_CHINA);

    private Identity() {}

    /** The credential that an environment leads to; asks for no token yet. */
    public static TokenCredential of(Map<String, String> env, HttpClient http) {
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
