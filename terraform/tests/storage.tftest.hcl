# The lake, as this environment's variables make it.

mock_provider "azurerm" {}

variables {
  name                = "stlakeproof"
  resource_group_name = "rg"
  location            = "westeurope"
  tags                = {}
  subnet_ids          = ["subnet"]
  access_connector_id = "connector"
  allowed_ip_ranges   = []
  cool_after_days     = 90
}

run "the_lake_is_closed" {
  module { source = "./modules/storage" }

  assert {
    condition     = azurerm_storage_account.lake.is_hns_enabled && azurerm_storage_account.lake.min_tls_version == "TLS1_2" && azurerm_storage_account.lake.https_traffic_only_enabled
    error_message = "The lake needs a hierarchical namespace and TLS 1.2."
  }
  assert {
    condition     = azurerm_storage_account.lake.network_rules[0].default_action == "Deny"
    error_message = "The lake answers everybody."
  }
  assert {
    condition     = azurerm_storage_account.lake.allow_nested_items_to_be_public == false && alltrue([for container in azurerm_storage_container.this : container.container_access_type == "private"])
    error_message = "What lies in the lake can be made public."
  }
  assert {
    condition     = azurerm_storage_account.lake.shared_access_key_enabled == false
    error_message = "An account key opens the whole lake."
  }
  assert {
    condition     = azurerm_storage_account.lake.local_user_enabled == false && azurerm_storage_account.lake.cross_tenant_replication_enabled == false
    error_message = "The lake has users of its own, or is copied to another tenant."
  }
  assert {
    condition     = azurerm_storage_account.lake.network_rules[0].ip_rules == toset(var.allowed_ip_ranges)
    error_message = "The lake answers addresses that nobody named."
  }
  assert {
    condition     = toset(keys(azurerm_storage_container.this)) == toset(["landing", "raw", "training", "testing", "quarantine", "lineage", "evidence", "code", "scratch"])
    error_message = "A container is missing, or one too many."
  }
}

run "what_was_deleted_comes_back_and_evidence_cannot_be_deleted" {
  module { source = "./modules/storage" }

  assert {
    condition     = azurerm_storage_account.lake.blob_properties[0].delete_retention_policy[0].days >= 7 && azurerm_storage_account.lake.blob_properties[0].container_delete_retention_policy[0].days >= 7
    error_message = "Soft delete for a week at least."
  }
  assert {
    condition     = azurerm_storage_container_immutability_policy.evidence.immutability_period_in_days == var.evidence_days
    error_message = "Evidence is kept as long as the variable says."
  }
  assert {
    condition     = azurerm_storage_container_immutability_policy.evidence.locked == (var.environment == "prod")
    error_message = "Evidence is locked in prod and there alone, for nobody can unlock it."
  }
  assert {
    # 3,650 days: what every table's log and files are kept for.
    condition     = var.environment != "prod" || var.evidence_days >= 3650
    error_message = "In prod, evidence is kept as long as the tables."
  }
  assert {
    condition     = azurerm_storage_container_immutability_policy.evidence.protected_append_writes_all_enabled
    error_message = "The storage driver appends to the file that it made: without this no anchor can be written."
  }
}

run "lifecycle_rules_delete_no_table_and_take_nothing_offline" {
  module { source = "./modules/storage" }

  assert {
    condition = alltrue(flatten([for rule in azurerm_storage_management_policy.tiers.rule : [for action in rule.actions : [
      length(action.snapshot) == 0 && length(action.version) == 0,
      [for blob in action.base_blob : [for key, days in blob :
        rule.filters[0].prefix_match == toset(["scratch/"]) || startswith(key, "tier_to_cool_") || startswith(key, "auto_") || days == null || try(days < 0, false)
      ]],
    ]]]))
    error_message = "Delta needs every file that its log names: a rule may make it cool, not delete or archive it."
  }
  assert {
    condition     = alltrue([for rule in azurerm_storage_management_policy.tiers.rule : length(setsubtract(rule.filters[0].prefix_match, ["landing/", "raw/", "scratch/"])) == 0])
    error_message = "Only what landed, and raw, is read seldom enough to go cool; only scratch may go."
  }
}
