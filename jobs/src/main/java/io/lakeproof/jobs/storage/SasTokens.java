package io.lakeproof.jobs.storage;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.extensions.SASTokenProvider;

/** The SAS token that the environment holds for an account; Hadoop's driver makes it by its name. */
public final class SasTokens implements SASTokenProvider {

    private final Map<String, String> env = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    /** By this process's environment. */
    public SasTokens() {
        this(System.getenv());
    }

    SasTokens(Map<String, String> env) {
        this.env.putAll(env);
    }

    @Override
    public void initialize(Configuration hadoop, String account) {}

    /** The account's own, else the one for any account, without the question mark that portals put in front. */
    @Override
    public String getSASToken(String account, String container, String path, String operation) throws IOException {
        String name = account.replaceFirst("\\..*", "");
        String token = env.getOrDefault(AzureStorage.SAS + "_" + name, env.get(AzureStorage.SAS));
        if (token == null) {
            throw new IOException(
                    "there is no SAS token for the account " + name + "; set " + AzureStorage.SAS + "_" + name);
        }
        return token.replaceFirst("^\\?", "");
    }
}
