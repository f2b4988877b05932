output "id" {
  value = azurerm_machine_learning_workspace.this.id
}

output "name" {
  value = azurerm_machine_learning_workspace.this.name
}

output "registry_id" {
  value = azurerm_container_registry.this.id
}

output "storage_id" {
  value = azurerm_storage_account.this.id
}

output "vault_id" {
  value = module.vault.id
}

output "diagnosed" {
  description = "What diagnostic settings are for, by name."
  value = {
    ml          = { id = azurerm_machine_learning_workspace.this.id, metrics = true, logs = true }
    ml-registry = { id = azurerm_container_registry.this.id, metrics = true, logs = true }
    ml-vault    = { id = module.vault.id, metrics = true, logs = true }
    ml-storage  = { id = azurerm_storage_account.this.id, metrics = true, logs = false }
    ml-blobs    = { id = "${azurerm_storage_account.this.id}/blobServices/default", metrics = true, logs = true }
  }
}
