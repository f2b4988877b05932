environment     = "dev"
subscription_id = "00000000-0000-0000-0000-000000000001" # yours
location        = "westeurope"
suffix          = "a1b2" # yours
owner           = "data-platform@example.com"
address_space   = "10.40.0.0/22"

datasets = {
  birdstrikes = {}
}

cluster            = { node_type = "Standard_D4ds_v5", max_workers = 2 }
training_vm_size   = "Standard_D4s_v3"
training_max_nodes = 1

private_endpoints = false
replication       = "LRS"
soft_delete_days  = 7
evidence_days     = 1
evidence_locked   = false

log_retention_days = 30
log_daily_quota_gb = 1
alert_emails       = ["data-platform@example.com"]
no_arrival_hours   = 48
monthly_budget     = 300
