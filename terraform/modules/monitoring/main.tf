# Where logs and measures go, and who is told.

resource "azurerm_log_analytics_workspace" "this" {
  name                = "log-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
  sku                 = "PerGB2018"
  retention_in_days   = var.retention_days
  # Logs cost by the gigabyte: a loop that logs may not cost more than this in a day.
  daily_quota_gb               = var.daily_quota_gb
  local_authentication_enabled = false
}

resource "azurerm_application_insights" "this" {
  name                         = "appi-${var.name}"
  resource_group_name          = var.resource_group_name
  location                     = var.location
  tags                         = var.tags
  application_type             = "java"
  workspace_id                 = azurerm_log_analytics_workspace.this.id
  retention_in_days            = var.retention_days
  local_authentication_enabled = false
}

resource "azurerm_monitor_action_group" "people" {
  name                = "ag-${var.name}"
  resource_group_name = var.resource_group_name
  short_name          = "lakeproof"
  tags                = var.tags

  dynamic "email_receiver" {
    for_each = var.alert_emails
    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}
