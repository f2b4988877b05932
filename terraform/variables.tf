variable "environment" {
  description = "Which environment this is."
  type        = string
  validation {
    condition     = contains(["dev", "qa", "prod"], var.environment)
    error_message = "environment is '${var.environment}': dev, qa or prod."
  }
}

variable "subscription_id" {
  description = "The Azure subscription."
  type        = string
}

variable "location" {
  description = "The Azure region of everything."
  type        = string
}

variable "suffix" {
  description = "Makes the names unique that all of Azure shares: 3 to 6 lower-case letters and digits."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9]{3,6}$", var.suffix))
    error_message = "suffix is '${var.suffix}': 3 to 6 lower-case letters and digits."
  }
}

variable "owner" {
  description = "Who answers for it: an address, put on every resource as a tag."
  type        = string
}

variable "datasets" {
  description = <<-E
    What to run, by name. The dataset `claims` has its files in the folder `claims` of the container `landing`, and its spec,
    `claims/dataset.yaml`, in the volume `code`: databricks/datasets/claims of this repository. `ends_with` is how the name of a
    file ends that starts a run. A marker such as `_SUCCESS`, together with `complete-when: _SUCCESS` in the spec, starts one
    run per drop instead of one per file. Databricks' own trigger (`start = "databricks"`) cannot look at names: any file
    starts a run, which waits for the marker by the spec.
  E
  type = map(object({
    ends_with = optional(string, ".csv")
  }))
  validation {
    condition     = alltrue([for name in keys(var.datasets) : can(regex("^[a-z][a-z0-9_]{0,49}$", name))])
    error_message = "The name of a dataset: a lower-case letter, then lower-case letters, digits and _."
  }
}

variable "start" {
  description = "What starts a run when a file lands: `data-factory`, or `databricks`: no factory, and the bundle's job looks at the landing."
  type        = string
  default     = "data-factory"
  validation {
    condition     = contains(["data-factory", "databricks"], var.start)
    error_message = "start is '${var.start}': data-factory or databricks."
  }
}

variable "code_path" {
  description = "Where clusters find lakeproof.jar and the specs. null: in the volume that is made for them."
  type        = string
  default     = null
}

variable "anchors" {
  description = "The folder that each version's digest is anchored in. null: in the container evidence, which nobody can change."
  type        = string
  default     = null
}

variable "run_timeout" {
  description = "How long one attempt of a run may take, as d.hh:mm:ss."
  type        = string
  default     = "0.06:00:00"
  validation {
    condition     = can(regex("^\\d+\\.\\d{2}:\\d{2}:\\d{2}$", var.run_timeout))
    error_message = "run_timeout is '${var.run_timeout}': d.hh:mm:ss, for example 0.06:00:00."
  }
}

variable "run_retries" {
  description = "How often a failed attempt is repeated."
  type        = number
  default     = 2
}

variable "cluster" {
  description = "A run's cluster. 16.4 LTS is the last runtime with Scala 2.12, which the JAR is built for."
  type = object({
    spark_version = optional(string, "16.4.x-scala2.12")
    node_type     = string
    min_workers   = optional(number, 1)
    max_workers   = number
  })
  validation {
    condition     = endswith(var.cluster.spark_version, "-scala2.12")
    error_message = "cluster.spark_version is '${var.cluster.spark_version}': the JAR is for Scala 2.12, such as 16.4.x-scala2.12."
  }
}

variable "training_client_id" {
  description = "The application that starts trainings; its password is the vault's secret `training-client-secret`. null: none."
  type        = string
  default     = null
}

variable "training_vm_size" {
  description = "The training machine."
  type        = string
}

variable "training_max_nodes" {
  description = "The most training machines at once; at rest there is none."
  type        = number
}

variable "analysts" {
  description = "A Databricks group that may read parts and lineage tables. null: nobody beside the runs."
  type        = string
  default     = null
}

variable "archive_landing" {
  description = "Whether specs say `source.after: archive`, for which runs write to the landing."
  type        = bool
  default     = false
}

variable "address_space" {
  description = "The network's addresses, a /22 or larger."
  type        = string
}

variable "allowed_ip_ranges" {
  description = "Public addresses that may reach storage and vaults, such as those of who drops files and who deploys."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for range in var.allowed_ip_ranges : can(cidrhost(strcontains(range, "/") ? range : "${range}/32", 0)) && try(tonumber(split("/", range)[1]), 32) >= 16])
    error_message = "allowed_ip_ranges: addresses, or ranges of /16 and smaller, such as 203.0.113.0/24. What is larger opens the lake to strangers."
  }
}

variable "private_endpoints" {
  description = "Whether storage, vaults and registry get addresses inside of the network too, and vaults, registry and Azure ML no others. Azure ML has one in any case."
  type        = bool
}

variable "replication" {
  description = "How the lake is copied: LRS, ZRS or GZRS."
  type        = string
  validation {
    condition     = contains(["LRS", "ZRS", "GZRS"], var.replication)
    error_message = "replication is '${var.replication}': LRS, ZRS or GZRS."
  }
}

variable "soft_delete_days" {
  description = "How long what was deleted in the lake can be brought back, in days."
  type        = number
  validation {
    condition     = var.soft_delete_days >= 7 && var.soft_delete_days <= 365
    error_message = "soft_delete_days is ${var.soft_delete_days}: 7 to 365."
  }
}

variable "evidence_days" {
  description = "How long nobody can change or delete anchors and evidence, in days."
  type        = number
}

variable "evidence_locked" {
  description = "Whether that period can never be shortened again. There is no way back: not by Azure's support either."
  type        = bool
}

variable "cool_after_days" {
  description = "When landed files and raw data move to the cool tier, in days."
  type        = number
  default     = 90
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "log_daily_quota_gb" {
  description = "The most that is logged in a day, in gigabytes."
  type        = number
}

variable "alert_emails" {
  description = "Who is told of failures, rejected batches, missing files and cost."
  type        = list(string)
  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "alert_emails: at least one address, or nobody is told."
  }
}

variable "no_arrival_hours" {
  description = "After how many hours without a file of a dataset's people are told: 1 to 6, 24 or 48."
  type        = number
}

variable "monthly_budget" {
  description = "What a month may cost, in the subscription's currency."
  type        = number
}
