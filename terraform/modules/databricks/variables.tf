variable "name" { type = string }

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "network" {
  description = "The network's output of that name."
  type = object({
    network_id               = string
    host_subnet              = string
    container_subnet         = string
    host_association_id      = string
    container_association_id = string
  })
}
