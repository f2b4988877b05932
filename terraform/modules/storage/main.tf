# The lake: one account, a container for each kind of data, so that roles are given by container.

data "azurerm_client_config" "current" {}

locals {
  # evidence holds anchors and exported evidence; code holds specs and the JAR; scratch is for a step's output, to look at.
  containers = toset(["landing", "raw", "training", "testing", "quarantine", "lineage", "evidence", "code", "scratch"])
}

resource "azurerm_storage_account" "lake" {
  name                             = var.name
  resource_group_name              = var.resource_group_name
  location                         = var.location
  tags                             = var.tags
  account_kind                     = "StorageV2"
  account_tier                     = "Standard"
  account_replication_type         = var.replication
  is_hns_enabled                   = true
  min_tls_version                  = "TLS1_2"
  https_traffic_only_enabled       = true
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  # "Selected networks", also where there are private endpoints: Unity Catalog itself, which answers from outside of the
  # network, comes by the rule for its connector below.
  public_network_access_enabled = true
  # An account key opens everything and names nobody: identities only.
  shared_access_key_enabled = false

  blob_properties {
    delete_retention_policy {
      days = var.soft_delete_days
    }
    container_delete_retention_policy {
      days = var.soft_delete_days
    }
  }

  network_rules {
    default_action             = "Deny"
    bypass                     = ["AzureServices"]
    ip_rules                   = var.allowed_ip_ranges
    virtual_network_subnet_ids = var.subnet_ids

    # Unity Catalog makes catalogs and volumes, and lists their files, from outside of the network, as this connector.
    dynamic "private_link_access" {
      for_each = var.access_connector_id == null ? [] : [var.access_connector_id]
      content {
        endpoint_resource_id = private_link_access.value
        endpoint_tenant_id   = data.azurerm_client_config.current.tenant_id
      }
    }
  }
}

resource "azurerm_storage_container" "this" {
  for_each              = local.containers
  name                  = each.key
  storage_account_id    = azurerm_storage_account.lake.id
  container_access_type = "private"
}

resource "azurerm_storage_container_immutability_policy" "evidence" {
  storage_container_resource_manager_id = azurerm_storage_container.this["evidence"].id
  immutability_period_in_days           = var.evidence_days
  locked                                = var.evidence_locked
  # The storage driver creates a file and then appends to it; without this it could write none.
  protected_append_writes_all_enabled = true
}

# Nothing is deleted and nothing goes offline: a Delta table needs every file that its log names, however old, and
# clean-up is `lakeproof maintain`'s, which knows the tags. What is
# cool is read as before, and costs more to read. Only scratch, where no table lives, is emptied.
resource "azurerm_storage_management_policy" "tiers" {
  storage_account_id = azurerm_storage_account.lake.id

  rule {
    name    = "cool"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["landing/", "raw/"]
    }
    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = var.cool_after_days
      }
    }
  }

  rule {
    name    = "scratch"
    enabled = true
    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["scratch/"]
    }
    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = 7
      }
    }
  }
}
