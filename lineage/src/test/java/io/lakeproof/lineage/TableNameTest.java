package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import io.lakeproof.testkit.LocalSpark;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableNameTest {

    @Test
    void a_folder_with_spaces_and_quotes_is_read_by_sql(@TempDir Path dir) {
        TableName table = new TableName.Folder(dir.resolve("a b'`c").toUri().toString());
        LocalSpark.session().range(3).write().format("delta").save(table.text());
        assertThat(LocalSpark.session().sql("SELECT * FROM " + table.sql()).count())
                .isEqualTo(3);
    }

    @Test
    void a_catalog_name_is_quoted_part_by_part() {
        assertThat(new TableName.Named("main", "sales", "raw").sql()).isEqualTo("`main`.`sales`.`raw`");
        assertThat(new TableName.Named(null, "sales", "raw").text()).isEqualTo("sales.raw");
    }
}
