# Who deploys and who runs. GitHub signs in with a token that it issues for one run of one environment: there is no secret to store.
resource "azuread_application" "deployer" {
  display_name            = "lakevault-${var.environment}-deployer"
  sign_in_audience        = "AzureADMyOrg"
  prevent_duplicate_names = true
}

resource "azuread_service_principal" "deployer" {
  client_id                    = azuread_application.deployer.client_id
  app_role_assignment_required = true
}

resource "azuread_application_federated_identity_credential" "github" {
  application_id = azuread_application.deployer.id
  display_name   = "github-${var.environment}"
  description    = "Workflows of ${var.github_repository} in the GitHub environment ${var.environment}, whose rules say who approves."
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:${var.github_repository}:environment:${var.environment}"
}

resource "databricks_service_principal" "deployer" {
  provider = databricks.account

  application_id = azuread_application.deployer.client_id
  display_name   = azuread_application.deployer.display_name
}

# The jobs run as this one. Nobody can sign in as it: it has neither secret nor federated credential.
resource "databricks_service_principal" "pipelines" {
  provider = databricks.account

  display_name = "lakevault-${var.environment}-pipelines"
}

resource "databricks_group" "pipelines" {
  provider = databricks.account

  display_name = "lakevault-${var.environment}-pipelines"
}

resource "databricks_group_member" "pipelines" {
  provider = databricks.account

  group_id  = databricks_group.pipelines.id
  member_id = databricks_service_principal.pipelines.id
}

# A deployer may make the jobs run as the pipelines' principal, which is all that it may do in its name.
resource "databricks_access_control_rule_set" "run_as" {
  provider = databricks.account

  name = "accounts/${var.databricks_account_id}/servicePrincipals/${databricks_service_principal.pipelines.application_id}/ruleSets/default"

  grant_rules {
    principals = ["servicePrincipals/${databricks_service_principal.deployer.application_id}"]
    role       = "roles/servicePrincipal.user"
  }
}

# The groups of people come from Entra ID.
data "databricks_group" "people" {
  provider = databricks.account
  for_each = var.groups

  display_name = each.value
}

resource "databricks_mws_permission_assignment" "people" {
  provider = databricks.account
  for_each = var.groups

  workspace_id = var.workspace_id
  principal_id = data.databricks_group.people[each.key].id
  permissions  = ["USER"]
}

resource "databricks_mws_permission_assignment" "services" {
  provider = databricks.account
  for_each = {
    deployer  = databricks_service_principal.deployer.id
    pipelines = databricks_group.pipelines.id
  }

  workspace_id = var.workspace_id
  principal_id = each.value
  permissions  = ["USER"]
}
