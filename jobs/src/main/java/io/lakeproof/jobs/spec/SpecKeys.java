package io.lakeproof.jobs.spec;

import io.lakeproof.jobs.spec.Shape.Choice;
import io.lakeproof.jobs.spec.Shape.Keys;
import io.lakeproof.jobs.spec.Shape.ListOf;
import io.lakeproof.jobs.spec.Shape.OneOrMore;
import io.lakeproof.jobs.spec.Shape.OrList;
import io.lakeproof.jobs.spec.Shape.Single;
import io.lakeproof.jobs.spec.Shape.SpecKey;
import io.lakeproof.jobs.spec.Shape.Steps;
import java.util.stream.Stream;

/** Every key of the spec, once: the reader, the JSON Schema and the reference page all come from here. */
final class SpecKeys {

    private static final Shape COLUMNS = new OneOrMore(Single.TEXT);
    private static final Shape RULES = new ListOf(Single.TEXT);

    private static final Keys UPSERT = Keys.of(
            required("key", COLUMNS, "[id]", "The columns that name an entity: one row is kept for each."),
            optional(
                    "order-by",
                    COLUMNS,
                    "the last arrival wins",
                    "[updated_at]",
                    "The columns whose greatest value wins; different rows of one batch that tie go to quarantine, and of those of several batches the last to arrive wins."),
            optional(
                    "delete-when",
                    Single.TEXT,
                    "no entity is removed",
                    "\"op = 'D'\"",
                    "A SQL condition on the winning row that removes the entity."));

    private static final Keys SOURCE = Keys.of(
            required(
                    "path",
                    Single.TEXT,
                    "landing/*.csv",
                    "The landing: a folder, with all that is nested in it, or a glob, in which ** is any number of folders."),
            required(
                    "format",
                    new Choice(Stream.of(Source.Format.values())
                            .map(Source.Format::sparkName)
                            .toList()),
                    "csv",
                    "What the files are. avro needs spark-avro on the class path."),
            optional(
                    "options",
                    Keys.of()
                            .and(optional(
                                    "<option>",
                                    Single.OPTION,
                                    "Spark's default",
                                    "true",
                                    "An option of Spark's reader for the format; credentials are refused.")),
                    "Spark's defaults, but `header: true` for csv",
                    "{sep: \";\"}",
                    "How the files are written, in the words of Spark's reader."),
            optional(
                    "schema",
                    Single.TEXT,
                    "a problem, unless the format is text, binaryFile, image or idx, whose columns are fixed",
                    "schema.ddl",
                    "The contract: the columns in SQL (`id BIGINT NOT NULL, note STRING`), or a file with them. Text on one"
                            + " line without a space, or that ends in .ddl or .sql, names a file."),
            optional("null-values", new ListOf(Single.LITERAL), "none", "[\"-1\", NA]", "Texts that mean NULL."),
            optional(
                    "load",
                    Choice.of(Source.Load.values()),
                    "append, or upsert if the key upsert is there",
                    "append",
                    "How a batch meets what is there: its rows are added, replace all, or replace those of the same key."),
            optional(
                    "key",
                    COLUMNS,
                    "none; load: upsert needs it, here or below upsert",
                    "[id]",
                    "The key of load: upsert, in short for upsert: {key: [id]}."),
            optional("upsert", UPSERT, "none", "{key: [id]}", "How the rows of one key become one row."),
            optional(
                    "on-changed",
                    Choice.of(Source.OnChanged.values()),
                    "wait",
                    "replace",
                    "What happens when a file that was taken in has other content now: it is reported and not taken, its"
                            + " new rows replace its old ones, or they are added."),
            optional(
                    "on-copy",
                    Choice.of(Source.OnCopy.values()),
                    "skip",
                    "take",
                    "What happens to a file whose content was taken in under another path."),
            optional(
                    "settle",
                    Single.DURATION,
                    "0",
                    "10s",
                    "A file younger than this waits for the next run: a number and s, m, h or d."),
            optional(
                    "complete-when",
                    Single.TEXT,
                    "files need no marker",
                    "_SUCCESS",
                    "The name of a marker file without which the files of a folder wait."),
            optional(
                    "after",
                    Choice.of(Source.After.values()),
                    "keep",
                    "archive",
                    "What happens to files once they are published: archive moves them to _archive below the landing."));

