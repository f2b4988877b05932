package io.lakeproof.jobs.spec;

/**
 * How a spec says that an account of Azure's storage is opened.
 *
 * @param name the account, or its host in another cloud
 * @param by what the secret is
 * @param secret where it is
 */
public record StorageAccount(String name, By by, VaultSecret secret) {

    /** What opens an account. */
    public enum By {
        /** The account's key. */
        KEY,
        /** A shared access signature. */
        SAS
    }
}
