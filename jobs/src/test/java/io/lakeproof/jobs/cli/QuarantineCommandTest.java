package io.lakeproof.jobs.cli;

import static io.lakeproof.jobs.cli.Spoken.say;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lakeproof.lineage.Json;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineCommandTest {

    @TempDir
    Path folder;

    private Path spec(String tables) throws IOException {
        Files.createDirectories(folder.resolve("landing"));
        return Files.writeString(
                folder.resolve("dataset.yaml"),
                """
                name: small
                source: {path: landing, format: csv, schema: "id BIGINT NOT NULL, v INT"}
                tables: {%s}
                rules: {rows: ['ColumnValues "v" > 0']}
                split: {key: id, parts: {all: 1}}
                """
                        .formatted(tables));
    }

    private void drop(String name, String content) throws IOException {
        Files.writeString(folder.resolve("landing").resolve(name), content);
    }

    @Test
    void each_reason_is_told_with_a_row_or_file_that_has_it() throws IOException {
        String spec = spec("root: lake").toString();
        drop("a.csv", "id,v\n1,1\n2,aaa\n3,-7\n");
        drop("b.csv", "id,v\n4,zzz\n,5\n6,-1\n7,-2\n");
        drop("c.csv", "v\n1\n");
        drop("d.csv", "x,y\n1,2\n");
        assertThat(say(LocalSpark::session, "run", spec).exitCode()).isZero();
        Spoken spoken = say(LocalSpark::session, "quarantine", spec, "--json");
        List<String> told = new ArrayList<>();
        for (JsonNode reason : Json.parse(spoken.out()).get("reasons")) {
            String file = reason.get("sourceFile").asText();
            told.add("%d %s %s %s %s"
                    .formatted(
                            reason.get("rows").asLong(),
                            reason.get("kind").asText(),
                            reason.get("value").asText(),
                            file.substring(file.lastIndexOf('/') + 1),
                            reason.get("reason").asText().replaceAll("[:;].*", "")));
        }
        assertThat(told)
                .containsExactlyInAnyOrder(
                        "3 rule -7 a.csv must be > 0",
                        "2 row aaa a.csv it is not an INT",
                        "1 row null b.csv it is NULL, and the contract says NOT NULL",
                        "1 file null c.csv column id is missing, and the contract says NOT NULL",
                        "1 file null d.csv none of its columns is in the contract");
        assertThat(say(LocalSpark::session, "quarantine", spec).out())
                .contains("v aaa, in ", "none of its columns is in the contract");
    }

    @Test
    void tables_in_a_catalog_that_ends_with_the_process_are_refused() throws IOException {
        for (String tables : List.of("schema: claims", "root: lake, all: default.all, raw: spark_catalog.none.raw")) {
            Spoken spoken = say(LocalSpark::session, "run", spec(tables).toString());
            assertThat(spoken.exitCode()).isEqualTo(3);
            assertThat(spoken.err())
                    .contains("would end with this command, for this Spark keeps its catalog in memory");
        }
    }
}
