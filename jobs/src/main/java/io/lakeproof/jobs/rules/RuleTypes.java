package io.lakeproof.jobs.rules;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every rule type of the DQDL reference: where it works, or why it does not. */
final class RuleTypes {

    /** About one row, looking at no other: these work at every level. */
    static final List<String> ROW = List.of("IsComplete", "ColumnValues", "ColumnLength", "ColumnDataType");

    /** About many rows: these work at the levels batch, dataset and examples. */
    static final List<String> MANY_ROWS = List.of(
            "RowCount",
            "ColumnCount",
            "ColumnExists",
            "ColumnNamesMatchPattern",
            "Completeness",
            "IsUnique",
            "Uniqueness",
            "UniqueValueRatio",
            "DistinctValuesCount",
            "IsPrimaryKey",
            "Mean",
            "Sum",
            "StandardDeviation",
            "Entropy",
            "ColumnCorrelation",
            "DataFreshness",
            "CustomSql");

    /** Type to the reason and the remedy. */
    static final Map<String, String> REFUSED = refused();

    private RuleTypes() {}

    static Stream<String> all() {
        return Stream.of(ROW, MANY_ROWS, REFUSED.keySet()).flatMap(types -> types.stream());
    }

    private static Map<String, String> refused() {
        String other = "it compares with another data set, and a spec has one; ";
        String file = "source files are checked when they are taken in; ";
        Map<String, String> refused = new LinkedHashMap<>();
        refused.put("RowCountMatch", other + "use RowCount with the number that is expected");
        refused.put("ReferentialIntegrity", other + "join the other table and write IsComplete on a joined column");
        refused.put("DatasetMatch", other + "compare two versions with `lakeproof diff`");
        refused.put("SchemaMatch", other + "the contract already fixes names and types");
        refused.put("AggregateMatch", other + "use Sum or Mean with the number that is expected");
        refused.put(
                "DetectAnomalies",
                "it judges a measure by its history, so the same data could pass today and fail tomorrow;"
                        + " use the measure itself with bounds");
        refused.put("AllStatistics", "it measures and asks nothing; use one rule per measure, such as Mean");
        refused.put("FileMatch", file + "the version record names each one's SHA-256");
        refused.put("FileUniqueness", file + "a copy of a known file is noticed by its SHA-256");
        refused.put("FileFreshness", file + "use DataFreshness on a column");
        refused.put("FileSize", file + "use RowCount");
        return refused;
    }
}
