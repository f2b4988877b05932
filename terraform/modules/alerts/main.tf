# What people are told of. A drift that matters is a rule in the spec (such as `Mean "x" between 3 and 4`), whose breach
# rejects the batch: there is no alert of its own.

locals {
  # Logs arrive minutes late, and an alert that looks back no further than to the last time misses them: it looks back an hour,
  # at what arrived since.
  arrived = "| where ingestion_time() > ago(15m)"
  # What the factory starts are runs in Databricks too. Their failures are told by the factory, attempt or not.
  own = join("", [for id in var.factory_client_ids : " and tostring(parse_json(RequestParams).runCreatorUserName) != '${id}'"])

  queries = merge({
    rejected = {
      text      = "A batch was rejected: nothing was published. `lakeproof versions` shows why; see docs/ingest.md for the repair."
      severity  = 2
      query     = "ADFActivityRun | where ActivityType == 'Fail' and ErrorCode == 'LakeproofRejected' ${local.arrived}"
      operator  = "GreaterThan"
      threshold = 0
      frequency = "PT15M"
      window    = "PT1H"
    }
    job-failed = {
      text      = "A Databricks job failed: a scheduled maintain or verify, or a run that a file's arrival started."
      severity  = 1
      query     = "DatabricksJobs | where ActionName == 'runFailed'${local.own} ${local.arrived}"
      operator  = "GreaterThan"
      threshold = 0
      frequency = "PT15M"
      window    = "PT1H"
    }
    }, {
    # For each: one dataset's files would hide that another's no longer come.
    for name, folder in var.datasets : "no-arrival-${name}" => {
      text      = "Nothing has landed for ${name} for ${var.no_arrival_hours} hours."
      severity  = 3
      query     = "StorageBlobLogs | where AccountName == '${var.storage_account_name}' and StatusText == 'Success' and OperationName in ('PutBlob', 'PutBlockList', 'CreatePathFile', 'FlushFile') and ObjectKey startswith '/${var.storage_account_name}/landing/${folder}/'"
      operator  = "LessThan"
      threshold = 1
      frequency = "PT1H"
      window    = var.no_arrival_hours >= 24 ? "P${var.no_arrival_hours / 24}D" : "PT${var.no_arrival_hours}H"
    }
  })
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "this" {
  # Without a factory there is no log of it: a rejected batch is a failed job then.
  for_each             = { for name, query in local.queries : name => query if name != "rejected" || length(var.data_factory_ids) > 0 }
  name                 = "${each.key}-${var.name}"
  description          = each.value.text
  resource_group_name  = var.resource_group_name
  location             = var.location
  tags                 = var.tags
  scopes               = [var.log_workspace_id]
  severity             = each.value.severity
  evaluation_frequency = each.value.frequency
  window_duration      = each.value.window
  # A table of Log Analytics is made by its first row: until then the query names what is not there.
  skip_query_validation   = true
  auto_mitigation_enabled = startswith(each.key, "no-arrival-")

  criteria {
    query                   = each.value.query
    time_aggregation_method = "Count"
    operator                = each.value.operator
    threshold               = each.value.threshold
  }

  action {
    action_groups = [var.action_group_id]
  }
}

resource "azurerm_monitor_metric_alert" "run_failed" {
  count               = length(var.data_factory_ids)
  name                = "run-failed-${var.name}"
  description         = "A run failed. The pipeline's error says why."
  resource_group_name = var.resource_group_name
  tags                = var.tags
  scopes              = [var.data_factory_ids[count.index]]
  severity            = 1
  frequency           = "PT5M"
  window_size         = "PT5M"

  criteria {
    metric_namespace = "Microsoft.DataFactory/factories"
    metric_name      = "PipelineFailedRuns"
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = 0
  }

  action {
    action_group_id = var.action_group_id
  }
}

# Clusters are paid for in the workspace's managed group as well: the budget is over both.
resource "azurerm_consumption_budget_subscription" "this" {
  name            = "budget-${var.name}"
  subscription_id = "/subscriptions/${var.subscription_id}"
  amount          = var.monthly_budget
  time_grain      = "Monthly"

  # Azure takes no first month that is over. Once it is made, the month stays.
  time_period {
    start_date = formatdate("YYYY-MM-01'T00:00:00Z'", plantimestamp())
  }

  lifecycle {
    ignore_changes = [time_period]
  }

  filter {
    dimension {
      name   = "ResourceGroupName"
      values = var.budget_resource_groups
    }
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 80
    threshold_type = "Forecasted"
    contact_groups = [var.action_group_id]
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 100
    threshold_type = "Actual"
    contact_groups = [var.action_group_id]
  }
}
