package io.lakeproof.jobs.ingest;

import io.lakeproof.jobs.Failure;
import io.lakeproof.jobs.spec.Source;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/** What is inside a file of a landing. */
@SuppressWarnings("JavaLangClash") // Readable is always written Inspection.Readable, or imported
public sealed interface Inspection {

    /** The file that was inspected. */
    SourceFile file();

    /** Of its stored bytes, lower-case hexadecimal; absent: the file waits. */
    Optional<String> sha256();

    /** One line: what is wrong with the file and what to do; empty when it is readable. */
    String reason();

    /**
     * A file that {@link SourceReader} reads by the contract.
     *
     * @param ignored its columns that the contract lacks
     * @param torn the rows that a line break within quotes tore apart; empty for most
     * @param notes what people should know about it, each a line; empty: it is just as the contract says
     */
    record Readable(
            SourceFile file,
            Optional<String> sha256,
            Layout layout,
            List<String> ignored,
            Set<String> torn,
            List<String> notes)
            implements Inspection {
        @Override
        public String reason() {
            return "";
        }
    }

    /** A file that as a whole cannot be read. */
    record Unreadable(SourceFile file, Optional<String> sha256, String reason) implements Inspection {}

    /** A file that changed meanwhile, is gone, or whose storage did not answer: the next run looks at it again. */
    record Waits(SourceFile file, String reason) implements Inspection {
        @Override
        public Optional<String> sha256() {
            return Optional.empty();
        }
    }

    /**
     * Opens every file once, in one distributed Spark job; one more small job per layout reads the schema of parquet, orc
     * and avro files.
     *
     * @return one for each file, in the order given
     * @throws Failure.BadSpec when the format cannot be read here: avro without the spark-avro package
     */
    static List<Inspection> of(SparkSession session, Source source, List<SourceFile> files) {
        return new Inspector(session, source).inspect(files);
    }
}
