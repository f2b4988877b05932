package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.rules.Rules;
import io.lakeproof.jobs.spec.Source.After;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.jobs.spec.Source.Load;
import io.lakeproof.jobs.spec.Source.OnChanged;
import io.lakeproof.jobs.spec.Source.OnCopy;
import io.lakeproof.lineage.TableName;
import io.lakeproof.testkit.LocalSpark;
import io.lakeproof.transforms.Scope;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecReaderTest {

    static final String SMALL =
            """
            name: claims
            source:
              path: landing
              format: csv
              schema: id BIGINT NOT NULL, amount INT
            tables:
              root: lake
            split:
              key: id
            """;

    static final String FULL =
            """
            name: porto_seguro
            description: Will the driver file a claim next year?
            owner: pricing-ml@example.com

            source:
              path: landing/*.csv
              format: csv
              options: {header: true, sep: ";", maxColumns: 100}
              schema: |
                id BIGINT NOT NULL,
                target INT,            -- 1: filed a claim
                day DATE,
                op STRING,
                note STRING
              null-values: ["-1", NA, -99, ""]
              load: upsert
              upsert: {key: [id], order-by: day, delete-when: "op = 'D'"}
              on-changed: replace
              on-copy: take
              settle: 5m
              complete-when: _SUCCESS
              after: archive

            tables:
              root: ${LAKE}/porto_seguro
              train: abfss://training@account.dfs.core.windows.net/porto_seguro
              lineage/versions: main.audit.versions
              quarantine: audit.turned_away

            storage:
              partner: {sas: kv://team-vault/partner-sas}

            rules:
              rows:
                - IsComplete "id"
                - ColumnValues "target" in [0, 1]
              batch: [RowCount > 0]
              dataset:
                - IsUnique "id"
              examples:
                - IsComplete "is_night"
              max-quarantined: 1%

            transforms:
              - drop: note
              - derive: {columns: {is_night: "target = 1"}}
              - sql: SELECT *, target * 2 AS twice FROM input

            split:
              key: [id, op]
              seed: 42
              parts: {train: 80, validation: 12.5, test: 7.5}
              time: {column: day, validation-from: 2026-01-01, test-from: 2026-04-01}

            features:
              refit: never
              steps:
                - impute: {columns: twice, strategy: median}
                - index: {columns: [op], suffix: _index}
                - assemble: {columns: [twice, op_index], into: inputs}
            """;

    @TempDir
    Path dir;

    @BeforeEach
    void a_folder() throws IOException {
        dir = dir.toRealPath();
    }

    private Spec read(String yaml) throws IOException {
        return SpecReader.read(write("dataset.yaml", yaml), Map.of("LAKE", "/lake"));
    }

    private SpecReader.Checked check(String yaml) throws IOException {
        return SpecReader.check(write("dataset.yaml", yaml), Map.of("LAKE", "/lake"), LocalSpark.session());
    }

    private String write(String name, String text) throws IOException {
        Path file = dir.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text).toString();
    }

    @Test
    void a_training_gets_the_documented_defaults_and_every_key_is_read() throws IOException {
        String job = "{\"properties\": {\"jobType\": \"Command\", \"command\": \"${lakeproof.train.parquet}\"}}";
        String workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
        write("jobs/plain.json", job.replace("parquet", "path"));
        write("jobs/exported.json", job);
        write("jobs/batch.json", "{\"properties\": {\"InputData\": {}}}");
        Spec small = read(SMALL + "training: {azure-ml: {workspace: %s, job: jobs/plain.json}}\n".formatted(workspace));
        assertThat(small.training())
                .contains(new Training(
                        Training.When.ALWAYS,
                        Optional.empty(),
                        Optional.empty(),
                        new Training.AzureMl(
                                workspace,
                                URI.create("https://management.azure.com"),
                                "https://ml.azure.com",
                                job.replace("parquet", "path"),
                                Optional.empty(),
                                Optional.empty(),
                                "file:" + dir.resolve("lake/training"),
                                Training.DataAsset.REGISTER,
                                Training.Reader.MLTABLE,
                                Training.Export.NONE,
                                List.of())));
        assertThat(small.text()).doesNotContain("training");
        Training full = read(SMALL
                        + """
                        training:
                          when: on-rows
                          rows: 2.5%%
                          azure-ml:
                            workspace: %s
                            job: jobs/exported.json
                            endpoint: https://management.usgovcloudapi.net/
                            audience: https://ml.azure.us/
                            folder: abfss://x@y.dfs.core.windows.net/z
                            data-asset: none
                            reader: any
                            export: parquet
                            models: risk
                        """
                                .formatted(workspace))
                .training()
                .orElseThrow();
        assertThat(full.rows().orElseThrow().of(1001)).isEqualTo(26);
        assertThat(full.rows().orElseThrow()).hasToString("2.5%");
        assertThat(full.azureMl())
                .isEqualTo(new Training.AzureMl(
                        workspace,
                        URI.create("https://management.usgovcloudapi.net"),
                        "https://ml.azure.us",
                        job,
                        Optional.empty(),
                        Optional.empty(),
                        "abfss://x@y.dfs.core.windows.net/z",
                        Training.DataAsset.NONE,
                        Training.Reader.ANY,
                        Training.Export.PARQUET,
                        List.of("risk")));
        assertThat(read(SMALL
                                + "training: {azure-ml: {workspace: %s, job: jobs/batch.json, batch-endpoint: \"https://e.x/jobs\"}}\n"
                                        .formatted(workspace))
                        .training()
                        .orElseThrow()
                        .azureMl()
                        .batchEndpoint())
                .contains(URI.create("https://e.x/jobs"));
    }

    @Test
    void a_small_spec_gets_the_documented_defaults() throws IOException {
        Spec spec = read(SMALL);

        assertThat(spec.name()).isEqualTo("claims");
        assertThat(spec.description()).isEmpty();
        assertThat(spec.owner()).isEmpty();
        assertThat(spec.file()).isEqualTo("file:" + dir.resolve("dataset.yaml"));
        Source source = spec.source();
        assertThat(source.path()).isEqualTo("file:" + dir.resolve("landing"));
        assertThat(source.options()).isEqualTo(Map.of("header", "true"));
        assertThat(source.contract().toDDL()).isEqualTo("id BIGINT NOT NULL,amount INT");
        assertThat(source.nullValues()).isEmpty();
        assertThat(source.load()).isEqualTo(Load.APPEND);
        assertThat(source.upsert()).isEmpty();
        assertThat(source.onChanged()).isEqualTo(OnChanged.WAIT);
        assertThat(source.onCopy()).isEqualTo(OnCopy.SKIP);
        assertThat(source.settle()).isZero();
        assertThat(source.completeWhen()).isEmpty();
        assertThat(source.after()).isEqualTo(After.KEEP);
        assertThat(spec.tables().locate("lineage/files").text()).isEqualTo("file:" + dir + "/lake/lineage/files");
        assertThat(spec.rules().all()).isEmpty();
        assertThat(spec.rules().maxQuarantined()).isEmpty();
        assertThat(spec.transforms()).isEmpty();
        assertThat(spec.split().key()).containsExactly("id");
        assertThat(spec.split().seed()).isZero();
        assertThat(spec.split().time()).isEmpty();
        assertThat(spec.split().parts())
                .containsExactly(
                        Map.entry("train", new BigDecimal(80)),
                        Map.entry("validation", new BigDecimal(10)),
                        Map.entry("test", new BigDecimal(10)));
    }

    @Test
    void storage_is_known_before_the_rest_and_leaves_the_record_alone() throws IOException {
        String spec = write(
                "dataset.yaml",
                SMALL
                        + """
                        storage:
                          lake: {key: kv://team/lake/0123456789abcdef0123456789abcdef}
                          partner.dfs.core.chinacloudapi.cn: {sas: kv://team.vault.azure.cn/partner}
                        """);

        assertThat(SpecReader.accounts(spec, Map.of(), Configuration::new))
                .containsExactly(
                        new StorageAccount(
                                "lake",
                                StorageAccount.By.KEY,
                                VaultSecret.parse("kv://team/lake/0123456789abcdef0123456789abcdef")),
                        new StorageAccount(
                                "partner.dfs.core.chinacloudapi.cn",
                                StorageAccount.By.SAS,
                                VaultSecret.parse("kv://team.vault.azure.cn/partner")));
        assertThat(SpecReader.read(spec, Map.of()).text()).doesNotContain("storage", "kv://");
        assertThat(SpecReader.accounts(
                        write("wrong.yaml", "soruce: {}\nstorage: {lake: {key: cTda}}\n"),
                        Map.of(),
                        Configuration::new))
                .isEmpty();
    }

    @Test
    void every_key_is_read() throws IOException {
        SpecReader.Checked checked = check(FULL);
        Spec spec = checked.spec();

        assertThat(spec.description()).contains("Will the driver file a claim next year?");
        assertThat(spec.owner()).contains("pricing-ml@example.com");
        Source source = spec.source();
        assertThat(source.path()).isEqualTo("file:" + dir + "/landing/*.csv");
        assertThat(source.format()).isEqualTo(Format.CSV);
        assertThat(source.options()).isEqualTo(Map.of("header", "true", "sep", ";", "maxColumns", "100"));
        assertThat(source.contract().fieldNames()).containsExactly("id", "target", "day", "op", "note");
        assertThat(source.nullValues()).containsExactly("-1", "NA", "-99", "");
        assertThat(source.load()).isEqualTo(Load.UPSERT);
        assertThat(source.upsert()).contains(new Source.Upsert(List.of("id"), List.of("day"), Optional.of("op = 'D'")));
        assertThat(source.onChanged()).isEqualTo(OnChanged.REPLACE);
        assertThat(source.onCopy()).isEqualTo(OnCopy.TAKE);
        assertThat(source.settle()).isEqualTo(Duration.ofMinutes(5));
        assertThat(source.completeWhen()).contains("_SUCCESS");
        assertThat(source.after()).isEqualTo(After.ARCHIVE);
        Tables tables = spec.tables();
        assertThat(tables.locate("raw")).isEqualTo(new TableName.Folder("file:/lake/porto_seguro/raw"));
        assertThat(tables.locate("train"))
                .isEqualTo(new TableName.Folder("abfss://training@account.dfs.core.windows.net/porto_seguro"));
        assertThat(tables.locate("lineage/versions")).isEqualTo(new TableName.Named("main", "audit", "versions"));
        assertThat(tables.locate("quarantine")).isEqualTo(new TableName.Named(null, "audit", "turned_away"));
        assertThat(spec.rules().rows())
                .containsExactly(
                        new Rules.Rule(Rules.Level.ROWS, "IsComplete \"id\""),
                        new Rules.Rule(Rules.Level.ROWS, "ColumnValues \"target\" in [0, 1]"));
        assertThat(spec.rules().batch()).hasSize(1);
        assertThat(spec.rules().dataset()).hasSize(1);
        assertThat(spec.rules().examples()).hasSize(1);
        assertThat(spec.rules().maxQuarantined()).contains(new BigDecimal("0.01"));
        assertThat(spec.transforms()).extracting(step -> step.kind()).containsExactly("drop", "derive", "sql");
        assertThat(spec.split().key()).containsExactly("id", "op");
        assertThat(spec.split().seed()).isEqualTo(42);
        assertThat(spec.split().parts()).containsEntry("validation", new BigDecimal("12.5"));
        assertThat(spec.split().time()).isPresent();
        assertThat(spec.split().time().get().from())
                .containsExactly(Map.entry("validation", "2026-01-01"), Map.entry("test", "2026-04-01"));
        assertThat(checked.examples().fieldNames()).containsExactly("id", "target", "day", "op", "is_night", "twice");
        assertThat(checked.warnings()).isEmpty();
    }

    @Test
    void paths_are_relative_to_the_spec_or_hadoop_uris() throws IOException {
        Map<String, String> places = Map.of(
                "landing", "file:" + dir + "/landing",
                "a b/c*.csv", "file:" + dir + "/a b/c*.csv",
                "'in/{2025,2026}/**'", "file:" + dir + "/in/{2025,2026}/**",
                "./x/../landing/", "file:" + dir + "/landing",
                "/lake/landing", "file:/lake/landing",
                "file:///lake/landing", "file:/lake/landing",
                "abfss://c@a.dfs.core.windows.net/x y", "abfss://c@a.dfs.core.windows.net/x y",
                "s3a://bucket/x", "s3a://bucket/x",
                "dbfs:/x", "dbfs:/x");
        for (Map.Entry<String, String> place : places.entrySet()) {
            assertThat(read(SMALL.replace("path: landing", "path: " + place.getKey()))
                            .source()
                            .path())
                    .isEqualTo(place.getValue());
        }
    }

    @Test
    void a_spec_is_found_by_a_relative_path_a_uri_and_in_a_folder_with_spaces() throws IOException {
        String file = write("my specs: 1/dataset.yaml", SMALL);
        Path here = Path.of("").toAbsolutePath();
        String landing = "file:" + dir + "/my specs: 1/landing";
        for (String path : List.of(file, here.relativize(Path.of(file)).toString())) {
            Spec spec = SpecReader.read(path, Map.of());
            assertThat(spec.file()).isEqualTo("file:" + file);
            assertThat(spec.source().path()).isEqualTo(landing);
        }
        String plain = write("plain/dataset.yaml", SMALL);
        assertThat(SpecReader.read("file://" + plain, Map.of()).file()).isEqualTo("file:" + plain);
    }

    @Test
    void a_spec_that_was_edited_beside_an_old_checksum_is_read() throws IOException {
        write(".dataset.yaml.crc", "crc, out of date");
        assertThat(read(SMALL).name()).isEqualTo("claims");
    }

    @Test
    void the_contract_may_be_a_file_with_comments() throws IOException {
        write(
                "con tract.ddl",
                "\uFEFF-- one row per claim\nid BIGINT NOT NULL, -- the key\n`a b.c` STRING COMMENT 'x'\n");

        Spec spec = read(SMALL.replace("id BIGINT NOT NULL, amount INT", "con tract.ddl"));

        assertThat(spec.source().contract().fieldNames()).containsExactly("id", "a b.c");
    }

    @Test
    void text_and_images_have_columns_of_their_own() throws IOException {
        String text =
                SMALL.replace("  schema: id BIGINT NOT NULL, amount INT\n", "").replace("key: id", "key: value");

        assertThat(check(text.replace("csv", "text")).examples().fieldNames()).containsExactly("value");
        Spec images = read(text.replace("csv", "binaryFile").replace("key: value", "key: path"));
        assertThat(images.source().contract()).isNull();
        assertThat(images.source().options()).isEmpty();
    }

    @Test
    void variables_are_filled_in_and_two_dollars_are_one() throws IOException {
        String yaml = SMALL.replace("root: lake", "root: ${LAKE}/$${LAKE}")
                .replace("key: id", "key: id\n  seed: ${SEED}\n  parts: {train: \"${SEED}\", test: 1}")
                .replace("name: claims", "name: claims\nowner: ${SEED}\ndescription: costs $5 {sic}");

        Spec spec = SpecReader.read(write("dataset.yaml", yaml), Map.of("LAKE", "/a$1", "SEED", "7"));

        assertThat(spec.tables().locate("raw").text()).isEqualTo("file:/a$1/${LAKE}/raw");
        assertThat(spec.split().seed()).isEqualTo(7);
        assertThat(spec.split().parts()).containsEntry("train", new BigDecimal(7));
        assertThat(spec.owner()).contains("7");
        assertThat(spec.description()).contains("costs $5 {sic}");
        assertThat(spec.tree()).containsEntry("tables", Map.of("root", "/a$1/${LAKE}"));
    }

    @Test
    void yaml_1_2_keeps_no_and_dates_as_text() throws IOException {
        Spec spec = read(SMALL.replace("name: claims", "name: no")
                .replace("format: csv", "format: csv\n  null-values: [no, 2026-01-01, 1e3, 0x1F]"));

        assertThat(spec.name()).isEqualTo("no");
        assertThat(spec.source().nullValues()).containsExactly("no", "2026-01-01", "1e3", "0x1F");
    }

    @Test
    void the_tree_is_the_file_as_maps_lists_and_scalars() throws IOException {
        assertThat(read(SMALL.replace("key: id", "key: &k [id]\n  seed: 3\n  parts: {train: 0.5, test: 1}"))
                        .tree())
                .containsEntry(
                        "split",
                        Map.of(
                                "key",
                                List.of("id"),
                                "seed",
                                3L,
                                "parts",
                                Map.of("train", new BigDecimal("0.5"), "test", 1L)));
    }

    @Test
    void a_load_may_have_its_key_beside_it() throws IOException {
        Source source = read(SMALL.replace("format: csv", "format: csv\n  load: upsert\n  key: id"))
                .source();

        assertThat(source.load()).isEqualTo(Load.UPSERT);
        assertThat(source.upsert()).contains(new Source.Upsert(List.of("id"), List.of(), Optional.empty()));
        assertThat(read(SMALL.replace("format: csv", "format: csv\n  upsert: {key: id}"))
                        .source()
                        .load())
                .isEqualTo(Load.UPSERT);
    }

    @Test
    void tables_may_live_in_a_schema() throws IOException {
        Tables tables = read(SMALL.replace("root: lake", "catalog: main\n  schema: claims\n  test: ./a.b"))
                .tables();

        assertThat(tables.locate("lineage/files")).isEqualTo(new TableName.Named("main", "claims", "lineage_files"));
        assertThat(tables.locate("test")).isEqualTo(new TableName.Folder("file:" + dir + "/a.b"));
    }

    @Test
    void shares_and_durations_have_several_forms() throws IOException {
        Map<String, String> shares =
                Map.of("1%", "0.01", "0.01", "0.01", "0", "0", "0.5%", "0.005", "100%", "1", "1.0", "1");
        for (Map.Entry<String, String> share : shares.entrySet()) {
            assertThat(read(SMALL + "rules: {max-quarantined: " + share.getKey() + "}")
                            .rules()
                            .maxQuarantined())
                    .hasValueSatisfying(read -> assertThat(read).isEqualByComparingTo(share.getValue()));
        }
        Map<String, Duration> durations = Map.of(
                "0", Duration.ZERO,
                "10s", Duration.ofSeconds(10),
                "5m", Duration.ofMinutes(5),
                "1h", Duration.ofHours(1),
                "2d", Duration.ofDays(2));
        for (Map.Entry<String, Duration> duration : durations.entrySet()) {
            assertThat(read(SMALL.replace("format: csv", "format: csv\n  settle: " + duration.getKey()))
                            .source()
                            .settle())
                    .isEqualTo(duration.getValue());
        }
    }

    @Test
    void transforms_read_files_beside_the_spec_and_have_their_scope_settled() throws IOException {
        write("sql/features.sql", "SELECT id, amount * 2 AS twice FROM input");

        SpecReader.Checked checked = check(SMALL + "transforms:\n  - sql: {file: sql/features.sql}\n");

        assertThat(checked.examples().fieldNames()).containsExactly("id", "twice");
        assertThat(checked.spec().transforms().get(0).scope()).isEqualTo(Scope.ROW_LOCAL);
    }

    @Test
    void what_may_not_repeat_is_a_warning_with_its_line() throws IOException {
        String warned = check(
                        SMALL
                                + "transforms:\n  - drop: amount\n  - sql: SELECT id, sum(cast(id AS DOUBLE)) OVER () AS s FROM input\n")
                .warnings()
                .toString();

        assertThat(warned).startsWith("[" + dir + "/dataset.yaml:12 transforms[1]: ");
    }

    @Test
    void the_examples_are_good_specs() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("../examples"))) {
            List<Path> specs =
                    files.filter(file -> file.endsWith("dataset.yaml")).toList();
            assertThat(specs).isNotEmpty();
            Map<String, String> env = Map.of(
                    "LAKE",
                    "account",
                    "WORKSPACE",
                    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w");
            specs.forEach(file -> SpecReader.check(file.toString(), env, LocalSpark.session()));
        }
    }

    @Test
    void problems_and_warnings_of_a_sql_file_name_the_file_and_its_line() throws IOException {
        String yaml =
                """
                name: claims
                source: {path: landing, format: csv, schema: "id BIGINT, amount DOUBLE"}
                tables: {root: lake}
                transforms:
                  - sql: {file: sql/features.sql}
                split: {key: id}
                """;
        for (String[] wrong : new String[][] {
            {
                "rand() AS r,\n  now() AS n",
                "sql/features.sql:3: rand() gives another value",
                "sql/features.sql:4: now() "
            },
            {"amuont * 2 AS twice", "sql/features.sql:3: A column", "`amuont`"},
            {"amount AS AS a", "sql/features.sql:3: ", "yntax error at or near"},
            {"'open", "sql/features.sql:3: a string is not closed", ""},
        }) {
            write("sql/features.sql", "SELECT\n  id,\n  %s\nFROM input\n".formatted(wrong[0]));
            assertThatThrownBy(() -> check(yaml))
                    .isInstanceOf(Failure.BadSpec.class)
                    .hasMessageContaining("dataset.yaml:5 transforms[0].sql")
                    .hasMessageContaining(wrong[1])
                    .hasMessageContaining(wrong[2]);
        }
        write("sql/features.sql", "SELECT * FROM inptu");
        assertThatThrownBy(() -> check(yaml)).hasMessageContaining("sql/features.sql: it reads 'inptu'");
        write("sql/features.sql", "SELECT *,\n  sum(amount) OVER (PARTITION BY id) AS s\nFROM input");
        assertThat(check(yaml).warnings()).singleElement().asString().contains("sql/features.sql:2: sum() depends");
    }
}
