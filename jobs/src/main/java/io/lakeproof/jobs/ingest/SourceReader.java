package io.lakeproof.jobs.ingest;

import java.util.*;
import org.apache.spark.sql.*;

public final class SourceReader {
    public static org.apache.spark.sql.types.StructType columns(io.lakeproof.jobs.spec.Source s) {
        return s.contract();
    }

    public static Dataset<Row> read(
            SparkSession s, io.lakeproof.jobs.spec.Source source, List<Inspection.Readable> files) {
        return null;
    }

    public static List<Inspection.Unreadable> unreadable(
            SparkSession s, io.lakeproof.jobs.spec.Source source, List<Inspection.Readable> files) {
        return null;
    }
}
