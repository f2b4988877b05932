package io.lakeproof.jobs;

import io.lakeproof.jobs.spec.VaultSecret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Azure's storage had against a request, as Hadoop's driver tells it in one line. The line is read, not the exception:
 * Databricks has the driver under another name.
 */
record AzureAnswer(String words, int status, String method, URI address) {

    /** The address ends where the driver goes on with a comma and a blank. */
    private static final Pattern LINE = Pattern.compile(
            "Operation failed: \"(?<words>.*?)\", (?<status>\\d{3}), (?<method>[A-Z]+), (?<address>https?://.*?)(, .*)?");

    private static final Pattern TOKEN = Pattern.compile("^.*getAccessToken threw \\S+ : ");

    /** What is told of it; empty when the line is about something else. */
    static Optional<String> told(String line) {
        if (VaultSecret.names(line)) {
            return Optional.of(line);
        }
        Matcher token = TOKEN.matcher(line);
        if (token.find()) {
            return Optional.of(line.substring(token.end()));
        }
        Matcher answer = LINE.matcher(line);
        if (!answer.matches()) {
            return Optional.empty();
        }
        try {
            // Paths with blanks and the like stand there as they are.
            URI address = new URI(answer.group("address").replaceAll("[^\\x21-\\x7e]|[\\[\\]{}|\\\\^`\"<>]", "_"));
            return Optional.of(new AzureAnswer(
                            line.substring(line.indexOf('"')),
                            Integer.parseInt(answer.group("status")),
                            answer.group("method"),
                            address)
                    .sentence());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private String sentence() {
        // An emulator has the account in the path, Azure in the host.
        boolean emulated = address.getHost().matches("localhost|[0-9.]+");
        String[] parts =
                (emulated ? address.getPath().substring(1) : address.getHost() + address.getPath()).split("/", 3);
        String account = parts[0].replaceFirst("\\..*", "");
        String container = parts.length > 1 ? parts[1] : "";
        String path = parts.length > 2 && !parts[2].isEmpty() ? parts[2] : listed();
        return "container '%s' of %s%s: %s"
                .formatted(container, account, path.isEmpty() ? "" : ", " + path, reason(container));
    }

    /** The folder that a listing is of. */
    private String listed() {
        Matcher folder = Pattern.compile("(?:^|&)(?:prefix|directory)=([^&]*)").matcher(query());
        return folder.find() ? folder.group(1) : "";
    }

    private String query() {
        return Optional.ofNullable(address.getQuery()).orElse("");
    }

    private String reason(String container) {
        if (status == 404 && words.matches("(?is).*(container|filesystem) ?(does not exist|not ?found).*")) {
            return "there is no such container (HTTP 404); create it, or correct the path";
        }
        if (status == 401) {
            return "the account does not take this identity's token (HTTP 401): it is of another tenant, or has expired; check AZURE_TENANT_ID and this machine's clock";
        }
        if (status == 403 && words.matches("(?is).*(failed to authenticate|AuthenticationFailed).*")) {
            return "the account does not take this key or SAS token (HTTP 403): it is not the account's, or has expired; give another";
        }
        if (status == 403 && words.matches("(?is).*(using this permission|PermissionMismatch).*")) {
            return "%s is not permitted (HTTP 403); give the identity the role %s on '%s', or the SAS token the permission '%s'"
                    .formatted(
                            act().what,
                            act() == Act.READ || act() == Act.LIST
                                    ? "Storage Blob Data Reader"
                                    : "Storage Blob Data Contributor",
                            container,
                            act().letter);
        }
        if (status == 403 && words.matches("(?is).*KeyBasedAuthenticationNotPermitted.*")) {
            return "the account takes no keys (HTTP 403); open it by an identity";
        }
        if (status == 403) {
            return "%s is refused (HTTP 403, %s); let the account's firewall let this machine in, and this identity %s there"
                    .formatted(act().what, quoted(), act().verb);
        }
        return "HTTP %d, %s; run again, or check that this user may %s there".formatted(status, quoted(), act().verb);
    }

    private String quoted() {
        return words.replaceFirst("^\"(.*?)\\.?\".*", "$1");
    }

    private enum Act {
        LIST("listing", "list", "l"),
        READ("reading", "read", "r"),
        DELETE("deleting", "delete", "d"),
        WRITE("writing", "write", "w");

        private final String what;
        private final String verb;
        private final String letter;

        Act(String what, String verb, String letter) {
            this.what = what;
            this.verb = verb;
            this.letter = letter;
        }
    }

    private Act act() {
        return switch (method) {
            case "GET", "HEAD" -> query().contains("comp=list") || query().contains("directory=") ? Act.LIST : Act.READ;
            case "DELETE" -> Act.DELETE;
            default -> Act.WRITE;
        };
    }
}
