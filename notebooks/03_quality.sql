-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Quality over time
-- MAGIC What did the rules measure, version by version, and which rows were turned away, why?
-- MAGIC
-- MAGIC **First say where the tables are** (see [01_explore](01_explore.sql)).

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW versions AS
SELECT * FROM delta.`/lake/claims/lineage/versions`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW quarantine AS
SELECT * FROM delta.`/lake/claims/quarantine`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW batches AS
SELECT * FROM delta.`/lake/claims/lineage/batches`

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## Where rows went
-- MAGIC For every version and step: rows in = rows out + quarantined + dropped. A version that appended counts its batch alone.

-- COMMAND ----------

SELECT v.version, a.step, a.in AS rows_in, a.quarantined, a.dropped, a.out AS rows_out,
  a.in = a.out + a.quarantined + a.dropped AS balances
FROM versions v LATERAL VIEW posexplode(from_json(get_json_object(v.record, '$.accounts'),
  'array<struct<step:string,in:bigint,quarantined:bigint,dropped:bigint,out:bigint>>')) e AS position, a
ORDER BY v.version, position

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## What the rules measured
-- MAGIC Rules about `rows` turn single rows away; one about the `batch` or the `dataset` that does not pass rejects the whole batch, so
-- MAGIC in a published version all of those passed.

-- COMMAND ----------

SELECT v.version, r.level, r.rule, r.passed, r.measured, r.asked
FROM versions v LATERAL VIEW posexplode(from_json(get_json_object(v.record, '$.rules'),
  'array<struct<level:string,rule:string,passed:boolean,measured:string,asked:string>>')) e AS position, r
ORDER BY v.version, position

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## Batches that were rejected
-- MAGIC They are in no version, and wait for a repair of the files or of the rules.

-- COMMAND ----------

SELECT b.status, b.rows, b.failures, transform(b.files, f -> f.path) AS files
FROM (SELECT *, row_number() OVER (PARTITION BY batch ORDER BY recorded_at DESC) AS newest FROM batches) b
WHERE b.newest = 1 AND b.status = 'rejected'
ORDER BY b.recorded_at

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## Rows that were turned away
-- MAGIC `quarantine` also remembers verdicts on rejected and withdrawn batches, and verdicts of rules that were changed since. This leaves
-- MAGIC those of the newest version, with the version that the row came with.

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW turned_away AS
WITH added AS (SELECT version, explode(change.batches_added) AS batch FROM versions),
removed AS (SELECT explode(change.batches_removed) AS batch FROM versions),
judged AS (SELECT explode(change.judgements_added) AS attempt FROM versions),
judged_again AS (SELECT explode(change.judgements_removed) AS attempt FROM versions),
files_removed AS (
  SELECT f.batch, f.file FROM versions LATERAL VIEW explode(change.files_removed) e AS f
)
SELECT a.version, q.*
FROM quarantine q JOIN added a ON a.batch = q.batch
WHERE q.batch NOT IN (SELECT batch FROM removed)
  AND (q.kind <> 'rule' OR q.attempt IN (SELECT attempt FROM judged) AND q.attempt NOT IN (SELECT attempt FROM judged_again))
  AND NOT EXISTS (SELECT 1 FROM files_removed r WHERE r.batch = q.batch AND r.file = q.source_file)

-- COMMAND ----------

SELECT kind, rule, `column`, reason, count(*) AS rows
FROM turned_away
GROUP BY kind, rule, `column`, reason
ORDER BY rows DESC, kind, reason

-- COMMAND ----------

-- MAGIC %md
-- MAGIC A row that broke several rules counts for each of them here:

-- COMMAND ----------

SELECT f.rule, f.`column`, count(*) AS rows, sort_array(collect_set(f.value)) AS `values`
FROM turned_away LATERAL VIEW explode(failures) e AS f
GROUP BY f.rule, f.`column`
ORDER BY rows DESC, f.rule

-- COMMAND ----------

SELECT version, source_file, count(*) AS rows
FROM turned_away
GROUP BY version, source_file
ORDER BY version, source_file

-- COMMAND ----------

SELECT version, `column`, value, text
FROM turned_away
ORDER BY version, kind, text
LIMIT 100
