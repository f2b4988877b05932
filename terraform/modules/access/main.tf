# Who may do what. A role without a reason cannot be given: `why` is part of it, and Azure shows it beside the assignment.

resource "azurerm_role_assignment" "this" {
  for_each             = var.roles
  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = each.value.principal
  principal_type       = "ServicePrincipal"
  description          = each.value.why
}
