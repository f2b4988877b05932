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
    private static final Pattern VALUE = Pattern.compile(
            "(?i)(^|[?&;])sig=|(Account|SharedAccess)Key=|SharedAccessSignature|://[^/@:\\s]*:[^/@\\s]+@");

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
