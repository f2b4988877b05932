# What single modules promise, whatever the environment.

mock_provider "azurerm" {}
mock_provider "databricks" {}

variables {
  name                = "lakeproof-test"
  short_name          = "lptest"
  resource_group_name = "rg"
  location            = "westeurope"
  tags                = { application = "lakeproof" }
  subnet_ids          = ["subnet"]
  subnet_id           = "subnet"
  allowed_ip_ranges   = []
  public_network      = false
}

run "clusters_have_no_public_address" {
  module { source = "./modules/databricks" }
  variables {
    network = { network_id = "network", host_subnet = "host", container_subnet = "container", host_association_id = "a", container_association_id = "b" }
  }

  assert {
    condition     = azurerm_databricks_workspace.this.custom_parameters[0].no_public_ip && azurerm_databricks_workspace.this.custom_parameters[0].virtual_network_id == "network"
    error_message = "The workspace's clusters belong into our network, without public addresses."
  }
}

run "a_vault_gives_by_role_and_forgets_nothing_at_once" {
  module { source = "./modules/vault" }

  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.network_acls[0].default_action == "Deny" && azurerm_key_vault.this.public_network_access_enabled == false
    error_message = "The vault answers by role, inside of the network, and keeps what was deleted."
  }
}

run "a_cluster_is_dedicated_and_knows_secrets_by_name_only" {
  module { source = "./modules/compute" }
  variables {
    environment_variables = { LAKEPROOF_ENVIRONMENT = "test" }
    principals            = { job = "33333333-3333-3333-3333-333333333333" }
    spark_version         = "16.4.x-scala2.12"
    node_types            = ["Standard_D4ds_v5"]
    max_workers           = 2
    vault_id              = "vault"
    vault_uri             = "https://vault"
    training              = { tenant_id = "tenant", client_id = "client" }
  }

  assert {
    condition = { for key in ["spark_version", "data_security_mode", "cluster_type", "spark_env_vars.LAKEPROOF_ENVIRONMENT"] : key => jsondecode(databricks_cluster_policy.job.definition)[key] } == {
      spark_version                          = { type = "fixed", value = "16.4.x-scala2.12" }
      data_security_mode                     = { type = "fixed", value = "SINGLE_USER" }
      cluster_type                           = { type = "fixed", value = "job" }
      "spark_env_vars.LAKEPROOF_ENVIRONMENT" = { type = "fixed", value = "test" }
    }
    error_message = "What a cluster is, is fixed."
  }
  assert {
    condition     = jsondecode(databricks_cluster_policy.job.definition)["spark_env_vars.AZURE_CLIENT_SECRET"].value == "{{secrets/lakeproof/training-client-secret}}"
    error_message = "The policy names the secret; it does not hold it."
  }
  assert {
    condition     = jsondecode(databricks_cluster_policy.job.definition)["autoscale.max_workers"].maxValue == 2
    error_message = "A cluster grows no further than allowed."
  }
}

run "training_costs_nothing_at_rest_and_takes_no_keys" {
  module { source = "./modules/machine-learning" }
  variables {
    application_insights_id = "insights"
    vm_size                 = "Standard_D4s_v3"
    max_nodes               = 4
  }

  assert {
    condition     = azurerm_machine_learning_compute_cluster.training.scale_settings[0].min_node_count == 0
    error_message = "A training machine that waits costs."
  }
  assert {
    condition = (
      azurerm_storage_account.this.shared_access_key_enabled == false && azurerm_container_registry.this.admin_enabled == false &&
      azurerm_machine_learning_compute_cluster.training.local_auth_enabled == false && azurerm_machine_learning_compute_cluster.training.node_public_ip_enabled == false
    )
    error_message = "Keys and passwords are off; machines have no public address."
  }
}

run "people_are_told" {
  module { source = "./modules/alerts" }
  variables {
    action_group_id        = "people"
    log_workspace_id       = "logs"
    data_factory_ids       = ["factory"]
    storage_account_name   = "stlptest"
    no_arrival_hours       = 48
    subscription_id        = "00000000-0000-0000-0000-000000000000"
    monthly_budget         = 1
    budget_from            = "2026-01-01T00:00:00Z"
    budget_resource_groups = ["rg"]
  }

  assert {
    condition     = toset(keys(azurerm_monitor_scheduled_query_rules_alert_v2.this)) == toset(["rejected", "job-failed", "no-arrival"]) && length(azurerm_monitor_metric_alert.run_failed) == 1
    error_message = "A failed run, a rejected batch, a failed job, nothing landed."
  }
  assert {
    condition     = alltrue([for alert in azurerm_monitor_scheduled_query_rules_alert_v2.this : alert.action[0].action_groups == tolist(["people"])])
    error_message = "An alert that nobody gets."
  }
  assert {
    condition     = azurerm_monitor_scheduled_query_rules_alert_v2.this["no-arrival"].window_duration == "P2D"
    error_message = "48 hours are P2D."
  }
}

run "azure_looks_back_two_days_and_no_further" {
  command = plan
  module { source = "./modules/alerts" }
  variables {
    action_group_id        = "people"
    log_workspace_id       = "logs"
    data_factory_ids       = []
    storage_account_name   = "stlptest"
    no_arrival_hours       = 72
    subscription_id        = "00000000-0000-0000-0000-000000000000"
    monthly_budget         = 1
    budget_from            = "2026-01-01T00:00:00Z"
    budget_resource_groups = ["rg"]
  }
  expect_failures = [var.no_arrival_hours]
}
