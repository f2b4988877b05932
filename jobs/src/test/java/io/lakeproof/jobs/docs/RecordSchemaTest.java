package io.lakeproof.jobs.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.jobs.cli.Small;
import io.lakeproof.lineage.Session;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.Versions;
import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every record is as its JSON Schema says, which allows no field that it does not describe. */
class RecordSchemaTest {

    @TempDir
    Path dir;

    @Test
    void records_of_an_append_and_of_a_rebuild_are_as_the_schema_says() throws Exception {
        Path spec = Small.dataset(dir);
        Files.writeString(dir.resolve("landing/unreadable.csv"), "id,price\nx,1\ny,2\n900,dear\n");
        Files.writeString(dir.resolve("landing/unfit.csv"), "id,id,price\n901,901,1\n");
        Small.again(spec);
        Small.drop(dir, "second.csv", 200);
        Files.writeString(
                spec,
                Files.readString(spec)
                        .replace("\"price\" > 0", "\"price\" > 10")
                        .replace(
                                "rules: {",
                                "rules: {batch: [RowCount > 999], waivers: {RowCount > 999: {reason: a, by: b, until: 9999-12-31}}, "));
        Small.again(spec);
        JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(Files.readString(Path.of("../docs/reference/record.schema.json")));
        Versions versions = Versions.of(
                Session.of(LocalSpark.session()),
                new TableName.Folder(
                        dir.resolve("lake/lineage/versions").toUri().toString()));
        for (long version = 1; version <= 2; version++) {
            assertThat(schema.validate(versions.find(version).orElseThrow().recordTree()))
                    .as("version %d", version)
                    .isEmpty();
        }
        assertThat(versions.find(2).orElseThrow().recordTree().get("waivers")).hasSize(1);
        assertThat(versions.find(1).orElseThrow().recordTree().get("unreadable"))
                .extracting(why -> "%s %s %d"
                        .formatted(
                                why.get("kind").asText(),
                                why.get("column").asText(),
                                why.get("count").asLong()))
                .containsExactly("row id 2", "file null 1", "row price 1");
        assertThat(versions.find(2).orElseThrow().recordTree().get("unreadable"))
                .isEmpty();
    }
}
