variable "name" { type = string }

variable "resource_group_name" { type = string }

variable "location" { type = string }

variable "tags" { type = map(string) }

variable "retention_days" {
  description = "How long logs are kept: 30, 60, 90, 120, 180, 270, 365, 550 or 730 days."
  type        = number
}

variable "daily_quota_gb" {
  description = "The most that is taken in per day, in gigabytes."
  type        = number
}

variable "alert_emails" {
  description = "Who is told."
  type        = list(string)
}
