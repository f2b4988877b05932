environment     = "prod"
subscription_id = "00000000-0000-0000-0000-000000000003" # yours
location        = "westeurope"
suffix          = "a1b2" # yours
owner           = "data-platform@example.com"
address_space   = "10.42.0.0/22"

datasets = {
  birdstrikes = {}
}

cluster            = { node_type = "Standard_D4ds_v5", max_workers = 8 }
training_vm_size   = "Standard_D4s_v3"
training_max_nodes = 4

private_endpoints = true
replication       = "ZRS"
soft_delete_days  = 90
evidence_days     = 3650
evidence_locked   = true

log_retention_days = 365
log_daily_quota_gb = 10
alert_emails       = ["data-platform@example.com"]
no_arrival_hours   = 24
monthly_budget     = 3000
