variable "environment" { type = string }

variable "access_connector_id" {
  description = "Whose identity reaches the lake."
  type        = string
}

variable "urls" {
  description = "The lake's containers: abfss addresses by name."
  type        = map(string)
}

variable "principals" {
  description = "Who runs: application ids by name."
  type        = map(string)
}

variable "analysts" {
  description = "A group that may read the parts and the lineage tables. null: nobody beside the runs."
  type        = string
}

variable "archive_landing" {
  description = "Whether runs move what they took (`source.after: archive`), and so write to the landing."
  type        = bool
}
