package io.lakeproof.jobs;

import static org.apache.spark.sql.functions.col;

import io.lakeproof.jobs.ingest.Landing;
import io.lakeproof.jobs.publish.Publisher;
import io.lakeproof.jobs.spec.Spec;
import io.lakeproof.jobs.spec.SpecReader;
import io.lakeproof.jobs.spec.Tables;
import io.lakeproof.lineage.Batches;
import io.lakeproof.lineage.DatasetVersion;
import io.lakeproof.lineage.DatasetVersion.TableVersion;
import io.lakeproof.lineage.Ledger;
import io.lakeproof.lineage.Models;
import io.lakeproof.lineage.Retirements;
import io.lakeproof.lineage.Session;
import io.lakeproof.lineage.Stamp;
import io.lakeproof.lineage.Table;
import io.lakeproof.lineage.TableName;
import io.lakeproof.lineage.Tags;
import io.lakeproof.lineage.Trainings;
import io.lakeproof.lineage.Versions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;

/**
 * A dataset's tables, through one session.
 *
 * @param session the session that every job of a run uses, its settings pinned
 * @param spec the dataset
 * @param publisher how whoever tags, trains and cleans up vouches for it
 */
public record Lake(Session session, Spec spec, Publisher publisher) {

    /** A dataset for which nobody vouches. */
    public Lake(Session session, Spec spec) {
        this(session, spec, Publisher.PLAIN);
    }

    /** A dataset in a session that runs. */
    public Lake(SparkSession spark, Spec spec) {
        this(Session.of(spark), spec);
    }

    private static final Map<String, String> PINNED = Map.ofEntries(
            Map.entry("spark.sql.session.timeZone", "UTC"),
            Map.entry("spark.sql.ansi.enabled", "false"),
            Map.entry("spark.sql.caseSensitive", "false"),
            Map.entry("spark.sql.legacy.timeParserPolicy", "CORRECTED"),
            Map.entry("spark.sql.storeAssignmentPolicy", "ANSI"),
            Map.entry("spark.sql.mapKeyDedupPolicy", "EXCEPTION"),
            Map.entry("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS"),
            // Dates before 1582 are what they are; Spark's default is to fail the write.
            Map.entry("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED"),
            Map.entry("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED"),
            // A file that cannot be read, or is gone, must be noticed.
            Map.entry("spark.sql.files.ignoreCorruptFiles", "false"),
            Map.entry("spark.sql.files.ignoreMissingFiles", "false"),
            Map.entry("spark.sql.sources.partitionOverwriteMode", "STATIC"),
            Map.entry("spark.databricks.delta.schema.autoMerge.enabled", "false"));

    /** Column of raw: the batch that brought the row. */
    public static final String BATCH = "_batch";

    /** Column of raw: the source file that the row came from. */
    public static final String SOURCE_FILE = "_source_file";

    /**
     * A session of our own beside the caller's: with what the caller set, but for the settings that change what values mean,
     * so that the same files give the same rows everywhere, and nothing of ours leaks into the caller's.
     */
    public static SparkSession session(SparkSession caller) {
        SparkSession session = caller.newSession();
        JavaConverters.mapAsJavaMap(caller.conf().getAll()).forEach((key, value) -> {
            if (session.conf().isModifiable(key)) {
                session.conf().set(key, value);
            }
        });
        PINNED.forEach(session.conf()::set);
        session.conf().unset("spark.databricks.delta.commitInfo.userMetadata");
        return session;
    }

    /**
     * The dataset that a spec describes, in a session beside the caller's.
     *
     * @param spec a local path or a Hadoop URI; {@code ${NAME}} in it is filled in from the environment
     * @throws Failure.BadSpec with every problem of the spec
     */
    public static Lake open(SparkSession caller, String spec) {
        SparkSession session = session(caller);
        return new Lake(
                session, SpecReader.check(spec, System.getenv(), session).spec());
    }

    /**
     * A part's rows as a version holds them, whatever was published since; of its copy, if {@code protect: copy} made one.
     *
     * @param version a number, a tag, or {@code latest}
     * @param part one of {@link #parts}, or one that the version had
     * @throws Failure.Usage when there is no such version or part
     */
    public Dataset<Row> read(String version, String part) {
        DatasetVersion found = version(version);
        List<String> parts = found.tables().stream()
                .map(TableVersion::name)
                .filter(name -> !List.of("raw", "quarantine").contains(name))
                .toList();
        if (!parts.contains(part)) {
            throw new Failure.Usage("version %d of %s has no part '%s'; it has %s."
                    .formatted(found.version(), spec.name(), part, String.join(", ", parts)));
        }
        return new Copies(this).read(found, part).orElseGet(() -> table(part)
                .at(found.table(part).orElseThrow().deltaVersion()));
    }

    /** The same, somebody vouching for what is tagged, trained and cleaned up. */
    public Lake by(Publisher publisher) {
        return new Lake(session, spec, publisher);
    }

    /** The session, which starts if nothing has asked for it yet. */
    public SparkSession spark() {
        return session.spark();
    }

    /** {@code raw}, {@code quarantine} or a part, by name. */
    public Table table(String name) {
        return Table.of(session, spec.tables().locate(name));
    }

