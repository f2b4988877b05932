variable "workspace_id" {
  description = "The Log Analytics workspace."
  type        = string
}

variable "targets" {
  description = "By name: the resource, which of the two it has, and whether its logs go to tables of their own."
  type = map(object({
    id         = string
    logs       = bool
    metrics    = bool
    own_tables = optional(bool, false)
  }))
}
