# Every role that is given, and why. Nobody gets the whole account where a container will do.

data "azuread_service_principal" "factory" {
  count     = local.data_factory ? 1 : 0
  object_id = module.data_factory[0].principal_id
}

# The application that Databricks is in every tenant.
data "azuread_service_principal" "azure_databricks" {
  client_id = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
}

data "azuread_service_principal" "training" {
  count     = var.training_client_id == null ? 0 : 1
  client_id = var.training_client_id
}

locals {
  connector = module.databricks.access_connector_principal_id
  trainer   = module.training.principal_id

  roles = merge(
    # Runs reach the lake as the access connector, which Unity Catalog lends them: READ FILES and WRITE FILES narrow it further.
    {
      for container in ["raw", "training", "testing", "quarantine", "lineage", "evidence", "scratch"] : "connector-${container}" => {
        principal = local.connector
        role      = "Storage Blob Data Contributor"
        scope     = module.storage.container_ids[container]
        why       = "A run writes what belongs into ${container}."
      }
    },
    {
      connector-landing = {
        principal = local.connector
        # Contributor only where runs move what they took.
        role  = var.archive_landing ? "Storage Blob Data Contributor" : "Storage Blob Data Reader"
        scope = module.storage.container_ids["landing"]
        why   = "A run reads what landed."
      }
      connector-code = {
        principal = local.connector
        # Contributor: the volume is also where a deployment puts the JAR; runs hold READ VOLUME alone.
        role  = "Storage Blob Data Contributor"
        scope = module.storage.container_ids["code"]
        why   = "A cluster reads JAR and specs, a deployment puts them there, both by Unity Catalog."
      }
      connector-delegator = {
        principal = local.connector
        # Keys for single containers are signed on the account's behalf, which no container's role allows.
        role  = "Storage Blob Delegator"
        scope = module.storage.id
        why   = "Unity Catalog hands runs keys that last an hour and open one folder."
      }
      databricks-vault = {
        principal = data.azuread_service_principal.azure_databricks.object_id
        # Secrets alone, no keys or certificates, and only to read them.
        role  = "Key Vault Secrets User"
        scope = module.vault.id
        why   = "The secret scope reads through to the vault when a cluster starts."
      }
      trainer-training = {
        principal = local.trainer
        role      = "Storage Blob Data Reader"
        scope     = module.storage.container_ids["training"]
        why       = "A training reads the train and validation parts, and can change neither."
      }
      trainer-testing = {
        principal = local.trainer
        role      = "Storage Blob Data Reader"
        scope     = module.storage.container_ids["testing"]
        why       = "A training measures the model on the test part, and cannot change it."
      }
      trainer-registry = {
        principal = local.trainer
        role      = "AcrPull"
        scope     = module.machine_learning.registry_id
        why       = "A training machine fetches the image that it trains in."
      }
      trainer-storage = {
        principal = local.trainer
        # The workspace's own account, not the lake: models and logs go there.
        role  = "Storage Blob Data Contributor"
        scope = module.machine_learning.storage_id
        why   = "A training writes its model and its logs."
      }
    },
    {
      for factory in module.data_factory : "factory-workspace" => {
        principal = factory.principal_id
        # What Data Factory asks for to log in to a workspace by identity; on this workspace alone.
        role  = "Contributor"
        scope = module.databricks.id
        why   = "Data Factory logs in to Databricks as itself, without a token."
      }
    },
    {
      for application in data.azuread_service_principal.training : "training-workspace" => {
        principal = application.object_id
        # May submit jobs and register data; may not change the workspace.
        role  = "AzureML Data Scientist"
        scope = module.machine_learning.id
        why   = "The last step of a run starts the training."
      }
    },
  )
}

module "access" {
  source = "./modules/access"
  roles  = local.roles
}
