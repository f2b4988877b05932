variable "name" { type = string }

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "action_group_id" {
  description = "Who is told."
  type        = string
}

variable "log_workspace_id" {
  description = "The Log Analytics workspace that the queries read."
  type        = string
}

variable "data_factory_ids" {
  description = "The factories, one or none, whose failed runs are told."
  type        = list(string)
}

variable "factory_client_ids" {
  description = "The factories' application ids: who starts their runs in Databricks."
  type        = list(string)
}

variable "storage_account_name" { type = string }

variable "datasets" {
  description = "Whose files are waited for: by name, the folder below `landing`."
  type        = map(string)
}

variable "no_arrival_hours" {
  description = "After how many hours without a dataset's file people are told: 1 to 6, 24 or 48, which is what Azure can look back."
  type        = number
  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 24, 48], var.no_arrival_hours)
    error_message = "no_arrival_hours is ${var.no_arrival_hours}: 1 to 6, 24 or 48."
  }
}

variable "subscription_id" { type = string }

variable "monthly_budget" {
  description = "In the subscription's currency; people are told when 80 % are forecast, and when it is spent."
  type        = number
}

variable "budget_resource_groups" {
  description = "Whose cost counts."
  type        = list(string)
}
