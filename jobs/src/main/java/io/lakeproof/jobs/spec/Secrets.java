package io.lakeproof.jobs.spec;

import java.util.Locale;
import java.util.regex.Pattern;

/** What looks like a credential, which has no place in a file that is kept with the data. */
final class Secrets {

    /** What to do instead. */
    static final String REMEDY =
            "remove it: credentials come from the environment, a managed identity or a key vault, never from the spec";

    private static final Pattern NAME = Pattern.compile("(^|-)(sas|pwd|token|tokens|credential|credentials)(-|$)"
            + "|passw(or)?d|passphrase|secret|(account|access|api|private|shared)-?key|connection-?string");
    /** Parts of addresses and connection strings, and the forms of keys that their makers mark as such. */
    private static final Pattern VALUE = Pattern.compile(
            "(?i)(^|[?&;])(sig|password|pwd|x-amz-signature)=|(Account|SharedAccess)Key=|SharedAccessSignature"
                    + "|://[^/@:\\s]*:[^/@\\s]+@"
                    + "|-----BEGIN [A-Z ]*PRIVATE KEY|\\bdapi[0-9a-f]{32}|\\bgh[oprsu]_[0-9a-z]{36}|\\bAKIA[0-9A-Z]{16}\\b"
                    + "|\\beyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.");

    private Secrets() {}

    /** Whether a key, or an environment variable, is named like a credential. */
    static boolean named(String name) {
        String words = name.replaceAll("([a-z])([A-Z])", "$1-$2")
                .replaceAll("[^A-Za-z0-9]+", "-")
                .toLowerCase(Locale.ROOT);
        return NAME.matcher(words).find();
    }

    /** Whether a value carries a credential, as a signed URI does. */
    static boolean carriedBy(String value) {
        return VALUE.matcher(value).find();
    }
}
