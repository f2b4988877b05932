package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.lakeproof.jobs.spec.Shape.Keys;
import io.lakeproof.jobs.spec.Shape.OrList;
import io.lakeproof.jobs.spec.Shape.SpecKey;
import io.lakeproof.lineage.Json;
import io.lakeproof.transforms.Kind;
import io.lakeproof.transforms.Step;
import io.lakeproof.transforms.features.FeatureStep;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON Schema and the reference page say what the reader does: both come from {@link SpecKeys}. */
class SpecDocsTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String SCHEMA = "docs/reference/dataset.schema.json";
    private static final String PAGE = "docs/reference/spec.md";

    @Test
    void the_shipped_schema_is_the_readers() throws IOException {
        assertCommitted(
                SCHEMA, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(schema()) + "\n");
        try (InputStream shipped = SpecReader.class.getResourceAsStream("dataset.schema.json")) {
            assertThat(new JsonMapper().readTree(shipped)).isEqualTo(schema());
        }
    }

    @Test
    void the_reference_page_is_the_readers() throws IOException {
        assertCommitted(PAGE, page());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void the_schema_takes_a_good_spec(String name, String yaml) throws JsonProcessingException {
        assertThat(validate(yaml)).as(name).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "format: csv => fromat: csv",
                "format: csv => format: cvs",
                "name: claims => name: claims\nfeatures: {refit: sometimes, steps: []}",
                "name: claims => name: claims\nfeatures: [scale: {columns: [amount], strategy: most}]",
                "name: claims => owner: me",
                "key: id => key: id\n  seed: lucky",
                "key: id => key: []",
                "key: id => parts: {train: 0}",
                "name: claims => name: claims\ntransforms: [dropp: x]",
                "name: claims => name: claims\ntransforms: [deduplicate: {keep: last}]",
                "name: claims => name: claims\nrules: {rows: IsComplete}",
            })
    void the_schema_refuses_a_bad_spec(String change) throws JsonProcessingException {
        String[] fromAndTo = change.split(" => ", 2);
        assertThat(validate(SpecReaderTest.SMALL.replace(fromAndTo[0], fromAndTo[1])))
                .isNotEmpty();
    }

    static Stream<Arguments> specs() throws IOException {
        try (Stream<Path> examples = Files.walk(ROOT.resolve("examples"))) {
            return Stream.concat(
                            Stream.of(
                                    new String[] {"small", SpecReaderTest.SMALL},
                                    new String[] {"full", SpecReaderTest.FULL},
                                    new String[] {
                                        "variables",
                                        SpecReaderTest.SMALL + "  seed: ${SEED}\n  parts: {train: \"${SHARE}\"}\n"
                                    }),
                            examples
                                    .filter(file -> file.endsWith("dataset.yaml"))
                                    .map(file ->
                                            new String[] {ROOT.relativize(file).toString(), text(file)})
                                    .toList()
                                    .stream())
                    .map(pair -> Arguments.of(pair[0], pair[1]));
        }
    }

    private static Set<ValidationMessage> validate(String yaml) throws JsonProcessingException {
        Problems problems = new Problems("dataset.yaml");
        // What a variable holds is not known to an editor.
        Object plain = Yaml.parse(yaml.replace("${", "$${"), Map.of(), problems)
                .orElseThrow()
                .plain();
        problems.refuse();
        JsonSchema schema =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema());
        return schema.validate(Json.tree(plain));
    }

    /** Run with {@code -Dlakeproof.update} to write the file instead. */
    private static void assertCommitted(String file, String generated) throws IOException {
        if (System.getProperty("lakeproof.update") != null) {
            Files.writeString(ROOT.resolve(file), generated);
        }
        assertThat(ROOT.resolve(file))
                .as("write it with ./mvnw test -pl jobs -am -Dtest=SpecDocsTest -Dlakeproof.update"
                        + " -Dsurefire.failIfNoSpecifiedTests=false")
                .content()
                .isEqualTo(generated);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode schema() {
        ObjectNode schema = Json.object()
                .put("$schema", "http://json-schema.org/draft-07/schema#")
                .put("title", "Lakeproof dataset.yaml");
        schema.setAll(SpecKeys.ALL.schema());
        return schema;
    }

    private static String page() {
        StringBuilder page = new StringBuilder(
                """
                # The spec: `dataset.yaml`

                One YAML 1.2 file describes one dataset. Lakeproof reads and checks all of it before it reads any data, and
                reports every problem at once, each with its line:

                ```
                dataset.yaml:4 source.fromat: unknown key, did you mean 'format'?
                ```

                **Paths** are relative to the spec's folder, or any Hadoop URI (`abfss://…`, `file:/…`); one that begins
                with `/` is of Hadoop's default file system.

                **`${NAME}`** in a value is filled in from the environment; `$${NAME}` stays `${NAME}`. Between `{` and `}`
                YAML wants quotes around it: `{root: "${LAKE}/claims"}`.

                **Credentials** have no place in a spec, which is kept with the data: keys named like one (`password`,
                `secret`, `token`, `sas`, `account-key` …), variables named like one and values that carry one (`sig=`,
                `AccountKey=`, `user:password@`) are refused. They come from the environment, a managed identity or Azure
                Key Vault, of which `storage` may name a secret, `kv://VAULT/NAME`. See [azure.md](../azure.md#secrets).

                **Editors** complete and check the spec when its first line is
                `# yaml-language-server: $schema=<path to dataset.schema.json>`; the file is beside this page.

                This page is made from the table of keys that the reader uses.

                """);
        keys(page, "The keys", "", SpecKeys.ALL);
        page.append("## Options of the readers\n\n")
                .append(
                        "The names are Spark's. Lakeproof settles all others itself.\n\n| `format` | `options` |\n| --- | --- |\n");
        for (Source.Format format : Source.Format.values()) {
            page.append("| `%s` | %s |\n".formatted(format.sparkName(), code(ReaderOptions.of(format).stream())));
        }
        steps(page, "Steps", "One key each under `transforms`, in the order in which they run.", Step.kinds());
        steps(
                page,
                "Feature steps",
                "One key each under `features`, in the order in which they run. See [features.md](../features.md).",
                FeatureStep.kinds());
        return page.append("\n## Every key at once\n\n```yaml\n")
                .append(SpecReaderTest.FULL)
                .append("```\n")
                .toString();
    }

    private static void steps(StringBuilder page, String title, String meaning, List<Kind> kinds) {
        page.append("\n## %s\n\n%s\n".formatted(title, meaning));
        for (Kind kind : kinds) {
            page.append("\n### `%s`\n\n%s\n\n".formatted(kind.name(), kind.description()));
            kind.direct()
                    .ifPresent(direct -> page.append(
                            "In short `%s: …` for `%s: {%s: …}`.\n\n".formatted(kind.name(), kind.name(), direct)));
            page.append("| parameter | is | |\n| --- | --- | --- |\n");
            kind.parameters()
                    .forEach(p -> page.append("| `%s` | %s | %s%s |\n"
                            .formatted(
                                    p.name(),
                                    p.choices().isEmpty() ? words(p.type()) : "one of " + code(p.choices().stream()),
                                    p.required() ? "**Required.** " : "",
                                    cell(p.description()))));
        }
    }

    private static void keys(StringBuilder page, String title, String path, Keys keys) {
        page.append("## %s\n\n| key | is | without it | |\n| --- | --- | --- | --- |\n".formatted(title));
        Stream.concat(keys.keys().stream(), keys.others().stream()).forEach(key -> page.append(row(key)));
        page.append("\n");
        for (SpecKey key : keys.keys()) {
            if (key.shape() instanceof OrList orList) {
                keys(page, "`" + Yaml.below(path, key.name()) + "`", Yaml.below(path, key.name()), orList.keys());
            }
            if (key.shape() instanceof Keys below) {
                String name = Yaml.below(path, key.name());
                keys(page, "`" + name + "`", name, below);
            }
        }
    }

    private static String row(SpecKey key) {
        return "| `%s` | %s | %s | %s%s |\n"
                .formatted(
                        key.name(),
                        cell(key.shape().words()),
                        key.required() ? "**required**" : cell(key.absent()),
                        cell(key.meaning()),
                        key.example().isEmpty() ? "" : " Example: `" + key.example() + "`");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replaceAll("(<[a-z]+>(-from)?)", "`$1`");
    }

    private static String code(Stream<String> names) {
        return String.join(", ", names.map(name -> "`" + name + "`").toList());
    }

    private static String words(Kind.Type type) {
        return switch (type) {
            case TEXT -> "text";
            case INTEGER -> "a whole number";
            case FLAG -> "true or false";
            case NUMBERS -> "a number, or a list of numbers";
            case NUMBER -> "a number";
            case VALUE -> "text, a number, true or false";
            case NAMES -> "a name, or a list of names";
            case TEXTS -> "a mapping of names to text";
            case VALUES -> "a mapping to single values";
            case ANYTHING -> "a mapping";
        };
    }
}
