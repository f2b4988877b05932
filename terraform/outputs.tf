output "bundle" {
  description = "The variables that databricks/ wants: `terraform output -json bundle`."
  value = {
    host        = "https://${module.databricks.url}"
    run_as      = module.databricks.job_client_id
    policy_id   = module.compute.policy_id
    node_type   = var.cluster.node_type
    landing_url = module.unity_catalog.locations["landing"]
    code_path   = local.code_path
    anchors     = local.anchors
  }
}

output "lake" {
  description = "The containers' addresses, for the specs."
  value       = module.storage.urls
}

output "data_factory" {
  description = "Linked services, pipelines and triggers, as Data Factory has them. null: there is no factory."
  value       = one(module.pipeline[*].rendered)
}

output "roles" {
  description = "Every role that is given, and why."
  value       = { for name, role in local.roles : name => "${role.role}: ${role.why}" }
}
