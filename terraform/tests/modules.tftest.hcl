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
  assert {
    condition     = [for acl in databricks_secret_acl.read : acl.permission] == ["READ"]
    error_message = "Who runs could change a secret."
  }
  assert {
    condition     = [for principal in databricks_service_principal.this : principal.allow_cluster_create] == [false]
    error_message = "Who runs could make a cluster that the policy does not bound."
  }
}

run "training_costs_nothing_at_rest_and_has_no_public_address" {
  module { source = "./modules/training" }
  variables {
    workspace_id = "workspace"
    vm_size      = "Standard_D4s_v3"
    max_nodes    = 4
  }

  assert {
    condition     = azurerm_machine_learning_compute_cluster.this.scale_settings[0].min_node_count == 0
    error_message = "A training machine that waits costs."
  }
  assert {
    condition     = azurerm_machine_learning_compute_cluster.this.local_auth_enabled == false && azurerm_machine_learning_compute_cluster.this.ssh_public_access_enabled == false && azurerm_machine_learning_compute_cluster.this.node_public_ip_enabled == false
    error_message = "Machines take no keys, and have no public address."
  }
}

run "azure_ml_is_closed_and_takes_no_keys" {
  module { source = "./modules/machine-learning" }
  variables {
    application_insights_id  = "insights"
    image_build_compute_name = "training"
  }

  assert {
    condition     = azurerm_storage_account.this.min_tls_version == "TLS1_2" && azurerm_storage_account.this.https_traffic_only_enabled
    error_message = "Azure ML's storage speaks TLS 1.2 and nothing older."
  }
  assert {
    condition     = azurerm_storage_account.this.network_rules[0].default_action == "Deny" && azurerm_storage_account.this.public_network_access_enabled == false && azurerm_storage_account.this.allow_nested_items_to_be_public == false
    error_message = "Azure ML's storage answers everybody."
  }
  assert {
    condition     = azurerm_storage_account.this.shared_access_key_enabled == false && azurerm_container_registry.this.admin_enabled == false && azurerm_container_registry.this.anonymous_pull_enabled == false
    error_message = "Keys and passwords are off."
  }
  assert {
    condition     = azurerm_container_registry.this.public_network_access_enabled == false && azurerm_machine_learning_workspace.this.public_network_access_enabled == false
    error_message = "The workspace and its registry are reached from inside of the network."
  }
  assert {
    condition     = azurerm_machine_learning_workspace.this.image_build_compute_name == "training"
    error_message = "Images are built where storage and registry are reached."
  }
}

run "a_factory_is_closed" {
  module { source = "./modules/data-factory" }

  assert {
    condition     = azurerm_data_factory.this.public_network_enabled == false
    error_message = "The factory is open to runtimes from anywhere."
  }
}

run "people_get_a_mail" {
  module { source = "./modules/monitoring" }
  variables {
    retention_days = 30
    daily_quota_gb = 1
    alert_emails   = ["one@example.com", "two@example.com"]
  }

  assert {
    condition     = [for receiver in azurerm_monitor_action_group.people.email_receiver : receiver.email_address] == ["one@example.com", "two@example.com"]
    error_message = "Who is to be told gets no mail."
  }
}

