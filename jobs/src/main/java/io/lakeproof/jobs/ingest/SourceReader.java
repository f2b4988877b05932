package io.lakeproof.jobs.ingest;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.decode;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.from_csv;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.get_json_object;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.replace;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.to_csv;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.url_decode;
import static org.apache.spark.sql.functions.when;

import io.lakeproof.jobs.ingest.Inspection.Readable;
import io.lakeproof.jobs.ingest.Inspection.Unreadable;
import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.lineage.Hadoop;
import io.lakeproof.transforms.Picture;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Reads source files by the contract, so that every row of every file comes out: as the contract's, or with a reason. */
public final class SourceReader {

    /** The column with {@link SourceFile#path()} of a row's file. */
    public static final String FILE = "_source_file";

    /** The column that says why a row does not meet the contract; NULL for one that does. */
    public static final String UNREADABLE = "_unreadable";

    /** The column that says no more than whether a row meets the contract. */
    public static final String READABLE = "_lakeproof_readable";

    /**
     * {@link #UNREADABLE}'s type: the column at fault and its value as text (both NULL when the row as a whole is), the
     * reason, and the row's text: as it stands in the file, or put together again from its values.
     */
    public static final StructType UNREADABLE_TYPE =
            StructType.fromDDL("column STRING, value STRING, reason STRING, text STRING");

    /** So many characters of a JSON document that could not be read are kept; the rest is in the file. */
    private static final int DOCUMENT_SHOWN = 10_000;

    private static final StructType PROBLEM_TYPE = StructType.fromDDL("column STRING, value STRING, reason STRING");
    private static final String WRONG_ENCODING =
            "it is not text in the encoding that the file is read in: set source.options.encoding";
    private static final String TORN =
            "a quote opens, here or in a line before, and the line ends: set source.options.multiLine"
                    + " to true if values hold line breaks, or close the quote";
    private static final String CORRUPT = "_lakeproof_corrupt_record";
    private static final String PROBLEM = "problem";
    private static final String TEXT = "_lakeproof_text";
    private static final String DOCUMENT = "_lakeproof_document";
    private static final UserDefinedFunction ITEMS =
            functions.udf((UDF1<String, String[]>) JsonItems::ofLine, DataTypes.createArrayType(DataTypes.StringType));
    static final String REPLACEMENT = "\uFFFD";

    private final SparkSession session;
    private final Source source;
    private final StructType contract;
    private final Options options;
    private final boolean reasons;

    /** @param reasons whether the rows have {@link #UNREADABLE}, or no more than {@link #READABLE} */
    private SourceReader(SparkSession session, Source source, boolean reasons) {
        this.reasons = reasons;
        this.session = session;
        this.source = source;
        this.contract = (StructType) Widening.nullable(source.columns());
        this.options = Options.of(source);
    }

    /**
     * All rows of the files, read when something asks for them: the contract's columns in its order, {@link #FILE} and
     * {@link #UNREADABLE}. Files of one layout are one scan.
     */
    public static Dataset<Row> read(SparkSession session, Source source, List<Readable> files) {
        return rows(session, source, files, true);
    }

    /**
     * The same rows with {@link #READABLE} in place of {@link #UNREADABLE}: without reasons and text, to which every value
     * of a row goes, Spark carries half the columns along.
     */
    public static Dataset<Row> marked(SparkSession session, Source source, List<Readable> files) {
        return rows(session, source, files, false);
    }

    private static Dataset<Row> rows(SparkSession session, Source source, List<Readable> files, boolean reasons) {
        Dataset<Row> rows =
                new SourceReader(session, source, reasons).read(files).drop(reasons ? READABLE : UNREADABLE);
        // One partition: which rows are the first must not depend on which task ends first, for they are read twice.
        return source.atMost().map(most -> rows.coalesce(1).limit(most)).orElse(rows);
    }

