# Addresses inside of the network for what has one outside, and the names that lead there.

locals {
  # The zones' names are Azure's own, by kind of endpoint.
  zones = {
    blob         = ["privatelink.blob.core.windows.net"]
    dfs          = ["privatelink.dfs.core.windows.net"]
    file         = ["privatelink.file.core.windows.net"]
    vault        = ["privatelink.vaultcore.azure.net"]
    amlworkspace = ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]
    registry     = ["privatelink.azurecr.io"]
  }
}

resource "azurerm_private_dns_zone" "this" {
  for_each            = toset(flatten([for endpoint in var.endpoints : local.zones[endpoint.kind]]))
  name                = each.key
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each              = azurerm_private_dns_zone.this
  name                  = "lakeproof"
  resource_group_name   = var.resource_group_name
  tags                  = var.tags
  private_dns_zone_name = each.value.name
  virtual_network_id    = var.network_id
}

resource "azurerm_private_endpoint" "this" {
  for_each            = var.endpoints
  name                = "pe-${var.name}-${each.key}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  subnet_id           = var.subnet_id

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.id
    subresource_names              = [each.value.kind]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [for zone in local.zones[each.value.kind] : azurerm_private_dns_zone.this[zone].id]
  }
}
