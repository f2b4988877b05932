output "id" {
  value = azurerm_databricks_workspace.this.id
}

output "url" {
  description = "The host name."
  value       = azurerm_databricks_workspace.this.workspace_url
}

output "access_connector_id" {
  value = azurerm_databricks_access_connector.lake.id
}

output "access_connector_principal_id" {
  value = azurerm_databricks_access_connector.lake.identity[0].principal_id
}

output "job_client_id" {
  description = "The application id of the identity that jobs run as."
  value       = azurerm_user_assigned_identity.job.client_id
}
