variable "name" {
  description = "The factory's name, unique in all of Azure."
  type        = string
}

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }
