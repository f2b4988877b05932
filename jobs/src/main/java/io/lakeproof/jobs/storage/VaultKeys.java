package io.lakeproof.jobs.storage;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.secrets.KeyVault;
import io.lakeproof.jobs.spec.VaultSecret;
import java.util.Base64;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.azurebfs.contracts.exceptions.KeyProviderException;
import org.apache.hadoop.fs.azurebfs.services.KeyProvider;

/** The key of an account out of a vault, fetched when the account is opened; Hadoop's driver makes it by its name. */
public final class VaultKeys implements KeyProvider {

    /** The setting that names the secret; for one account, the account's host follows. */
    static final String SECRET = "lakeproof.azure.key.secret";

    private final KeyVault vault;

    /** By this process's environment. */
    public VaultKeys() {
        this(System.getenv());
    }

    VaultKeys(Map<String, String> env) {
        vault = new KeyVault(env);
    }

    @Override
    public String getStorageAccountKey(String account, Configuration hadoop) throws KeyProviderException {
        String named = hadoop.get(SECRET + "." + account, hadoop.get(SECRET));
        try {
            String key = vault.secret(VaultSecret.parse(named));
            Base64.getDecoder().decode(key);
            return key;
        } catch (Failure e) {
            throw new KeyProviderException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            // Without its cause, which may say what the key begins with.
            throw new KeyProviderException(named + ": the secret is no key of a storage account, which is Base64");
        }
    }
}
