package io.lakeproof.jobs.storage;

import io.delta.storage.LocalLogStore;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local disk for the embedded Spark: Hadoop's own, checksum files included, but for two things. It never starts a
 * process, where Hadoop without its native library starts {@code chmod} for every file it makes (and needs {@code winutils}
 * on Windows). And renaming a file never replaces another: the step by which a Delta commit appears takes the name or leaves
 * it, so that of two processes that write the same commit one is told, where Hadoop's local rename loses the first.
 */
public final class LocalStorage extends LocalFileSystem {

    public LocalStorage() {
        super(new Disk());
    }

    /** Makes this the local disk of every Hadoop configuration in this JVM. To be called before the first file is opened. */
    public static void serve() {
        Configuration.addDefaultResource("io/lakeproof/jobs/storage/local.xml");
    }

    /** Spark's settings by which Delta writes its log through this disk, and not past it through Hadoop's other interface. */
    public static Map<String, String> settings() {
        return Map.of(
                "spark.delta.logStore.file.impl",
                LocalLogStore.class.getName(),
                "spark.sql.streaming.checkpointFileManagerClass",
                "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager");
    }

    private static final class Disk extends RawLocalFileSystem {

        @Override
        public void setPermission(Path path, FsPermission permission) throws IOException {
            PosixFileAttributeView view =
                    Files.getFileAttributeView(pathToFile(path).toPath(), PosixFileAttributeView.class);
            if (view != null) {
                view.setPermissions(PosixFilePermissions.fromString(permission.getUserAction().SYMBOL
                        + permission.getGroupAction().SYMBOL
                        + permission.getOtherAction().SYMBOL));
            }
        }

        @Override
        public FileStatus getFileLinkStatus(Path path) throws IOException {
            return getFileStatus(path);
        }

        @Override
        public boolean rename(Path from, Path to) throws IOException {
            File source = pathToFile(from);
            File target = pathToFile(to);
            // A checksum file belongs to its file and follows it, over a forgotten one too.
            if (source.isDirectory() || target.isDirectory() || isChecksum(to)) {
                return super.rename(from, to);
            }
            try {
                Files.createLink(target.toPath(), source.toPath());
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (UnsupportedOperationException | FileSystemException e) {
                // A disk without hard links, or a folder or file that is missing, which the answer of Hadoop tells.
                return !target.exists() && super.rename(from, to);
            }
            Files.delete(source.toPath());
            return true;
        }

        private static boolean isChecksum(Path path) {
            return path.getName().startsWith(".") && path.getName().endsWith(".crc");
        }
    }
}
