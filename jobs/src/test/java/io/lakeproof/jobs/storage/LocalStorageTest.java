package io.lakeproof.jobs.storage;

import static io.lakeproof.jobs.TestDataset.csv;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lakeproof.jobs.Run;
import io.lakeproof.jobs.TestDataset;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The laptop's disk: a commit takes its name or leaves it, and no file starts a process. */
class LocalStorageTest {

    private static final int WRITERS = 4;

    @TempDir
    java.nio.file.Path dir;

    /** As another process would open it: no instance, and so no lock, is shared. */
    private static FileSystem disk() throws IOException {
        LocalStorage disk = new LocalStorage();
        disk.initialize(URI.create("file:///"), new Configuration());
        return disk;
    }

    private static void write(FileSystem disk, Path path, String text) throws IOException {
        try (FSDataOutputStream out = disk.create(path)) {
            out.write(text.getBytes(UTF_8));
        }
    }

    private static String read(FileSystem disk, Path path) throws IOException {
        try (InputStream in = disk.open(path)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void of_writers_who_rename_to_the_same_name_one_is_told_that_it_won_and_its_bytes_stand() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            for (int round = 0; round < 100; round++) {
                Path commit = new Path(dir.toUri().toString(), round + ".json");
                CyclicBarrier together = new CyclicBarrier(WRITERS);
                List<Callable<Boolean>> renames = new ArrayList<>();
                for (int writer = 0; writer < WRITERS; writer++) {
                    FileSystem disk = disk();
                    Path own = new Path(dir.toUri().toString(), round + "-" + writer + ".tmp");
                    write(disk, own, "writer " + writer);
                    renames.add(() -> {
                        together.await();
                        return disk.rename(own, commit);
                    });
                }
                List<Integer> won = new ArrayList<>();
                List<Future<Boolean>> answers = writers.invokeAll(renames);
                for (int writer = 0; writer < WRITERS; writer++) {
                    if (answers.get(writer).get()) {
                        won.add(writer);
                    }
                }
                assertThat(won).as("round %d", round).hasSize(1);
                assertThat(read(disk(), commit)).isEqualTo("writer " + won.get(0));
            }
        } finally {
            writers.shutdownNow();
        }
    }

    @Test
    void a_file_takes_the_place_of_a_forgotten_checksum() throws IOException {
        FileSystem disk = disk();
        Path from = new Path(dir.toUri().toString(), "from");
        Path to = new Path(dir.toUri().toString(), "to");
        write(disk, from, "new");
        Files.writeString(dir.resolve(".to.crc"), "of a file that is gone");
        assertThat(disk.rename(from, to)).isTrue();
        assertThat(read(disk, to)).isEqualTo("new");
    }

    @Test
    void a_file_that_is_missing_is_told_as_hadoop_tells_it() throws IOException {
        FileSystem disk = disk();
        Path none = new Path(dir.toUri().toString(), "none");
        assertThatThrownBy(() -> disk.rename(none, new Path(dir.toUri().toString(), "to")))
                .isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void permissions_are_kept() throws IOException {
        FileSystem disk = disk();
        Path path = new Path(dir.toUri().toString(), "file");
        write(disk, path, "");
        disk.setPermission(path, new FsPermission("640"));
        assertThat(Files.getPosixFilePermissions(dir.resolve("file")))
                .containsExactlyInAnyOrder(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.GROUP_READ);
    }

    @Tag("long")
    @Test
    void a_run_starts_no_process() throws IOException {
        TestDataset dataset = TestDataset.in(dir).drop("a.csv", csv(0, 20));
        // The first one asks the system who runs it.
        dataset.run();
        try (Recording recording = new Recording()) {
            recording.enable("jdk.ProcessStart");
            recording.start();
            assertThat(dataset.drop("b.csv", csv(20, 40)).run().status()).isEqualTo(Run.Status.PUBLISHED);
            recording.stop();
            java.nio.file.Path events = dir.resolve("events.jfr");
            recording.dump(events);
            assertThat(RecordingFile.readAllEvents(events))
                    .extracting((RecordedEvent event) -> event.getString("command"))
                    .isEmpty();
        }
    }
}
