package io.lakeproof.jobs.storage;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.secrets.KeyVault;
import io.lakeproof.jobs.spec.VaultSecret;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.extensions.SASTokenProvider;

/** The SAS token that the environment holds for an account, or a vault; Hadoop's driver makes it by its name. */
public final class SasTokens implements SASTokenProvider {

    /** The setting that names the secret; for one account, the account's host follows. */
    static final String SECRET = "lakeproof.azure.sas.secret";

    private final Map<String, String> env = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final KeyVault vault;
    private Configuration hadoop;

    /** By this process's environment. */
    public SasTokens() {
        this(System.getenv());
    }

    SasTokens(Map<String, String> env) {
        this.env.putAll(env);
        vault = new KeyVault(env);
    }

    @Override
    public void initialize(Configuration hadoop, String account) {
        this.hadoop = hadoop;
    }

    /** The account's own, else the one for any account, without the question mark that portals put in front. */
    @Override
    public String getSASToken(String account, String container, String path, String operation) throws IOException {
        String name = account.replaceFirst("\\..*", "");
        String token = Stream.of(
                        hadoop.get(SECRET + "." + account),
                        env.get(AzureStorage.SAS + "_" + name),
                        hadoop.get(SECRET),
                        env.get(AzureStorage.SAS))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new IOException(
                        "there is no SAS token for the account " + name + "; set " + AzureStorage.SAS + "_" + name));
        try {
            String held = VaultSecret.names(token) ? vault.secret(VaultSecret.parse(token)) : token;
            return held.replaceFirst("^\\?", "");
        } catch (Failure e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
