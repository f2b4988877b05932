package io.lakeproof.jobs.suggest;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.Progress;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads a sample of the files that are there and writes a first spec for them. Changes nothing. */
public final class Suggest {

    /** By ending: csv, json, parquet and how they are called. */
    private static final Map<String, String> FORMATS =
            Map.of("csv", "csv", "tsv", "csv", "json", "json", "jsonl", "json", "ndjson", "json", "parquet", "parquet");

    /** Where Spark puts a line that is no object. */
    private static final String CORRUPT = "_corrupt_record";

    private final SparkSession spark;
    private final String path;
    private final Optional<String> output;
    private final int rows;
    private final Progress progress;

    private Suggest(SparkSession spark, String path, Optional<String> output, int rows, Progress progress) {
        this.spark = spark;
        this.path = path;
        this.output = output;
        this.rows = rows;
        this.progress = progress;
    }

    /**
     * A suggestion.
     *
     * @param path a file or a folder: local, or a Hadoop URI
     * @param output where the spec will lie, for its relative paths; absent: in the working directory
     * @param rows how many rows are looked at, at the most
     */
    public static Suggest of(SparkSession spark, String path, Optional<String> output, int rows, Progress progress) {
        return new Suggest(spark, path, output, rows, progress);
    }

    /**
     * What was suggested.
     *
     * @param spec the spec's text
     * @param rows the rows that were looked at
     * @param whole whether those were all
     */
    public record Result(String spec, long rows, boolean whole) {}

    /**
     * Reads the sample.
     *
     * @throws Failure.Usage when there is no such file, or none of a format that can be told by its name
     */
    public Result execute() {
        progress.begins("look at " + path);
        spark.sparkContext().setJobDescription("suggest a spec for " + path);
        List<Path> files = files();
        Path first = files.get(0);
        String ending = ending(first);
        String format = FORMATS.get(ending.replaceFirst("\\..*", ""));
        Map<String, String> options = new TreeMap<>();
        Dataset<Row> all =
                switch (format) {
                    case "csv" -> csv(first, files, options);
                    case "json" -> json(files, options);
                    default -> spark.read().parquet(texts(files));
                };
        if (all.columns().length == 0) {
            throw new Failure.Usage("%s has no columns to make a contract of.".formatted(first));
        }
        Dataset<Row> sample = all.limit(rows + 1).cache();
        try {
            long seen = sample.count();
            List<Facts> columns = Facts.of(sample.limit(rows), Facts.forms(format));
            boolean whole = seen <= rows;
            return new Result(
                    new Draft(place(files, ending), format, options, columns, Math.min(seen, rows), whole).text(),
                    Math.min(seen, rows),
                    whole);
        } finally {
            sample.unpersist();
        }
    }

    private Dataset<Row> csv(Path first, List<Path> files, Map<String, String> options) {
        Dataset<String> lines = spark.read().textFile(texts(files)).limit(rows);
        String header = spark.read().textFile(first.toString()).limit(1).collectAsList().stream()
                .findFirst()
                .orElse("");
        String separator = Stream.of(",", ";", "\t", "|")
                .max(Comparator.comparingInt(sep -> header.split(java.util.regex.Pattern.quote(sep), -1).length))
                .orElseThrow();
        options.put("header", "true");
        if (!separator.equals(",")) {
            options.put("sep", separator);
        }
        if (!lines.filter(lines.col("value").contains("\"\"")).isEmpty()) {
            options.put("escape", "\"");
        }
        return spark.read().options(options).csv(texts(files));
    }

    private Dataset<Row> json(List<Path> files, Map<String, String> options) {
        Dataset<String> lines =
                spark.read().textFile(texts(files)).limit(rows + 1).as(Encoders.STRING());
        Dataset<Row> read = spark.read().json(lines);
        if (!List.of(read.columns()).contains(CORRUPT)) {
            return read;
        }
        Dataset<Row> whole = read.where(read.col(CORRUPT).isNull()).drop(CORRUPT);
        // A few broken lines are no reason to take each file for one document. Of an array, most lines may be objects.
        boolean array = lines.filter(lines.col("value").rlike("\\S")).limit(1).collectAsList().stream()
                .anyMatch(line -> line.strip().startsWith("["));
        if (!array && whole.columns().length > 0 && 2 * whole.count() > read.count()) {
            return whole;
        }
        options.put("multiLine", "true");
        return spark.read().options(options).json(texts(files)).drop(CORRUPT);
    }

