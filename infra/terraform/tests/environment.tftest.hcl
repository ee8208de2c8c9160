# Run once per environment with its variable file (infra/check.py). Every provider is mocked: nothing is planned against Azure.
# Ids in the form that the real providers check.
mock_provider "azurerm" {
  mock_resource "azurerm_resource_group" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    }
  }

  mock_resource "azurerm_storage_account" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
    }
  }

  mock_resource "azurerm_databricks_workspace" {
    defaults = {
      id            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Databricks/workspaces/w"
      workspace_id  = "1234567890"
      workspace_url = "adb-1234567890.1.azuredatabricks.net"
    }
  }

  mock_resource "azurerm_databricks_access_connector" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Databricks/accessConnectors/c"
    }
  }
}

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

run "an_environment_stands_and_is_named_after_itself" {
  assert {
    condition     = output.databricks_catalog == "lakevault_${var.environment}" && output.landing == "/Volumes/lakevault_${var.environment}/bronze/landing"
    error_message = "The catalog and the landing zone have the environment in their names."
  }

  assert {
    condition     = azurerm_resource_group.this.tags["environment"] == var.environment && endswith(azurerm_resource_group.this.name, "-${var.environment}")
    error_message = "The resource group says which environment it holds."
  }
}

run "everybody_is_not_a_group" {
  command = plan

  variables {
    groups = { engineers = "account users", analysts = "lakevault-analysts", bi = "lakevault-bi" }
  }

  expect_failures = [var.groups]
}

run "a_repository_has_no_wildcard" {
  command = plan

  variables {
    github_repository = "acme/*"
  }

  expect_failures = [var.github_repository]
}

run "a_network_that_is_too_small_is_refused" {
  command = plan

  variables {
    address_space = "10.40.0.0/24"
  }

  expect_failures = [var.address_space]
}

run "a_warehouse_stops_when_nobody_asks" {
  command = plan

  variables {
    warehouse = { size = "Small", max_clusters = 1, auto_stop_minutes = 0 }
  }

  expect_failures = [var.warehouse]
}
