-- Databricks notebook source
-- MAGIC %md
-- MAGIC # From a model back to its source files
-- MAGIC Which data trained this model, what was done to it, and do the records hold together? `lakeproof prove --model` writes all of it
-- MAGIC into one file, and `lakeproof verify` also reads every byte of the data; here it is to look at.
-- MAGIC
-- MAGIC **First say where the tables are** (see [01_explore](01_explore.sql)), and which model is asked about.

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW versions AS
SELECT * FROM delta.`/lake/claims/lineage/versions`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW trainings AS
SELECT * FROM delta.`/lake/claims/lineage/trainings`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW asked AS
SELECT t.* FROM trainings t WHERE t.model = 'claims-model' AND t.model_version = '3'

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The training
-- MAGIC The version that the model was trained on, the digest of that version's record, and who recorded it.

-- COMMAND ----------

SELECT model, model_version, status, version, record, job, recorded_by FROM asked ORDER BY number

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The version
-- MAGIC `same_record` says that the version is still the one that was trained on.

-- COMMAND ----------

SELECT DISTINCT v.version, v.digest = a.record AS same_record, get_json_object(v.record, '$.principal') AS published_by,
  v.envelope IS NOT NULL AS signed
FROM asked a JOIN versions v ON v.version = a.version

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The chain of records
-- MAGIC Each record holds the digest of the one before: nobody can change an old one without changing all that follow. `whole` says that
-- MAGIC the text is the one that its digest was made of, `follows` that it names its predecessor.

-- COMMAND ----------

SELECT version, sha2(record, 256) = digest AND get_json_object(record, '$.version') = version AS whole,
  previous <=> lag(digest) OVER (ORDER BY version) AND previous <=> get_json_object(record, '$.previous') AS follows
FROM versions
WHERE version <= (SELECT max(version) FROM asked)
ORDER BY version

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## What was done to the data

-- COMMAND ----------

SELECT what, get_json_object(v.record, concat('$.', what)) AS is
FROM (SELECT DISTINCT version FROM asked) a JOIN versions v ON v.version = a.version
LATERAL VIEW explode(array('contract', 'transforms', 'split.key', 'split.seed', 'split.parts', 'features', 'code.lakeproof',
  'runtime.spark', 'runtime.delta')) e AS what
ORDER BY what

-- COMMAND ----------

SELECT t.name, t.rows, t.fingerprint, t.delta_version, t.path
FROM (SELECT DISTINCT version FROM asked) a JOIN versions v ON v.version = a.version
LATERAL VIEW explode(v.tables) e AS t
ORDER BY t.name

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The source files
-- MAGIC Every file whose rows are in the version: those that it and the versions before it took in, without what was withdrawn or
-- MAGIC replaced on the way. Compare the digests with those of the supplier: `sha256sum`.

-- COMMAND ----------

WITH upto AS (SELECT * FROM versions WHERE version <= (SELECT max(version) FROM asked)),
taken AS (
  SELECT u.version, s.* FROM upto u
  LATERAL VIEW explode(from_json(get_json_object(u.record, '$.sources'),
    'array<struct<path:string,size:bigint,sha256:string,rows:bigint,unreadable:bigint,status:string,batch:string>>')) e AS s
),
removed AS (SELECT explode(change.batches_removed) AS batch FROM upto),
files_removed AS (SELECT f.batch, f.file FROM upto LATERAL VIEW explode(change.files_removed) e AS f)
SELECT t.version, t.path, t.size, t.sha256, t.rows, t.unreadable
FROM taken t
WHERE t.status = 'taken' AND t.batch NOT IN (SELECT batch FROM removed)
  AND NOT EXISTS (SELECT 1 FROM files_removed r WHERE r.batch = t.batch AND r.file = t.path)
ORDER BY t.version, t.path