    /**
     * Finds the files that made a job over {@code files} fail, by reading halves of the list, and halves of these. Costs
     * about {@code bad × log2(files)} Spark jobs, each of which reads its files and writes nothing.
     *
     * <p>A file is at fault when it cannot be read although storage gives all its bytes, before and after; one that storage
     * does not give waits.
     *
     * @return the files that fail when read alone, unreadable or waiting; empty when all can be read now
     */
    public static List<Inspection> unreadable(SparkSession session, Source source, List<Readable> files) {
        List<Inspection> found = new ArrayList<>();
        new SourceReader(session, source, true).bisect(files, found);
        return found;
    }

    private void bisect(List<Readable> files, List<Inspection> found) {
        if (files.isEmpty()) {
            return;
        }
        try {
            readToTheEnd(files);
        } catch (Exception e) {
            if (files.size() > 1) {
                bisect(files.subList(0, files.size() / 2), found);
                bisect(files.subList(files.size() / 2, files.size()), found);
                return;
            }
            Readable suspect = files.get(0);
            Optional<Inspection> waits = waits(suspect);
            if (waits.isPresent()) {
                found.add(waits.get());
                return;
            }
            try {
                readToTheEnd(files);
            } catch (Exception again) {
                found.add(waits(suspect)
                        .orElseGet(() -> new Unreadable(suspect.file(), suspect.sha256(), unreadable(again))));
            }
        }
    }

    /** Present when storage does not give the file as it was listed. */
    private Optional<Inspection> waits(Readable file) {
        return Inspection.of(session, source, List.of(file.file())).stream()
                .filter(Inspection.Waits.class::isInstance)
                .findFirst();
    }

    private void readToTheEnd(List<Readable> files) {
        read(files).write().format("noop").mode("overwrite").save();
    }

    private static String messages(Exception e) {
        return Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
                .limit(20)
                .map(Throwable::toString)
                .collect(Collectors.joining("\n"));
    }

    private static String unreadable(Exception e) {
        String message = messages(e);
        boolean int96 = message.contains("int96RebaseMode");
        return int96 || message.contains("datetimeRebaseMode")
                ? "it has dates before 1582-10-15, or times before 1900, which Spark 3 and older writers count by other"
                        + " calendars: set source.options." + (int96 ? "int96RebaseMode" : "datetimeRebaseMode")
                        + " to CORRECTED to read them as they stand, or to LEGACY if Spark 2 or Hive wrote them"
                : "cannot be read to its end: " + Landing.oneLine(e) + "; deliver it again";
    }

    /** A path as Spark must be given it to mean this one file: its characters that are wildcards are escaped. */
    static String literal(String path) {
        return path.replaceAll("([\\\\{}\\[\\]*?])", "\\\\$1");
    }

    /**
     * The same unreadable rows, each with its text as it stands in its file, where that has a row a line (of lines that read
     * alike, the first in the order of texts); otherwise put together again, as it was. Reads the files that have such rows
     * once more, and is meant for few.
     *
     * @param unreadable rows of {@link #read}, kept by the caller
     */
    public static Dataset<Row> asTheyStand(
            SparkSession session, Source source, List<Readable> files, Dataset<Row> unreadable) {
        Set<String> theirs = Set.copyOf(
                unreadable.select(FILE).distinct().as(Encoders.STRING()).collectAsList());
        SourceReader reader = new SourceReader(session, source, true);
        Column text = col(UNREADABLE).getField("text");
        Dataset<Row> wanted = unreadable
                .select(col(FILE), text.as(DOCUMENT))
                // They are sent to every task.
                .where(length(col(DOCUMENT)).leq(DOCUMENT_SHOWN))
                .distinct();
        return groups(files.stream()
                        .filter(file -> theirs.contains(file.file().path()))
                        .toList())
                .entrySet()
                .stream()
                .flatMap(group -> reader.lines(group.getKey(), group.getValue()).stream())
                .reduce(Dataset::union)
                .map(lines -> {
                    Dataset<Row> found = lines.join(broadcast(wanted), seq(FILE, DOCUMENT), "left_semi")
                            .groupBy(FILE, DOCUMENT)
                            .agg(min(TEXT).as(TEXT));
                    Column[] rest = Stream.of(UNREADABLE_TYPE.fieldNames())
                            .map(name -> name.equals("text")
                                    ? coalesce(col(TEXT), text).as(name)
                                    : col(UNREADABLE).getField(name).as(name))
                            .toArray(Column[]::new);
                    return unreadable
                            .withColumn(DOCUMENT, text)
                            .join(broadcast(found), seq(FILE, DOCUMENT), "left")
                            .withColumn(UNREADABLE, struct(rest))
                            .select(Stream.of(unreadable.columns())
                                    .map(name -> col(quoted(name)))
                                    .toArray(Column[]::new));
                })
                .orElse(unreadable);
    }

