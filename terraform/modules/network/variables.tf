variable "name" { type = string }

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "address_space" {
  description = "The network's addresses, a /22 or larger; each machine of a cluster takes two."
  type        = string
}
