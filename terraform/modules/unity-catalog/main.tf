# Lets Unity Catalog hand out access to the lake, container by container, and keeps the JAR and the specs in a volume.

locals {
  # What a run reads and writes. raw to lineage are its own tables; evidence takes anchors.
  runs = merge(
    { for container in ["raw", "training", "testing", "quarantine", "lineage", "evidence", "scratch"] : container => ["READ_FILES", "WRITE_FILES"] },
    { landing = var.archive_landing ? ["READ_FILES", "WRITE_FILES"] : ["READ_FILES"], code = [] },
  )
  # What analysts read: versions and their parts. Not raw, not what was turned away.
  reads = toset(["training", "testing", "lineage"])
}

resource "databricks_storage_credential" "lake" {
  name           = "lakeproof_${var.environment}"
  comment        = "The access connector's identity: no key, no password."
  isolation_mode = "ISOLATION_MODE_ISOLATED"

  azure_managed_identity {
    access_connector_id = var.access_connector_id
  }
}

resource "databricks_external_location" "this" {
  for_each        = local.runs
  name            = "lakeproof_${var.environment}_${each.key}"
  url             = "${var.urls[each.key]}/"
  credential_name = databricks_storage_credential.lake.name
  isolation_mode  = "ISOLATION_MODE_ISOLATED"
  # Where nobody is to write, Unity Catalog lends nobody the right to.
  read_only = !contains(each.value, "WRITE_FILES") && each.key != "code"
  # Trying it out is reading, writing and deleting a file. The connector may write nothing where it only reads, nobody may
  # delete from evidence, and in an empty landing there is nothing to read: what is right would be refused.
  skip_validation = true
}

resource "databricks_grants" "location" {
  for_each          = { for container, privileges in local.runs : container => privileges if length(privileges) > 0 }
  external_location = databricks_external_location.this[each.key].name

  dynamic "grant" {
    for_each = var.principals
    content {
      principal  = grant.value
      privileges = each.value
    }
  }

  dynamic "grant" {
    for_each = var.analysts != null && contains(local.reads, each.key) ? [var.analysts] : []
    content {
      principal  = grant.value
      privileges = ["READ_FILES"]
    }
  }
}

resource "databricks_catalog" "this" {
  name           = "lakeproof_${var.environment}"
  comment        = "What Lakeproof runs with, and the views that it makes."
  storage_root   = "${databricks_external_location.this["code"].url}unity"
  isolation_mode = "ISOLATED"
}

resource "databricks_grants" "catalog" {
  catalog = databricks_catalog.this.name

  dynamic "grant" {
    for_each = var.principals
    content {
      principal  = grant.value
      privileges = ["USE_CATALOG"]
    }
  }
}

resource "databricks_schema" "deploy" {
  catalog_name = databricks_catalog.this.name
  name         = "deploy"
  comment      = "The JAR and the specs."
}

resource "databricks_grants" "schema" {
  schema = databricks_schema.deploy.id

  dynamic "grant" {
    for_each = var.principals
    content {
      principal  = grant.value
      privileges = ["USE_SCHEMA"]
    }
  }
}

resource "databricks_volume" "code" {
  catalog_name     = databricks_catalog.this.name
  schema_name      = databricks_schema.deploy.name
  name             = "code"
  volume_type      = "EXTERNAL"
  storage_location = "${databricks_external_location.this["code"].url}files"
  comment          = "lakeproof.jar, and a folder for each dataset with its spec."
}

# Who runs the code cannot change it.
resource "databricks_grants" "volume" {
  volume = databricks_volume.code.id

  dynamic "grant" {
    for_each = var.principals
    content {
      principal  = grant.value
      privileges = ["READ_VOLUME"]
    }
  }
}
