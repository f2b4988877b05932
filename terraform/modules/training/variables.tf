variable "name" {
  description = "What jobs call the machines."
  type        = string
}

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "workspace_id" {
  description = "The Azure ML workspace."
  type        = string
}

variable "subnet_id" {
  description = "Where the machines live."
  type        = string
}

variable "vm_size" {
  description = "The machine, without a GPU: it builds images too."
  type        = string
}

variable "max_nodes" {
  description = "The most machines at once."
  type        = number
}