    private static String[] texts(List<Path> files) {
        return files.stream().map(Path::toString).toArray(String[]::new);
    }

    /** The source files there, of the first's ending. */
    private List<Path> files() {
        Path given = qualified(path);
        List<Path> files = new ArrayList<>();
        try {
            FileSystem fs = given.getFileSystem(conf());
            FileStatus status = fs.getFileStatus(given);
            if (status.isFile()) {
                files.add(given);
            } else {
                RemoteIterator<LocatedFileStatus> found = fs.listFiles(given, true);
                while (found.hasNext()) {
                    Path file = found.next().getPath();
                    if (!hidden(given, file)) {
                        files.add(file);
                    }
                }
            }
        } catch (FileNotFoundException e) {
            throw new Failure.Usage("'%s' does not exist; name a file or a folder with files.".formatted(path));
        } catch (IOException e) {
            throw new Failure.Remote("cannot list " + path + ": " + e.getMessage(), e);
        }
        files.sort(Comparator.naturalOrder());
        Optional<String> ending = files.stream()
                .map(Suggest::ending)
                .filter(name -> FORMATS.containsKey(name.replaceFirst("\\..*", "")))
                .findFirst();
        if (ending.isEmpty()) {
            throw new Failure.Usage(
                    "'%s' holds no file whose name ends in .csv, .tsv, .json, .jsonl, .ndjson or .parquet."
                            .formatted(path));
        }
        files.removeIf(file -> !ending(file).equals(ending.get()));
        return files;
    }

    private static boolean hidden(Path folder, Path file) {
        for (Path part = file; part.depth() > folder.depth(); part = part.getParent()) {
            if (part.getName().startsWith("_") || part.getName().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /** {@code csv}, {@code csv.gz} … */
    private static String ending(Path file) {
        String name = file.getName().toLowerCase(Locale.ROOT);
        java.util.regex.Matcher ending = java.util.regex.Pattern.compile(
                        "\\.([a-z]+(\\.(gz|bz2|zst|lz4|deflate|snappy))?)$")
                .matcher(name);
        return ending.find() ? ending.group(1) : "";
    }

    /** How the spec names its landing and its tables: relative where they lie below it. */
    private Draft.Place place(List<Path> files, String ending) {
        Path given = qualified(path);
        Path home = qualified(output.orElse("dataset.yaml")).getParent();
        boolean file = files.get(0).equals(given);
        boolean flat = files.stream().allMatch(f -> f.getParent().equals(given));
        Path landing = file || !flat ? given : new Path(given, "*." + ending);
        String name = given.getName().replaceFirst("\\..*", "").replaceAll("[^A-Za-z0-9_-]", "_");
        // Tables below a landing that is listed as a whole would be taken in as source files.
        boolean inside = !file && !flat && (home + "/").startsWith(given + "/");
        return new Draft.Place(
                name.matches("[A-Za-z].*") ? name : "dataset_" + name,
                relative(home, landing),
                inside ? given.getParent() + "/" + given.getName() + "-lake" : "lake",
                file ? "the file " + relative(home, given) : "the folder " + relative(home, given));
    }

    private static String relative(Path home, Path path) {
        String all = path.toString();
        return all.startsWith(home + "/") ? all.substring(home.toString().length() + 1) : all;
    }

    private Path qualified(String text) {
        Path given = new Path(text);
        Path here = new Path(java.nio.file.Path.of("").toAbsolutePath().toUri());
        return given.toUri().getScheme() == null
                ? new Path(here, given).makeQualified(java.net.URI.create("file:///"), here)
                : given;
    }

    private Configuration conf() {
        return spark.sparkContext().hadoopConfiguration();
    }
}
