package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.jobs.spec.Source.After;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.jobs.spec.Source.Load;
import io.lakeproof.jobs.spec.Source.OnChanged;
import io.lakeproof.jobs.spec.Source.OnCopy;
import io.lakeproof.lineage.TableName;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
        assertThat(source.upsert())
                .contains(new Source.Upsert(List.of("id"), List.of("day"), java.util.Optional.of("op = 'D'")));
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
}
