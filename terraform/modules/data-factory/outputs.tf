output "id" {
  value = azurerm_data_factory.this.id
}

output "principal_id" {
  description = "The managed identity that starts runs."
  value       = azurerm_data_factory.this.identity[0].principal_id
}
