# Where models are trained: the workspace with the storage, vault and registry that it wants for itself. The machines:
# ../training.

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
  # Azure's own machines build images only where neither storage nor registry is closed to them.
  image_build_compute_name = var.image_build_compute_name

  identity {
    type = "SystemAssigned"
  }
}
