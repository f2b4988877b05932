-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Write your own spec
-- MAGIC One file, `dataset.yaml`, says what a dataset is. `lakeproof suggest FOLDER` writes a first one; these queries answer what only
-- MAGIC you can decide: what is a key, what is a bad row?
-- MAGIC
-- MAGIC **First say where the files are**: put your folder in the place of `/landing/claims`.

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW dropped
USING csv OPTIONS (path '/landing/claims', header 'true')

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The contract
-- MAGIC `source.schema` lists columns, types and which may be missing. What do the columns hold?

-- COMMAND ----------

DESCRIBE dropped

-- COMMAND ----------

SELECT count(*) AS rows, count_if(id IS NULL) AS id_missing, count_if(amount IS NULL) AS amount_missing,
  count_if(note IS NULL) AS note_missing
FROM dropped

-- COMMAND ----------

-- MAGIC %md
-- MAGIC A row whose value does not fit the type goes to quarantine with its text. Which would?

-- COMMAND ----------

SELECT * FROM dropped
WHERE (id IS NOT NULL AND try_cast(id AS BIGINT) IS NULL) OR (amount IS NOT NULL AND try_cast(amount AS INT) IS NULL)

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The key
-- MAGIC `split.key` decides which rows stay together in one part: the customer, not the claim, if a customer may have several. No key
-- MAGIC twice here means that each row stands for itself.

-- COMMAND ----------

SELECT count(DISTINCT id) AS keys, count(*) AS rows FROM dropped

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The rules
-- MAGIC What does a column hold, and how many rows would a rule turn away?

-- COMMAND ----------

SELECT min(try_cast(amount AS INT)) AS least, percentile_approx(try_cast(amount AS INT), 0.5) AS median,
  max(try_cast(amount AS INT)) AS most
FROM dropped

-- COMMAND ----------

SELECT count_if(try_cast(amount AS INT) < 0) AS amount_below_0, count_if(note IS NULL) AS no_note FROM dropped

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The spec
-- MAGIC ```yaml
-- MAGIC name: claims
-- MAGIC description: One row per claim.
-- MAGIC owner: pricing-ml@example.com
-- MAGIC source:
-- MAGIC   path: /landing/claims
-- MAGIC   format: csv
-- MAGIC   options: {header: true}
-- MAGIC   schema: id BIGINT NOT NULL, amount INT, note STRING
-- MAGIC tables:
-- MAGIC   root: /lake/claims
-- MAGIC rules:
-- MAGIC   rows:                           # a row that breaks one goes to quarantine
-- MAGIC     - ColumnValues "amount" >= 0
-- MAGIC     - IsComplete "note"
-- MAGIC   batch:                          # about new files: breaking one rejects them
-- MAGIC     - RowCount > 5
-- MAGIC   max-quarantined: 20%
-- MAGIC split:
-- MAGIC   key: id
-- MAGIC   seed: 42
-- MAGIC   parts: {train: 80, test: 20}
-- MAGIC ```
-- MAGIC `lakeproof run dataset.yaml --sample 1000` tries it on a few rows and writes nothing, `lakeproof plan dataset.yaml` says what a run
-- MAGIC would do, `lakeproof run dataset.yaml` does it. All keys: [the reference](../docs/reference/spec.md).
