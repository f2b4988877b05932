package io.lakeproof.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.lineage.FileDigests.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage that gives less of a file than there is, and says nothing. */
class HalfAnswersTest {

    @TempDir
    Path folder;

    private final Configuration hadoop = new Configuration(false);

    @Test
    void a_digest_of_a_part_is_no_digest() throws IOException {
        hadoop.set("fs.half.impl", Half.class.getName());
        Path file = Files.write(folder.resolve("part.parquet"), new byte[1_000]);
        Digest whole = FileDigests.of(hadoop, file.toUri().toString());
        assertThat(whole.size()).isEqualTo(1_000);
        assertThat(whole.problem()).isEmpty();
        Digest part = FileDigests.of(hadoop, "half:" + file);
        assertThat(part.size()).isEqualTo(-1);
        assertThat(part.sha256()).isEmpty();
        assertThat(part.problem()).contains("it came in part, 500 of 1000 bytes");
    }

    @Test
    void an_empty_commit_changed_nothing_only_because_it_did_not_arrive() throws IOException {
        Path log = Files.createDirectories(folder.resolve("t/_delta_log"));
        Files.createFile(log.resolve("00000000000000000000.json"));
        CommitLog commits = CommitLog.of(hadoop, folder.resolve("t").toUri().toString());
        assertThatThrownBy(() -> commits.dataFiles(-1, 0)).hasMessageContaining("came in part");
        assertThatThrownBy(() -> commits.has("a run", 0)).hasMessageContaining("came in part");
    }

    /** The local files, of which it reads the first half. */
    public static final class Half extends RawLocalFileSystem {

        @Override
        public String getScheme() {
            return "half";
        }

        @Override
        public URI getUri() {
            return URI.create("half:///");
        }

        @Override
        public FSDataInputStream open(org.apache.hadoop.fs.Path path, int buffer) throws IOException {
            byte[] all = Files.readAllBytes(Path.of(path.toUri().getPath()));
            return new FSDataInputStream(new FirstHalf(all));
        }
    }

    private static final class FirstHalf extends FSInputStream {
        private final ByteArrayInputStream bytes;

        FirstHalf(byte[] all) {
            bytes = new ByteArrayInputStream(all, 0, all.length / 2);
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] into, int from, int length) {
            return bytes.read(into, from, length);
        }

        @Override
        public void seek(long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long getPos() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean seekToNewSource(long position) {
            return false;
        }
    }
}
