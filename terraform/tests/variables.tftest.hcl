# What other values of the variables do.

mock_provider "azurerm" {
  mock_resource "azurerm_databricks_workspace" {
    defaults = { workspace_url = "adb-1.1.azuredatabricks.net" }
  }
  # Those that the rehearsal's stand-ins answer for.
  mock_resource "azurerm_machine_learning_workspace" {
    defaults = { id = "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws" }
  }
  mock_data "azurerm_client_config" {
    defaults = { tenant_id = "11111111-1111-1111-1111-111111111111" }
  }
}
mock_provider "azuread" {}
mock_provider "databricks" {}

run "without_data_factory_databricks_looks_at_the_landing" {
  command = apply
  variables {
    start              = "databricks"
    training_client_id = "22222222-2222-2222-2222-222222222222"
  }

  assert {
    condition     = output.data_factory == null
    error_message = "No factory, nothing for one."
  }
  assert {
    condition     = output.bundle.file_arrival == "UNPAUSED"
    error_message = "The bundle's job has to look at the landing, or nobody does."
  }
  assert {
    condition     = !contains(keys(output.roles), "factory-workspace")
    error_message = "A role for a factory that is not there."
  }
}

run "a_landing_is_written_to_only_where_specs_archive" {
  command = apply
  variables { archive_landing = true }

  assert {
    condition     = output.roles["connector-landing"].role == "Storage Blob Data Contributor" && output.roles["connector-landing"].scope == module.storage.container_ids["landing"]
    error_message = "source.after: archive moves files."
  }
}

run "a_training_application_may_submit_and_no_more" {
  command = apply
  variables { training_client_id = "22222222-2222-2222-2222-222222222222" }

  assert {
    condition     = output.roles["training-workspace"].role == "AzureML Data Scientist" && output.roles["training-workspace"].scope == module.machine_learning.id
    error_message = "The role to submit trainings."
  }
}

run "mistakes_in_variables_are_refused" {
  command = plan
  variables {
    environment       = "staging"
    suffix            = "A_1"
    start             = "airflow"
    run_timeout       = "6h"
    replication       = "RAGRS"
    allowed_ip_ranges = ["203.0.113.7", "0.0.0.0/1"]
    alert_emails      = []
    cluster           = { node_type = "Standard_D4ds_v5", max_workers = 1, spark_version = "17.3.x-scala2.13" }
    datasets          = { "Bird Strikes" = {} }
  }
  expect_failures = [var.environment, var.suffix, var.start, var.run_timeout, var.replication, var.cluster, var.datasets, var.allowed_ip_ranges, var.alert_emails]
}

run "a_role_without_a_reason_is_refused" {
  command = plan
  module { source = "./modules/access" }
  variables {
    roles = { everything = { principal = "p", role = "Owner", scope = "s", why = "" } }
  }
  expect_failures = [var.roles]
}
