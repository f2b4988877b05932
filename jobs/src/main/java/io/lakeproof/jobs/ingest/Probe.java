package io.lakeproof.jobs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.univocity.parsers.csv.CsvParser;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.lineage.WholeFile;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.io.compress.ZStandardCodec;
import org.apache.hadoop.util.NativeCodeLoader;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * What a task finds in one file, reading its bytes once.
 *
 * @param sha256 of the stored bytes, lower-case hexadecimal; empty when the file waits
 * @param unsettled why the file is not ready; null: it is
 * @param problem why the file cannot be read; null: it can
 * @param empty whether it holds nothing at all once decompressed
 * @param headerOnly whether a csv file holds its header and nothing more
 * @param doubled whether quotes within quoted values are doubled though the options say otherwise
 * @param names the columns of a csv header in their order, or the top-level names of a json file, sorted
 * @param torn the rows of a csv file that a line break within quotes tears apart, {@link TornRows#key}, or the
 *     values of a json file that are not read as they stand: {@link AlteredValues#keys}
 * @param documents how the rows lie in a json file; null for others
 * @param schema the schema of a parquet, orc or avro file, in the format's own words; null for others
 */
record Probe(
        String sha256,
        String unsettled,
        String problem,
        boolean empty,
        boolean headerOnly,
        boolean doubled,
        ArrayList<String> names,
        HashSet<String> torn,
        Layout.Documents documents,
        String schema)
        implements Serializable {

    /** A json file may have any number of names; these are enough to match and to report. */
    private static final int MOST_NAMES = 5_000;

    /** What Jackson says of a name that an object has twice. */
    private static final Pattern TWICE = Pattern.compile("Duplicate field ('.*')", Pattern.DOTALL);

    private static final String NO_ZST =
            "zst data needs Hadoop's native library, which is not here: deliver the file as gz or bz2, or run where it is";

    private static final JsonFactory JSON = JsonItems.lenient()
            // Of two values of one name Spark would take the last without a word.
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** The file as listed; {@link SourceFile} is not serialisable. */
    record Listed(String path, long size, long modified) implements Serializable {}

    static Probe of(Listed file, Configuration conf, Format format, Options options) {
        Path path = new Path(file.path());
        try {
            FileSystem fs = path.getFileSystem(conf);
            if (changed(fs, path, file)) {
                return waiting("still being written: it changed after it was listed");
            }
            Probe probe;
            try (Stored stored = new Stored(fs.open(path), file.size())) {
                DigestInputStream in = new DigestInputStream(stored, newSha256());
                Finding finding = new Finding();
                try {
                    finding.read(path, file.size(), in, conf, format, options);
                } catch (Unfit e) {
                    finding.problem = e.getMessage();
                }
                in.transferTo(OutputStream.nullOutputStream());
                stored.refuseIfItFailed();
                if (finding.unsettled != null) {
                    return waiting(finding.unsettled);
                }
                probe = new Probe(
                        HexFormat.of().formatHex(in.getMessageDigest().digest()),
                        null,
                        finding.problem,
                        finding.empty,
                        finding.headerOnly,
                        finding.doubled,
                        new ArrayList<>(finding.names),
                        new HashSet<>(finding.torn),
                        finding.documents,
                        finding.schema);
            }
            return changed(fs, path, file) ? waiting("still being written: it changed while it was read") : probe;
        } catch (FileNotFoundException e) {
            return waiting("it is gone since it was listed");
        } catch (IOException | RuntimeException e) {
            return waiting("the storage did not give it: " + Landing.oneLine(e));
        }
    }

    private static boolean changed(FileSystem fs, Path path, Listed file) throws IOException {
        FileStatus status = fs.getFileStatus(path);
        return status.getLen() != file.size() || status.getModificationTime() != file.modified();
    }

    private static Probe waiting(String reason) {
        return new Probe("", reason, null, false, false, false, new ArrayList<>(), new HashSet<>(), null, null);
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What storage gives of a file: a failure of its own is none of the file's, whatever is made of it on the way. */
    private static final class Stored extends WholeFile {
        private IOException failure;

        Stored(InputStream in, long length) {
            super(in, length);
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                return super.read(bytes, from, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        void refuseIfItFailed() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** The file as a whole cannot be read; the message says why and what to do. */
    private static final class Unfit extends Exception {
        Unfit(String message) {
            super(message);
        }
    }

    private static final class Finding {
        String unsettled;
        String problem;
        boolean empty;
        boolean headerOnly;
        boolean doubled;
        List<String> names = List.of();
        Set<String> torn = Set.of();
        Layout.Documents documents;
        String schema;
        private long lines;

        void read(Path path, long size, InputStream in, Configuration conf, Format format, Options options)
                throws IOException, Unfit {
            if (size == 0 && format == Format.IMAGE) {
                throw new Unfit("it holds no bytes, and so no image; deliver it again");
            }
            if (size == 0 && format != Format.IDX) {
                empty = true;
                return;
            }
            switch (format) {
                case CSV, JSON, TEXT -> text(path, in, conf, format, options);
                case PARQUET, ORC, AVRO -> {
                    try {
                        schema = schemaOfWhatIsThere(path, in, conf, format);
                    } catch (IOException | RuntimeException e) {
                        throw new Unfit("not a readable " + format.sparkName() + " file: " + Landing.oneLine(e)
                                + "; deliver it again, or correct source.format");
                    }
                }
                case IDX -> idx(path, in, conf);
                case BINARY_FILE, IMAGE -> {}
            }
        }

        /** Parquet and ORC open the file themselves: they are asked again once storage has given all of it. */
        private static String schemaOfWhatIsThere(Path path, InputStream in, Configuration conf, Format format)
                throws IOException {
            try {
                return schema(path, in, conf, format);
            } catch (IOException | RuntimeException e) {
                if (format == Format.AVRO) {
                    throw e;
                }
                in.transferTo(OutputStream.nullOutputStream());
                return schema(path, in, conf, format);
            }
        }

        private static String schema(Path path, InputStream in, Configuration conf, Format format) throws IOException {
            if (format == Format.PARQUET) {
                try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, conf))) {
                    FileMetaData footer = reader.getFooter().getFileMetaData();
                    return footer.getSchema()
                            + footer.getKeyValueMetaData()
                                    .getOrDefault("org.apache.spark.sql.parquet.row.metadata", "");
                }
            }
            if (format == Format.ORC) {
                try (Reader reader = OrcFile.createReader(path, OrcFile.readerOptions(conf))) {
                    return reader.getSchema().toJson();
                }
            }
            try (DataFileStream<GenericRecord> avro =
                    new DataFileStream<>(new Unclosed(in), new GenericDatumReader<>())) {
                Schema schema = avro.getSchema();
                return schema.toString();
            }
        }

        private void idx(Path path, InputStream in, Configuration conf) throws Unfit {
            try {
                IdxFile file = IdxFile.of(new Unclosed(in));
                names = List.of(file.isLabels() ? IdxFile.LABELS : IdxFile.IMAGES);
                file.readToEnd();
                file.requireOther(path.getName());
                if (!file.isLabels()) {
                    Path labels = IdxFile.labels(path, path.getFileSystem(conf));
                    try (InputStream other = labels.getFileSystem(conf).open(labels)) {
                        IdxFile.of(other).requireLabelsFor(file, labels);
                    }
                }
            } catch (IdxFile.NoLabels none) {
                unsettled = none.getMessage();
            } catch (IOException e) {
                throw new Unfit("not a readable idx file: " + Landing.oneLine(e) + "; deliver it again");
            }
        }

        private void text(Path path, InputStream in, Configuration conf, Format format, Options options)
                throws IOException, Unfit {
            CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
            InputStream raw = new BufferedInputStream(new Unclosed(in), 1 << 16);
            if (codec == null) {
                refuseCompressed(raw);
            }
            try (InputStream plain = codec == null ? raw : codec.createInputStream(raw)) {
                InputStream content = new BufferedInputStream(plain, 1 << 16);
                content.mark(4);
                byte[] start = content.readNBytes(4);
                content.reset();
                empty = start.length == 0;
                if (empty) {
                    return;
                }
                if (format != Format.TEXT) {
                    refuseWide(start, options);
                }
                if (format == Format.CSV) {
                    csv(content, options);
                } else if (format == Format.JSON) {
                    json(content, options);
                }
                content.transferTo(OutputStream.nullOutputStream());
            } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
                if (codec == null) {
                    throw new Unfit("cannot be read to its end: " + Landing.oneLine(e) + "; deliver it again");
                }
                if (codec instanceof ZStandardCodec && !NativeCodeLoader.isNativeCodeLoaded()) {
                    throw new Unfit(NO_ZST);
                }
                String what = e instanceof EOFException ? "it is cut short or something else" : Landing.oneLine(e);
                throw new Unfit("its name ends with " + codec.getDefaultExtension() + ", but it does not decompress: "
                        + what + "; deliver it again, or rename it");
            }
        }

        private static void refuseWide(byte[] start, Options options) throws Unfit {
            String bom = HexFormat.of().formatHex(start);
            boolean wide = options.encoding().name().matches("UTF-(16|32).*");
            if (!wide && (bom.startsWith("fffe") || bom.startsWith("feff"))) {
                throw new Unfit("it starts with a UTF-16 byte order mark: set source.options.encoding to UTF-16");
            }
        }

        private static void refuseCompressed(InputStream in) throws IOException, Unfit {
            in.mark(16);
            byte[] start = in.readNBytes(10);
            in.reset();
            String kind = compressed(HexFormat.of().formatHex(start));
            if (kind != null) {
                if (kind.equals("zst data") && !NativeCodeLoader.isNativeCodeLoaded()) {
                    throw new Unfit(NO_ZST);
                }
                throw new Unfit("its bytes are " + kind + ", its name does not say so: "
                        + (kind.equals("a zip archive")
                                ? "unpack it (an Excel workbook: save it as CSV)"
                                : "rename it so that it ends with ." + kind.substring(0, kind.indexOf(' '))));
            }
        }

        private static String compressed(String start) {
            if (start.startsWith("1f8b08")) {
                return "gz data";
            } else if (start.startsWith("425a68") && start.startsWith("314159265359", 8)) {
                return "bz2 data";
            } else if (start.startsWith("28b52ffd")) {
                return "zst data";
            } else if (start.startsWith("fd377a585a00")) {
                return "xz data";
            } else if (start.startsWith("504b0304")) {
                return "a zip archive";
            }
            return null;
        }

        private void csv(InputStream in, Options options) throws IOException, Unfit {
            BufferedReader reader = options.reader(in);
            CsvParser parser = new CsvParser(options.csv());
            int width = options.contract().size();
            if (options.multiLine()) {
                parser.beginParsing(new UnclosedReader(reader));
                if (options.header()) {
                    header(parser.parseNext());
                }
                headerOnly = !rowsOfLines(parser, options) && options.header();
                return;
            }
            String line = nextLine(reader, options);
            if (options.header()) {
                header(line == null ? null : parser.parseLine(line));
                width = names.size();
                line = nextLine(reader, options);
                headerOnly = line == null;
            }
            if (options.quote() != '\0') {
                TornRows found = new TornRows(options, width);
                for (; line != null; line = nextLine(reader, options)) {
                    found.add(line, lines);
                    if (found.tooMany()) {
                        throw new Unfit("more than " + TornRows.MOST + " lines, or a MiB of text, are pieces of quoted"
                                + " values, the last of which opens in line " + found.opened()
                                + ": set source.options.multiLine to true if values hold line breaks, or close the"
                                + " quote");
                    }
                }
                torn = found.rows();
                doubled = found.doubled();
            }
        }

        /** Whether there is a row; refuses a file that a quote swallows from some line on, which its last value shows alone. */
        private static boolean rowsOfLines(CsvParser parser, Options options) throws Unfit {
            boolean any = false;
            boolean open = false;
            for (String[] row = parser.parseNext(); row != null; row = parser.parseNext()) {
                any = true;
                String last = row[row.length - 1];
                open = last != null
                        && last.indexOf('\n') >= 0
                        && !parser.getContext()
                                .currentParsedContent()
                                .strip()
                                .endsWith(String.valueOf(options.quote()));
            }
            if (open) {
                throw new Unfit(
                        "a quote that opens in its last row is never closed, and took in all lines behind it: close"
                                + " the quote, or deliver the file again");
            }
            return any;
        }

        private void header(String[] header) {
            empty = header == null;
            names = header == null
                    ? List.of()
                    : Arrays.stream(header)
                            .map(name -> name == null ? "" : name)
                            .toList();
        }

        /** The next line that Spark looks at: neither blank nor a comment. Null: there is none. */
        private String nextLine(BufferedReader reader, Options options) throws IOException, Unfit {
            for (String line = line(reader, options); line != null; line = line(reader, options)) {
                lines++;
                boolean comment = options.comment() != '\0' && line.startsWith(String.valueOf(options.comment()));
                boolean blank = line.trim().isEmpty();
                if (blank && line.contains(options.separator())) {
                    throw new Unfit(
                            "a row holds empty values alone, and read line by line would pass for a blank line: set"
                                    + " source.options.multiLine to true, or remove such rows");
                }
                if (!blank && !comment) {
                    return line;
                }
            }
            return null;
        }

        private static String line(BufferedReader reader, Options options) throws IOException {
            String separator = options.lineSep();
            if (separator.isEmpty()) {
                return reader.readLine();
            }
            StringBuilder line = new StringBuilder();
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                line.append((char) c);
                if (line.indexOf(separator, Math.max(0, line.length() - separator.length())) >= 0) {
                    return line.substring(0, line.length() - separator.length());
                }
            }
            return line.isEmpty() ? null : line.toString();
        }

        private void json(InputStream in, Options options) throws IOException, Unfit {
            BufferedReader reader = options.reader(in);
            TreeSet<String> found = new TreeSet<>();
            AlteredValues altered = new AlteredValues(options.contract());
            Documents all = Documents.NONE;
            if (options.multiLine()) {
                all = documents(JSON.createParser(new UnclosedReader(reader)), found, altered);
                refuseTwice(all, "it");
                refuseAltered(altered, "it");
                if (all.roots() > 1) {
                    throw new Unfit("it holds more than one document, and source.options.multiLine reads only the"
                            + " first: remove multiLine, or put the documents into one array");
                }
            } else {
                long number = 0;
                for (String line = line(reader, options); line != null; line = line(reader, options)) {
                    number++;
                    Documents of = documents(JSON.createParser(line), found, altered);
                    refuseTwice(of, "line " + number);
                    refuseAltered(altered, "line " + number);
                    if (of.roots() > 1 && all.open()) {
                        throw new Unfit("a document goes on in line " + number
                                + ": set source.options.multiLine to true, or put each on a line of its own");
                    }
                    if (of.roots() > 1) {
                        throw new Unfit("line " + number + " holds more than one document, and only the first would"
                                + " be read: put each on a line of its own");
                    }
                    all = all.and(of);
                }
            }
            names = new ArrayList<>(found);
            torn = altered.keys();
            documents = options.multiLine()
                    ? (all.intact() ? Layout.Documents.WHOLE : Layout.Documents.BROKEN)
                    : (all.arrays() ? Layout.Documents.LINES_OF_ARRAYS : Layout.Documents.LINES);
            empty = all.roots() == 0 || (all.rows() == 0 && !all.open());
        }

        private static void refuseTwice(Documents documents, String where) throws Unfit {
            if (documents.twice() != null) {
                throw new Unfit(where + " names " + documents.twice()
                        + " twice in one object, and only the last value would be read: give each name once");
            }
        }

        private static void refuseAltered(AlteredValues altered, String where) throws Unfit {
            if (altered.nested() != null) {
                throw new Unfit(where + " " + altered.nested());
            }
            if (altered.keys().size() > AlteredValues.MOST) {
                throw new Unfit(
                        "more than " + AlteredValues.MOST + " of its numbers would not be read as they stand: put"
                                + " them in quotes where the contract says STRING, or correct the contract");
            }
        }

        /**
         * What some text holds.
         *
         * @param roots values that are in no other, text after one counting as another
         * @param rows how many rows that is: an array is as many as it has elements
         * @param arrays whether a root is an array
         * @param intact whether all of it is JSON
         * @param open whether the text ends within a document
         * @param twice a name that an object has twice; null: there is none
         */
        private record Documents(long roots, long rows, boolean arrays, boolean intact, boolean open, String twice) {
            static final Documents NONE = new Documents(0, 0, false, true, false, null);

            Documents and(Documents more) {
                return new Documents(
                        roots + more.roots,
                        rows + more.rows,
                        arrays || more.arrays,
                        intact && more.intact,
                        open || more.open,
                        null);
            }
        }

        /** Adds the names of the top-level objects. */
        private static Documents documents(JsonParser parser, Set<String> names, AlteredValues altered)
                throws IOException {
            long roots = 0;
            long rows = 0;
            boolean arrays = false;
            try (parser) {
                for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    roots++;
                    if (token == JsonToken.START_ARRAY) {
                        arrays = true;
                        while (parser.nextToken() != JsonToken.END_ARRAY) {
                            rows++;
                            element(parser, names, altered);
                        }
                    } else {
                        rows++;
                        element(parser, names, altered);
                    }
                }
                return new Documents(roots, rows, arrays, true, false, null);
            } catch (JsonEOFException e) {
                return new Documents(roots, rows, arrays, false, true, null);
            } catch (JsonParseException e) {
                Matcher twice = TWICE.matcher(e.getOriginalMessage());
                if (twice.matches()) {
                    return new Documents(roots, rows, arrays, false, false, twice.group(1));
                }
                // Spark reads a whole value and never looks behind it; a broken value it calls corrupt by itself.
                boolean behind = roots > 0 && parser.getParsingContext().inRoot();
                return new Documents(
                        behind ? roots + 1 : Math.max(roots, 1), Math.max(rows, 1), arrays, false, false, null);
            }
        }

        private static void element(JsonParser parser, Set<String> names, AlteredValues altered) throws IOException {
            if (parser.currentToken() == JsonToken.START_OBJECT) {
                object(parser, names, altered);
            } else {
                parser.skipChildren();
            }
        }

        private static void object(JsonParser parser, Set<String> names, AlteredValues altered) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (names.size() < MOST_NAMES) {
                    names.add(name);
                }
                parser.nextToken();
                altered.look(name, parser);
            }
        }
    }

    /** Lets a reader be closed, which frees its buffers, while the bytes behind it are still wanted for the digest. */
    private static final class Unclosed extends FilterInputStream {
        Unclosed(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return in.read(bytes, offset, length);
        }

        @Override
        public void close() {}
    }

    private static final class UnclosedReader extends FilterReader {
        UnclosedReader(BufferedReader in) {
            super(in);
        }

        @Override
        public void close() {}
    }
}
