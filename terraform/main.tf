# Everything that runs Lakeproof in one environment. What it makes, what it costs and how to remove it: README.md.

data "azurerm_client_config" "current" {}

locals {
  name       = "lakeproof-${var.environment}"
  short_name = "lp${var.environment}${var.suffix}"
  main_class = "io.lakeproof.jobs.cli.Lakeproof"

  tags = {
    application = "lakeproof"
    environment = var.environment
    owner       = var.owner
    managed-by  = "terraform"
  }

  # The machines, as a training's job names them: `compute: azureml:training`.
  training     = "training"
  data_factory = var.start == "data-factory"
  code_path    = coalesce(var.code_path, module.unity_catalog.code_path)
  anchors      = coalesce(var.anchors, "${module.storage.urls["evidence"]}/anchors")
  jar          = "${local.code_path}/lakeproof.jar"
  # Where the bundle's jobs look as well.
  datasets = { for name, dataset in var.datasets : name => merge(dataset, { folder = name, spec = "${local.code_path}/${name}/dataset.yaml" }) }
  cluster  = merge(var.cluster, { policy_id = module.compute.policy_id })

  # Set on every cluster: the first goes into each run's record; by the others a spec names lake and workspace, so that one
  # spec serves all environments.
  environment_variables = {
    LAKEPROOF_ENVIRONMENT = var.environment
    LAKE_ACCOUNT          = module.storage.name
    AML_WORKSPACE         = module.machine_learning.id
  }

  # Who runs. The factory starts runs as itself; a Databricks job runs as the job's identity.
  principals = merge(
    { job = module.databricks.job_client_id },
    { for factory in data.azuread_service_principal.factory : "factory" => factory.client_id },
  )
}

resource "azurerm_resource_group" "this" {
  name     = "rg-${local.name}"
  location = var.location
  tags     = local.tags
}

module "network" {
  source              = "./modules/network"
  name                = local.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  address_space       = var.address_space
}

module "storage" {
  source              = "./modules/storage"
  name                = "st${local.short_name}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  replication         = var.replication
  soft_delete_days    = var.soft_delete_days
  evidence_days       = var.evidence_days
  evidence_locked     = var.evidence_locked
  cool_after_days     = var.cool_after_days
  subnet_ids          = [for name in ["databricks-host", "databricks-container", "training"] : module.network.subnet_ids[name]]
  allowed_ip_ranges   = var.allowed_ip_ranges
  access_connector_id = module.databricks.access_connector_id
}

module "vault" {
  source              = "./modules/vault"
  name                = "kv-${local.short_name}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  subnet_ids          = [for name in ["databricks-host", "databricks-container"] : module.network.subnet_ids[name]]
  allowed_ip_ranges   = var.allowed_ip_ranges
  public_network      = !var.private_endpoints
}

module "monitoring" {
  source              = "./modules/monitoring"
  name                = local.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  retention_days      = var.log_retention_days
  daily_quota_gb      = var.log_daily_quota_gb
  alert_emails        = var.alert_emails
}

module "databricks" {
  source              = "./modules/databricks"
  name                = local.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  network             = module.network.databricks
}

module "compute" {
  source                = "./modules/compute"
  environment_variables = local.environment_variables
  tags                  = local.tags
  principals            = local.principals
  spark_version         = var.cluster.spark_version
  node_types            = [var.cluster.node_type]
  max_workers           = var.cluster.max_workers
  vault_id              = module.vault.id
  vault_uri             = module.vault.uri
  training              = var.training_client_id == null ? null : { tenant_id = data.azurerm_client_config.current.tenant_id, client_id = var.training_client_id }

  depends_on = [module.access]
}

module "unity_catalog" {
  source              = "./modules/unity-catalog"
  environment         = var.environment
  access_connector_id = module.databricks.access_connector_id
  urls                = module.storage.urls
  principals          = module.compute.principals
  analysts            = var.analysts
  archive_landing     = var.archive_landing

  # The catalog and the volume are looked at when they are made, as the connector.
  depends_on = [module.access]
}

module "data_factory" {
  source              = "./modules/data-factory"
  count               = local.data_factory ? 1 : 0
  name                = "adf-${local.name}-${var.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
}

