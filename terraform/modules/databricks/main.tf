# The workspace, in our network, and the identity by which Unity Catalog reaches the lake.

resource "azurerm_databricks_workspace" "this" {
  name                        = "dbw-${var.name}"
  resource_group_name         = var.resource_group_name
  managed_resource_group_name = "rg-${var.name}-databricks"
  location                    = var.location
  tags                        = var.tags
  # Premium: Unity Catalog, permissions on jobs and clusters, and diagnostic logs need it.
  sku = "premium"
  # Its pages and API, behind a login: Data Factory and deployments come from outside of the network.
  public_network_access_enabled         = true
  network_security_group_rules_required = "AllRules"

  custom_parameters {
    no_public_ip                                         = true
    virtual_network_id                                   = var.network.network_id
    public_subnet_name                                   = var.network.host_subnet
    private_subnet_name                                  = var.network.container_subnet
    public_subnet_network_security_group_association_id  = var.network.host_association_id
    private_subnet_network_security_group_association_id = var.network.container_association_id
  }
}

# Made apart from the workspace, for the lake has to let it in before there is a workspace.
resource "azurerm_databricks_access_connector" "lake" {
  name                = "dbac-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

# Who the bundle's jobs run as. An identity without a password, which nobody can log in as.
resource "azurerm_user_assigned_identity" "job" {
  name                = "id-${var.name}-job"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}
