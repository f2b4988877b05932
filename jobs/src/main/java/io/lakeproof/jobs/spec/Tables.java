package io.lakeproof.jobs.spec;

import io.lakeproof.lineage.TableName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where the dataset's Delta tables live.
 *
 * @param root a folder (absolute Hadoop URI) or a catalog's schema, below which every table has its place
 * @param placed tables placed elsewhere, by name: {@code raw}, {@code quarantine}, a part's name,
 *     {@code lineage/versions} …
 */
public record Tables(Root root, Map<String, TableName> placed) {

    /** The place below which tables lie that are not placed one by one. */
    public sealed interface Root {
        /** A folder: {@code raw} lies at {@code uri/raw}. */
        record Folder(String uri) implements Root {}

        /** A schema: {@code raw} is {@code catalog.schema.raw}, {@code lineage/files} is {@code catalog.schema.lineage_files}. */
        record Schema(String catalog, String schema) implements Root {}
    }

    private static final List<String> LINEAGE = List.of(
            "lineage/versions",
            "lineage/files",
            "lineage/batches",
            "lineage/tags",
            "lineage/trainings",
            "lineage/retirements",
            "lineage/models");

    /** The names of all tables of a dataset with these parts. */
    public static List<String> names(Iterable<String> parts) {
        Set<String> names = new LinkedHashSet<>(List.of("raw", "quarantine"));
        parts.forEach(names::add);
        names.addAll(LINEAGE);
        return List.copyOf(names);
    }

    /** The place of a table: {@code raw}, {@code quarantine}, a part's name, {@code lineage/versions} … */
    public TableName locate(String table) {
        TableName own = placed.get(table);
        if (own != null) {
            return own;
        }
        if (root instanceof Root.Folder folder) {
            return new TableName.Folder(folder.uri() + "/" + table);
        }
        Root.Schema schema = (Root.Schema) root;
        return new TableName.Named(schema.catalog(), schema.schema(), table.replace('/', '_'));
    }
}
