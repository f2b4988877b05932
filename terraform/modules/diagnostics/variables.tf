variable "workspace_id" {
  description = "The Log Analytics workspace."
  type        = string
}

variable "targets" {
  description = "By name: the resource, and which of the two it has."
  type = map(object({
    id      = string
    logs    = bool
    metrics = bool
  }))
}
