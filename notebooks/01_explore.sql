-- Databricks notebook source
-- MAGIC %md
-- MAGIC # Explore a dataset
-- MAGIC Which versions are there, what do they hold, which names do they have, and how is one read?
-- MAGIC
-- MAGIC **First say where the tables are**: put your `tables.root` in the place of `/lake/claims`, everywhere below. Where the spec names a
-- MAGIC schema of a catalog instead, write `main.claims.lineage_versions` for ``delta.`/lake/claims/lineage/versions` ``, and so on.

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW versions AS
SELECT * FROM delta.`/lake/claims/lineage/versions`

-- COMMAND ----------

CREATE OR REPLACE TEMPORARY VIEW tags AS
SELECT * FROM delta.`/lake/claims/lineage/tags`

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## The versions
-- MAGIC Each is one row, published in one commit. `rebuild` says that the parts were made again from raw, and `because` why.

-- COMMAND ----------

WITH standing AS (
  SELECT tag, max_by(version, number) AS version FROM tags GROUP BY tag
)
SELECT v.version, v.published_at, get_json_object(v.record, '$.mode') AS mode,
  get_json_object(v.record, '$.because') AS because, array_join(sort_array(collect_list(s.tag)), ', ') AS tags
FROM versions v LEFT JOIN standing s ON s.version = v.version
GROUP BY v.version, v.published_at, v.record
ORDER BY v.version

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## What each holds
-- MAGIC Rows of every table, and how many more than in the version before. `raw` and `quarantine` also hold rows of batches that were
-- MAGIC rejected or withdrawn; the parts hold exactly their version's.

-- COMMAND ----------

SELECT t.name, v.version, t.rows, t.rows - lag(t.rows) OVER (PARTITION BY t.name ORDER BY v.version) AS more
FROM versions v LATERAL VIEW explode(v.tables) e AS t
ORDER BY t.name, v.version

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## How to read a version
-- MAGIC A version pins a Delta version of each table. Read that, never the table's bare head: only then do the same rows come back
-- MAGIC next year. This writes the query for you.

-- COMMAND ----------

SELECT v.version, t.name,
  concat('SELECT * FROM ', if(t.path LIKE '%:/%', concat('delta.`', t.path, '`'), t.path), ' VERSION AS OF ', t.delta_version) AS query
FROM versions v LATERAL VIEW explode(v.tables) e AS t
WHERE t.name NOT IN ('raw', 'quarantine')
ORDER BY v.version, t.name

-- COMMAND ----------

-- MAGIC %md
-- MAGIC So version 1 of the part `train`, counted and seen:

-- COMMAND ----------

SELECT count(*) AS rows FROM delta.`/lake/claims/train` VERSION AS OF 0

-- COMMAND ----------

SELECT * FROM delta.`/lake/claims/train` VERSION AS OF 0 ORDER BY 1 LIMIT 5

-- COMMAND ----------

-- MAGIC %md
-- MAGIC ## Tags
-- MAGIC A tag is a name for a version. It may move; where it stood before is kept.

-- COMMAND ----------

SELECT tag, version, tagged_by, tagged_at, row_number() OVER (PARTITION BY tag ORDER BY number DESC) = 1 AS stands
FROM tags
ORDER BY number
