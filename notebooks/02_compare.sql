-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Compare two versions
-- MAGIC What came, what left, and why? `lakeproof diff` answers it in one command; here every step can be looked at.
-- MAGIC
-- MAGIC **First say what is compared**: the place of the tables (see [01_explore](01_explore.sql)), the two versions, and the rows of
-- MAGIC both, by the queries that 01_explore writes.

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW versions AS
SELECT * FROM delta.`/lake/claims/lineage/versions`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW compared AS
SELECT 1 AS earlier, 2 AS later

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW rows_before AS
SELECT 'train' AS part, * FROM delta.`/lake/claims/train` VERSION AS OF 0
UNION ALL SELECT 'test', * FROM delta.`/lake/claims/test` VERSION AS OF 0

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW rows_after AS
SELECT 'train' AS part, * FROM delta.`/lake/claims/train` VERSION AS OF 1
UNION ALL SELECT 'test', * FROM delta.`/lake/claims/test` VERSION AS OF 1

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## By their records
-- MAGIC Two tables with one fingerprint hold the same rows, whatever files they lie in.

-- COMMAND ----------

WITH pinned AS (
  SELECT v.version, t.name, t.rows, t.fingerprint FROM versions v LATERAL VIEW explode(v.tables) e AS t
),
earlier AS (SELECT p.* FROM pinned p JOIN compared c ON p.version = c.earlier),
later AS (SELECT p.* FROM pinned p JOIN compared c ON p.version = c.later)
SELECT coalesce(b.name, a.name) AS name, b.rows AS rows_before, a.rows AS rows_after,
  coalesce(b.fingerprint = a.fingerprint, false) AS same_rows
FROM earlier b FULL JOIN later a ON a.name = b.name
ORDER BY name

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## What came and went in between
-- MAGIC The source files that the later versions took in, then those whose rows they gave up.

-- COMMAND ----------

SELECT v.version, s.path, s.size, s.sha256, s.rows
FROM versions v JOIN compared c ON v.version > c.earlier AND v.version <= c.later
LATERAL VIEW explode(from_json(get_json_object(v.record, '$.sources'),
  'array<struct<path:string,size:bigint,sha256:string,rows:bigint>>')) e AS s
ORDER BY v.version, s.path

-- COMMAND ----------

SELECT v.version, size(v.change.batches_removed) AS batches_removed, v.change.files_removed
FROM versions v JOIN compared c ON v.version > c.earlier AND v.version <= c.later
WHERE size(v.change.batches_removed) > 0 OR size(v.change.files_removed) > 0
ORDER BY v.version

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## What was done otherwise
-- MAGIC The parts of the record that can make other rows of the same files.

-- COMMAND ----------

WITH records AS (
  SELECT b.record AS earlier, a.record AS later
  FROM compared c JOIN versions b ON b.version = c.earlier JOIN versions a ON a.version = c.later
)
SELECT what, get_json_object(earlier, concat('$.', what)) <=> get_json_object(later, concat('$.', what)) AS same
FROM records LATERAL VIEW explode(array('contract', 'spec.rules', 'transforms', 'split', 'features.model.digest', 'code.commit',
  'code.jarSha256', 'runtime.spark')) e AS what
ORDER BY what

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## By their rows
-- MAGIC First make sure that the rows above are those of the two versions: `true` everywhere.

-- COMMAND ----------

WITH seen AS (
  SELECT 'before' AS side, part, count(*) AS rows FROM rows_before GROUP BY part
  UNION ALL SELECT 'after', part, count(*) FROM rows_after GROUP BY part
)
SELECT s.side, s.part, s.rows, s.rows = t.rows AS as_pinned
FROM compared c JOIN seen s
JOIN versions v ON v.version = if(s.side = 'before', c.earlier, c.later)
LATERAL VIEW explode(v.tables) e AS t
WHERE t.name = s.part
ORDER BY s.side DESC, s.part

-- COMMAND ----------

WITH came AS (SELECT * FROM rows_after EXCEPT ALL SELECT * FROM rows_before),
gone AS (SELECT * FROM rows_before EXCEPT ALL SELECT * FROM rows_after)
SELECT part, count_if(side = 'came') AS came, count_if(side = 'gone') AS gone
FROM (SELECT part, 'came' AS side FROM came UNION ALL SELECT part, 'gone' FROM gone)
GROUP BY part
ORDER BY part

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## One column
-- MAGIC Put a column of your own in the place of `amount`.

-- COMMAND ----------

SELECT version, count(*) AS rows, count(*) - count(amount) AS nulls, min(amount) AS least, avg(amount) AS mean, max(amount) AS most
FROM (SELECT 'before' AS version, amount FROM rows_before UNION ALL SELECT 'after', amount FROM rows_after)
GROUP BY version
ORDER BY version DESC
