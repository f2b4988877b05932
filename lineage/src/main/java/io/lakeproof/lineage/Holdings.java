package io.lakeproof.lineage;

import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Manifest.Entry;
import io.lakeproof.lineage.Manifest.Kind;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The data files that each table of a dataset holds, as one version after the other changes them. */
public final class Holdings {

    private final Map<String, Map<String, Entry>> held = new HashMap<>();
    private final Map<String, List<Entry>> joined = new HashMap<>();

    /** Goes on to the next version. */
    public void next(DatasetVersion version, Map<String, Manifest> files) {
        Set<String> names = new HashSet<>();
        joined.clear();
        for (TableVersion table : version.tables()) {
            names.add(table.name());
            Map<String, Entry> now = held.computeIfAbsent(table.name(), name -> new TreeMap<>());
            Manifest manifest = files.getOrDefault(table.name(), Manifest.NONE);
            manifest.of(Kind.REMOVED).forEach(entry -> now.remove(entry.path()));
            joined.put(table.name(), manifest.of(Kind.ADDED).toList());
            joined.get(table.name()).forEach(entry -> now.put(entry.path(), entry));
        }
        // A table that a version lacks begins anew when it comes back.
        held.keySet().retainAll(names);
    }

    /** What a table holds in the version gone on to last; nothing when that version has no such table. */
    public Collection<Entry> of(String table) {
        return held.getOrDefault(table, Map.of()).values();
    }

    /** What of it the version before did not hold. */
    public Collection<Entry> joined(String table) {
        return joined.getOrDefault(table, List.of());
    }
}
