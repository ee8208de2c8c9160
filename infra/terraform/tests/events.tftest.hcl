# The policies of the module events.
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

run "events_need_a_sign_in" {
  module {
    source = "./modules/events"
  }

  variables {
    topics = { subscriptions = { partitions = 2, retention_hours = 24 }, orders = { partitions = 4, retention_hours = 168 } }
  }

  assert {
    condition     = !azurerm_eventhub_namespace.this.public_network_access_enabled && azurerm_eventhub_namespace.this.minimum_tls_version == "1.2"
    error_message = "Event Hubs are reachable from the internet, or below TLS 1.2."
  }

  assert {
    condition     = !azurerm_eventhub_namespace.this.local_authentication_enabled
    error_message = "Event Hubs can be read with a connection string."
  }

  assert {
    condition     = azurerm_eventhub.this["orders"].partition_count == 4 && azurerm_eventhub.this["orders"].retention_description[0].retention_time_in_hours == 168 && length(azurerm_eventhub_consumer_group.lakevault) == 2
    error_message = "Each topic is an event hub with its partitions, its retention and our consumer group."
  }
}
