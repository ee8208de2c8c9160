# The Key Vault holds values that people put there; code and state have only its address. Jobs read them through a secret scope.
resource "azurerm_key_vault" "this" {
  name                = var.name
  resource_group_name = var.resource_group
  location            = var.location
  tenant_id           = var.tenant_id
  tags                = var.tags

  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = false

  # Databricks reads through the exception for Azure's own services.
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}

resource "azurerm_private_endpoint" "this" {
  name                = "pe-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.this.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [var.dns_zone_ids["vault"]]
  }
}

# Azure Databricks itself, under the id that it has in every tenant.
data "azuread_service_principal" "databricks" {
  client_id = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
}

resource "azurerm_role_assignment" "databricks" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = data.azuread_service_principal.databricks.object_id
  principal_type       = "ServicePrincipal"
}

resource "databricks_secret_scope" "this" {
  name = "lakevault"

  keyvault_metadata {
    resource_id = azurerm_key_vault.this.id
    dns_name    = azurerm_key_vault.this.vault_uri
  }
}

resource "databricks_secret_acl" "pipelines" {
  scope      = databricks_secret_scope.this.name
  principal  = var.pipelines
  permission = "READ"
}
