variable "name" { type = string }

variable "short_name" {
  description = "The same in at most 12 lower-case letters and digits, unique in all of Azure."
  type        = string
}

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "application_insights_id" { type = string }

variable "subnet_id" {
  description = "Where the training machines live."
  type        = string
}

variable "allowed_ip_ranges" {
  description = "Public addresses that may reach the workspace's storage and vault. Empty: none."
  type        = list(string)
}

variable "public_network" {
  description = "Whether the workspace is reached from outside of the network."
  type        = bool
}

variable "image_build_compute_name" {
  description = "The machines that build images, which need not be there yet."
  type        = string
}
