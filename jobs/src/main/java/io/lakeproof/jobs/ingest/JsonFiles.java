package io.lakeproof.jobs.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.Iterator;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The rows of files that hold one JSON document or array each: text, and the file's path.
 *
 * @param shown of a file that breaks off, or is no JSON, so many characters are its one row; absent, 0: it is whole
 */
record JsonFiles(Broadcast<SerializableConfiguration> conf, Options options, int shown)
        implements FlatMapFunction<String, Row> {

    @Override
    public Iterator<Row> call(String path) throws IOException {
        Reader reader = open(new Path(path));
        Iterator<String> items =
                shown == 0 ? new JsonItems(reader) : List.of(beginning(reader)).iterator();
        Iterable<String> each = () -> items;
        return StreamSupport.stream(each.spliterator(), false)
                .map(text -> RowFactory.create(text, path))
                .iterator();
    }

    private String beginning(Reader reader) throws IOException {
        char[] chars = new char[shown + 1];
        int length = 0;
        for (int read = 0;
                read >= 0 && length < chars.length;
                read = reader.read(chars, length, chars.length - length)) {
            length += read;
        }
        return new String(chars, 0, length);
    }

    private Reader open(Path file) throws IOException {
        Configuration hadoop = conf.value().value();
        InputStream stored = TaskFile.open(file.getFileSystem(hadoop), file);
        CompressionCodec codec = new CompressionCodecFactory(hadoop).getCodec(file);
        return options.reader(codec == null ? stored : codec.createInputStream(stored));
    }
}