    private static final Keys TABLES = Keys.of(
                    optional(
                            "root",
                            Single.TEXT,
                            "catalog and schema say where tables are",
                            "/lake/porto_seguro",
                            "A folder: the tables are root/raw, root/quarantine, one per part, root/lineage/versions …"),
                    optional("catalog", Single.TEXT, "the session's current catalog", "main", "The catalog of schema."),
                    optional(
                            "schema",
                            Single.TEXT,
                            "root says where tables are",
                            "porto_seguro",
                            "A schema: the tables are schema.raw, schema.quarantine, one per part, schema.lineage_versions …"))
            .and(optional(
                    "<table>",
                    Single.TEXT,
                    "below root, or in schema",
                    "/other/place",
                    "Another place for one table: raw, quarantine, a part, or lineage/versions, lineage/files,"
                            + " lineage/batches, lineage/tags, lineage/trainings. A folder, or a name: schema.table or"
                            + " catalog.schema.table; ./a.b is a folder."));

    private static final Keys WAIVER = Keys.of(
            required("reason", Single.TEXT, "the supplier repairs it by May", "Why the rule may be broken."),
            required("by", Single.TEXT, "Ada Lovelace, data owner", "Who answers for it."),
            required("until", Single.TEXT, "2026-12-31", "The last day on which it holds, in UTC."));

    private static final Keys WAIVERS = Keys.of()
            .and(optional(
                    "<rule>",
                    WAIVER,
                    "breaking it rejects",
                    "{reason: the supplier repairs it by May, by: Ada Lovelace, until: 2026-12-31}",
                    "A rule of batch, dataset or examples as it is written there, or `max-quarantined`."));

    private static final Keys RULES_BY_LEVEL = Keys.of(
            optional("rows", RULES, "none", "[IsComplete \"id\"]", "A row that breaks one goes to quarantine."),
            optional("batch", RULES, "none", "[RowCount > 0]", "About the new files; breaking one rejects them."),
            optional(
                    "dataset",
                    RULES,
                    "none",
                    "[IsUnique \"id\"]",
                    "About all rows that the new version would take in; breaking one rejects the batch."),
            optional(
                    "examples",
                    RULES,
                    "none",
                    "[ColumnExists \"target\"]",
                    "About all rows that the new version would hold, after the transforms; breaking one rejects the"
                            + " batch."),
            optional(
                    "max-quarantined",
                    Single.SHARE,
                    "any share",
                    "1%",
                    "The share of a batch's rows that may be unreadable or turned away, or of all rows where a change of"
                            + " the spec judges all again; above it nothing is published."),
            optional(
                    "waivers",
                    WAIVERS,
                    "none",
                    "{'RowCount > 0': {reason: no sales on holidays, by: Ada Lovelace, until: 2026-12-31}}",
                    "Rules that may be broken for a time, by whose word and why. The version record keeps what they let"
                            + " through."));

    private static final Keys TIME = Keys.of(required("column", Single.TEXT, "date", "A date or timestamp column."))
            .and(optional(
                    "<part>-from",
                    Single.TEXT,
                    "a problem for every part but the first",
                    "2026-01-31",
                    "Where a part begins, inclusive: a date (midnight UTC) or an instant (2026-01-31T00:00:00Z)."));

    private static final Keys SHARES = Keys.of()
            .and(optional(
                    "<part>",
                    Single.POSITIVE,
                    "no such part",
                    "80",
                    "The part's share, relative to the others'; unused without a key."));

