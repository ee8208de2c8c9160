# The policies of the module secrets.
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
  subnet_id      = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
  dns_zone_ids   = { for kind in ["dfs", "blob", "vault", "namespace"] : kind => "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/${kind}" }
}

run "the_vault_is_private_and_read_by_the_pipelines_alone" {
  module {
    source = "./modules/secrets"
  }

  variables {
    tenant_id = "00000000-0000-0000-0000-000000000000"
    pipelines = "the-pipelines"
  }

  assert {
    condition     = !azurerm_key_vault.this.public_network_access_enabled && azurerm_key_vault.this.network_acls[0].default_action == "Deny"
    error_message = "The Key Vault is reachable from the internet."
  }

  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled && azurerm_key_vault.this.purge_protection_enabled
    error_message = "The Key Vault has access policies of its own, or its secrets can be purged."
  }

  assert {
    condition     = azurerm_role_assignment.databricks.role_definition_name == "Key Vault Secrets User" && databricks_secret_acl.pipelines.principal == "the-pipelines" && databricks_secret_acl.pipelines.permission == "READ"
    error_message = "Somebody may do more with the secrets than read them, or somebody else may."
  }
}