run "people_are_told" {
  module { source = "./modules/alerts" }
  variables {
    action_group_id        = "people"
    log_workspace_id       = "logs"
    data_factory_ids       = ["factory"]
    factory_client_ids     = ["factory-application"]
    storage_account_name   = "stlptest"
    datasets               = { claims = "claims", birds = "strikes" }
    no_arrival_hours       = 48
    subscription_id        = "00000000-0000-0000-0000-000000000000"
    monthly_budget         = 1
    budget_resource_groups = ["rg"]
  }

  assert {
    condition     = toset(keys(azurerm_monitor_scheduled_query_rules_alert_v2.this)) == toset(["rejected", "job-failed", "no-arrival-claims", "no-arrival-birds"]) && length(azurerm_monitor_metric_alert.run_failed) == 1
    error_message = "A failed run, a rejected batch, a failed job, nothing landed for a dataset."
  }
  assert {
    condition     = alltrue([for alert in azurerm_monitor_scheduled_query_rules_alert_v2.this : alert.action[0].action_groups == tolist(["people"])])
    error_message = "An alert that nobody gets."
  }
  assert {
    condition     = azurerm_monitor_scheduled_query_rules_alert_v2.this["no-arrival-claims"].window_duration == "P2D"
    error_message = "48 hours are P2D."
  }
  assert {
    condition = { for name, alert in azurerm_monitor_scheduled_query_rules_alert_v2.this : name => [
      split(" | where ", alert.criteria[0].query)[0], alert.criteria[0].time_aggregation_method, alert.criteria[0].operator, alert.criteria[0].threshold, alert.severity, alert.evaluation_frequency
      ] } == {
      rejected          = ["ADFActivityRun", "Count", "GreaterThan", 0, 2, "PT15M"]
      job-failed        = ["DatabricksJobs", "Count", "GreaterThan", 0, 1, "PT15M"]
      no-arrival-claims = ["StorageBlobLogs", "Count", "LessThan", 1, 3, "PT1H"]
      no-arrival-birds  = ["StorageBlobLogs", "Count", "LessThan", 1, 3, "PT1H"]
    }
    error_message = "Which log is asked, and from how many lines on people are told."
  }
  assert {
    condition = alltrue([for part in ["AccountName == 'stlptest'", "StatusText == 'Success'", "'FlushFile'", "'PutBlob'"] : alltrue([
      for name in ["claims", "birds"] : strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.this["no-arrival-${name}"].criteria[0].query, part)
    ])])
    error_message = "What was not written to this lake has not landed."
  }
  assert {
    condition     = endswith(azurerm_monitor_scheduled_query_rules_alert_v2.this["no-arrival-birds"].criteria[0].query, "ObjectKey startswith '/stlptest/landing/strikes/'")
    error_message = "Another dataset's file counts as this one's."
  }
  assert {
    condition     = strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.this["job-failed"].criteria[0].query, "ActionName == 'runFailed'")
    error_message = "A failed job is not told."
  }
  assert {
    condition = [for alert in azurerm_monitor_metric_alert.run_failed : [for c in alert.criteria : [c.metric_namespace, c.metric_name, c.aggregation, c.operator, c.threshold]]] == [
      [["Microsoft.DataFactory/factories", "PipelineFailedRuns", "Total", "GreaterThan", 0]]
    ]
    error_message = "A failed run is not told."
  }
  assert {
    condition     = alltrue([for alert in azurerm_monitor_metric_alert.run_failed : [for action in alert.action : action.action_group_id] == ["people"]])
    error_message = "A failed run is told to nobody."
  }
  assert {
    condition     = strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.this["job-failed"].criteria[0].query, "runCreatorUserName) != 'factory-application'")
    error_message = "A run of the factory's, told twice."
  }
  assert {
    condition     = alltrue([for name in ["rejected", "job-failed"] : azurerm_monitor_scheduled_query_rules_alert_v2.this[name].window_duration == "PT1H" && endswith(azurerm_monitor_scheduled_query_rules_alert_v2.this[name].criteria[0].query, "| where ingestion_time() > ago(15m)")])
    error_message = "What is logged late is not told."
  }
  assert {
    condition     = azurerm_consumption_budget_subscription.this.time_period[0].start_date == formatdate("YYYY-MM-01'T00:00:00Z'", timestamp())
    error_message = "Azure takes no budget whose first month is over."
  }
}

run "azure_looks_back_two_days_and_no_further" {
  command = plan
  module { source = "./modules/alerts" }
  variables {
    action_group_id        = "people"
    log_workspace_id       = "logs"
    data_factory_ids       = []
    factory_client_ids     = []
    storage_account_name   = "stlptest"
    datasets               = {}
    no_arrival_hours       = 72
    subscription_id        = "00000000-0000-0000-0000-000000000000"
    monthly_budget         = 1
    budget_resource_groups = ["rg"]
  }
  expect_failures = [var.no_arrival_hours]
}

run "runs_read_the_code_and_the_landing_and_write_the_tables" {
  module { source = "./modules/unity-catalog" }
  variables {
    environment         = "test"
    access_connector_id = "connector"
    urls                = { for name in ["landing", "raw", "training", "testing", "quarantine", "lineage", "evidence", "code", "scratch"] : name => "abfss://${name}@lake" }
    principals          = { job = "33333333-3333-3333-3333-333333333333" }
    analysts            = "analysts"
    archive_landing     = false
  }

  assert {
    condition     = alltrue([for location in databricks_external_location.this : location.skip_validation])
    error_message = "Trying a location out needs rights that nobody is given."
  }
  assert {
    condition     = [for name, location in databricks_external_location.this : name if location.read_only] == ["landing"]
    error_message = "The landing alone is read only."
  }
  assert {
    condition     = alltrue([for location in databricks_external_location.this : location.isolation_mode == "ISOLATION_MODE_ISOLATED"])
    error_message = "A location is its workspace's alone."
  }
  assert {
    condition     = databricks_storage_credential.lake.isolation_mode == "ISOLATION_MODE_ISOLATED"
    error_message = "The credential is its workspace's alone."
  }
  assert {
    condition = { for name, grants in databricks_grants.location : name => { for grant in grants.grant : grant.principal => join(" ", sort(grant.privileges)) } } == merge(
      { for name in ["raw", "quarantine", "evidence", "scratch"] : name => { "33333333-3333-3333-3333-333333333333" = "READ_FILES WRITE_FILES" } },
      { for name in ["training", "testing", "lineage"] : name => { "33333333-3333-3333-3333-333333333333" = "READ_FILES WRITE_FILES", analysts = "READ_FILES" } },
      { landing = { "33333333-3333-3333-3333-333333333333" = "READ_FILES" } },
    )
    error_message = "Who reads and writes which container."
  }
  assert {
    condition     = alltrue([for grant in databricks_grants.volume.grant : toset(grant.privileges) == toset(["READ_VOLUME"])])
    error_message = "Who runs the code could change it."
  }
}

run "a_role_is_given_as_it_is_listed" {
  module { source = "./modules/access" }
  variables {
    roles = { reader = { principal = "p", role = "Reader", scope = "/s", why = "So that something can be read." } }
  }

  assert {
    condition     = [for role in azurerm_role_assignment.this : [role.principal_id, role.role_definition_name, role.scope]] == [["p", "Reader", "/s"]]
    error_message = "What `terraform output roles` shows is not what is given."
  }
}