    private static final Keys SPLIT = Keys.of(
            optional(
                    "key",
                    COLUMNS,
                    "time alone decides",
                    "id",
                    "The columns whose values decide; rows that share them stay together."),
            optional("seed", Single.WHOLE, "0", "42", "Another seed gives another split."),
            optional(
                    "parts",
                    SHARES,
                    "{train: 80, validation: 10, test: 10}",
                    "{train: 80, test: 20}",
                    "The parts, in order. A name has letters, digits, _ and -, and is none of raw, quarantine, lineage,"
                            + " input."),
            optional(
                    "time",
                    TIME,
                    "the key alone decides",
                    "{column: date, validation-from: 2026-01-01, test-from: 2026-04-01}",
                    "Split by time. With a key as well, a row stays only where both agree; the others are dropped and"
                            + " counted."),
            optional(
                    "on-leakage",
                    Choice.of(Spec.OnLeakage.values()),
                    "what leaks among the examples that a run wrote is reported",
                    "reject",
                    "Looks for leaks among all examples, which reads the whole dataset, and reports them, or rejects."),
            optional(
                    "stratify",
                    Single.TEXT,
                    "a row's part depends on no other row",
                    "species",
                    "A column of the examples; each of its values, NULL among them, is a class that the parts share to the"
                            + " row. Every batch cuts all classes anew, and rows can change parts."));

    private static final Keys OUTPUT = Keys.of(
            optional(
                    "transforms",
                    Steps.TRANSFORMS,
                    "the rows as the dataset's own transforms leave them",
                    "[{sql: {file: sessions.sql}}]",
                    "Steps, in order, over what comes out of the dataset's own transforms, before its split."),
            optional(
                    "rules",
                    Keys.of(optional(
                            "examples",
                            RULES,
                            "none",
                            "[RowCount > 0]",
                            "About all rows that the new version of this output would hold; breaking one rejects the"
                                    + " batch.")),
                    "none",
                    "{examples: ['IsUnique \"user\"']}",
                    "What must hold of the output, in DQDL."),
            optional(
                    "split",
                    Keys.of(
                            optional(
                                    "key",
                                    COLUMNS,
                                    "time alone decides",
                                    "user",
                                    "The columns whose values decide. With seed and parts of the dataset, the same key"
                                            + " goes into the same part of every table."),
                            optional("seed", Single.WHOLE, "the dataset's", "42", "Another seed gives another split."),
                            optional("parts", SHARES, "the dataset's", "{train: 80, test: 20}", "As in split."),
                            optional(
                                    "time",
                                    TIME,
                                    "the key alone decides",
                                    "{column: begun, validation-from: 2026-01-01, test-from: 2026-04-01}",
                                    "As in split."),
                            optional(
                                    "stratify",
                                    Single.TEXT,
                                    "a row's part depends on no other row",
                                    "churned",
                                    "As in split.")),
                    "one table holds all rows",
                    "{key: user}",
                    "How a row finds its part; the tables are then named output/part."),
            optional(
                    "label",
                    Single.TEXT,
                    "nothing is looked for that determines it",
                    "churned",
                    "The column of the output that is to be predicted."));

