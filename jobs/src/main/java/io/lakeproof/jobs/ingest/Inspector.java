package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.spec.Source;
import io.lakeproof.jobs.spec.Source.Format;
import io.lakeproof.lineage.Hadoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/** Inspects files: tasks open them, the driver holds what they found against the contract. */
record Inspector(SparkSession session, Source source, Schemas schemas) {

    Inspector(SparkSession session, Source source) {
        this(session, source, new Schemas(session, source));
    }

    List<Inspection> inspect(List<SourceFile> files) {
        requireFormat(source, Thread.currentThread().getContextClassLoader());
        List<Probe> probes = probe(files);
        return IntStream.range(0, files.size())
                .mapToObj(i -> inspected(files.get(i), probes.get(i)))
                .toList();
    }

    /** A schema that cannot be read is the file's fault only if storage gives all its bytes, before and after. */
    private Inspection inspected(SourceFile file, Probe probe) {
        try {
            return held(file, probe);
        } catch (SchemaUnread once) {
            try {
                return held(file, probe(List.of(file)).get(0));
            } catch (SchemaUnread again) {
                Probe after = probe(List.of(file)).get(0);
                return after.unsettled() != null
                        ? new Inspection.Waits(file, after.unsettled())
                        : new Inspection.Unreadable(file, Optional.of(probe.sha256()), again.getMessage());
            }
        }
    }

    private Inspection held(SourceFile file, Probe probe) throws SchemaUnread {
        if (probe.unsettled() != null) {
            return new Inspection.Waits(file, probe.unsettled());
        }
        Optional<String> sha256 = Optional.of(probe.sha256());
        if (probe.problem() != null) {
            return new Inspection.Unreadable(file, sha256, probe.problem());
        }
        Judged judged = judge(file, probe);
        List<String> notes = new ArrayList<>(judged.notes);
        if (probe.doubled()) {
            notes.add("quotes within its values are doubled, and stay so: set source.options.escape to '\"'");
        }
        if (!probe.torn().isEmpty() && source.format() == Format.JSON) {
            notes.add(probe.torn().size()
                    + " of its numbers cannot be read as they stand, and their rows go to quarantine: put them in quotes"
                    + " where the contract says STRING");
        } else if (!probe.torn().isEmpty()) {
            notes.add(probe.torn().size()
                    + " of its rows are torn by a line break within quotes, and go to quarantine: set"
                    + " source.options.multiLine to true");
        }
        return judged.problem.isPresent()
                ? new Inspection.Unreadable(file, sha256, judged.problem.get())
                : new Inspection.Readable(
                        file, sha256, judged.layout, judged.ignored, Set.copyOf(probe.torn()), List.copyOf(notes));
    }

    static void requireFormat(Source source, ClassLoader classes) {
        boolean there = source.format() != Format.AVRO
                || StreamSupport.stream(
                                ServiceLoader.load(DataSourceRegister.class, classes)
                                        .spliterator(),
                                false)
                        .anyMatch(register -> register.shortName().equalsIgnoreCase("avro"));
        if (!there) {
            throw source.problem(
                    "format",
                    "avro needs Spark's Avro package, which is not on the classpath; add"
                            + " org.apache.spark:spark-avro_2.12 in your Spark's version (spark-submit --packages)");
        }
    }

    private List<Probe> probe(List<SourceFile> files) {
        if (files.isEmpty()) {
            return List.of();
        }
        SparkContext context = session.sparkContext();
        try (JavaSparkContext spark = new Borrowed(context)) {
            Broadcast<SerializableConfiguration> conf =
                    spark.broadcast(new SerializableConfiguration(Hadoop.configuration(session)));
            Format format = source.format();
            Options options = Options.of(source);
            List<Probe.Listed> listed = files.stream()
                    .map(f -> new Probe.Listed(f.path(), f.size(), f.modified()))
                    .toList();
            context.setJobDescription("inspect " + files.size() + (files.size() == 1 ? " file" : " files"));
            try {
                return spark.parallelize(new ArrayList<>(listed), Math.min(listed.size(), 10_000))
                        .map(file -> Probe.of(file, conf.value().value(), format, options))
                        .collect();
            } finally {
                context.setJobDescription(null);
                conf.destroy();
            }
        }
    }

