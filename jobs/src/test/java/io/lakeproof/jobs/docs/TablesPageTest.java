package io.lakeproof.jobs.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.cli.Small;
import io.lakeproof.jobs.validate.Quarantine;
import io.lakeproof.lineage.Batches;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Retirements;
import io.lakeproof.lineage.Tags;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.Versions;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of tables names every column of every table with its type, and its queries run, as those for readers do. */
class TablesPageTest {

    private static final Map<String, StructType> TABLES = Map.of(
            "quarantine", Quarantine.SCHEMA,
            "lineage/versions", Versions.SCHEMA,
            "lineage/files", Ledger.SCHEMA,
            "lineage/batches", Batches.SCHEMA,
            "lineage/tags", Tags.SCHEMA,
            "lineage/trainings", Trainings.SCHEMA,
            "lineage/retirements", Retirements.SCHEMA);

    @TempDir
    Path dir;

    private static String page() throws IOException {
        return Files.readString(Path.of("../docs/reference/tables.md"));
    }

    @Test
    void it_lists_the_columns_of_every_table_in_their_order() throws IOException {
        String page = page();
        TABLES.forEach((table, schema) -> assertThat(columns(page, table))
                .as(table)
                .isEqualTo(Arrays.stream(schema.fields())
                        .map(field -> field.name() + " " + field.dataType().catalogString())
                        .toList()));
    }

    private static List<String> columns(String page, String table) {
        String section = page.substring(page.indexOf("### `" + table + "`\n"));
        int next = section.indexOf("\n#", 1);
        Matcher rows = Pattern.compile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\|")
                .matcher(next < 0 ? section : section.substring(0, next));
        return rows.results()
                .map(row ->
                        row.group(1) + " " + row.group(2).replace("&lt;", "<").replace("&gt;", ">"))
                .toList();
    }

    @Test
    void its_queries_read_a_version() throws IOException {
        Small.run(dir);
        for (String page : List.of(page(), Files.readString(Path.of("../docs/how-to/read-a-version.md")))) {
            Matcher queries =
                    Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL).matcher(page);
            Map<String, Long> rows = new LinkedHashMap<>();
            queries.results().forEach(query -> LocalSpark.session()
                    .sql(query.group(1).replace("LAKE", dir.resolve("lake").toString()))
                    .collectAsList()
                    .forEach(row ->
                            rows.put(row.length() == 1 ? "counted" : row.getString(0), row.getLong(row.length() - 1))));
            assertThat(rows).containsKeys("raw", "quarantine", "train", "test");
            assertThat(rows.get("counted")).isEqualTo(rows.get("train")).isPositive();
        }
    }
}