    private static Seq<String> seq(String... names) {
        return JavaConverters.asScalaBuffer(List.of(names)).toSeq();
    }

    /** The lines of files of a layout that has a row a line: {@link #FILE}, the row put together as {@link #DOCUMENT}, and {@link #TEXT}. */
    private Optional<Dataset<Row>> lines(Layout layout, List<Readable> files) {
        if (layout instanceof Layout.Csv csv && !options.multiLine()) {
            StructType schema = columns(csv);
            Column row = from_csv(col(TEXT), lit(schema.toDDL()), options.forText());
            return Optional.of(text(files).select(col(FILE), to_csv(row, form()).as(DOCUMENT), col(TEXT)));
        }
        if (layout instanceof Layout.Json json && isSparks(json)) {
            List<Integer> found = Columns.match(source.contract(), json.names()).found();
            // One that is no JSON has its text already, and is put together like one without values.
            Dataset<Row> parsed = parsed(texts(json.documents(), files), schema(json, found))
                    .where(col(CORRUPT).isNull());
            List<Column> values = new ArrayList<>(List.of(col(FILE), col(TEXT)));
            values.addAll(
                    values(parsed, i -> found.get(i) < 0 ? null : json.names().get(found.get(i))));
            return Optional.of(parsed.select(values.toArray(Column[]::new))
                    .select(col(FILE), document().as(DOCUMENT), col(TEXT)));
        }
        return Optional.empty();
    }

    private static Map<Layout, List<Readable>> groups(List<Readable> files) {
        return files.stream()
                .filter(f -> !(f.layout() instanceof Layout.Empty))
                .collect(Collectors.groupingBy(Readable::layout, LinkedHashMap::new, Collectors.toList()));
    }

    private Dataset<Row> read(List<Readable> files) {
        return groups(files).entrySet().stream()
                .map(group -> group(group.getKey(), group.getValue()))
                .reduce(Dataset::union)
                .orElseGet(() -> session.createDataFrame(
                        List.<Row>of(),
                        contract.add(FILE, DataTypes.StringType)
                                .add(UNREADABLE, UNREADABLE_TYPE)
                                .add(READABLE, DataTypes.BooleanType)));
    }

    private Dataset<Row> group(Layout layout, List<Readable> files) {
        if (layout instanceof Layout.Csv csv) {
            return csv(csv, files);
        } else if (layout instanceof Layout.Json json) {
            return json(json, files);
        } else if (layout instanceof Layout.Typed typed) {
            return typed(typed, files);
        }
        return switch (source.format()) {
            case IMAGE -> images(files);
            case IDX -> idx(files);
            default -> fixed(files);
        };
    }

    /** Every image is decoded once here, so that one which cannot be is a row with its reason, and stops nothing later. */
    private Dataset<Row> images(List<Readable> files) {
        String pattern = options.text("labelPattern", ".*/([^/]+)/[^/]*");
        int mostPixels = Integer.parseInt(options.text("maxPixels", String.valueOf(Picture.MOST_PIXELS)));
        UserDefinedFunction look = functions.udf((UDF1<byte[], Row>) file -> looked(file, mostPixels), LOOKED);
        Dataset<Row> loaded = session.read()
                .format("binaryFile")
                .option("recursiveFileLookup", true)
                .load(Stream.of(paths(files)).map(SourceReader::literal).toArray(String[]::new));
        Column label = regexp_extract(col(FILE), "^(?:" + pattern + ")$", 1);
        Column reason = col("looked.reason");
        return loaded.select(file(loaded, files), col("content"), col("length"))
                .select(and(look.apply(col("content")).as("looked")))
                .select(
                        belowLanding().as("path"),
                        when(label.notEqual(""), label).as("label"),
                        col("looked.height").as("height"),
                        col("looked.width").as("width"),
                        col("looked.channels").as("channels"),
                        col("content").as("bytes"),
                        col(FILE),
                        when(
                                        reason.isNotNull(),
                                        struct(
                                                lit("bytes").as("column"),
                                                lit(null).cast("string").as("value"),
                                                reason.as("reason"),
                                                to_json(struct(belowLanding().as("path"), col("length")))
                                                        .as("text")))
                                .as(UNREADABLE),
                        reason.isNull().as(READABLE));
    }

