# The policies of the module delivery.
mock_provider "azurerm" {}

mock_provider "azuread" {}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"

  mock_resource "databricks_group" {
    defaults = {
      id = "1"
    }
  }

  mock_resource "databricks_service_principal" {
    defaults = {
      id             = "2"
      application_id = "00000000-0000-0000-0000-000000000000"
    }
  }

  mock_data "databricks_group" {
    defaults = {
      id = "3"
    }
  }
}

run "github_signs_in_for_its_environment_without_a_secret" {
  module {
    source = "./modules/delivery"
  }

  variables {
    environment           = "prod"
    github_repository     = "acme/lakevault"
    databricks_account_id = "00000000-0000-0000-0000-000000000000"
    groups                = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi" }
    workspace_id          = "123"
  }

  providers = {
    azuread            = azuread
    databricks         = databricks
    databricks.account = databricks.account
  }

  assert {
    condition     = azuread_application_federated_identity_credential.github.subject == "repo:acme/lakevault:environment:prod" && azuread_application_federated_identity_credential.github.issuer == "https://token.actions.githubusercontent.com"
    error_message = "A workflow of another repository or environment can deploy here."
  }

  assert {
    condition     = length(azuread_application.deployer.password) == 0
    error_message = "The deployer has a password."
  }

  assert {
    condition     = alltrue([for each in concat(values(databricks_mws_permission_assignment.people), values(databricks_mws_permission_assignment.services)) : each.permissions == toset(["USER"])])
    error_message = "Somebody is an administrator of the workspace."
  }
}
