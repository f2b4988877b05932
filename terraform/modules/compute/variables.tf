variable "environment_variables" {
  description = "Set on every cluster."
  type        = map(string)
}

variable "tags" { type = map(string) }

variable "principals" {
  description = "Who starts clusters: application ids by name."
  type        = map(string)
}

variable "spark_version" { type = string }

variable "node_types" {
  description = "The machines to choose from, the usual one first."
  type        = list(string)
}

variable "max_workers" {
  description = "The most that one cluster may have."
  type        = number
}

variable "vault_id" { type = string }

variable "vault_uri" { type = string }

variable "training" {
  description = <<-E
    Which application starts trainings in Azure ML. Its password is the vault's secret `training-client-secret`, put there
    by hand. null: no training is started.
  E
  type        = object({ tenant_id = string, client_id = string })
}
