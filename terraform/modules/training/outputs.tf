output "principal_id" {
  description = "The machines' identity."
  value       = azurerm_machine_learning_compute_cluster.this.identity[0].principal_id
}
