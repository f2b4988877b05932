# What a cluster for Lakeproof may be, and who may start one.

resource "databricks_service_principal" "this" {
  for_each             = var.principals
  application_id       = each.value
  display_name         = "lakeproof-${each.key}"
  allow_cluster_create = false
}

# Reads through to the vault whenever a cluster starts: no secret is copied.
resource "databricks_secret_scope" "vault" {
  name = "lakeproof"

  keyvault_metadata {
    resource_id = var.vault_id
    dns_name    = var.vault_uri
  }
}

resource "databricks_secret_acl" "read" {
  for_each   = var.principals
  scope      = databricks_secret_scope.vault.name
  principal  = databricks_service_principal.this[each.key].application_id
  permission = "READ"
}

locals {
  # Whoever asks for the cluster. The password stays in the vault: only its name is here.
  environment_variables = merge(
    var.environment_variables,
    var.training == null ? {} : {
      AZURE_TENANT_ID     = var.training.tenant_id
      AZURE_CLIENT_ID     = var.training.client_id
      AZURE_CLIENT_SECRET = "{{secrets/${databricks_secret_scope.vault.name}/training-client-secret}}"
    },
  )
}

resource "databricks_cluster_policy" "job" {
  name        = "lakeproof-job"
  description = "One run, one cluster, which ends with it."

  definition = jsonencode(merge(
    {
      cluster_type = { type = "fixed", value = "job" }
      # Spark 3.5 and Scala 2.12: what the JAR is built for. Later runtimes have Scala 2.13 only.
      spark_version = { type = "fixed", value = var.spark_version }
      # Unity Catalog, and a JVM of one's own: shared clusters refuse JARs that use all of Spark's API.
      data_security_mode      = { type = "fixed", value = "SINGLE_USER" }
      node_type_id            = { type = "allowlist", values = var.node_types, defaultValue = var.node_types[0] }
      "autoscale.min_workers" = { type = "range", minValue = 1, defaultValue = 1 }
      "autoscale.max_workers" = { type = "range", maxValue = var.max_workers, defaultValue = min(4, var.max_workers) }
    },
    { for key, value in var.tags : "custom_tags.${key}" => { type = "fixed", value = value } },
    { for key, value in local.environment_variables : "spark_env_vars.${key}" => { type = "fixed", value = value } },
  ))
}

resource "databricks_permissions" "policy" {
  cluster_policy_id = databricks_cluster_policy.job.id

  dynamic "access_control" {
    for_each = databricks_service_principal.this
    content {
      service_principal_name = access_control.value.application_id
      permission_level       = "CAN_USE"
    }
  }
}
