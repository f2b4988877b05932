# The factory alone, for its identity has to be known before the workspace can let it in. What it runs: ../pipeline.

resource "azurerm_data_factory" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  # For runtimes of one's own, of which there are none.
  public_network_enabled = false

  identity {
    type = "SystemAssigned"
  }
}
