variable "name" {
  description = "The vault's name, at most 24 characters, unique in all of Azure."
  type        = string
}

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "subnet_ids" {
  description = "The subnets that may reach the vault."
  type        = list(string)
}

variable "allowed_ip_ranges" {
  description = "Public addresses that may reach it. Empty: none."
  type        = list(string)
}

variable "public_network" {
  description = "Whether the rules above are asked at all: false where private endpoints are the only way in."
  type        = bool
}
