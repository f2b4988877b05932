package io.lakeproof.jobs.ingest;

import io.lakeproof.transforms.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;

/** The rows of a file of images with its labels, one image in memory at a time: index, label, image and the file's path. */
record IdxRows(Broadcast<SerializableConfiguration> conf) implements FlatMapFunction<String, Row> {

    @Override
    public Iterator<Row> call(String path) throws IOException {
        Configuration hadoop = conf.value().value();
        Path file = new Path(path);
        FileSystem files = file.getFileSystem(hadoop);
        IdxFile images = IdxFile.of(TaskFile.open(files, file));
        IdxFile labels = IdxFile.of(TaskFile.open(files, IdxFile.labels(file, files)));
        return IntStream.range(0, images.count())
                .mapToObj(i -> {
                    try {
                        Picture picture = new Picture(images.height(), images.width(), 1, images.next());
                        return RowFactory.create(i, labels.next()[0] & 0xff, picture.row(), path);
                    } catch (IOException e) {
                        throw new UncheckedIOException(path + ": " + e.getMessage(), e);
                    }
                })
                .iterator();
    }
}
