output "bundle" {
  description = "The variables of databricks/, as `terraform output -json bundle` gives them to it."
  value = {
    run_as       = module.compute.principals["job"]
    policy_id    = module.compute.policy_id
    node_type    = var.cluster.node_type
    max_workers  = var.cluster.max_workers
    code_path    = local.code_path
    landing_url  = module.unity_catalog.locations["landing"]
    scratch_url  = module.unity_catalog.locations["scratch"]
    anchors      = local.anchors
    alert_email  = var.alert_emails[0]
    file_arrival = local.data_factory ? "PAUSED" : "UNPAUSED"
  }
}

output "workspace_url" {
  description = "The Databricks workspace: DATABRICKS_HOST for its command line."
  value       = "https://${module.databricks.url}"
}

output "datasets" {
  description = "Their names."
  value       = keys(var.datasets)
}

output "lake" {
  description = "The containers' addresses."
  value       = module.storage.urls
}

output "data_factory" {
  description = "Linked services, pipelines and triggers, as Data Factory has them. null: there is no factory."
  value       = one(module.pipeline[*].rendered)
}

output "roles" {
  description = "Every role that is given: to whom, on what, and why."
  value       = local.roles
}
