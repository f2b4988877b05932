# The container that keeps the state, made once and by hand: see terraform/README.md.
resource_group_name  = "rg-lakeproof-state"
storage_account_name = "stlakeproofstate"
container_name       = "state"
key                  = "prod.tfstate"
use_azuread_auth     = true
