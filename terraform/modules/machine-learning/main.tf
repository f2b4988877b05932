# Where models are trained: the workspace with the storage, vault and registry that it wants for itself, and machines that
# are there only while they train.

# The workspace cannot keep its own files in an account with a hierarchical namespace, so not in the lake.
resource "azurerm_storage_account" "this" {
  name                            = "stml${var.short_name}"
  resource_group_name             = var.resource_group_name
  location                        = var.location
  tags                            = var.tags
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  default_to_oauth_authentication = true
  shared_access_key_enabled       = false
  local_user_enabled              = false
  public_network_access_enabled   = var.public_network

  network_rules {
    default_action             = "Deny"
    bypass                     = ["AzureServices"]
    ip_rules                   = var.allowed_ip_ranges
    virtual_network_subnet_ids = [var.subnet_id]
  }
}

module "vault" {
  source              = "../vault"
  name                = "kv-ml-${var.short_name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  subnet_ids          = [var.subnet_id]
  allowed_ip_ranges   = var.allowed_ip_ranges
  public_network      = var.public_network
}

resource "azurerm_container_registry" "this" {
  name                          = "cr${var.short_name}"
  resource_group_name           = var.resource_group_name
  location                      = var.location
  tags                          = var.tags
  sku                           = var.public_network ? "Basic" : "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = var.public_network
}

resource "azurerm_machine_learning_workspace" "this" {
  name                          = "mlw-${var.name}"
  resource_group_name           = var.resource_group_name
  location                      = var.location
  tags                          = var.tags
  application_insights_id       = var.application_insights_id
  key_vault_id                  = module.vault.id
  storage_account_id            = azurerm_storage_account.this.id
  container_registry_id         = azurerm_container_registry.this.id
  storage_account_access_type   = "Identity"
  public_network_access_enabled = var.public_network

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_machine_learning_compute_cluster" "training" {
  name                          = "training"
  location                      = var.location
  tags                          = var.tags
  machine_learning_workspace_id = azurerm_machine_learning_workspace.this.id
  vm_size                       = var.vm_size
  vm_priority                   = "Dedicated"
  local_auth_enabled            = false
  node_public_ip_enabled        = false
  ssh_public_access_enabled     = false
  subnet_resource_id            = var.subnet_id

  # None at rest: nothing trains, nothing costs.
  scale_settings {
    min_node_count                       = 0
    max_node_count                       = var.max_nodes
    scale_down_nodes_after_idle_duration = "PT5M"
  }

  identity {
    type = "SystemAssigned"
  }
}