    /** The caller's context, which closing must not stop. */
    private static final class Borrowed extends JavaSparkContext {
        Borrowed(SparkContext context) {
            super(context);
        }

        @Override
        public void close() {}
    }

    private static final class SchemaUnread extends Exception {
        SchemaUnread(Exception cause) {
            super("Spark cannot read its schema: " + Landing.oneLine(cause), cause);
        }
    }

    private record Judged(Layout layout, List<String> ignored, List<String> notes, Optional<String> problem) {
        static Judged of(Layout layout, Columns columns) {
            return new Judged(layout, columns.ignored(), columns.notes(), columns.problem());
        }
    }

    private Judged judge(SourceFile file, Probe probe) throws SchemaUnread {
        if (probe.empty()) {
            return new Judged(new Layout.Empty(), List.of(), List.of("it is empty: no rows"), Optional.empty());
        }
        return switch (source.format()) {
            case CSV -> {
                List<String> header = Options.of(source).header()
                        ? probe.names()
                        : List.of(source.contract().fieldNames());
                Columns columns = Columns.match(source.contract(), header);
                yield probe.headerOnly() && columns.problem().isEmpty()
                        ? new Judged(
                                new Layout.Empty(),
                                List.of(),
                                List.of("it holds a header alone: no rows"),
                                Optional.empty())
                        : Judged.of(new Layout.Csv(List.copyOf(header)), columns);
            }
            case JSON -> {
                List<String> known = probe.names().stream()
                        .filter(name ->
                                Stream.of(source.contract().fieldNames()).anyMatch(c -> Columns.same(c, name)))
                        .toList();
                // Names in a json file have no order; the sorted list would only seem to differ from the contract's.
                yield Judged.of(
                        new Layout.Json(known, probe.documents()),
                        Columns.match(source.contract(), inOrder(source.contract(), probe)));
            }
            case PARQUET, ORC, AVRO -> schemas.judge(file, probe);
            case TEXT, BINARY_FILE, IMAGE, IDX -> new Judged(
                    probe.names().contains(IdxFile.LABELS) ? new Layout.Empty() : new Layout.Fixed(),
                    List.of(),
                    List.of(),
                    Optional.empty());
        };
    }

    private static List<String> inOrder(StructType contract, Probe probe) {
        List<String> names = new ArrayList<>();
        for (String column : contract.fieldNames()) {
            probe.names().stream().filter(n -> Columns.same(n, column)).forEach(names::add);
        }
        probe.names().stream().filter(n -> !names.contains(n)).forEach(names::add);
        return names;
    }

    /** Reads each distinct schema once, through the first file that has it. */
    record Schemas(SparkSession session, Source source, Map<String, Judged> known) {
        Schemas(SparkSession session, Source source) {
            this(session, source, new HashMap<>());
        }

        Judged judge(SourceFile file, Probe probe) throws SchemaUnread {
            Judged judged = known.get(probe.schema());
            if (judged == null) {
                judged = judge(schema(file));
                known.put(probe.schema(), judged);
            }
            return judged;
        }

        private StructType schema(SourceFile file) throws SchemaUnread {
            try {
                return session.read()
                        .format(source.format().sparkName())
                        .options(Options.of(source).forSpark())
                        .load(SourceReader.literal(file.path()))
                        .schema();
            } catch (Exception e) {
                // Not RuntimeException: Spark throws checked exceptions that it does not declare.
                throw new SchemaUnread(e);
            }
        }

        private Judged judge(StructType schema) {
            Columns columns = Columns.match(source.contract(), List.of(schema.fieldNames()));
            List<String> problems = new ArrayList<>(columns.problem().stream().toList());
            for (int i = 0; i < columns.found().size(); i++) {
                int at = columns.found().get(i);
                StructField wanted = source.contract().fields()[i];
                if (at >= 0 && !Widening.lossless(schema.fields()[at].dataType(), wanted.dataType())) {
                    problems.add("column " + wanted.name() + " is "
                            + schema.fields()[at].dataType().sql() + " in the file and "
                            + wanted.dataType().sql()
                            + " in the contract, which cannot hold every such value: change one of them");
                }
            }
            return new Judged(
                    new Layout.Typed(schema),
                    columns.ignored(),
                    columns.notes(),
                    problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems)));
        }
    }
}
