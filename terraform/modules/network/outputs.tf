output "id" {
  value = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  description = "By name: databricks-host, databricks-container, training, endpoints."
  value       = local.subnets
}

output "databricks" {
  description = "What the Databricks workspace is put into."
  value = {
    network_id               = azurerm_virtual_network.this.id
    host_subnet              = azurerm_subnet.databricks["host"].name
    container_subnet         = azurerm_subnet.databricks["container"].name
    host_association_id      = azurerm_subnet_network_security_group_association.this["databricks-host"].id
    container_association_id = azurerm_subnet_network_security_group_association.this["databricks-container"].id
  }
}

output "diagnosed" {
  description = "What diagnostic settings are for, by name."
  value = {
    network        = { id = azurerm_virtual_network.this.id, metrics = true, logs = true }
    security-group = { id = azurerm_network_security_group.this.id, metrics = false, logs = true }
    way-out        = { id = azurerm_public_ip.out.id, metrics = true, logs = true }
  }
}