    public Table raw() {
        return table("raw");
    }

    public Table quarantine() {
        return table("quarantine");
    }

    /** The names of the tables that hold examples: the parts, then those of the outputs, in the spec's order. */
    public List<String> parts() {
        return spec.chains().stream().flatMap(chain -> chain.tables().stream()).toList();
    }

    /**
     * A table that a command fills for whoever asked for it.
     *
     * @param folder what {@code --output} says
     * @throws Failure.Usage when it is no path, or is, holds or lies in a table of the dataset or its landing
     */
    Table output(String folder) {
        String uri = absolute("--output", folder);
        Stream<String> own = Stream.concat(Tables.names(parts()).stream(), Stream.of("copies"))
                .map(name -> spec.tables().locate(name))
                .filter(TableName.Folder.class::isInstance)
                .map(TableName::text);
        Stream.concat(
                        own,
                        Stream.of(Landing.fixed(new Path(spec.source().path())).toString()))
                .filter(place -> (place + "/").startsWith(uri + "/") || (uri + "/").startsWith(place + "/"))
                .findFirst()
                .ifPresent(place -> {
                    throw new Failure.Usage(
                            "--output %s: %s is the dataset's own; name a folder beside it.".formatted(uri, place));
                });
        return Table.of(session, new TableName.Folder(uri));
    }

    /** The URI of a path that a person gave for an option, relative to the working directory. */
    String absolute(String option, String text) {
        try {
            Path path = new Path(text);
            return path.getFileSystem(hadoop()).makeQualified(path).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException e) {
            throw new Failure.Usage("%s '%s' is no path: %s".formatted(option, text, e.getMessage()));
        }
    }

    public Versions versions() {
        return Versions.of(session, spec.tables().locate("lineage/versions"));
    }

    public Ledger ledger() {
        return Ledger.of(session, spec.tables().locate("lineage/files"));
    }

    public Batches batches() {
        return Batches.of(session, spec.tables().locate("lineage/batches"));
    }

    public Tags tags() {
        return Tags.of(session, spec.tables().locate("lineage/tags"), publisher.signer());
    }

    public Trainings trainings() {
        return Trainings.of(session, spec.tables().locate("lineage/trainings"), publisher.signer());
    }

    public Retirements retirements() {
        return Retirements.of(session, spec.tables().locate("lineage/retirements"), publisher.signer());
    }

    /** The fitted models of the feature steps. */
    public Models models() {
        return Models.of(session, spec.tables().locate("lineage/models").text());
    }

    /**
     * The version that a person names: a number, a tag, or {@code latest}.
     *
     * @throws Failure.Usage when there is none
     */
    public DatasetVersion version(String reference) {
        Optional<DatasetVersion> latest = versions().latest();
        if (latest.isEmpty()) {
            throw new Failure.Usage(
                    "%s has no version yet. Run `lakeproof run %s`.".formatted(spec.name(), spec.file()));
        }
        Optional<DatasetVersion> found;
        if (reference.equals("latest")) {
            found = latest;
        } else if (reference.matches("[0-9]{1,18}")) {
            found = versions().find(Long.parseLong(reference));
        } else {
            found = tags().find(reference).flatMap(versions()::find);
        }
        return found.orElseThrow(() -> new Failure.Usage(
                "%s has no version or tag '%s': its versions are 1 to %d. Run `lakeproof versions %s`."
                        .formatted(spec.name(), reference, latest.get().version(), spec.file())));
    }

    /**
     * The dataset as a version's record describes it, its tables where they are now.
     *
     * @param refusal what every problem begins with, such as {@code cannot be replayed}
     * @throws Failure.Usage with every problem: a class, or a table that a {@code join} names, is gone
     */
    Lake recorded(DatasetVersion version, String refusal) {
        try {
            return new Lake(
                    spark(),
                    SpecReader.recorded(
                                    version.recordTree().get("specText").asText(),
                                    "version %d of %s %s: its recorded spec"
                                            .formatted(version.version(), spec.name(), refusal),
                                    spec.file(),
                                    spark())
                            .spec()
                            .in(spec.tables()));
        } catch (Failure.BadSpec e) {
            throw new Failure.Usage(e.getMessage());
        }
    }

    /** What the commits of a run's new attempt carry. */
    public Stamp stamp(String runId) {
        return Stamp.of(spec.name(), runId);
    }

    /** The user that the session works for: on Databricks the one who runs the job. */
    public String principal() {
        // Over rows that are there, for which the optimiser answers; without FROM it is a Spark job.
        return spark().createDataset(List.of(0), Encoders.INT())
                .selectExpr("current_user()")
                .first()
                .getString(0);
    }

    /** Names what Spark does from here on, for whoever looks at its web page. */
    public void describe(String step) {
        session.running().ifPresent(spark -> spark.sparkContext().setJobDescription(step + " " + spec.name()));
    }

    /** A column by its exact name, whatever characters it holds. */
    public static Column column(String name) {
        return col("`" + name.replace("`", "``") + "`");
    }

    public Configuration hadoop() {
        return session.hadoop();
    }
}
