package io.lakeproof.jobs.ingest;

import java.util.List;
import org.apache.spark.sql.types.StructType;

/** How a file's columns lie in it. Files of equal layout are read together. */
sealed interface Layout {

    /** A csv file's header, in the file's order; without a header line, the contract's names. */
    record Csv(List<String> header) implements Layout {}

    /**
     * A json file.
     *
     * @param names the top-level names that are in the contract, ignoring case, as the file spells them; sorted
     */
    record Json(List<String> names, Documents documents) implements Layout {}

    /** How the rows lie in a json file. */
    enum Documents {
        /** A document a line, and no array. */
        LINES,
        /** A line may hold an array, whose items are rows. */
        LINES_OF_ARRAYS,
        /** The file is one document, or one array. */
        WHOLE,
        /** The file is to be one document, and breaks off or is none. */
        BROKEN
    }

    /** The schema that a parquet, orc or avro file carries, as Spark reads it. */
    record Typed(StructType schema) implements Layout {}

    /** Columns that the format fixes: text, binaryFile, image and idx. */
    record Fixed() implements Layout {}

    /** No bytes, or none after decompression, or the labels of other files' rows: no rows. */
    record Empty() implements Layout {}
}
