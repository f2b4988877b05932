package io.lakeproof.jobs.storage;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import io.lakeproof.jobs.train.Identity;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.extensions.CustomTokenProviderAdaptee;

/**
 * Tokens for storage, of the identity that azure-identity finds: a client secret, a workload or managed identity, or
 * {@code az login}; Hadoop's driver makes it by its name.
 */
public final class IdentityTokens implements CustomTokenProviderAdaptee {

    private static final TokenRequestContext STORAGE =
            new TokenRequestContext().addScopes("https://storage.azure.com/.default");

    private final Map<String, String> env;
    private TokenCredential credential;
    private volatile Instant expires = Instant.EPOCH;

    /** By this process's environment. */
    public IdentityTokens() {
        this(System.getenv());
    }

    IdentityTokens(Map<String, String> env) {
        this.env = env;
    }

    @Override
    public void initialize(Configuration hadoop, String account) {
        Duration patience = Duration.ofSeconds(30);
        credential = Identity.of(
                env,
                new JdkHttpClientBuilder()
                        .connectionTimeout(patience)
                        .responseTimeout(patience)
                        .build());
    }

    /** A token that is valid for some minutes more: azure-identity keeps it, and renews it in time. */
    @Override
    public String getAccessToken() throws IOException {
        try {
            AccessToken token = credential.getTokenSync(STORAGE);
            expires = token.getExpiresAt().toInstant();
            return token.getToken();
        } catch (RuntimeException e) {
            // The driver keeps the text alone.
            throw new IOException(
                    "Azure gave no token for storage: %s Set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, run where there is a managed identity, or sign in with `az login`."
                            .formatted(Identity.reason(e)),
                    e);
        }
    }

    @Override
    public Date getExpiryTime() {
        return Date.from(expires);
    }
}
