# The machines that train, there only while they do. They also build the images that they train in.

resource "azurerm_machine_learning_compute_cluster" "this" {
  name                          = var.name
  location                      = var.location
  tags                          = var.tags
  machine_learning_workspace_id = var.workspace_id
  vm_size                       = var.vm_size
  vm_priority                   = "Dedicated"
  local_auth_enabled            = false
  # Without one, the machines reach the workspace by its private endpoint alone, which has to be there before them.
  node_public_ip_enabled    = false
  ssh_public_access_enabled = false
  subnet_resource_id        = var.subnet_id

  # None at rest: nothing trains, nothing costs.
  scale_settings {
    min_node_count                       = 0
    max_node_count                       = var.max_nodes
    scale_down_nodes_after_idle_duration = "PT5M"
  }

  identity {
    type = "SystemAssigned"
  }
}
