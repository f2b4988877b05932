package io.lakeproof.jobs.storage;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.secrets.KeyVault;
import io.lakeproof.jobs.spec.StorageAccount;
import io.lakeproof.jobs.spec.StorageAccount.By;
import io.lakeproof.jobs.spec.VaultSecret;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;

/** Tells Hadoop's driver for {@code abfss:} paths who it is to Azure, by what the environment holds. */
public final class AzureStorage {

    static final String KEY = "AZURE_STORAGE_KEY";
    static final String SAS = "AZURE_STORAGE_SAS_TOKEN";
    static final String ACCOUNT = "AZURE_STORAGE_ACCOUNT";

    private static final String TYPE = "fs.azure.account.auth.type";

    private AzureStorage() {}

    /**
     * Sets how each account is opened: {@code AZURE_STORAGE_KEY_NAME} or {@code AZURE_STORAGE_SAS_TOKEN_NAME} opens the
     * account NAME; without a name, the account in {@code AZURE_STORAGE_ACCOUNT}, and any account when that is absent. Every
     * other account is opened by the identity that azure-identity finds. Where both are set, the key is taken. A variable may
     * name its secret, {@code kv://VAULT/NAME}: it is fetched when the account is opened, and stays out of the configuration.
     *
     * <p>Before that, what a spec says of its accounts is set. A configuration that already says how to open any account is left as it is.
     *
     * @throws Failure.Usage when a variable names a secret in a way that cannot be followed
     */
    public static void configure(Map<String, String> env, List<StorageAccount> accounts, Configuration hadoop) {
        if (StreamSupport.stream(hadoop.spliterator(), false)
                .map(Map.Entry::getKey)
                .anyMatch(AzureStorage::says)) {
            return;
        }
        hadoop.set(TYPE, "Custom");
        hadoop.set("fs.azure.account.oauth.provider.type", IdentityTokens.class.getName());
        accounts.forEach(
                account -> open(account.by(), host(account.name()), "", Optional.of(account.secret()), hadoop));
        // Keys last: they win.
        for (By by : List.of(By.SAS, By.KEY)) {
            String variable = by == By.SAS ? SAS : KEY;
            env.forEach((name, value) -> {
                if (!value.isBlank() && (name.equals(variable) || name.startsWith(variable + "_"))) {
                    String account = name.equals(variable)
                            ? env.getOrDefault(ACCOUNT, "")
                            : name.substring(variable.length() + 1).toLowerCase(Locale.ROOT);
                    open(by, host(account), value, KeyVault.named(name, value), hadoop);
                }
            });
        }
    }

    private static boolean says(String setting) {
        return setting.startsWith("fs.azure.account.auth.")
                || setting.startsWith("fs.azure.account.key")
                || setting.startsWith("fs.azure.account.oauth")
                || setting.startsWith("fs.azure.sas.token.")
                || setting.startsWith("fs.azure.sas.fixed.");
    }

    private static void open(By by, String host, String value, Optional<VaultSecret> secret, Configuration hadoop) {
        String key = "fs.azure.account.key" + host;
        String provider = "fs.azure.account.keyprovider" + host;
        // What the spec said of the account goes.
        List.of(provider, SasTokens.SECRET + host).forEach(hadoop::unset);
        hadoop.set(TYPE + host, by == By.SAS ? "SAS" : "SharedKey");
        switch (by) {
            case SAS -> {
                hadoop.set("fs.azure.sas.token.provider.type" + host, SasTokens.class.getName());
                secret.ifPresent(named -> hadoop.set(SasTokens.SECRET + host, named.toString()));
            }
            case KEY -> {
                secret.ifPresentOrElse(
                        named -> {
                            hadoop.set(provider, VaultKeys.class.getName());
                            hadoop.set(VaultKeys.SECRET + host, named.toString());
                        },
                        () -> hadoop.set(key, value));
            }
        }
    }

    /** What ends the name of a setting for one account; empty: for any. */
    private static String host(String account) {
        if (account.isBlank()) {
            return "";
        }
        return "." + (account.contains(".") ? account : account + ".dfs.core.windows.net");
    }
}