module "pipeline" {
  source                = "./modules/pipeline"
  count                 = local.data_factory ? 1 : 0
  tags                  = local.tags
  environment_variables = local.environment_variables
  data_factory_id       = module.data_factory[0].id
  storage_account_id    = module.storage.id
  workspace_id          = module.databricks.id
  workspace_url         = module.databricks.url
  cluster               = local.cluster
  jar                   = local.jar
  main_class            = local.main_class
  anchors               = local.anchors
  datasets              = local.datasets
  timeout               = var.run_timeout
  retries               = var.run_retries
}

module "machine_learning" {
  source                  = "./modules/machine-learning"
  name                    = local.name
  short_name              = local.short_name
  resource_group_name     = azurerm_resource_group.this.name
  location                = var.location
  tags                    = local.tags
  application_insights_id = module.monitoring.application_insights_id
  subnet_id               = module.network.subnet_ids["training"]
  allowed_ip_ranges       = var.allowed_ip_ranges
  public_network          = !var.private_endpoints
  # By name: the machines come after the workspace's private endpoint, and so after the workspace.
  image_build_compute_name = local.training
}

module "training" {
  source       = "./modules/training"
  name         = local.training
  location     = var.location
  tags         = local.tags
  workspace_id = module.machine_learning.id
  subnet_id    = module.network.subnet_ids["training"]
  vm_size      = var.training_vm_size
  max_nodes    = var.training_max_nodes

  # Addresses and names first: machines without a public address find the workspace by them.
  depends_on = [module.private_endpoints]
}

module "private_endpoints" {
  source              = "./modules/private-endpoints"
  name                = local.name
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
  tags                = local.tags
  network_id          = module.network.id
  subnet_id           = module.network.subnet_ids["endpoints"]
  endpoints = merge(
    # In every environment: training machines have no public address, and reach the workspace by nothing else.
    { ml = { id = module.machine_learning.id, kind = "amlworkspace" } },
    var.private_endpoints ? {
      lake-blob   = { id = module.storage.id, kind = "blob" }
      lake-dfs    = { id = module.storage.id, kind = "dfs" }
      vault       = { id = module.vault.id, kind = "vault" }
      ml-blob     = { id = module.machine_learning.storage_id, kind = "blob" }
      ml-file     = { id = module.machine_learning.storage_id, kind = "file" }
      ml-vault    = { id = module.machine_learning.vault_id, kind = "vault" }
      ml-registry = { id = module.machine_learning.registry_id, kind = "registry" }
    } : {},
  )
}

module "diagnostics" {
  source       = "./modules/diagnostics"
  workspace_id = module.monitoring.workspace_id
  targets = merge(
    module.network.diagnosed,
    module.machine_learning.diagnosed,
    {
      # The account measures; its blobs log.
      lake       = { id = module.storage.id, metrics = true, logs = false }
      lake-blobs = { id = "${module.storage.id}/blobServices/default", metrics = true, logs = true }
      vault      = { id = module.vault.id, metrics = true, logs = true }
      databricks = { id = module.databricks.id, metrics = false, logs = true }
      logs       = { id = module.monitoring.workspace_id, metrics = true, logs = true }
    },
    { for factory in module.data_factory : "factory" => { id = factory.id, metrics = true, logs = true, own_tables = true } },
  )
}

module "alerts" {
  source                 = "./modules/alerts"
  name                   = local.name
  resource_group_name    = azurerm_resource_group.this.name
  location               = var.location
  tags                   = local.tags
  action_group_id        = module.monitoring.action_group_id
  log_workspace_id       = module.monitoring.workspace_id
  data_factory_ids       = module.data_factory[*].id
  factory_client_ids     = data.azuread_service_principal.factory[*].client_id
  storage_account_name   = module.storage.name
  datasets               = { for name, dataset in local.datasets : name => dataset.folder }
  no_arrival_hours       = var.no_arrival_hours
  subscription_id        = var.subscription_id
  monthly_budget         = var.monthly_budget
  budget_resource_groups = [azurerm_resource_group.this.name, "rg-${local.name}-databricks"]
}
