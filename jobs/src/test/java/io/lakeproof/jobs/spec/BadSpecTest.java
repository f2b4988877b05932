package io.lakeproof.jobs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lakeproof.jobs.Failure;
import io.lakeproof.testkit.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each mistake is answered with, word for word. */
class BadSpecTest {

    /** A mistake made in {@link SpecReaderTest#SMALL}, and the answer. */
    record Mistake(String name, String from, String to, List<String> answer) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Mistake mistake(String name, String from, String to, String... answer) {
        return new Mistake(name, from, to, List.of(answer));
    }

    private static final Map<String, String> ENV = Map.of("EMPTY", "", "SEED", "many", "URI", "a://b?sig=abcdefghijk");

    @TempDir
    Path dir;

    static Stream<Mistake> mistakes() {
        return Stream.of(
                // Keys
                mistake(
                        "a misspelt key",
                        "format: csv",
                        "fromat: csv",
                        "dataset.yaml:4 source.fromat: unknown key, did you mean 'format'?"),
                mistake(
                        "a key like no other",
                        "name: claims",
                        "name: claims\nzzzzzz: 1",
                        "dataset.yaml:2 zzzzzz: unknown key; the keys here are name, description, owner, label, purpose, legal-basis, jurisdiction, period-covered, supplier, retention-class, source, tables, storage, rules, transforms, split, features, protect, training, outputs"),
                mistake(
                        "a key twice",
                        "  format: csv",
                        "  format: csv\n  format: json",
                        "dataset.yaml:5 source.format: the key stands here again, first on line 4; remove one"),
                mistake(
                        "a key that is missing",
                        "name: claims\n",
                        "",
                        "dataset.yaml:1 name: missing; add it, such as name: porto_seguro"),
                mistake(
                        "a block that is missing",
                        "split:\n  key: id\n",
                        "",
                        "dataset.yaml:1 split: missing; add it, such as split: {key: id}"),
                mistake(
                        "a key without a value",
                        "format: csv",
                        "format:",
                        "dataset.yaml:4 source.format: no value; write one, such as csv, or remove the key"),
                mistake(
                        "a block without a value",
                        "split:\n  key: id\n",
                        "split:\n",
                        "dataset.yaml:8 split: no value; write one, such as {key: id}, or remove the key"),
                mistake(
                        "feature steps that do not fit the columns",
                        "key: id",
                        """
                        key: id
                        features:
                          - scale: {columns: [amont]}
                          - one-hot: {columns: [id], unknown: ignore}
                          - estimator: {class: java.lang.ProcessBuilder}
                          - class-weights:
                        """,
                        "dataset.yaml:11 features[0].scale: no column 'amont', did you mean 'amount'?; there is id, amount",
                        "dataset.yaml:12 features[1].one-hot.unknown: 'ignore' is not one of bucket, error",
                        "dataset.yaml:13 features[2].estimator.class: class java.lang.ProcessBuilder is neither an Estimator"
                                + " nor a Transformer of Spark ML",
                        "dataset.yaml:14 features[3].class-weights.label: missing, and the spec names none; write label: target"),
                mistake(
                        "feature steps that are fitted when nobody knows",
                        "key: id",
                        "key: id\nfeatures:\n  refit: sometimes\n  steps: [scale: {columns: amount}]",
                        "dataset.yaml:11 features.refit: 'sometimes' is not one of never, on-drift, always"),
                mistake(
                        "classes of a column that is not there",
                        "key: id",
                        "key: id\n  stratify: amuont",
                        "dataset.yaml:10 split.stratify: no column 'amuont', did you mean 'amount'?; there is id, amount"),
                mistake(
                        "a list for a key",
                        "name: claims",
                        "name: claims\n? [a]\n: b",
                        "dataset.yaml:2: a key is a list or a mapping; put text that begins with [ or { in quotes"),
                mistake(
                        "a merge key",
                        "name: claims",
                        "name: claims\n<<: {owner: me}",
                        "dataset.yaml:2 <<: unknown key; the keys here are name, description, owner, label, purpose, legal-basis, jurisdiction, period-covered, supplier, retention-class, source, tables, storage, rules, transforms, split, features, protect, training, outputs"),
                // The outputs
                mistake(
                        "outputs under names that are taken, or are none",
                        "name: claims",
                        "name: claims\noutputs:\n  Train: {}\n  lineage: {}\n  2b: {}\n  a: {}\n  A: {}",
                        "dataset.yaml:3 outputs.Train: 'train' names something else; give the output another name",
                        "dataset.yaml:4 outputs.lineage: 'lineage' names something else; give the output another name",
                        "dataset.yaml:5 outputs.2b: '2b' is not a name; begin with a letter, go on with letters, digits, _ and -",
                        "dataset.yaml:7 outputs.A: 'a' names something else; give the output another name"),
                mistake(
                        "an output with a key that only the dataset has, and a part that is none",
                        "name: claims",
                        "name: claims\noutputs:\n  a:\n    rules: {rows: []}\n    split: {key: id, parts: {raw: 1, test: 1}}\n    lable: amount",
                        "dataset.yaml:4 outputs.a.rules.rows: unknown key; the keys here are examples",
                        "dataset.yaml:5 outputs.a.split.parts.raw: 'raw' names something else; give the part another name",
                        "dataset.yaml:6 outputs.a.lable: unknown key, did you mean 'label'?"),
                mistake(
                        "tables that a schema or a workspace could not tell apart",
                        "name: claims",
                        "name: claims\noutputs:\n  a: {split: {key: id}}\n  a-test: {}",
                        "dataset.yaml:4 outputs.a-test: 'a-test' and the table 'a/test' get one name in a catalog or a workspace; give the output another name"),
                // The training
                mistake(
                        "a training without a place",
                        "name: claims",
                        "name: claims\ntraining: {when: manual}",
                        "dataset.yaml:2 training.azure-ml: missing; add it, such as azure-ml: {workspace: \"${AML_WORKSPACE}\", job: train-job.json}"),
                mistake(
                        "training by drift without a distance",
                        "name: claims",
                        "name: claims\ntraining: {when: on-drift, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.drift: missing; when: on-drift needs it: add it, such as drift: 0.2"),
                mistake(
                        "a drift of columns without training by drift",
                        "name: claims",
                        "name: claims\ntraining: {drift: 20%, drift-columns: amount, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.drift: has a meaning with when: on-drift alone; write that, or remove it",
                        "dataset.yaml:2 training.drift-columns: has a meaning with when: on-drift alone; write that, or remove it"),
                mistake(
                        "a drift of columns that are not there",
                        "name: claims",
                        "name: claims\ntraining: {when: on-drift, drift: 0.2, drift-columns: [ammount], azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.drift-columns: there is no column 'ammount', did you mean 'amount'?"),
                mistake(
                        "a drift above all",
                        "name: claims",
                        "name: claims\ntraining: {when: on-drift, drift: 1.5, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.drift: '1.5' is not a share; write 1% or 0.01"),
                mistake(
                        "a drift that is none",
                        "key: id",
                        "key: id\nfeatures:\n  refit: on-drift\n  drift: 0\n  steps: [scale: {columns: amount}]",
                        "dataset.yaml:12 features.drift: 0 is no drift; write a share above 0, such as 0.2"),
                mistake(
                        "a refit by drift without a distance",
                        "key: id",
                        "key: id\nfeatures:\n  refit: on-drift\n  steps: [scale: {columns: amount}]",
                        "dataset.yaml:10 features.drift: missing; refit: on-drift needs it: add it, such as drift: 0.2"),
                mistake(
                        "training by rows without rows",
                        "name: claims",
                        "name: claims\ntraining: {when: on-rows, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.rows: missing; on-rows needs it: add it, such as rows: 10%"),
                mistake(
                        "rows without training by rows",
                        "name: claims",
                        "name: claims\ntraining: {rows: 10, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.rows: has a meaning with when: on-rows alone; write that, or remove it"),
                mistake(
                        "no rows",
                        "name: claims",
                        "name: claims\ntraining: {when: on-rows, rows: 0%, azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json}}",
                        "dataset.yaml:2 training.rows: '0%' is not a number of rows or a share; write 1000 or 10%"),
                mistake(
                        "a workspace by its name and a job that is not there, over http",
                        "name: claims",
                        "name: claims\ntraining:\n  azure-ml:\n    workspace: ws\n    job: nowhere.json\n    endpoint: http://management.azure.com",
                        "dataset.yaml:4 training.azure-ml.workspace: 'ws' is no workspace's resource id; `az ml workspace show --query id` prints it: /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…",
                        "dataset.yaml:5 training.azure-ml.job: 'nowhere.json' cannot be read: there is no such file; check its path",
                        "dataset.yaml:6 training.azure-ml.endpoint: 'http://management.azure.com' is not an address that begins with https://; tokens are sent to it"),
                mistake(
                        "a deployment of no endpoint",
                        "name: claims",
                        "name: claims\ntraining: {azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json, deployment: blue}}",
                        "dataset.yaml:2 training.azure-ml.deployment: has no meaning without batch-endpoint; add that, or remove it"),
                mistake(
                        "a job with a misspelt placeholder, a secret and no type",
                        "name: claims",
                        "name: claims\ntraining: {azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: bad-job.json}}",
                        "dataset.yaml:2 training.azure-ml.job: bad-job.json: '' is not a properties.jobType; write one of Command, Pipeline, Sweep, AutoML, Spark",
                        "dataset.yaml:2 training.azure-ml.job: bad-job.json: there is no ${lakeproof.tran.path}, did you mean ${lakeproof.train.path}?",
                        "dataset.yaml:2 training.azure-ml.job: bad-job.json: a value carries a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec",
                        "dataset.yaml:2 training.azure-ml.job: bad-job.json: the environment variable HUB_TOKEN names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a job that is not JSON",
                        "name: claims",
                        "name: claims\ntraining: {azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: dataset.yaml}}",
                        "dataset.yaml:2 training.azure-ml.job: dataset.yaml: is not JSON: Unrecognized token 'name': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'); mend it"),
                mistake(
                        "an invocation that is a job",
                        "name: claims",
                        "name: claims\ntraining: {azure-ml: {workspace: /subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w, job: job.json, batch-endpoint: \"https://e/jobs\"}}",
                        "dataset.yaml:2 training.azure-ml.job: job.json: has no object 'properties.InputData', which a batch endpoint wants; add it"),
                // Types
                mistake(
                        "a number for text",
                        "name: claims",
                        "name: 2026",
                        "dataset.yaml:1 name: '2026' is not text; put it in quotes"),
                mistake(
                        "a mapping for text",
                        "name: claims",
                        "name: {a: b}",
                        "dataset.yaml:1 name: a mapping is not text; put text that holds ': ' in quotes"),
                mistake(
                        "a list for text",
                        "path: landing",
                        "path: [a, b]",
                        "dataset.yaml:3 source.path: a list is not text; put it in quotes"),
                mistake(
                        "text for a mapping",
                        "tables:\n  root: lake",
                        "tables: lake",
                        "dataset.yaml:6 tables: 'lake' is not a mapping; write root: /lake/porto_seguro below it, indented"),
                mistake(
                        "text for a list of rules",
                        "name: claims",
                        "name: claims\nrules: {rows: IsComplete}",
                        "dataset.yaml:2 rules.rows: 'IsComplete' is not a list of text; begin each item with - on a line of its own"),
                mistake(
                        "a rule that YAML takes for a mapping",
                        "name: claims",
                        "name: claims\nrules:\n  rows:\n    - ColumnValues \"id\" matches \"a: b\"",
                        "dataset.yaml:4 rules.rows[0]: a mapping is not text; put text that holds ': ' in quotes"),
                mistake(
                        "text for a number",
                        "key: id",
                        "key: id\n  seed: lucky",
                        "dataset.yaml:10 split.seed: 'lucky' is not a whole number; write one such as 42"),
                mistake(
                        "a fraction for a whole number",
                        "key: id",
                        "key: id\n  seed: 1.5",
                        "dataset.yaml:10 split.seed: '1.5' is not a whole number; write one such as 42"),
                mistake(
                        "a number too great",
                        "key: id",
                        "key: id\n  seed: 1e999",
                        "dataset.yaml:10 split.seed: '1e999' is not a number that can be kept; put it in quotes if it is text"),
                mistake(
                        "a name with spaces",
                        "name: claims",
                        "name: my claims",
                        "dataset.yaml:1 name: 'my claims' is not a name; begin with a letter, go on with letters, digits, _ and -"),
                mistake(
                        "a word that is not a choice",
                        "format: csv",
                        "format: cvs",
                        "dataset.yaml:4 source.format: 'cvs' is not one of csv, json, parquet, orc, avro, text, binaryFile, image, idx; did you mean 'csv'?"),
                mistake(
                        "a word like no choice",
                        "format: csv",
                        "format: xlsx",
                        "dataset.yaml:4 source.format: 'xlsx' is not one of csv, json, parquet, orc, avro, text, binaryFile, image, idx"),
                mistake(
                        "a load that is misspelt",
                        "format: csv",
                        "format: csv\n  load: apend",
                        "dataset.yaml:5 source.load: 'apend' is not one of append, snapshot, upsert; did you mean 'append'?"),
                mistake(
                        "durations",
                        "format: csv",
                        "format: csv\n  settle: 10 minutes",
                        "dataset.yaml:5 source.settle: '10 minutes' is not a duration; write 10s, 5m, 1h or 2d"),
                mistake(
                        "a duration without a unit",
                        "format: csv",
                        "format: csv\n  settle: 10",
                        "dataset.yaml:5 source.settle: '10' is not a duration; write 10s, 5m, 1h or 2d"),
                mistake(
                        "a share that could be two",
                        "name: claims",
                        "name: claims\nrules: {max-quarantined: 1}",
                        "dataset.yaml:2 rules.max-quarantined: '1' is not a share; write 1% or 0.01"),
                mistake(
                        "a share above all",
                        "name: claims",
                        "name: claims\nrules: {max-quarantined: 101%}",
                        "dataset.yaml:2 rules.max-quarantined: '101%' is not a share; write 1% or 0.01"),
                mistake(
                        "a null value that is true",
                        "format: csv",
                        "format: csv\n  null-values: [true, {a: b}]",
                        "dataset.yaml:5 source.null-values[0]: 'true' is not text or a number; put it in quotes",
                        "dataset.yaml:5 source.null-values[1]: a mapping is not text or a number; put text that holds ': ' in quotes"),
                mistake(
                        "no columns in a list",
                        "key: id",
                        "key: []",
                        "dataset.yaml:9 split.key: the list is empty; name at least one, or remove the key"),
                // YAML
                mistake(
                        "a tab",
                        "  root: lake",
                        "\troot: lake",
                        "dataset.yaml:7: not YAML: found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation); check indentation, quotes and brackets"),
                mistake(
                        "a bracket left open",
                        "key: id",
                        "key: [id",
                        "dataset.yaml:9: not YAML: expected ',' or ']', but got <stream end>; check indentation, quotes and brackets"),
                mistake(
                        "a quote left open",
                        "key: id",
                        "key: \"id",
                        "dataset.yaml:9: not YAML: found unexpected end of stream; check indentation, quotes and brackets"),
                mistake(
                        "two documents",
                        "split:",
                        "---\nsplit:",
                        "dataset.yaml:9: a second document begins; write one file per dataset, without ---"),
                mistake(
                        "a tag",
                        "key: id",
                        "key: !!binary id",
                        "dataset.yaml:9 split.key: the tag !!binary means nothing here; remove it"),
                mistake(
                        "an alias to itself",
                        "key: id",
                        "key: &a [*a]",
                        "dataset.yaml:9: nested deeper than 50 levels; flatten it",
                        "dataset.yaml:9 split.key[0]: a list is not text; put it in quotes"),
                mistake(
                        "a list at the top",
                        "name: claims",
                        "- name: claims",
                        "dataset.yaml:2: not YAML: expected <block end>, but found '?'; check indentation, quotes and brackets"),
                // The environment and secrets
                mistake(
                        "a variable that is not set",
                        "root: lake",
                        "root: ${LAKE}/x",
                        "dataset.yaml:7 tables.root: ${LAKE} is not set in the environment; set it, or write $${LAKE} for the text itself"),
                mistake(
                        "a variable that is not set, for a number",
                        "key: id",
                        "key: id\n  seed: ${LAKE}",
                        "dataset.yaml:10 split.seed: ${LAKE} is not set in the environment; set it, or write $${LAKE} for the text itself"),
                mistake(
                        "a variable of the wrong type",
                        "key: id",
                        "key: id\n  seed: ${SEED}",
                        "dataset.yaml:10 split.seed: '${SEED}' is not a whole number; write one such as 42"),
                mistake(
                        "a variable that is empty",
                        "root: lake",
                        "root: ${EMPTY}",
                        "dataset.yaml:7 tables.root: no value; write one, such as /lake/porto_seguro, or remove the key"),
                mistake(
                        "a variable that is never closed",
                        "root: lake",
                        "root: ${LAKE/x",
                        "dataset.yaml:7 tables.root: '${LAKE/x' is never closed; write ${NAME}, or $${ for the text itself"),
                mistake(
                        "a variable that names a credential",
                        "root: lake",
                        "root: ${DB_PASSWORD}",
                        "dataset.yaml:7 tables.root: ${DB_PASSWORD} names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a password among options",
                        "format: csv",
                        "format: csv\n  options: {password: x}",
                        "dataset.yaml:5 source.options.password: the key names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "an account key among options",
                        "format: csv",
                        "format: csv\n  options: {fs.azure.account.key.a.dfs.core.windows.net: x}",
                        "dataset.yaml:5 source.options.fs.azure.account.key.a.dfs.core.windows.net: the key names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a token where no key is known",
                        "name: claims",
                        "name: claims\ntoken: abc",
                        "dataset.yaml:2 token: the key names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a signed URI",
                        "path: landing",
                        "path: https://a.blob.core.windows.net/b?sv=1&sig=abc%3D",
                        "dataset.yaml:3 source.path: the value carries a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a signed URI from the environment",
                        "path: landing",
                        "path: ${URI}",
                        "dataset.yaml:3 source.path: the value carries a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a connection string",
                        "path: landing",
                        "path: DefaultEndpointsProtocol=https;AccountKey=abc==",
                        "dataset.yaml:3 source.path: the value carries a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a user and password in a URI",
                        "path: landing",
                        "path: sftp://me:secret@host/x",
                        "dataset.yaml:3 source.path: the value carries a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                mistake(
                        "a secret where one is to be named",
                        "name: claims",
                        "name: claims\nstorage: {lake: {key: cTdacDRtWHc5UmtUMnZMcw==}}",
                        "dataset.yaml:2 storage.lake.key: the value, which is not shown, does not name a secret; write kv://VAULT/NAME, and put the secret into that vault of Azure Key Vault"),
                mistake(
                        "a name of a secret that is none",
                        "name: claims",
                        "name: claims\nstorage: {lake: {sas: 'kv://team'}}",
                        "dataset.yaml:2 storage.lake.sas: 'kv://team' names no secret; write kv://VAULT/NAME, or kv://VAULT/NAME/VERSION"),
                mistake(
                        "a vault that is none of Azure's",
                        "name: claims",
                        "name: claims\nstorage: {lake: {sas: 'kv://vault.example.com/x'}}",
                        "dataset.yaml:2 storage.lake.sas: 'kv://vault.example.com/x' names no vault; write the vault's name, or its host in another cloud, which ends in vault.azure.cn or vault.usgovcloudapi.net"),
                mistake(
                        "two ways to open an account",
                        "name: claims",
                        "name: claims\nstorage:\n  lake: {key: 'kv://team/k', sas: 'kv://team/s'}",
                        "dataset.yaml:3 storage.lake: key or sas opens an account; write one of them"),
                mistake(
                        "no way to open an account",
                        "name: claims",
                        "name: claims\nstorage:\n  lake: {}",
                        "dataset.yaml:3 storage.lake: key or sas opens an account; write one of them"),
                mistake(
                        "a secret's name where no secret can stand",
                        "path: landing",
                        "path: kv://team/landing",
                        "dataset.yaml:3 source.path: no secret can stand here; storage alone names secrets, of the accounts that it opens"),
                mistake(
                        "a secret of Databricks",
                        "path: landing",
                        "path: abfss://c@a.dfs.core.windows.net/{{secrets/scope/sas}}",
                        "dataset.yaml:3 source.path: Databricks fills in {{secrets/…}} in a cluster's environment variables and Spark configuration alone; put it there"),
                mistake(
                        "a secret for a class",
                        "name: claims",
                        "name: claims\ntransforms:\n  - class: java.lang.String\n    with: {api-key: x}",
                        "dataset.yaml:3 transforms[0].class: class java.lang.String does not implement io.lakeproof.transforms.Transform",
                        "dataset.yaml:4 transforms[0].with.api-key: the key names a credential; remove it: credentials come from the environment, a managed identity or a key vault, never from the spec"),
                // The source
                mistake(
                        "no contract",
                        "  schema: id BIGINT NOT NULL, amount INT\n",
                        "",
                        "dataset.yaml:2 source.schema: missing; add the contract, such as schema: schema.ddl"),
                mistake(
                        "a contract that SQL refuses",
                        "amount INT",
                        "amount INTEGR",
                        "dataset.yaml:5 source.schema: Unsupported data type \"INTEGR\"; write columns as in id BIGINT NOT NULL, note STRING"),
                mistake(
                        "a contract with a comma too few",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: |\n    id BIGINT\n    amount INT",
                        "dataset.yaml:5 source.schema: its line 2: Syntax error at or near 'amount'; write columns as in id BIGINT NOT NULL, note STRING"),
                mistake(
                        "a contract file that is missing",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: schema.ddl",
                        "dataset.yaml:5 source.schema: 'schema.ddl' cannot be read: there is no such file; check its path"),
                mistake(
                        "a contract file that SQL refuses",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: bad.ddl",
                        "dataset.yaml:5 source.schema: bad.ddl:3: Syntax error at or near end of input: missing 'NULL'; write columns as in id BIGINT NOT NULL, note STRING"),
                mistake(
                        "a contract file of no columns",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: empty.ddl",
                        "dataset.yaml:5 source.schema: empty.ddl:1: Syntax error at or near end of input; write columns as in id BIGINT NOT NULL, note STRING"),
                mistake(
                        "a contract file that is not UTF-8",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: latin.ddl",
                        "dataset.yaml:5 source.schema: 'latin.ddl' cannot be read: it is not UTF-8; save it as UTF-8"),
                mistake(
                        "a contract that is a folder",
                        "schema: id BIGINT NOT NULL, amount INT",
                        "schema: folder.ddl",
                        "dataset.yaml:5 source.schema: 'folder.ddl' cannot be read: it is a folder; name a file in it"),
                mistake(
                        "reserved columns",
                        "amount INT",
                        "_Batch INT, _source_file STRING",
                        "dataset.yaml:5 source.schema: column '_Batch' is a name that Lakeproof uses itself; rename it",
                        "dataset.yaml:5 source.schema: column '_source_file' is a name that Lakeproof uses itself; rename it"),
                mistake(
                        "columns that differ by case",
                        "amount INT",
                        "ID INT",
                        "dataset.yaml:5 source.schema: column 'ID' stands there twice, as 'id' before; names must differ by more than case"),
                mistake(
                        "types that nothing can hold",
                        "amount INT",
                        "a ARRAY<INT>, b VARCHAR(3), c INTERVAL DAY",
                        "dataset.yaml:5 source.schema: column 'a' is array<int>, which csv cannot hold; read it as STRING",
                        "dataset.yaml:5 source.schema: column 'b' has a length that nothing would enforce; use STRING and a rule on ColumnLength",
                        "dataset.yaml:5 source.schema: column 'c' is interval day, which a Delta table cannot hold; use STRING or BIGINT"),
                mistake(
                        "a contract for text",
                        "format: csv",
                        "format: text",
                        "dataset.yaml:5 source.schema: text files always have the columns value; remove the key",
                        "dataset.yaml:9 split.key: no column 'id'; there is value"),
                mistake(
                        "an option that Spark would ignore",
                        "format: csv",
                        "format: csv\n  options: {heade: true}",
                        "dataset.yaml:5 source.options.heade: unknown option of csv, did you mean 'header'?"),
                mistake(
                        "a separator of nothing",
                        "format: csv",
                        "format: csv\n  options: {sep: ''}",
                        "dataset.yaml:5 source.options.sep: '' is not a separator; write one such as ',' or '\\t'"),
                mistake(
                        "a date's pattern that Spark does not know",
                        "format: csv",
                        "format: csv\n  options: {dateFormat: 'QQQQQ!!'}",
                        "dataset.yaml:5 source.options.dateFormat: 'QQQQQ!!' is not a pattern of dates and times that Spark knows; write one such as dd.MM.yyyy or yyyy-MM-dd HH:mm:ss"),
                mistake(
                        "an option of the wrong type",
                        "format: csv",
                        "format: csv\n  options: {header: yes, maxColumns: many, quote: ab, encoding: utf8x}",
                        "dataset.yaml:5 source.options.header: 'yes' is not true or false",
                        "dataset.yaml:5 source.options.maxColumns: 'many' is not a whole number above 0",
                        "dataset.yaml:5 source.options.quote: 'ab' is not a single character",
                        "dataset.yaml:5 source.options.encoding: 'utf8x' is not a character set; write one such as UTF-8, ISO-8859-1 or windows-1252"),
                mistake(
                        "options out of their range or set",
                        "format: csv",
                        "format: csv\n  options: {unescapedQuoteHandling: FOO, maxColumns: -5, maxCharsPerColumn: 0, charToEscapeQuoteEscaping: ab}",
                        "dataset.yaml:5 source.options.unescapedQuoteHandling: 'FOO' is not one of STOP_AT_CLOSING_QUOTE, BACK_TO_DELIMITER, STOP_AT_DELIMITER, SKIP_VALUE, RAISE_ERROR",
                        "dataset.yaml:5 source.options.maxColumns: '-5' is not a whole number above 0",
                        "dataset.yaml:5 source.options.maxCharsPerColumn: '0' is not a whole number above 0",
                        "dataset.yaml:5 source.options.charToEscapeQuoteEscaping: 'ab' is not a single character"),
                mistake(
                        "a time zone that does not exist",
                        "format: csv",
                        "format: json\n  options: {timeZone: Mars/Base}",
                        "dataset.yaml:5 source.options.timeZone: 'Mars/Base' is not a time zone; write one such as UTC or Europe/Paris"),
                mistake(
                        "a way to rebase dates that Spark does not know",
                        "format: csv",
                        "format: parquet\n  options: {datetimeRebaseMode: OLD}",
                        "dataset.yaml:5 source.options.datetimeRebaseMode: 'OLD' is not one of EXCEPTION, CORRECTED, LEGACY"),
                mistake(
                        "options that the job settles",
                        "format: csv",
                        "format: csv\n  options: {mode: FAILFAST, nullValue: x, inferSchema: true}",
                        "dataset.yaml:5 source.options.mode: settled by the job; remove it: what cannot be read goes to quarantine",
                        "dataset.yaml:5 source.options.nullValue: settled by the job; write source.null-values instead",
                        "dataset.yaml:5 source.options.inferSchema: settled by the job; remove it: source.schema says what columns there are"),
                mistake(
                        "an option that is a list",
                        "format: csv",
                        "format: csv\n  options: {sep: [a]}",
                        "dataset.yaml:5 source.options.sep: a list is not text, a number, true or false; put it in quotes"),
                mistake(
                        "an option of a format without any",
                        "format: csv",
                        "format: orc\n  options: {sep: a}",
                        "dataset.yaml:5 source.options.sep: unknown option of orc; there are none"),
                mistake(
                        "an upsert without a key",
                        "format: csv",
                        "format: csv\n  load: upsert",
                        "dataset.yaml:2 source.key: missing; load: upsert needs the columns that name an entity, such as key: [id]"),
                mistake(
                        "a key without an upsert",
                        "format: csv",
                        "format: csv\n  key: id",
                        "dataset.yaml:5 source.key: has no meaning with load: append, the default; write load: upsert, or remove it"),
                mistake(
                        "an upsert beside another load",
                        "format: csv",
                        "format: csv\n  load: snapshot\n  upsert: {key: id}",
                        "dataset.yaml:6 source.upsert: has no meaning with load: snapshot; write load: upsert, or remove it"),
                mistake(
                        "an upsert with two keys",
                        "format: csv",
                        "format: csv\n  key: id\n  upsert: {key: id}",
                        "dataset.yaml:5 source.key: stands below upsert as well; remove one"),
                mistake(
                        "an upsert by columns that are not there",
                        "format: csv",
                        "format: csv\n  upsert: {key: [idd], order-by: when}",
                        "dataset.yaml:5 source.upsert.key: there is no column 'idd', did you mean 'id'?",
                        "dataset.yaml:5 source.upsert.order-by: there is no column 'when'; the columns are id, amount"),
                mistake(
                        "an upsert whose key is missing",
                        "format: csv",
                        "format: csv\n  upsert: {order-by: amount}",
                        "dataset.yaml:5 source.upsert.key: missing; add it, such as key: [id]"),
                mistake(
                        "a condition on a column that is not there",
                        "format: csv",
                        "format: csv\n  upsert: {key: id, delete-when: op = 'D'}",
                        "dataset.yaml:5 source.upsert.delete-when: A column or function parameter with name `op` cannot be resolved. Did you mean one of the following? [`id`, `amount`]"),
                mistake(
                        "a condition that changes by the day",
                        "format: csv",
                        "format: csv\n  upsert: {key: id, delete-when: rand() > amount}",
                        "dataset.yaml:5 source.upsert.delete-when: rand() gives another value on every run; derive it from the key, for example xxhash64(id, 42)"),
                mistake(
                        "a marker that is a path",
                        "format: csv",
                        "format: csv\n  complete-when: a/_SUCCESS",
                        "dataset.yaml:5 source.complete-when: 'a/_SUCCESS' is a path; name a file, which each folder has"),
                mistake(
                        "a path that is none",
                        "path: landing",
                        "path: file:landing",
                        "dataset.yaml:3 source.path: 'file:landing' is not a path: Relative path in absolute URI; write a folder or file relative to the spec, or a URI such as file:/lake"),
                // The tables
                mistake(
                        "nowhere for the tables",
                        "root: lake",
                        "catalog: main",
                        "dataset.yaml:6 tables: neither a folder nor a schema for the tables; write root: lake, or schema: my_schema"),
                mistake(
                        "two places for the tables",
                        "root: lake",
                        "root: lake\n  schema: claims",
                        "dataset.yaml:7 tables.root: stands beside catalog or schema; remove one: tables are in a folder or in a schema"),
                mistake(
                        "a table that is not there",
                        "root: lake",
                        "root: lake\n  trian: elsewhere",
                        "dataset.yaml:8 tables.trian: unknown table, did you mean 'train'?"),
                mistake(
                        "two tables in one place",
                        "root: lake",
                        "root: lake\n  train: there\n  test: ./there",
                        "dataset.yaml:9 tables.test: 'file:there' is the place of train and of test; each needs its own"),
                mistake(
                        "a table within another",
                        "root: lake",
                        "root: lake\n  train: lake/raw/train",
                        "dataset.yaml:8 tables.train: 'file:lake/raw/train', the place of train, lies within the table raw, whose clean-up deletes what it does not know; put it beside it"),
                mistake(
                        "all tables within one",
                        "root: lake",
                        "root: lake\n  raw: lake",
                        "dataset.yaml:8 tables.raw: 'file:lake/quarantine', the place of quarantine, lies within the table raw, whose clean-up deletes what it does not know; put it beside it"),
                mistake(
                        "a landing within a table",
                        "path: landing",
                        "path: lake/raw/landing",
                        "dataset.yaml:3 source.path: 'file:lake/raw/landing' lies within the table raw, whose clean-up deletes what it does not know; put the landing elsewhere"),
                mistake(
                        "tables that a glob takes in",
                        "path: landing",
                        "path: ./*",
                        "dataset.yaml:7 tables.root: 'file:lake/raw' lies in the landing file:*, whose files are taken in; put"
                                + " the tables elsewhere"),
                mistake(
                        "tables in the landing",
                        "root: lake",
                        "root: landing/lake",
                        "dataset.yaml:7 tables.root: 'file:landing/lake/raw' lies in the landing file:landing, whose files are taken in; put the tables elsewhere"),
                // The rules
                mistake(
                        "a waiver of a rule that is not there",
                        "split:",
                        "rules:\n  batch: [RowCount > 5]\n  waivers:\n    RowCount > 6: {reason: a, by: b, until: 2026-12-31}\nsplit:",
                        "dataset.yaml:11 rules.waivers.RowCount > 6: there is no such rule under batch, dataset or examples, did you mean 'RowCount > 5'?"),
                mistake(
                        "a waiver of a rule about rows",
                        "split:",
                        "rules:\n  rows: ['IsComplete \"id\"']\n  waivers:\n    'IsComplete \"id\"': {reason: a, by: b, until: 2026-12-31}\nsplit:",
                        "dataset.yaml:11 rules.waivers.IsComplete \"id\": a row that breaks it goes to quarantine, and rejects nothing; waive max-quarantined, or change the rule"),
                mistake(
                        "a waiver for ever",
                        "split:",
                        "rules:\n  max-quarantined: 1%\n  waivers:\n    max-quarantined: {reason: a, by: b, until: never}\nsplit:",
                        "dataset.yaml:11 rules.waivers.max-quarantined.until: 'never' is no day; write one such as 2026-12-31"),
                mistake(
                        "a rule that DQDL refuses",
                        "name: claims",
                        "name: claims\nrules: {rows: [IsCompleet \"id\"]}",
                        "dataset.yaml:2 rules.rows[0]: unknown rule type IsCompleet, did you mean IsComplete?"),
                mistake(
                        "rules on columns that are not there",
                        "name: claims",
                        "name: claims\nrules:\n  rows:\n    - IsComplete \"id\"\n    - IsComplete \"amuont\"\n  dataset: [IsUnique \"key\"]",
                        "dataset.yaml:5 rules.rows[1]: there is no column 'amuont', did you mean 'amount'?",
                        "dataset.yaml:6 rules.dataset[0]: there is no column 'key'; the columns are id, amount"),
                mistake(
                        "a rule at the wrong level",
                        "name: claims",
                        "name: claims\nrules: {rows: [RowCount > 0]}",
                        "dataset.yaml:2 rules.rows[0]: RowCount is about many rows, not one; put it under batch or dataset"),
                mistake(
                        "a rule on a column that a transform drops",
                        "name: claims",
                        "name: claims\nrules: {examples: [IsComplete \"amount\"]}\ntransforms: [drop: amount]",
                        "dataset.yaml:2 rules.examples[0]: there is no column 'amount'; the columns are id"),
                mistake(
                        "a condition of a rule",
                        "name: claims",
                        "name: claims\nrules:\n  batch:\n    - Completeness \"id\" > 0.5 where \"amuont > 0\"",
                        "dataset.yaml:4 rules.batch[0]: where `amuont > 0`: A column or function parameter with name `amuont` cannot be resolved. Did you mean one of the following? [`amount`, `id`]"),
                // The transforms
                mistake(
                        "a step that is not there",
                        "name: claims",
                        "name: claims\ntransforms:\n  - dropp: amount",
                        "dataset.yaml:3 transforms[0].dropp: unknown step 'dropp', did you mean 'drop'?; there is select, drop, rename, cast, filter, fill, replace, derive, deduplicate, sql, join, decode, resize, grayscale, normalize, infer, class"),
                mistake(
                        "steps that are not a list",
                        "name: claims",
                        "name: claims\ntransforms: {drop: amount}",
                        "dataset.yaml:2 transforms: a mapping is not a list of steps; begin each with - on a line of its own"),
                mistake(
                        "a step of nothing",
                        "name: claims",
                        "name: claims\ntransforms:\n  -",
                        "dataset.yaml:3 transforms[0]: 'null' is no step; write one of select, drop, rename, cast, filter, fill, replace, derive, deduplicate, sql, join, decode, resize, grayscale, normalize, infer, class with its parameters"),
                mistake(
                        "a parameter that is not there",
                        "name: claims",
                        "name: claims\ntransforms:\n  - deduplicate:\n      by: id\n      keeep: last",
                        "dataset.yaml:5 transforms[0].deduplicate.keeep: unknown parameter 'keeep', did you mean 'keep'?; deduplicate takes by, order-by, keep"),
                mistake(
                        "a column that an earlier step dropped",
                        "name: claims",
                        "name: claims\ntransforms:\n  - drop: amount\n  - cast: {amount: int}",
                        "dataset.yaml:4 transforms[1].cast: no column 'amount'; there is id"),
                mistake(
                        "SQL on a column that is not there",
                        "name: claims",
                        "name: claims\ntransforms:\n  - sql: SELECT amuont FROM input",
                        "dataset.yaml:3 transforms[0].sql: A column or function parameter with name `amuont` cannot be resolved. Did you mean one of the following? [`amount`, `id`]"),
                mistake(
                        "a query file that is missing",
                        "name: claims",
                        "name: claims\ntransforms:\n  - sql: {file: q.sql}",
                        "dataset.yaml:3 transforms[0].sql.file: 'q.sql' cannot be read: there is no such file; check its path"),
                mistake(
                        "a table that is not a path",
                        "name: claims",
                        "name: claims\ntransforms:\n  - join: {table: 'file:a/b', version: 1, on: id}",
                        "dataset.yaml:3 transforms[0]: it refers to what is not a path: Relative path in absolute URI; write a folder or file relative to the spec, or a URI such as file:/lake"),
                // The split
                mistake(
                        "neither key nor time",
                        "key: id",
                        "seed: 1",
                        "dataset.yaml:8 split: neither a key nor a time says where a row goes; write key: [id]"),
                mistake(
                        "a split key that is not there",
                        "key: id",
                        "key: idd",
                        "dataset.yaml:9 split.key: no column 'idd', did you mean 'id'?; there is id, amount"),
                mistake(
                        "a split key that a transform drops",
                        "name: claims",
                        "name: claims\ntransforms: [drop: id]",
                        "dataset.yaml:10 split.key: no column 'id'; there is amount"),
                mistake(
                        "parts of nothing",
                        "key: id",
                        "key: id\n  parts: {train: 0, test: -1, x: .inf, y: z}",
                        "dataset.yaml:10 split.parts.train: '0' is not a number above 0; write one such as 80",
                        "dataset.yaml:10 split.parts.test: '-1' is not a number above 0; write one such as 80",
                        "dataset.yaml:10 split.parts.x: '.inf' is not a number above 0; write one such as 80",
                        "dataset.yaml:10 split.parts.y: 'z' is not a number above 0; write one such as 80"),
                mistake(
                        "no parts",
                        "key: id",
                        "key: id\n  parts: {}",
                        "dataset.yaml:10 split.parts: no part is named; write parts: {train: 80, validation: 10, test: 10}"),
                mistake(
                        "parts with names of other things",
                        "key: id",
                        "key: id\n  parts: {raw: 1, Lineage: 1, a b: 1, x: 1, X: 1}",
                        "dataset.yaml:10 split.parts.raw: 'raw' names something else; give the part another name",
                        "dataset.yaml:10 split.parts.Lineage: 'Lineage' names something else; give the part another name",
                        "dataset.yaml:10 split.parts.a b: 'a b' is not a name; begin with a letter, go on with letters, digits, _ and -",
                        "dataset.yaml:10 split.parts.X: 'X' differs from 'x' by case alone; rename one"),
                mistake(
                        "times of parts that are not there",
                        "key: id",
                        "parts: {train: 8, test: 2}\n  time: {column: amount, tset-from: 2026-01-01}",
                        "dataset.yaml:10 split.time.column: column 'amount' is int; cast it to date or timestamp before",
                        "dataset.yaml:10 split.time.tset-from: 'tset' is not a part after the first, did you mean 'test'?; there is test",
                        "dataset.yaml:10 split.time.test-from: 'test-from' is missing; write the date on which test begins"),
                mistake(
                        "times that are not dates",
                        "key: id",
                        "parts: {train: 8, test: 2}\n  time: {column: day, test-from: yesterday}",
                        "dataset.yaml:10 split.time.column: no column 'day'; there is id, amount",
                        "dataset.yaml:10 split.time.test-from: 'yesterday' is no date; write 2026-01-31 or 2026-01-31T00:00:00Z"),
                mistake(
                        "a key of the time that is not there",
                        "key: id",
                        "key: id\n  time: {colum: day, test-form: 2026-01-01}",
                        "dataset.yaml:10 split.time.colum: unknown key, did you mean 'column'?",
                        "dataset.yaml:10 split.time.test-form: unknown key; the keys here are column, <part>-from"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void is_answered_with_its_line_its_path_and_the_remedy(Mistake mistake) throws IOException {
        Files.writeString(dir.resolve("bad.ddl"), "-- the contract\nid BIGINT,\namount INT NOT\n");
        Files.writeString(dir.resolve("empty.ddl"), "-- nothing yet\n");
        Files.write(dir.resolve("latin.ddl"), new byte[] {'a', (byte) 0xE9});
        Files.createDirectory(dir.resolve("folder.ddl"));
        Files.writeString(dir.resolve("job.json"), "{\"properties\": {\"jobType\": \"Command\"}}");
        Files.writeString(
                dir.resolve("bad-job.json"),
                """
                {"properties": {
                  "command": "a ${lakeproof.tran.path} ${{inputs.x}} ${HOME}",
                  "environmentVariables": {"HUB_TOKEN": "x", "PLACE": "https://a/b?sig=c"}}}""");
        assertThat(SpecReaderTest.SMALL).contains(mistake.from());

        List<String> answer = answer(SpecReaderTest.SMALL.replace(mistake.from(), mistake.to()));
        assertThat(answer).isEqualTo(mistake.answer());
    }

    @Test
    void a_landing_whose_wildcards_reach_the_tables_is_refused() throws IOException {
        String spec =
                """
                name: claims
                source: {path: PATH, format: parquet, schema: "id BIGINT"}
                tables: {root: data}
                split: {key: id}
                """;
        for (String path : List.of("data/*/*.parquet", "*/*", "data/r*", "data/*/part-*", "data/**/*.parquet", "**")) {
            assertThat(answer(spec.replace("PATH", "'" + path + "'")))
                    .as(path)
                    .singleElement()
                    .asString()
                    .contains("put the tables elsewhere");
        }
    }

    @Test
    void a_column_that_no_table_holds_is_a_problem_of_the_transforms() throws IOException {
        assertThat(
                        answer(
                                """
                        name: claims
                        source: {path: landing, format: csv, schema: "id BIGINT, day DATE"}
                        tables: {root: lake}
                        split: {key: id}
                        transforms:
                          - derive: {age: "day - DATE '2026-01-01'", gone: "interval 1 month"}
                          - drop: gone
                        """))
                .containsExactly(
                        "dataset.yaml:5 transforms: column 'age' is INTERVAL DAY, which no table here holds; cast it, or drop it");
    }

    @Test
    void all_mistakes_come_out_at_once_in_the_order_of_the_lines() throws IOException {
        String spec =
                """
                name: claims
                source:
                  path: landing
                  fromat: csv
                  schema: id BIGINT, amount INT
                tables: {}
                rules:
                  rows: [IsComplete "idd"]
                transforms:
                  - drop: [amount]
                  - cast: {amount: date}
                split:
                  key: id
                  seed: ${SEED}
                """;
        List<String> others = List.of(
                "dataset.yaml:6 tables: neither a folder nor a schema for the tables; write root: lake, or schema:"
                        + " my_schema",
                "dataset.yaml:8 rules.rows[0]: there is no column 'idd', did you mean 'id'?",
                "dataset.yaml:11 transforms[1].cast: no column 'amount'; there is id",
                "dataset.yaml:14 split.seed: '${SEED}' is not a whole number; write one such as 42");
        assertThat(answer(spec))
                .startsWith("dataset.yaml:4 source.fromat: unknown key, did you mean 'format'?")
                .hasSize(5)
                .endsWith(others.toArray(new String[0]));
        assertThat(answer(spec.replace("fromat", "format"))).isEqualTo(others);
    }

    @Test
    void no_mistake_of_a_large_spec_hides_another() throws IOException {
        String spec =
                """
                name: claims
                owner: [a]
                label: tagret
                source:
                  path: landing
                  format: csv
                  options: {sepp: ";"}
                  schema: id BIGINT NOT NULL, day STRING, amount INT, note STRING, target INT
                  load: upsert
                  key: [idd]
                tables:
                  root: lake
                rules:
                  rows:
                    - IsComplete "idd"
                    - IsComplete "id" where "nope > 1"
                    - IsUnique "id"
                  dataset:
                    - CustomSql "select count(*) from other" = 0
                  examples:
                    - IsComplete "totl"
                    - Mean "total" > 3
                    - Mean "note" > 3
                transforms:
                  - filter: amuont > 3
                  - rename: {amuont: total, nte: text}
                  - cast: {dya: date}
                  - derive: {"": "1", double: "total * 2", half: "size(total)"}
                  - drpo: [note]
                  - fill: {total: 0, nope: 1}
                  - sellect: [id]
                  - cast: {id: lnog}
                  - deduplicate: {by: [id, kye], order-by: [dayy]}
                split:
                  key: [id, ID]
                  time: {column: day, validation-from: 2026-01-01, test-from: never}
                features:
                  - scale: {columns: [amont]}
                  - index: {columns: [note, half]}
                  - assemble: {columns: [amount, nothing]}
                outputs:
                  other:
                    transforms:
                      - drop: gone
                      - derive: {z: "y +"}
                    rules: {examples: ['IsComplete "zz"']}
                  joined:
                    transforms: [{join: {table: nowhere, version: 99, on: [idd]}}]
                """;
        assertThat(answer(spec))
                .containsExactly(
                        "dataset.yaml:2 owner: a list is not text; put it in quotes",
                        "dataset.yaml:3 label: there is no column 'tagret', did you mean 'target'?",
                        "dataset.yaml:7 source.options.sepp: unknown option of csv, did you mean 'sep'?",
                        "dataset.yaml:10 source.key: there is no column 'idd', did you mean 'id'?",
                        "dataset.yaml:15 rules.rows[0]: there is no column 'idd', did you mean 'id'?",
                        "dataset.yaml:16 rules.rows[1]: where `nope > 1`: A column or function parameter with name `nope` cannot be resolved. Did you mean one of the following? [`note`, `id`, `day`, `amount`, `target`]",
                        "dataset.yaml:17 rules.rows[2]: IsUnique is about many rows, not one; put it under batch or dataset",
                        "dataset.yaml:19 rules.dataset[0]: CustomSql `select count(*) from other`: it reads 'other', which no version record would pin; read primary alone",
                        "dataset.yaml:21 rules.examples[0]: there is no column 'totl', did you mean 'total'?",
                        "dataset.yaml:23 rules.examples[2]: there is no column 'note'; the columns are id, day, amount, target, total, text, double, half",
                        "dataset.yaml:25 transforms[0].filter: A column or function parameter with name `amuont` cannot be resolved. Did you mean one of the following? [`amount`, `day`, `id`, `note`, `target`]",
                        "dataset.yaml:26 transforms[1].rename: no column 'amuont', did you mean 'amount'?; there is id, day, amount, note, target",
                        "dataset.yaml:26 transforms[1].rename: no column 'nte', did you mean 'note'?; there is id, day, amount, note, target",
                        "dataset.yaml:27 transforms[2].cast: no column 'dya'; there is id, day, amount, note, target, total, text",
                        "dataset.yaml:28 transforms[3].derive: '' is no name for a column; write one before the colon",
                        "dataset.yaml:29 transforms[4].drpo: unknown step 'drpo', did you mean 'drop'?; there is select, drop, rename, cast, filter, fill, replace, derive, deduplicate, sql, join, decode, resize, grayscale, normalize, infer, class",
                        "dataset.yaml:30 transforms[5].fill: no column 'nope'; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:31 transforms[6].sellect: unknown step 'sellect', did you mean 'select'?; there is select, drop, rename, cast, filter, fill, replace, derive, deduplicate, sql, join, decode, resize, grayscale, normalize, infer, class",
                        "dataset.yaml:32 transforms[7].cast: column 'id': 'lnog' is no SQL type; write one such as int, double, date or decimal(10,2)",
                        "dataset.yaml:33 transforms[8].deduplicate: no column 'kye'; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:33 transforms[8].deduplicate: no column 'dayy', did you mean 'day'?; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:35 split.key: 'ID' stands there twice; name each column once",
                        "dataset.yaml:36 split.time.test-from: 'never' is no date; write 2026-01-31 or 2026-01-31T00:00:00Z",
                        "dataset.yaml:38 features[0].scale: no column 'amont', did you mean 'amount'?; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:39 features[1].index: no column 'note'; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:40 features[2].assemble: no column 'nothing'; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:44 outputs.other.transforms[0].drop: no column 'gone'; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:45 outputs.other.transforms[1].derive: column 'z': Syntax error at or near end of input",
                        "dataset.yaml:46 outputs.other.rules.examples[0]: there is no column 'zz', did you mean 'z'?",
                        "dataset.yaml:48 outputs.joined.transforms[0].join: no column 'idd', did you mean 'id'?; there is id, day, amount, target, total, text, double, half",
                        "dataset.yaml:48 outputs.joined.transforms[0].join: file:nowhere cannot be read at version 99: No such file or directory: file:nowhere/_delta_log; name a Delta table, and a version that it has");
    }

    @Test
    void what_only_comes_of_another_mistake_is_not_told() throws IOException {
        String spec =
                """
                name: claims
                label: target
                source:
                  path: landing
                  format: csv
                  schema: id BIGINT NOT NULL, day STRING, amount INT, note STRING, raw BINARY, target INT
                tables:
                  root: lake
                rules:
                  examples:
                    - Mean "total" > 3
                    - ColumnLength "word" > 3
                    - IsComplete "double" where "double > total"
                    - ColumnValues "double" > 3
                transforms:
                  - rename: {amuont: total, nte: text}
                  - cast: {dya: date}
                  - derive: {double: "total * nope", list: "split(text, nope)"}
                  - dervie: {word: note, parts: "split(note, ',')"}
                  - filter: size(parts) > 2 AND double > 3 AND list[0] = 'a' AND text.a = 1
                  - sql: SELECT *, upper(list) AS one, total + 1 AS more FROM input
                  - decode: {column: rwa, into: image}
                  - resize: {column: image, height: 3, width: 3}
                  - normalize: {column: image, into: x}
                  - rename: {more: amount}
                  - fill: {total: 0, double: 1.5, text: x}
                split:
                  key: [text, id]
                  parts: {train: 1, test: 1}
                  time: {column: day, test-from: 2026-01-01}
                features:
                  - scale: {columns: [totl]}
                  - one-hot: {columns: [word, nte2], suffix: _hot}
                  - assemble: {columns: [word_hot, total, double], inputs: drop}
                  - scale: {columns: [features, more]}
                """;
        assertThat(answer(spec))
                .containsExactly(
                        "dataset.yaml:16 transforms[0].rename: no column 'amuont', did you mean 'amount'?; there is id, day, amount, note, raw, target",
                        "dataset.yaml:16 transforms[0].rename: no column 'nte', did you mean 'note'?; there is id, day, amount, note, raw, target",
                        "dataset.yaml:17 transforms[1].cast: no column 'dya'; there is id, day, amount, note, raw, target, total, text",
                        "dataset.yaml:18 transforms[2].derive: column 'double': A column or function parameter with name `nope` cannot be resolved. Did you mean one of the following? [`note`, `id`, `day`, `raw`, `text`]",
                        "dataset.yaml:18 transforms[2].derive: column 'list': A column or function parameter with name `nope` cannot be resolved. Did you mean one of the following? [`note`, `id`, `day`, `raw`, `text`]",
                        "dataset.yaml:19 transforms[3].dervie: unknown step 'dervie', did you mean 'derive'?; there is select, drop, rename, cast, filter, fill, replace, derive, deduplicate, sql, join, decode, resize, grayscale, normalize, infer, class",
                        "dataset.yaml:22 transforms[6].decode: no column 'rwa'; there is id, day, amount, note, raw, target, total, text, double, list, word, parts, one, more",
                        "dataset.yaml:32 features[0].scale: no column 'totl', did you mean 'total'?; there is id, day, amount, note, raw, target, total, text, double, list, word, parts, one, more, image, x",
                        "dataset.yaml:33 features[1].one-hot: no column 'nte2', did you mean 'note'?; there is id, day, amount, note, raw, target, total, text, double, list, word, parts, one, more, image, x");
    }

    @Test
    void behind_a_step_whose_columns_nobody_can_foresee_what_needs_no_columns_is_told() throws IOException {
        String spec =
                """
                name: claims
                source:
                  path: landing
                  format: csv
                  schema: id BIGINT NOT NULL, day STRING, amount INT
                tables:
                  root: lake
                rules:
                  examples: ['Mean "anything" > 3', 'IsComplet "x"']
                transforms:
                  - sql: SELECT * FROM other
                  - filter: whatever > 3
                  - rename: {a: b}
                  - filter: a b c
                  - class: com.example.Nope
                split:
                  key: something
                  parts: {train: 1, raw: 1}
                features:
                  - scale: {columns: [any]}
                outputs:
                  o: {transforms: [{cast: {q: ints}}, {drop: zz}], split: {key: w}}
                """;
        assertThat(answer(spec))
                .containsExactly(
                        "dataset.yaml:9 rules.examples[1]: unknown rule type IsComplet, did you mean IsComplete?",
                        "dataset.yaml:11 transforms[0].sql: it reads 'other', which no version record would pin; read input alone, and use join for another table",
                        "dataset.yaml:14 transforms[3].filter: Syntax error at or near 'c': extra input 'c'",
                        "dataset.yaml:15 transforms[4].class: class com.example.Nope is not on the class path; add its jar with --jars or LAKEPROOF_CLASSPATH",
                        "dataset.yaml:18 split.parts.raw: 'raw' names something else; give the part another name",
                        "dataset.yaml:22 outputs.o.transforms[0].cast: column 'q': 'ints' is no SQL type; write one such as int, double, date or decimal(10,2)");
    }

    @Test
    void a_wrong_format_hides_nothing_and_neither_does_a_wrong_contract() throws IOException {
        String spec =
                """
                name: claims
                source:
                  path: landing
                  format: csvv
                  schema: id BIGINT, amount INTERVAL
                tables: {root: lake}
                rules:
                  rows: [IsComplete "idd", IsCompleet "id"]
                split:
                  key: idd
                  parts: {train: 80, raw: 20}
                """;
        assertThat(answer(spec))
                .containsExactly(
                        "dataset.yaml:4 source.format: 'csvv' is not one of csv, json, parquet, orc, avro, text, binaryFile, image, idx; did you mean 'csv'?",
                        "dataset.yaml:5 source.schema: column 'amount' is interval, which a Delta table cannot hold; use STRING or BIGINT",
                        "dataset.yaml:8 rules.rows[0]: there is no column 'idd', did you mean 'id'?",
                        "dataset.yaml:8 rules.rows[1]: unknown rule type IsCompleet, did you mean IsComplete?",
                        "dataset.yaml:10 split.key: no column 'idd', did you mean 'id'?; there is id, amount",
                        "dataset.yaml:11 split.parts.raw: 'raw' names something else; give the part another name");
        assertThat(answer(spec.replace("INTERVAL", "").replace("csvv", "csv")))
                .anyMatch(problem -> problem.startsWith("dataset.yaml:5 source.schema: "))
                .contains(
                        "dataset.yaml:8 rules.rows[1]: unknown rule type IsCompleet, did you mean IsComplete?",
                        "dataset.yaml:11 split.parts.raw: 'raw' names something else; give the part another name");
    }

    @Test
    void a_credential_is_not_repeated() throws IOException {
        assertThat(
                        answer(
                                """
                                name: ${URI}
                                source:
                                  path: [x?sig=abcdefghijk]
                                  format: csv?sig=abcdefghijk
                                  password: abcdefghijk
                                  key: ${MY_SECRET}
                                  null-values: x?sig=abcdefghijk
                                tables: x?sig=abcdefghijk
                                transforms: x?sig=abcdefghijk
                                storage: {a: {key: abcdefghijk}, b: {sas: x?sig=abcdefghijk}, c: abcdefghijk}
                                split:
                                  - x?sig=abcdefghijk
                                """))
                .hasSize(14)
                .noneMatch(problem -> problem.contains("abcdefghijk"))
                .filteredOn(problem -> problem.contains("credential"))
                .hasSize(10);
    }

    @Test
    void a_file_that_is_no_spec_is_one_line() throws IOException {
        Path file = dir.resolve("dataset.yaml");
        assertThat(failureOf(file))
                .containsExactly("dataset.yaml: cannot be read: there is no such file; check its path");
        assertThat(failureOf(dir + "/x\0y")).hasSize(1);
        assertThat(answer("")).containsExactly(EMPTY);
        assertThat(answer("# only a comment\n")).containsExactly(EMPTY);
        assertThat(answer("just words"))
                .containsExactly("dataset.yaml:1: 'just words' is not a mapping; write name: porto_seguro");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xE9});
        assertThat(failureOf(file)).containsExactly("dataset.yaml: cannot be read: it is not UTF-8; save it as UTF-8");
        Files.writeString(file, "a: \u0001");
        assertThat(failureOf(file)).hasSize(1).first().asString().startsWith("dataset.yaml: not YAML: ");
        String remedy = "; check indentation, quotes and brackets";
        assertThat(answer("name: x\nsource: [\n"))
                .containsExactly(
                        "dataset.yaml:2: not YAML: expected the node content, but found '<stream end>'" + remedy);
        assertThat(answer("name: x\nsource: [{a: b}, [c], d\ntables:\n  root: lake\n"))
                .containsExactly("dataset.yaml:2: not YAML: expected ',' or ']', but got : on line 3" + remedy);
        assertThat(answer("name: x\nowner: \"me\nsource: {path: a}\n"))
                .containsExactly("dataset.yaml:2: not YAML: found unexpected end of stream" + remedy);
        Files.writeString(file, "[".repeat(100_000));
        assertThat(failureOf(file)).hasSize(1);
        assertThat(failureOf(dir)).containsExactly(dir + ": cannot be read: it is a folder; name a file in it");
        assertThat(failureOf("nosuch://host/dataset.yaml"))
                .containsExactly("nosuch://host/dataset.yaml: cannot be read: No FileSystem for scheme \"nosuch\"");
    }

    private static final String EMPTY =
            "dataset.yaml:1: the file is empty; it must describe a dataset, beginning with its name:";

    private List<String> answer(String yaml) throws IOException {
        Path file = Files.writeString(dir.resolve("dataset.yaml"), yaml);
        return failureOf(file);
    }

    private List<String> failureOf(Path file) {
        return failureOf(file.toString());
    }

    private List<String> failureOf(String file) {
        Failure.BadSpec failure =
                catchThrowableOfType(Failure.BadSpec.class, () -> SpecReader.check(file, ENV, LocalSpark.session()));
        assertThat(failure).isNotNull();
        return failure.problems().stream()
                .map(problem -> problem.replace(dir + "/", ""))
                .toList();
    }
}
