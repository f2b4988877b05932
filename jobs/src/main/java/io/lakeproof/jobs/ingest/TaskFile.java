package io.lakeproof.jobs.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** A file that a task reads row by row, and that nobody closes who may stop before its end. */
final class TaskFile {

    private TaskFile() {}

    /** Opens a file, and closes it when the task ends. */
    static InputStream open(FileSystem files, Path path) throws IOException {
        InputStream in = files.open(path);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> {
            try {
                in.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return in;
    }
}