    private static final StructType LOOKED = StructType.fromDDL("height INT, width INT, channels INT, reason STRING");

    private static Row looked(byte[] file, int mostPixels) {
        try {
            Picture picture = Picture.decode(file, mostPixels);
            return RowFactory.create(picture.height(), picture.width(), picture.channels(), null);
        } catch (Picture.Unfit unfit) {
            return RowFactory.create(null, null, null, unfit.getMessage());
        }
    }

    private Dataset<Row> idx(List<Readable> files) {
        IdxRows rows = new IdxRows(JavaSparkContext.fromSparkContext(session.sparkContext())
                .broadcast(new SerializableConfiguration(Hadoop.configuration(session))));
        StructType read = new StructType(Stream.of(contract.fields()).skip(1).toArray(StructField[]::new))
                .add(FILE, DataTypes.StringType);
        return session.createDataset(List.of(paths(files)), Encoders.STRING())
                .flatMap(rows, Encoders.row(read))
                .select(
                        belowLanding().as("path"),
                        col("index"),
                        col("label"),
                        col("image"),
                        col(FILE),
                        lit(null).cast(UNREADABLE_TYPE).as(UNREADABLE),
                        lit(true).as(READABLE));
    }

    /** A file's path, the same wherever the landing is; a key made of it splits alike. */
    private Column belowLanding() {
        String landing = Landing.fixed(new Path(source.path())) + "/";
        return when(col(FILE).startsWith(landing), substring_index(col(FILE), landing, -1))
                .otherwise(substring_index(col(FILE), "/", -1));
    }

    private static String[] paths(List<Readable> files) {
        return files.stream().map(f -> f.file().path()).toArray(String[]::new);
    }

    /** The path of a row's file, of these that {@code loaded} reads. */
    private static Column file(Dataset<Row> loaded, List<Readable> files) {
        // What Spark knows of a row's file costs a copy of each row, and to decode it a text or two more.
        if (files.size() == 1) {
            return lit(files.get(0).file().path()).as(FILE);
        }
        Column uri = loaded.metadataColumn("_metadata").getField("file_path");
        boolean plain = files.stream().allMatch(f -> f.file().path().matches("[\\w/:.=@-]*"));
        // In Spark's encoded URI a plus sign is a plus sign.
        return (plain ? uri : url_decode(replace(uri, lit("+"), lit("%2B")))).as(FILE);
    }

    /** Rows as Spark reads them, each with its {@link #FILE}. */
    private Dataset<Row> load(StructType schema, List<Readable> files) {
        Dataset<Row> loaded = session.read()
                .format(source.format().sparkName())
                .options(options.forSpark())
                .option("columnNameOfCorruptRecord", CORRUPT)
                .schema(schema)
                .load(files.stream().map(f -> literal(f.file().path())).toArray(String[]::new));
        return loaded.select(and(file(loaded, files)));
    }

    /** A file's columns are named c0, c1 … by position, so that no name of a file can clash with another or with ours. */
    private Dataset<Row> csv(Layout.Csv layout, List<Readable> files) {
        int width = layout.header().size();
        List<Integer> found = Columns.match(source.contract(), layout.header()).found();
        StructType schema = columns(layout);
        String[] names = schema.fieldNames();
        Column row = struct(Stream.of(names).map(functions::col).toArray(Column[]::new));
        String expected = "it does not have " + width + (width == 1 ? " value" : " values")
                + (options.header() ? " as its header has" : " as the contract has");
        List<Column> faults = new ArrayList<>();
        faults.add(when(col(CORRUPT).isNotNull(), problem(null, null, lit(expected))));
        Object[] torn = files.stream()
                .flatMap(f ->
                        f.torn().stream().map(key -> TornRows.prefix(f.file().path()) + key))
                .toArray();
        if (torn.length > 0) {
            List<Column> values = Stream.of(names).map(functions::col).toList();
            faults.add(when(TornRows.key(col(FILE), values).isin(torn), problem(null, null, lit(TORN))));
        }
        return rows(
                load(schema.add(CORRUPT, DataTypes.StringType), files),
                i -> found.get(i) < 0 ? null : "c" + found.get(i),
                (i, value) -> TextValue.typed(value, contract.fields()[i].dataType(), options),
                faults,
                coalesce(col(CORRUPT), to_csv(row, form())));
    }

