variable "name" { type = string }

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "network_id" { type = string }

variable "subnet_id" {
  description = "Where the addresses are taken from."
  type        = string
}

variable "endpoints" {
  description = "By name: the resource, and which of its kinds of endpoint (blob, dfs, vault …)."
  type        = map(object({ id = string, kind = string }))
}
