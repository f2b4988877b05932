variable "name" {
  description = "The account's name: 3 to 24 lower-case letters and digits, unique in all of Azure."
  type        = string
}

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "replication" {
  description = "LRS keeps three copies in one building, ZRS in three, GZRS also in another region."
  type        = string
}

variable "soft_delete_days" {
  description = "How long what was deleted can be brought back, in days."
  type        = number
}

variable "evidence_days" {
  description = "How long nobody can change or delete what was put into the container `evidence`, in days."
  type        = number
}

variable "evidence_locked" {
  description = "Whether that period can no longer be shortened, by anyone, ever: `terraform destroy` fails until it is over."
  type        = bool
}

variable "cool_after_days" {
  description = "When landed files and raw data move to the cool tier, which costs less to keep and more to read, in days."
  type        = number
}

variable "subnet_ids" {
  description = "The subnets that may reach the account."
  type        = list(string)
}

variable "allowed_ip_ranges" {
  description = "Public addresses that may reach the account, such as those of who drops files. Empty: none."
  type        = list(string)
}

variable "access_connector_id" {
  description = "The Databricks access connector, which Unity Catalog reaches the account through. null: none."
  type        = string
}
