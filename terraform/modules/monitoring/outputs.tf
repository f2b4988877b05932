output "workspace_id" {
  value = azurerm_log_analytics_workspace.this.id
}

output "application_insights_id" {
  value = azurerm_application_insights.this.id
}

output "action_group_id" {
  value = azurerm_monitor_action_group.people.id
}
