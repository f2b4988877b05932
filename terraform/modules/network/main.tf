# The network that the clusters live in: no public address on any machine, one way out.

resource "azurerm_virtual_network" "this" {
  name                = "vnet-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  address_space       = [var.address_space]
}

# Databricks keeps the rules of its own subnets; the group has to be there for it.
resource "azurerm_network_security_group" "this" {
  name                = "nsg-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

resource "azurerm_subnet" "databricks" {
  for_each             = { host = 0, container = 1 }
  name                 = "databricks-${each.key}"
  resource_group_name  = var.resource_group_name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [cidrsubnet(var.address_space, 2, each.value)]
  # The lake lets these subnets in; the traffic stays on Azure's own network.
  service_endpoints               = ["Microsoft.Storage", "Microsoft.KeyVault"]
  default_outbound_access_enabled = false

  delegation {
    name = "databricks"
    service_delegation {
      name = "Microsoft.Databricks/workspaces"
      actions = [
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/virtualNetworks/subnets/prepareNetworkPolicies/action",
        "Microsoft.Network/virtualNetworks/subnets/unprepareNetworkPolicies/action",
      ]
    }
  }
}

# Training machines, and the private endpoints where there are any.
resource "azurerm_subnet" "plain" {
  for_each                        = { training = 4, endpoints = 5 }
  name                            = each.key
  resource_group_name             = var.resource_group_name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.address_space, 3, each.value)]
  service_endpoints               = ["Microsoft.Storage", "Microsoft.KeyVault"]
  default_outbound_access_enabled = false
}

locals {
  subnets = merge(
    { for name, subnet in azurerm_subnet.databricks : "databricks-${name}" => subnet.id },
    { for name, subnet in azurerm_subnet.plain : name => subnet.id },
  )
  # Known before anything is made, as for_each wants it.
  names = toset(["databricks-host", "databricks-container", "training", "endpoints"])
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each                  = local.names
  subnet_id                 = local.subnets[each.key]
  network_security_group_id = azurerm_network_security_group.this.id
}

# The way out: clusters without a public address reach the Databricks control plane through it.
resource "azurerm_public_ip" "out" {
  name                = "pip-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  allocation_method   = "Static"
  sku                 = "Standard"
}

resource "azurerm_nat_gateway" "out" {
  name                = "nat-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "out" {
  nat_gateway_id       = azurerm_nat_gateway.out.id
  public_ip_address_id = azurerm_public_ip.out.id
}

resource "azurerm_subnet_nat_gateway_association" "out" {
  for_each       = toset(["databricks-host", "databricks-container", "training"])
  subnet_id      = local.subnets[each.key]
  nat_gateway_id = azurerm_nat_gateway.out.id
}
