# One event hub per topic, with a Kafka endpoint. Readers and senders sign in with Entra ID; connection strings are switched off.
resource "azurerm_eventhub_namespace" "this" {
  name                = var.name
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  sku                      = "Standard"
  capacity                 = 1
  auto_inflate_enabled     = true
  maximum_throughput_units = 4

  minimum_tls_version           = "1.2"
  public_network_access_enabled = false
  local_authentication_enabled  = false
}

resource "azurerm_eventhub" "this" {
  for_each = var.topics

  name            = each.key
  namespace_id    = azurerm_eventhub_namespace.this.id
  partition_count = each.value.partitions

  retention_description {
    cleanup_policy          = "Delete"
    retention_time_in_hours = each.value.retention_hours
  }
}

resource "azurerm_eventhub_consumer_group" "lakevault" {
  for_each = var.topics

  name                = "lakevault"
  resource_group_name = var.resource_group
  namespace_name      = azurerm_eventhub_namespace.this.name
  eventhub_name       = azurerm_eventhub.this[each.key].name
}

resource "azurerm_private_endpoint" "this" {
  name                = "pe-${var.name}"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = "namespace"
    private_connection_resource_id = azurerm_eventhub_namespace.this.id
    subresource_names              = ["namespace"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "namespace"
    private_dns_zone_ids = [var.dns_zone_ids["namespace"]]
  }
}
