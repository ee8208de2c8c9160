# The workspace's compute has no public address; storage, Event Hubs and Key Vault are reached through private endpoints.
locals {
  zones = {
    dfs       = "privatelink.dfs.core.windows.net"
    blob      = "privatelink.blob.core.windows.net"
    vault     = "privatelink.vaultcore.azure.net"
    namespace = "privatelink.servicebus.windows.net"
  }
  workspace_subnets = { host = 0, container = 1 }
}

resource "azurerm_virtual_network" "this" {
  name                = "vnet-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  address_space       = [var.address_space]
  tags                = var.tags
}

# Databricks writes its own rules into this group; ours add nothing that lets anybody in.
resource "azurerm_network_security_group" "workspace" {
  name                = "nsg-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  lifecycle {
    ignore_changes = [security_rule]
  }
}

resource "azurerm_subnet" "workspace" {
  for_each = local.workspace_subnets

  name                            = "snet-databricks-${each.key}"
  resource_group_name             = var.resource_group
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.address_space, 2, each.value)]
  default_outbound_access_enabled = false

  delegation {
    name = "databricks"
    service_delegation {
      name = "Microsoft.Databricks/workspaces"
      actions = [
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/virtualNetworks/subnets/prepareNetworkPolicies/action",
        "Microsoft.Network/virtualNetworks/subnets/unprepareNetworkPolicies/action",
      ]
    }
  }
}

resource "azurerm_subnet_network_security_group_association" "workspace" {
  for_each = local.workspace_subnets

  subnet_id                 = azurerm_subnet.workspace[each.key].id
  network_security_group_id = azurerm_network_security_group.workspace.id
}

resource "azurerm_subnet" "private_endpoints" {
  name                              = "snet-private-endpoints"
  resource_group_name               = var.resource_group
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [cidrsubnet(var.address_space, 4, 15)]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"
}

resource "azurerm_network_security_group" "private_endpoints" {
  name                = "nsg-${var.name}-private-endpoints"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags
}

resource "azurerm_subnet_network_security_group_association" "private_endpoints" {
  subnet_id                 = azurerm_subnet.private_endpoints.id
  network_security_group_id = azurerm_network_security_group.private_endpoints.id
}

# Compute leaves through one address (package registries, the control plane); nothing comes in through it.
resource "azurerm_public_ip" "outbound" {
  name                = "pip-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway" "this" {
  name                = "ng-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  sku_name            = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.outbound.id
}

resource "azurerm_subnet_nat_gateway_association" "workspace" {
  for_each = local.workspace_subnets

  subnet_id      = azurerm_subnet.workspace[each.key].id
  nat_gateway_id = azurerm_nat_gateway.this.id
}

resource "azurerm_private_dns_zone" "this" {
  for_each = local.zones

  name                = each.value
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.zones

  name                  = "link-${each.key}"
  resource_group_name   = var.resource_group
  private_dns_zone_name = azurerm_private_dns_zone.this[each.key].name
  virtual_network_id    = azurerm_virtual_network.this.id
  tags                  = var.tags
}
