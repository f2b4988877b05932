variable "roles" {
  description = "By name: who, which of Azure's roles, on what, and why."
  type = map(object({
    principal = string
    role      = string
    scope     = string
    why       = string
  }))
  validation {
    condition     = alltrue([for role in values(var.roles) : length(trimspace(role.why)) > 20])
    error_message = "A role needs a reason: say in `why` what fails without it."
  }
  validation {
    condition     = alltrue([for role in values(var.roles) : !contains(["Owner", "User Access Administrator", "Role Based Access Control Administrator"], role.role)])
    error_message = "No run needs a role that gives roles: choose a narrower one."
  }
}