    private static StructType columns(Layout.Csv layout) {
        StructType schema = new StructType();
        for (int i = 0; i < layout.header().size(); i++) {
            schema = schema.add("c" + i, DataTypes.StringType);
        }
        return schema;
    }

    /** How a row is put together again. */
    private Map<String, String> form() {
        Map<String, String> form = new HashMap<>(options.values());
        form.keySet().retainAll(Set.of("sep", "delimiter", "quote", "escape"));
        return form;
    }

    private Dataset<Row> json(Layout.Json layout, List<Readable> files) {
        List<Integer> found = Columns.match(source.contract(), layout.names()).found();
        StructType schema = schema(layout, found);
        List<Column> faults = new ArrayList<>();
        faults.add(when(col(CORRUPT).isNotNull().and(isNoUtf8(col(TEXT))), problem(null, null, lit(WRONG_ENCODING))));
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i) >= 0) {
                String name = layout.names().get(found.get(i));
                faults.add(jsonFault(i, name));
                alteredFault(i, name, files).ifPresent(faults::add);
            }
        }
        faults.add(when(
                col(CORRUPT).isNotNull(),
                problem(null, null, lit("not a whole JSON document, or one with a value of another type"))));
        return rows(
                isSparks(layout) ? lines(schema, files) : parsed(texts(layout.documents(), files), schema),
                i -> found.get(i) < 0 ? null : layout.names().get(found.get(i)),
                (i, value) -> JsonValue.typed(col(value), contract.fields()[i].dataType(), options),
                faults,
                coalesce(
                        when(
                                        length(col(TEXT)).gt(DOCUMENT_SHOWN),
                                        concat(substring(col(TEXT), 1, DOCUMENT_SHOWN), lit("…")))
                                .otherwise(col(TEXT)),
                        document()));
    }

    /** What Spark is asked for: the contract's columns that the file has. */
    private StructType schema(Layout.Json layout, List<Integer> found) {
        StructType schema = new StructType();
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i) >= 0) {
                schema = schema.add(layout.names().get(found.get(i)), JsonValue.asked(contract.fields()[i].dataType()));
            }
        }
        return schema;
    }

    /** Whether Spark's own reader reads the files. */
    private boolean isSparks(Layout.Json layout) {
        return layout.documents() == Layout.Documents.LINES
                && options.encoding().equals(StandardCharsets.UTF_8);
    }

    /**
     * What Spark makes of a document a line, for it parses bytes and needs a third less time than for {@link #parsed} text; it
     * gives the text of those alone that it cannot read. Of other encodings it would not know where a line ends.
     */
    private Dataset<Row> lines(StructType schema, List<Readable> files) {
        return load(schema.add(CORRUPT, DataTypes.StringType), files)
                .select(and(col(CORRUPT).as(TEXT)));
    }

    /** The rows as they stand in files with arrays, or of one document: {@link #TEXT} and {@link #FILE}. */
    private Dataset<Row> texts(Layout.Documents documents, List<Readable> files) {
        if (documents == Layout.Documents.WHOLE || documents == Layout.Documents.BROKEN) {
            JsonFiles rows = new JsonFiles(
                    JavaSparkContext.fromSparkContext(session.sparkContext())
                            .broadcast(new SerializableConfiguration(Hadoop.configuration(session))),
                    options,
                    documents == Layout.Documents.BROKEN ? DOCUMENT_SHOWN : 0);
            return session.createDataset(List.of(paths(files)), Encoders.STRING())
                    .flatMap(
                            rows,
                            Encoders.row(new StructType()
                                    .add(TEXT, DataTypes.StringType)
                                    .add(FILE, DataTypes.StringType)));
        }
        return text(files).select(explode(ITEMS.apply(col(TEXT))).as(TEXT), col(FILE));
    }

    /** The lines of text files, a row each: {@link #TEXT} and {@link #FILE}. */
    private Dataset<Row> text(List<Readable> files) {
        Dataset<Row> lines = session.read()
                .format("text")
                .options(options.lineSep().isEmpty() ? Map.of() : Map.of("lineSep", options.lineSep()))
                .load(files.stream().map(f -> literal(f.file().path())).toArray(String[]::new));
        return lines.select(
                decode(col("value").cast("binary"), options.encoding().name()).as(TEXT), file(lines, files));
    }

    /** Every document by the schema, and {@link #CORRUPT} where it does not hold to it. */
    private Dataset<Row> parsed(Dataset<Row> texts, StructType schema) {
        Map<String, String> reading = options.forText();
        reading.put("columnNameOfCorruptRecord", CORRUPT);
        Column document = col(DOCUMENT);
        List<Column> columns = new ArrayList<>(List.of(col(TEXT), col(FILE)));
        Stream.of(schema.fieldNames())
                .forEach(name -> columns.add(document.getField(name).as(name)));
        columns.add(coalesce(document.getField(CORRUPT), when(document.isNull(), col(TEXT)))
                .as(CORRUPT));
        return texts.select(and(from_json(col(TEXT), schema.add(CORRUPT, DataTypes.StringType), reading)
                        .as(DOCUMENT)))
                .select(columns.toArray(Column[]::new));
    }

    /** A corrupt document's column that came out NULL though the document has a value there. */
    private Column jsonFault(int i, String name) {
        Column text = written(name);
        DataType type = contract.fields()[i].dataType();
        // Of a document that is no JSON nothing is read: a text, or a number that fits, is not to blame.
        Column fits = type instanceof IntegralType
                ? text.rlike("^-?[0-9]+$").and(text.cast(type).isNotNull())
                : lit(type instanceof StringType);
        return when(
                col(CORRUPT)
                        .isNotNull()
                        .and(col("v" + i).isNull())
                        .and(text.isNotNull())
                        .and(functions.not(fits)),
                problem(contract.fields()[i].name(), text, not(type)));
    }

    /** A column's value as it stands in the document; NULL where it has none, or nothing says. */
    private static Column written(String name) {
        return name.matches(".*['?].*") ? lit(null).cast("string") : get_json_object(col(TEXT), "$['" + name + "']");
    }

    /** A value that Spark altered while it read it, and any other of its file that reads as that one does now. */
    private Optional<Column> alteredFault(int i, String name, List<Readable> files) {
        Object[] keys = files.stream()
                .flatMap(f -> f.torn().stream()
                        .filter(key -> key.startsWith(AlteredValues.prefix(name)))
                        .map(key -> TornRows.prefix(f.file().path()) + key))
                .toArray();
        DataType type = contract.fields()[i].dataType();
        Column value = col("v" + i).cast("string");
        Column reason = type instanceof StringType
                ? lit(
                        "the file has a number, or half a character, that this text differs from: put numbers in quotes where"
                                + " the contract says STRING")
                : unfit(type);
        return keys.length == 0
                ? Optional.empty()
                : Optional.of(when(
                        TornRows.key(col(FILE), List.of(lit(name), value)).isin(keys),
                        problem(contract.fields()[i].name(), coalesce(written(name), value), reason)));
    }

    private Dataset<Row> typed(Layout.Typed layout, List<Readable> files) {
        List<Integer> found = Columns.match(
                        source.contract(), List.of(layout.schema().fieldNames()))
                .found();
        StructField[] fields = layout.schema().fields();
        StructType schema = new StructType(
                found.stream().filter(i -> i >= 0).map(i -> fields[i]).toArray(StructField[]::new));
        return rows(
                load(schema, files),
                i -> found.get(i) < 0 ? null : fields[found.get(i)].name(),
                (i, value) -> found.get(i) < 0
                        ? col(value)
                        : Widening.widened(
                                col(value), fields[found.get(i)].dataType(), contract.fields()[i].dataType()),
                List.of(),
                document());
    }

    private Dataset<Row> fixed(List<Readable> files) {
        return rows(
                load(contract, files), i -> contract.fieldNames()[i], (i, value) -> col(value), List.of(), document());
    }

    /**
     * The common shape. Each projection copies every row, so the rows that are written have two; what one uses twice, Spark
     * computes once.
     *
     * @param found the name of a contract column in {@code loaded}; null: it has none
     * @param typed the value named {@code v0}, {@code v1} … in the contract's type; NULL when it has none
     * @param faults what is wrong with a row as a whole, each NULL when it is not
     * @param text the row's text, from {@code v0} … and what {@code loaded} has
     */
    private Dataset<Row> rows(
            Dataset<Row> loaded,
            IntFunction<String> found,
            BiFunction<Integer, String, Column> typed,
            List<Column> faults,
            Column text) {
        int width = contract.size();
        boolean csv = source.format() == Format.CSV;
        boolean json = source.format() == Format.JSON;
        List<Column> values = new ArrayList<>();
        if (csv || json) {
            values.add(col(CORRUPT));
        }
        if (json) {
            values.add(col(TEXT));
        }
        if (csv) {
            Stream.of(loaded.columns())
                    .filter(c -> !List.of(CORRUPT, FILE).contains(c))
                    .forEach(c -> values.add(col(c)));
        }
        values.add(col(FILE));
        values.addAll(values(loaded, found));
        Map<String, StructField> has = fields(loaded);
        List<Column> converted =
                IntStream.range(0, width).mapToObj(i -> typed.apply(i, "v" + i)).toList();
        List<Column> problems = new ArrayList<>(faults);
        for (int i = 0; i < width; i++) {
            String name = contract.fields()[i].name();
            DataType type = contract.fields()[i].dataType();
            Column value = col("v" + i);
            if (csv || json) {
                Column reason = type instanceof StringType
                        ? lit(WRONG_ENCODING)
                        : when(value.cast("string").contains(REPLACEMENT), lit(WRONG_ENCODING))
                                .otherwise(json ? unfit(type) : not(type));
                Column bad = type instanceof StringType
                        ? value.contains(REPLACEMENT)
                        : value.isNotNull().and(converted.get(i).isNull());
                if (csv || type instanceof StringType || !JsonValue.keeps(type)) {
                    Column shown = json && found.apply(i) != null
                            ? coalesce(written(found.apply(i)), value.cast("string"))
                            : value.cast("string");
                    problems.add(when(bad, problem(name, shown, reason)));
                }
            }
            boolean bytes = EnumSet.of(Format.TEXT, Format.PARQUET, Format.ORC, Format.AVRO)
                    .contains(source.format());
            StructField read = found.apply(i) == null ? null : has.get(found.apply(i));
            if (bytes && read != null) {
                Column shown = decode(value.cast("string").cast("binary"), "UTF-8");
                Leaves.any(value, read.dataType(), SourceReader::noUtf8)
                        .ifPresent(no -> problems.add(when(no, problem(name, shown, lit(WRONG_ENCODING)))));
            }
            if (source.contract() != null && !source.contract().fields()[i].nullable()) {
                problems.add(
                        when(value.isNull(), problem(name, null, lit("it is NULL, and the contract says NOT NULL"))));
            }
        }
        List<Column> result = IntStream.range(0, width)
                .mapToObj(i -> converted.get(i).as(contract.fields()[i].name()))
                .collect(Collectors.toCollection(ArrayList::new));
        result.add(col(FILE));
        Column first = problems.isEmpty() ? lit(null).cast(PROBLEM_TYPE) : coalesce(problems.toArray(Column[]::new));
        Dataset<Row> read = loaded.select(values.toArray(Column[]::new));
        if (!reasons) {
            result.add(first.isNull().as(READABLE));
            return read.select(result.toArray(Column[]::new));
        }
        Column fault = col(PROBLEM);
        result.add((problems.isEmpty()
                        ? lit(null).cast(UNREADABLE_TYPE)
                        : when(
                                fault.isNotNull(),
                                struct(
                                        fault.getField("column").as("column"),
                                        fault.getField("value").as("value"),
                                        fault.getField("reason").as("reason"),
                                        text.as("text"))))
                .as(UNREADABLE));
        return read.select(and(first.as(PROBLEM))).select(result.toArray(Column[]::new));
    }

    /** The contract's columns as they were read, {@code v0}, {@code v1} …, the spec's {@code null-values} being NULL. */
    private List<Column> values(Dataset<Row> loaded, IntFunction<String> found) {
        Map<String, StructField> has = fields(loaded);
        List<Column> values = new ArrayList<>();
        for (int i = 0; i < contract.size(); i++) {
            String name = found.apply(i);
            DataType type = contract.fields()[i].dataType();
            DataType absent =
                    switch (source.format()) {
                        case CSV -> DataTypes.StringType;
                        case JSON -> JsonValue.asked(type);
                        default -> type;
                    };
            values.add((name == null
                            ? lit(null).cast(absent)
                            : meant(loaded.col(quoted(name)), has.get(name).dataType(), type))
                    .as("v" + i));
        }
        return values;
    }

    private static Map<String, StructField> fields(Dataset<Row> loaded) {
        return Stream.of(loaded.schema().fields()).collect(Collectors.toMap(StructField::name, f -> f));
    }

    private static Column[] and(Column... more) {
        return Stream.concat(Stream.of(col("*")), Stream.of(more)).toArray(Column[]::new);
    }

    /** A value as read, or NULL when it is one of the spec's {@code null-values}. */
    private Column meant(Column value, DataType read, DataType wanted) {
        if (source.nullValues().isEmpty()) {
            return value;
        }
        Object[] texts = source.nullValues().toArray();
        if (read instanceof StringType) {
            Column text = wanted instanceof StringType ? value : trim(value);
            return when(text.isin(texts), lit(null)).otherwise(value);
        }
        if (read instanceof NumericType) {
            return source.nullValues().stream()
                    .filter(text -> holds(read, text))
                    .map(text -> lit(text.strip()).cast(read))
                    .map(number -> coalesce(value.equalTo(number), lit(false)))
                    .reduce(Column::or)
                    .map(isNull -> when(isNull, lit(null)).otherwise(value))
                    .orElse(value);
        }
        return value;
    }

    /** Whether a number is of the type as it stands: -99.9 is no INT, and must not stand for the -99 that Spark makes of it. */
    private static boolean holds(DataType type, String number) {
        if (type instanceof DoubleType || type instanceof FloatType) {
            return true;
        }
        try {
            BigDecimal exact = new BigDecimal(number.strip()).stripTrailingZeros();
            int scale = type instanceof DecimalType decimal ? decimal.scale() : 0;
            return exact.scale() <= scale;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private Column document() {
        return to_json(struct(IntStream.range(0, contract.size())
                .mapToObj(i -> col("v" + i).as(contract.fields()[i].name()))
                .toArray(Column[]::new)));
    }

    private static Column problem(String column, Column value, Column reason) {
        return struct(
                lit(column).cast("string").as("column"),
                (value == null ? lit(null) : value).cast("string").as("value"),
                reason.as("reason"));
    }

    private static Column unfit(DataType type) {
        return type instanceof DoubleType || type instanceof FloatType
                ? lit("it is infinite, or too large for its type, or too small")
                : not(type);
    }

    private static Column not(DataType type) {
        String name = type.sql();
        if (!Leaves.isOne(type)) {
            return lit("a value in it does not fit " + name);
        }
        return lit(
                (type instanceof DecimalType
                        ? "it is not a " + name + ", or would be rounded to fit one"
                        : "it is not " + (name.matches("[AEIOU].*") ? "an " : "a ") + name));
    }

    private static Optional<Column> noUtf8(Column value, DataType type) {
        return type instanceof StringType ? Optional.of(isNoUtf8(value)) : Optional.empty();
    }

    /** Spark takes a file's bytes for text as they are. */
    private static Column isNoUtf8(Column text) {
        return text.notEqual(decode(text.cast("binary"), "UTF-8"));
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }
}
