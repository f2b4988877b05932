output "id" {
  value = azurerm_storage_account.lake.id
}

output "name" {
  value = azurerm_storage_account.lake.name
}

output "container_ids" {
  description = "By name."
  value       = { for name, container in azurerm_storage_container.this : name => container.id }
}

output "urls" {
  description = "By container: abfss://container@account.dfs.core.windows.net"
  value       = { for name in local.containers : name => "abfss://${name}@${azurerm_storage_account.lake.name}.dfs.core.windows.net" }
}
