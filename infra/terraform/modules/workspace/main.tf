# Compute stands in our network without public addresses. People and GitHub reach the workspace's own address and sign in with Entra ID.
resource "azurerm_databricks_workspace" "this" {
  name                        = "dbw-${var.name}"
  resource_group_name         = var.resource_group
  managed_resource_group_name = "rg-${var.name}-databricks"
  location                    = var.location
  tags                        = var.tags

  sku                                   = "premium"
  infrastructure_encryption_enabled     = true
  public_network_access_enabled         = true
  network_security_group_rules_required = "AllRules"

  custom_parameters {
    no_public_ip                                         = true
    virtual_network_id                                   = var.network.network_id
    public_subnet_name                                   = var.network.host_subnet
    private_subnet_name                                  = var.network.container_subnet
    public_subnet_network_security_group_association_id  = var.network.host_association_id
    private_subnet_network_security_group_association_id = var.network.container_association_id
  }
}

resource "databricks_metastore_assignment" "this" {
  provider = databricks.account

  metastore_id = var.metastore_id
  workspace_id = azurerm_databricks_workspace.this.workspace_id
}

# Serverless compute reaches the lake through private endpoints of Databricks. The storage account has to approve each once.
resource "databricks_mws_network_connectivity_config" "this" {
  provider = databricks.account

  name   = "ncc-${var.name}"
  region = var.location
}

resource "databricks_mws_ncc_private_endpoint_rule" "storage" {
  provider = databricks.account
  for_each = var.private_targets

  network_connectivity_config_id = databricks_mws_network_connectivity_config.this.network_connectivity_config_id
  resource_id                    = var.storage_id
  group_id                       = each.key
}

resource "databricks_mws_ncc_binding" "this" {
  provider = databricks.account

  network_connectivity_config_id = databricks_mws_network_connectivity_config.this.network_connectivity_config_id
  workspace_id                   = azurerm_databricks_workspace.this.workspace_id
}

# What ran, who read what, what it cost: system tables of Unity Catalog are on by schema.
resource "databricks_system_schema" "this" {
  for_each = toset(["access", "lakeflow", "query"])

  schema = each.key

  depends_on = [databricks_metastore_assignment.this]
}
