variable "data_factory_id" { type = string }

variable "tags" {
  description = "Put on the clusters."
  type        = map(string)
}

variable "environment_variables" {
  description = "Set on every cluster."
  type        = map(string)
}

variable "storage_account_id" {
  description = "The account whose container `landing` starts runs."
  type        = string
}

variable "workspace_id" {
  description = "The Databricks workspace's resource id."
  type        = string
}

variable "workspace_url" {
  description = "The Databricks workspace's host name."
  type        = string
}

variable "cluster" {
  description = "What a run's cluster is: runtime, machines, how many workers at least and at most, and the policy's id."
  type = object({
    spark_version = string
    node_type     = string
    min_workers   = number
    max_workers   = number
    policy_id     = string
  })
}

variable "jar" {
  description = "The fat JAR, as the cluster sees it."
  type        = string
}

variable "main_class" {
  type = string
}

variable "anchors" {
  description = "The folder that each version's digest is anchored in."
  type        = string
}

variable "datasets" {
  description = "By name: where files land, below `landing`; the spec, as the cluster sees it; how a file's name ends that starts a run."
  type = map(object({
    folder    = string
    spec      = string
    ends_with = string
  }))
}

variable "timeout" {
  description = "How long one attempt may take, as d.hh:mm:ss."
  type        = string
}

variable "retries" {
  description = "How often a failed attempt is repeated. A rejected batch stays rejected, however often."
  type        = number
}
