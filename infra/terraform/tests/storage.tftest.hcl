# The policies of the module storage.
mock_provider "azurerm" {
  mock_resource "azurerm_storage_account" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
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
  subnet_id      = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
  dns_zone_ids   = { for kind in ["dfs", "blob", "vault", "namespace"] : kind => "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/${kind}" }
}

run "the_lake_is_private_and_has_no_keys" {
  module {
    source = "./modules/storage"
  }

  variables {
    name        = "stlakevaultx"
    containers  = ["bronze", "silver", "gold", "landing"]
    replication = "ZRS"
  }

  assert {
    condition     = !azurerm_storage_account.this.public_network_access_enabled && azurerm_storage_account.this.network_rules[0].default_action == "Deny"
    error_message = "The lake is reachable from the internet."
  }

  assert {
    condition     = azurerm_storage_account.this.min_tls_version == "TLS1_2" && azurerm_storage_account.this.https_traffic_only_enabled
    error_message = "The lake takes connections below TLS 1.2."
  }

  assert {
    condition     = !azurerm_storage_account.this.shared_access_key_enabled && !azurerm_storage_account.this.local_user_enabled
    error_message = "The lake can be read with a shared key or as a local user."
  }

  assert {
    condition     = !azurerm_storage_account.this.allow_nested_items_to_be_public && alltrue([for each in azurerm_storage_container.this : each.container_access_type == "private"])
    error_message = "A container of the lake can be read without signing in."
  }

  assert {
    condition     = azurerm_storage_account.this.is_hns_enabled && toset(keys(azurerm_storage_container.this)) == toset(["bronze", "silver", "gold", "landing"])
    error_message = "The lake has folders, and a container for each layer and for what lands."
  }

  assert {
    condition     = toset(keys(azurerm_private_endpoint.this)) == toset(["dfs", "blob"])
    error_message = "The lake is not reachable from the environment's network."
  }
}