    private static final Keys AZURE_ML = Keys.of(
            required(
                    "workspace",
                    Single.TEXT,
                    "${AML_WORKSPACE}",
                    "The workspace's resource id:"
                            + " /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…"),
            required(
                    "job",
                    Single.TEXT,
                    "train-job.json",
                    "A file with the body of the request that creates the job (command, pipeline, sweep …), or invokes"
                            + " batch-endpoint; `${lakeproof.…}` in it is filled in."),
            optional(
                    "batch-endpoint",
                    Single.TEXT,
                    "the job is created in the workspace",
                    "https://train.westeurope.inference.ml.azure.com/jobs",
                    "The address of a batch endpoint, which is invoked instead."),
            optional(
                    "deployment",
                    Single.TEXT,
                    "the endpoint's default deployment",
                    "blue",
                    "The deployment of batch-endpoint."),
            optional(
                    "folder",
                    Single.TEXT,
                    "tables.root/training; required without a root",
                    "abfss://lake@account.dfs.core.windows.net/claims/training",
                    "Where each version's hand-over lies: lakeproof.json, an MLTable for each part, and what export writes."),
            optional(
                    "data-asset",
                    Choice.of(Training.DataAsset.values()),
                    "register",
                    "none",
                    "Whether each version that is trained on becomes a data asset, with one of type mltable for each part."),
            optional(
                    "reader",
                    Choice.of(Training.Reader.values()),
                    "mltable",
                    "any",
                    "What reads the tables in the training. mltable: a part that it can't read (column mapping, deletion"
                            + " vectors) is refused; any: nothing is checked."),
            optional(
                    "export",
                    Choice.of(Training.Export.values()),
                    "none",
                    "parquet",
                    "parquet: each part is also written as plain Parquet, for readers that can't read Delta."),
            optional(
                    "models",
                    new OneOrMore(Single.TEXT),
                    "every model of the workspace is looked through",
                    "[risk]",
                    "The models that the job registers: their versions that the job made are recorded."),
            optional(
                    "endpoint",
                    Single.TEXT,
                    "https://management.azure.com",
                    "https://management.usgovcloudapi.net",
                    "Azure Resource Manager of another cloud, or a private one. https, but for the loopback."),
            optional(
                    "audience",
                    Single.TEXT,
                    "https://ml.azure.com",
                    "https://ml.azure.us",
                    "Whom the tokens for batch-endpoint are asked for."));

    private static final OrList FEATURES = new OrList(
            "steps",
            Keys.of(
                    optional(
                            "refit",
                            Choice.of(Features.Refit.values()),
                            "never",
                            "always",
                            "When the steps are fitted again though nothing in the spec changed: never, once what they learn"
                                    + " from has drifted, or with every batch. It rebuilds the parts."),
                    optional(
                            "drift",
                            Single.SHARE,
                            "refit: on-drift needs it",
                            "0.2",
                            "For on-drift: the share of train's rows, above 0, that would need another value in a column for the"
                                    + " column to be spread as when the steps were fitted."),
                    required(
                            "steps",
                            Steps.FEATURES,
                            "[impute: {columns: [age]}]",
                            "The feature steps, each with one key.")));

    private static final Keys STORAGE_ACCOUNT = Keys.of(
            optional("key", Single.SECRET, "sas opens it", "kv://team-vault/partner-key", "The account's key."),
            optional("sas", Single.SECRET, "key opens it", "kv://team-vault/partner-sas", "A SAS token."));

    /** Read before the rest: a session that opens the accounts is needed for that. */
    static final Keys STORAGE = Keys.of()
            .and(optional(
                    "<account>",
                    STORAGE_ACCOUNT,
                    "the environment opens it",
                    "{sas: kv://team-vault/partner-sas}",
                    "An account, by `key` or by `sas`: where in Azure Key Vault its secret is, kv://VAULT/NAME."
                            + " What the environment says of the account comes first."));

    private static final Keys TRAINING = Keys.of(
            optional(
                    "when",
                    Choice.of(Training.When.values()),
                    "always",
                    "on-rows",
                    "Which versions a run hands over: each, none (`lakeproof train` does), those that bring enough new"
                            + " examples, or those whose train part has drifted."),
            optional(
                    "rows",
                    Single.ROWS,
                    "when: on-rows needs it",
                    "10%",
                    "For on-rows: how many examples must be new since the last version that was trained on, as a number or"
                            + " as a share of that version's. What a rebuild writes is new."),
            optional(
                    "drift",
                    Single.SHARE,
                    "when: on-drift needs it",
                    "0.2",
                    "For on-drift: the share of train's rows, above 0, that would need another value in a column for the column"
                            + " to be spread as in the version that was last trained on."),
            optional(
                    "drift-columns",
                    new OneOrMore(Single.TEXT),
                    "all but the split's key and time, dates and timestamps",
                    "[age, region]",
                    "For on-drift: the columns of train that are measured."),
            required(
                    "azure-ml",
                    AZURE_ML,
                    "{workspace: \"${AML_WORKSPACE}\", job: train-job.json}",
                    "The training in Azure Machine Learning."));

