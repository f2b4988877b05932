package io.lakeproof.jobs;

import io.lakeproof.jobs.spec.Tables.Root;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.Entry;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.TableName.Named;
import io.lakeproof.lineage.Tags;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Puts a tag on a version. Where the tables are names in a catalog's schema, SQL reads the version by views there: one of the
 * tag, over all parts, which moves with it in one statement; and one of each part, named by the version, which never moves.
 */
public final class Tag {

    private final Lake lake;
    private final DatasetVersion version;
    private final String name;
    private final String runId;

    private Tag(Lake lake, DatasetVersion version, String name, String runId) {
        this.lake = lake;
        this.version = version;
        this.name = name;
        this.runId = runId;
    }

    /**
     * What was done.
     *
     * @param view the tag's view, as SQL names it; absent: the tables are in folders
     */
    public record Result(long version, Optional<String> view) {}

    /** A tag of that name for a version; one that stands elsewhere moves. */
    public static Tag of(Lake lake, DatasetVersion version, String name, String runId) {
        return new Tag(lake, version, name, runId);
    }

    /**
     * Makes the copies that {@code protect: copy} asks for, tags, then makes the views.
     *
     * @throws Failure.Usage when another view would have the name of the tag's, or the version was cleaned up; nothing is tagged
     * @throws Failure.Unverified when a copy comes out other than what was published; nothing is tagged
     * @throws Failure.Remote when the catalog makes no view; the tag stands
     */
    public Result execute() {
        Optional<Named> view = lake.spec().tables().root() instanceof Root.Schema schema
                ? Optional.of(new Named(schema.catalog(), schema.schema(), ofTag(name)))
                : Optional.empty();
        view.ifPresent(this::mustBeFree);
        if (lake.retirements().holds(version)) {
            throw new Failure.Usage("version %d of %s was cleaned up, its data is gone; tag another."
                    .formatted(version.version(), lake.spec().name()));
        }
        Stamp stamp = lake.stamp(runId);
        new Copies(lake).make(version, stamp);
        lake.tags().put(name, version, lake.principal(), stamp, Instant.now());
        view.ifPresent(this::show);
        return new Result(version.version(), view.map(Named::sql));
    }

    private String ofTag(String tag) {
        return word(lake.spec().name() + "_" + tag);
    }

    private static String ofPart(String table, String version) {
        return word(table) + "_v" + version;
    }

    /** Catalogs allow few characters in names. */
    private static String word(String text) {
        return text.replaceAll("[^A-Za-z0-9_]", "_");
    }

    private void mustBeFree(Named view) {
        Stream<String> others = lake.tags().standing().keySet().stream()
                .filter(tag -> !tag.equals(name) && ofTag(tag).equalsIgnoreCase(view.table()))
                .map(tag -> "of tag '" + tag + "'");
        Stream<String> parts = version.tables().stream()
                .filter(table -> view.table().matches("(?i)" + ofPart(table.name(), "[0-9]+")))
                .map(table -> "of a version of " + table.name());
        Stream.concat(others, parts).findFirst().ifPresent(other -> {
            throw new Failure.Usage(
                    "tag '%s' would have the view %s, which is the name of the view %s; choose another tag."
                            .formatted(name, view.text(), other));
        });
    }

    /** Two may move the tag at once: whoever replaced the view last looks once more where the tag stands. */
    private void show(Named view) {
        Entry<Tags.Name> shown;
        Entry<Tags.Name> standing = lake.tags().standing().get(name);
        do {
            shown = standing;
            DatasetVersion of = lake.versions().find(shown.version()).orElseThrow();
            Map<String, String> parts = new LinkedHashMap<>();
            Set<String> outputs = new LinkedHashSet<>();
            of.recordTree().path("outputs").fieldNames().forEachRemaining(outputs::add);
            for (DatasetVersion.TableVersion table : of.tables()) {
                if (List.of("raw", "quarantine").contains(table.name())) {
                    continue;
                }
                TableName at = lake.spec().tables().locate(table.name());
                String pinned = at.sql() + " VERSION AS OF " + table.deltaVersion();
                create(
                        new Named(view.catalog(), view.schema(), ofPart(table.name(), "" + of.version())),
                        "%s of version %d".formatted(table.name(), of.version()),
                        "SELECT * FROM " + pinned);
                if (!outputs.contains(table.name().replaceFirst("/.*", ""))) {
                    parts.put(table.name(), pinned);
                }
            }
            create(view, "version %d, tagged %s".formatted(of.version(), name), union(of, parts));
            standing = lake.tags().standing().get(name);
        } while (!standing.equals(shown));
    }

    /** All parts with their names; a column that a part lacks, as one of a step for train alone, is NULL there. */
    private String union(DatasetVersion of, Map<String, String> parts) {
        Map<String, StructType> schemas = parts.keySet().stream()
                .collect(Collectors.toMap(part -> part, part -> lake.table(part)
                        .at(of.table(part).orElseThrow().deltaVersion())
                        .schema()));
        Map<String, String> columns = new LinkedHashMap<>();
        for (String part : parts.keySet()) {
            for (StructField field : schemas.get(part).fields()) {
                columns.putIfAbsent(field.name(), field.dataType().sql());
            }
        }
        String part = Stream.iterate("part", name -> "_" + name)
                .filter(name -> columns.keySet().stream().noneMatch(name::equalsIgnoreCase))
                .findFirst()
                .orElseThrow();
        return parts.entrySet().stream()
                .map(one -> columns.entrySet().stream()
                        .map(column -> List.of(schemas.get(one.getKey()).fieldNames())
                                        .contains(column.getKey())
                                ? quoted(column.getKey())
                                : "CAST(NULL AS %s) AS %s".formatted(column.getValue(), quoted(column.getKey())))
                        .collect(Collectors.joining(
                                ", ", "SELECT '%s' AS %s, ".formatted(one.getKey(), part), " FROM " + one.getValue())))
                .collect(Collectors.joining(" UNION ALL "));
    }

    private static String quoted(String column) {
        return "`" + column.replace("`", "``") + "`";
    }

    private void create(Named view, String comment, String query) {
        String sql = "CREATE OR REPLACE VIEW %s COMMENT '%s' AS %s".formatted(view.sql(), comment, query);
        try {
            lake.spark().sql(sql);
        } catch (Exception e) {
            // Spark throws the checked AnalysisException without declaring it, and each catalog exceptions of its own.
            throw new Failure.Remote(
                    "tag '%s' stands, but there is no view %s: %s; let this user make views in the schema, then tag again"
                            .formatted(
                                    name,
                                    view.text(),
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .filter(line -> !line.isBlank())
                                            .findFirst()
                                            .orElse("" + e)),
                    e);
        }
    }
}
