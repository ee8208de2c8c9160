output "private_endpoints_subnet_id" {
  description = "Subnet of the private endpoints."
  value       = azurerm_subnet.private_endpoints.id
}

output "dns_zone_ids" {
  description = "Private DNS zones by kind of endpoint."
  value       = { for kind, zone in azurerm_private_dns_zone.this : kind => zone.id }
}

output "workspace" {
  description = "What the workspace needs to stand in this network."
  value = {
    network_id               = azurerm_virtual_network.this.id
    host_subnet              = azurerm_subnet.workspace["host"].name
    container_subnet         = azurerm_subnet.workspace["container"].name
    host_association_id      = azurerm_subnet_network_security_group_association.workspace["host"].id
    container_association_id = azurerm_subnet_network_security_group_association.workspace["container"].id
  }
}
