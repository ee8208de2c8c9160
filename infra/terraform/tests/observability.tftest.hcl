# The policies of the module observability.
mock_provider "azurerm" {}

mock_provider "azuread" {}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

variables {
  name           = "lakevault-x"
  resource_group = "rg-lakevault-x"
  location       = "westeurope"
  tags           = { environment = "x" }
}

run "cost_and_access_are_watched" {
  module {
    source = "./modules/observability"
  }

  variables {
    resource_group_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    alert_email       = "data@example.org"
    budget            = { amount = 300, from = "2027-01-01" }
    targets           = { storage = { id = "s", category = "audit", metric = "Transaction" }, workspace = { id = "w", category = "allLogs" } }
  }

  assert {
    condition     = toset([for each in azurerm_consumption_budget_resource_group.this.notification : each.threshold]) == toset([80, 100])
    error_message = "Nobody is told before the budget is spent."
  }

  assert {
    condition     = toset(keys(azurerm_monitor_diagnostic_setting.this)) == toset(["storage", "workspace"]) && length(azurerm_monitor_diagnostic_setting.this["workspace"].enabled_metric) == 0
    error_message = "Access to a resource is not logged."
  }
}
