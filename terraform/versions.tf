terraform {
  # 1.7: `terraform test` with mock providers.
  required_version = ">= 1.7"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.80"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.9"
    }
    databricks = {
      source  = "databricks/databricks"
      version = "~> 1.110"
    }
  }

  # Where the state is kept stands in environments/<environment>/backend.hcl.
  backend "azurerm" {}
}

provider "azurerm" {
  subscription_id = var.subscription_id
  # Blobs by identity: the accounts have no keys to use.
  storage_use_azuread = true
  features {
    storage {
      # Who applies is outside of the accounts' networks: everything about them is asked of the resource manager.
      data_plane_available = false
    }
  }
}

provider "azuread" {}

provider "databricks" {
  host                        = module.databricks.url
  azure_workspace_resource_id = module.databricks.id
}
