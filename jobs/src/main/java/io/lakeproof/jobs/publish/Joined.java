package io.lakeproof.jobs.publish;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.jobs.Lake;
import io.lakeproof.jobs.spec.Chain;
import io.lakeproof.lineage.Fingerprint;
import io.lakeproof.transforms.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the joins of a spec read of other tables: data of the dataset like any other, though no batch brought it. */
public final class Joined {

    private final Map<Step, Fingerprint> read = new ConcurrentHashMap<>();

    /**
     * A join that reads other rows than a version record says.
     *
     * @param step the step as messages name it, such as {@code transform 2}
     * @param table as the spec names it
     * @param expected the recorded fingerprint; empty: the record has none
     */
    public record Difference(String step, String table, long version, String expected, String found) {}

    /** Reads what every join of the spec reads, once each: the key's columns and those it adds. */
    void read(Lake lake) {
        lake.spec().chains().stream()
                .flatMap(chain -> chain.transforms().stream())
                .forEach(step -> fingerprint(lake, step));
    }

    /** The fingerprint of what a step that was {@linkplain #read read} joins; null: it joins nothing. */
    Fingerprint of(Step step) {
        return read.get(step);
    }

    /** The joins of a recorded spec that read other rows now than its record says; each table is read once. */
    public List<Difference> differences(Lake then, JsonNode record) {
        List<Difference> differences = new ArrayList<>();
        for (Chain chain : then.spec().chains()) {
            JsonNode steps = (chain.isOutput() ? record.path("outputs").path(chain.name()) : record).path("transforms");
            for (int i = 0; i < chain.transforms().size(); i++) {
                Step step = chain.transforms().get(i);
                fingerprint(then, step);
                String expected =
                        steps.path(i).path("joined").path("fingerprint").asText();
                if (read.containsKey(step) && !read.get(step).text().equals(expected)) {
                    differences.add(new Difference(
                            chain.naming("transform") + " " + (i + 1),
                            String.valueOf(step.with().get("table")),
                            ((Number) step.with().get("version")).longValue(),
                            expected,
                            read.get(step).text()));
                }
            }
        }
        return differences;
    }

    private void fingerprint(Lake lake, Step step) {
        if (!read.containsKey(step)) {
            step.joined(lake.spark()).ifPresent(rows -> read.put(step, Fingerprint.of(rows)));
        }
    }
}
