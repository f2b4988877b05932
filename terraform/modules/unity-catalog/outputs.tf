output "code_path" {
  description = "The volume with the JAR and the specs, as a cluster sees it."
  value       = "/Volumes/${databricks_volume.code.catalog_name}/${databricks_volume.code.schema_name}/${databricks_volume.code.name}"
}

output "locations" {
  description = "The external locations' addresses, by container."
  value       = { for name, location in databricks_external_location.this : name => location.url }
}
