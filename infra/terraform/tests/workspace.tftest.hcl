# The policies of the module workspace.
mock_provider "azurerm" {
  mock_resource "azurerm_databricks_workspace" {
    defaults = {
      id            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Databricks/workspaces/w"
      workspace_id  = "1234567890"
      workspace_url = "adb-1234567890.1.azuredatabricks.net"
    }
  }
}

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

run "compute_has_no_public_address" {
  module {
    source = "./modules/workspace"
  }

  variables {
    network         = { network_id = "n", host_subnet = "h", container_subnet = "c", host_association_id = "ha", container_association_id = "ca" }
    metastore_id    = "00000000-0000-0000-0000-000000000000"
    storage_id      = "s"
    private_targets = ["dfs", "blob"]
  }

  providers = {
    azurerm            = azurerm
    databricks         = databricks
    databricks.account = databricks.account
  }

  assert {
    condition     = azurerm_databricks_workspace.this.custom_parameters[0].no_public_ip && azurerm_databricks_workspace.this.sku == "premium"
    error_message = "Compute of the workspace has a public address, or the tier knows no access control."
  }

  assert {
    condition     = toset([for rule in databricks_mws_ncc_private_endpoint_rule.storage : rule.group_id]) == toset(["dfs", "blob"])
    error_message = "Serverless compute does not reach the lake."
  }
}
