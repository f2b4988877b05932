# Sends what resources log and measure to Log Analytics.

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each                   = var.targets
  name                       = "to-log-analytics"
  target_resource_id         = each.value.id
  log_analytics_workspace_id = var.workspace_id
  # A table for each kind of log, which the alerts' queries name. Only Data Factory asks; others never take the word.
  log_analytics_destination_type = each.value.own_tables ? "Dedicated" : null

  dynamic "enabled_log" {
    for_each = each.value.logs ? ["allLogs"] : []
    content {
      category_group = enabled_log.value
    }
  }

  dynamic "enabled_metric" {
    for_each = each.value.metrics ? ["AllMetrics"] : []
    content {
      category = enabled_metric.value
    }
  }
}
