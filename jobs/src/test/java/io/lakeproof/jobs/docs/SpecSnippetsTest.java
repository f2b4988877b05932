package io.lakeproof.jobs.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.lakeproof.lineage.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Every part of a spec that a page shows is one that the reader's schema takes. */
class SpecSnippetsTest {

    /** Their YAML is about no spec, or has a test of its own. */
    private static final List<String> OTHERS = List.of("docs/audit.md", "docs/transforms.md");

    private static JsonNode schema() throws IOException {
        return Json.parse(Files.readString(Pages.ROOT.resolve("docs/reference/dataset.schema.json")));
    }

    @Test
    void the_schema_takes_every_part_of_a_spec_that_a_page_shows() throws IOException {
        List<String> wrong = new ArrayList<>();
        int snippets = 0;
        for (Pages.Page page : Pages.all()) {
            for (Pages.Block block : page.blocks()) {
                if (block.language().equals("yaml") && !OTHERS.contains(page.name())) {
                    snippets++;
                    problems(block.text()).forEach(problem -> wrong.add(page.name() + ": " + problem));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(snippets).isGreaterThan(15);
    }

    @Test
    void it_would_notice_a_wrong_key_or_value() throws IOException {
        assertThat(problems("source: {fromat: csv}")).isNotEmpty();
        assertThat(problems("split: {seed: lucky}")).isNotEmpty();
        assertThat(problems("splitt: {seed: 1}")).isNotEmpty();
        assertThat(problems("- dropp: x")).isNotEmpty();
        assertThat(problems("split: {seed: 1}")).isEmpty();
    }

    /** What is wrong with it, apart from what it leaves out; a list is one of transforms, or of feature steps. */
    private static List<String> problems(String yaml) throws IOException {
        // What a variable holds is not known here.
        Object read = new Load(LoadSettings.builder().build()).loadFromString(yaml.replaceAll("\\$\\{(\\w+)}", "$1"));
        JsonSchema schema =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema());
        return schema.validate(Json.tree(read instanceof List<?> steps ? Map.of("transforms", steps) : read)).stream()
                .filter(message -> !message.getType().equals("required"))
                .map(Object::toString)
                .toList();
    }
}
