variable "tags" { type = map(string) }

variable "datasets" {
  description = "By name: where files land, below `landing`, and the spec, as the cluster sees it."
  type        = map(object({ folder = string, spec = string }))
}

variable "landing_url" {
  description = "The external location of the landing."
  type        = string
}

variable "cluster" {
  description = "What a run's cluster is."
  type = object({
    spark_version = string
    node_type     = string
    min_workers   = number
    max_workers   = number
    policy_id     = string
  })
}

variable "jar" { type = string }

variable "main_class" { type = string }

variable "anchors" {
  description = "The folder that each version's digest is anchored in."
  type        = string
}

variable "run_as" {
  description = "The application id that the job runs as."
  type        = string
}

variable "alert_emails" {
  description = "Who is told of a failed run."
  type        = list(string)
}

variable "timeout" {
  description = "How long one attempt may take, as d.hh:mm:ss."
  type        = string
}

variable "retries" { type = number }
