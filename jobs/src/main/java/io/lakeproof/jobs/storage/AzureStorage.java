package io.lakeproof.jobs.storage;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
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
     * other account is opened by the identity that azure-identity finds. Where both are set, the key is taken.
     *
     * <p>A configuration that already says how to open any account is left as it is.
     */
    public static void configure(Map<String, String> env, Configuration hadoop) {
        if (StreamSupport.stream(hadoop.spliterator(), false)
                .map(Map.Entry::getKey)
                .anyMatch(AzureStorage::says)) {
            return;
        }
        hadoop.set(TYPE, "Custom");
        hadoop.set("fs.azure.account.oauth.provider.type", IdentityTokens.class.getName());
        // Keys last: they win.
        Stream.of(SAS, KEY)
                .forEach(kind -> env.forEach((name, value) -> {
                    if (!value.isBlank() && (name.equals(kind) || name.startsWith(kind + "_"))) {
                        open(kind, account(kind, name, env), value, hadoop);
                    }
                }));
    }

    private static boolean says(String setting) {
        return setting.startsWith("fs.azure.account.auth.")
                || setting.startsWith("fs.azure.account.key")
                || setting.startsWith("fs.azure.account.oauth")
                || setting.startsWith("fs.azure.sas.token.")
                || setting.startsWith("fs.azure.sas.fixed.");
    }

    private static void open(String kind, String account, String secret, Configuration hadoop) {
        if (kind.equals(KEY)) {
            hadoop.set(TYPE + account, "SharedKey");
            hadoop.set("fs.azure.account.key" + account, secret);
        } else {
            hadoop.set(TYPE + account, "SAS");
            hadoop.set("fs.azure.sas.token.provider.type" + account, SasTokens.class.getName());
        }
    }

    /** What ends the name of a setting for one account; empty: for any. */
    private static String account(String kind, String name, Map<String, String> env) {
        String account = name.equals(kind)
                ? env.getOrDefault(ACCOUNT, "")
                : name.substring(kind.length() + 1).toLowerCase(Locale.ROOT);
        if (account.isBlank()) {
            return "";
        }
        return "." + (account.contains(".") ? account : account + ".dfs.core.windows.net");
    }
}