    /** The spec as a whole. */
    static final Keys ALL = Keys.of(
            required(
                    "name",
                    Single.TEXT,
                    "porto_seguro",
                    "The dataset's name: a letter, then letters, digits, _ and -."),
            optional("description", Single.TEXT, "none", "One row per policy.", "One sentence for people."),
            optional("owner", Single.TEXT, "nobody is named", "pricing@example.com", "Who answers for the dataset."),
            optional(
                    "label",
                    Single.TEXT,
                    "nothing is looked for that determines it",
                    "target",
                    "The column of the examples that is to be predicted: columns that determine it alone are reported."),
            about("purpose", "Pricing of motor policies.", "What the data may be used for."),
            about("legal-basis", "Contract, Art. 6(1)(b) GDPR.", "What allows to use it."),
            about("jurisdiction", "EU", "Whose law applies."),
            about("period-covered", "2024-01 to 2025-12", "From when to when."),
            about("supplier", "The claims department.", "Who delivered it."),
            about("retention-class", "10 years after the model.", "How long it is kept."),
            required("source", SOURCE, "{path: landing, format: csv, schema: schema.ddl}", "Where files come from."),
            required(
                    "tables",
                    TABLES,
                    "{root: lake}",
                    "Where the Delta tables are: root, or schema with or without catalog."),
            optional(
                    "storage",
                    STORAGE,
                    "the environment opens every account",
                    "{partner: {sas: kv://team-vault/partner-sas}}",
                    "How `abfss:` accounts are opened on a laptop; on a cluster, its own configuration does. See"
                            + " [azure.md](../azure.md)."),
            optional("rules", RULES_BY_LEVEL, "none", "{rows: ['IsComplete \"id\"']}", "What must hold, in DQDL."),
            optional(
                    "transforms",
                    Steps.TRANSFORMS,
                    "none",
                    "[drop: note]",
                    "Steps between raw and the split, in order."),
            required("split", SPLIT, "{key: id}", "How an example finds its part: by key, by time, or both."),
            optional(
                    "features",
                    FEATURES,
                    "none",
                    "[impute: {columns: [age], strategy: median}]",
                    "Steps behind the split, fitted on the train part alone and applied to every part, in order: a list, or a"
                            + " mapping of steps and refit."),
            optional(
                    "protect",
                    Choice.of(Spec.Protect.values()),
                    "a tagged version is kept by retention alone",
                    "copy",
                    "copy: each version that is tagged gets copies of its tables, below copies/VERSION, which no clean-up of"
                            + " the tables themselves reaches."),
            optional(
                    "training",
                    TRAINING,
                    "nothing is trained",
                    "{azure-ml: {workspace: \"${AML_WORKSPACE}\", job: train-job.json}}",
                    "What is trained on a version once it is published."),
            optional(
                    "outputs",
                    Keys.of()
                            .and(optional(
                                    "<output>",
                                    OUTPUT,
                                    "no such output",
                                    "{transforms: [{sql: {file: sessions.sql}}]}",
                                    "A table, or with a split one for each part, published in the same version. A name"
                                            + " has letters, digits, _ and -.")),
                    "none",
                    "{sessions: {transforms: [{sql: {file: sessions.sql}}]}}",
                    "Further tables, made of what comes out of the transforms."));

    private SpecKeys() {}

    private static SpecKey required(String name, Shape shape, String example, String meaning) {
        return new SpecKey(name, shape, null, example, meaning);
    }

    private static SpecKey optional(String name, Shape shape, String absent, String example, String meaning) {
        return new SpecKey(name, shape, absent, example, meaning);
    }

    private static SpecKey about(String name, String example, String meaning) {
        return optional(name, Single.TEXT, "not recorded", example, meaning + " Recorded as it is.");
    }
}
