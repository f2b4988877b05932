output "policy_id" {
  value = databricks_cluster_policy.job.id
}

output "principals" {
  description = "Application ids by name, once the workspace knows them."
  value       = { for name, principal in databricks_service_principal.this : name => principal.application_id }
}
