package io.lakeproof.jobs.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.lineage.Json;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file that somebody says has landed. It starts a run and decides nothing: the run looks at the landing and the ledger, so
 * that an event that comes late, twice or never does no harm. One about another place means that a trigger is set up wrong.
 *
 * @param account the storage account; absent: not said
 * @param path the file, with or without its container in front, without a slash in front
 */
public record LandingEvent(Optional<String> account, String path) {

    /** What the blob trigger of Data Factory passes: {@code folderPath} and {@code fileName}. */
    public static LandingEvent of(String folder, String file) {
        return new LandingEvent(Optional.empty(), trimmed(folder + "/" + file));
    }

    /**
     * What Event Grid delivers: an event, or a list of them, in its own schema or as CloudEvents. Those that tell of no new
     * file are left out.
     *
     * @throws Failure.Usage when it is none
     */
    public static List<LandingEvent> ofEventGrid(String json) {
        JsonNode tree;
        try {
            tree = Json.parse(json);
        } catch (UncheckedIOException e) {
            throw new Failure.Usage("--event-grid '%s' is not JSON; pass the event as it was delivered."
                    .formatted(json.length() > 80 ? json.substring(0, 77) + "..." : json));
        }
        List<LandingEvent> events = new ArrayList<>();
        for (JsonNode event : tree.isArray() ? tree : Json.tree(List.of(tree))) {
            String type = event.path("eventType").asText(event.path("type").asText());
            if (type.isEmpty()) {
                throw new Failure.Usage(
                        "--event-grid: an event without eventType or type; pass the event as it was delivered.");
            }
            JsonNode data = event.path("data");
            switch (type) {
                case "Microsoft.Storage.BlobCreated" -> events.add(
                        ofUrl(data.path("url").asText()));
                case "Microsoft.Storage.BlobRenamed" -> events.add(
                        ofUrl(data.path("destinationUrl").asText()));
                default -> {
                    // A folder, or a file that is gone.
                }
            }
        }
        return events;
    }

    private static LandingEvent ofUrl(String url) {
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null && uri.getPath() != null) {
                return new LandingEvent(Optional.of(uri.getHost().replaceFirst("\\..*", "")), trimmed(uri.getPath()));
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new Failure.Usage(
                "--event-grid: '%s' is not a blob's address; pass the event as it was delivered.".formatted(url));
    }

    private static String trimmed(String path) {
        return path.replaceAll("/+", "/").replaceFirst("^/", "");
    }

    /**
     * Refuses an event about a file outside the landing. Where the landing's storage does not say which container it is (a
     * mount, a volume), everything passes.
     *
     * @throws Failure.Usage when the file is elsewhere
     */
    public void check(Source source) {
        String fixed = source.path().replaceFirst("/[^/]*[*?\\[{].*", "");
        URI landing = new org.apache.hadoop.fs.Path(fixed).toUri();
        String folder = trimmed(landing.getPath());
        String scheme = String.valueOf(landing.getScheme());
        boolean inside;
        if (scheme.matches("abfss?|wasbs?")) {
            String container = String.valueOf(landing.getUserInfo());
            boolean same =
                    account.isEmpty() || account.get().equals(landing.getHost().replaceFirst("\\..*", ""));
            inside = same && (below(path, container + "/" + folder) || (account.isEmpty() && below(path, folder)));
        } else {
            // On a laptop the folder may be said as seen from where the spec lies.
            inside = !scheme.equals("file") || belowEnd(path, folder);
        }
        if (!inside) {
            throw new Failure.Usage(
                    "The event is about %s%s, which is not in the landing %s. Correct the trigger's path, or source.path."
                            .formatted(account.map(a -> a + "/").orElse(""), path, source.path()));
        }
    }

    /** Whether it is below the folder, or below the last names of the folder's path. */
    private static boolean belowEnd(String path, String folder) {
        String end = folder.replaceFirst("/$", "");
        while (!below(path, end) && end.contains("/")) {
            end = end.substring(end.indexOf('/') + 1);
        }
        return below(path, end);
    }

    private static boolean below(String path, String folder) {
        String whole = folder.replaceFirst("/$", "");
        return whole.isEmpty() || path.equals(whole) || path.startsWith(whole + "/");
    }
}
