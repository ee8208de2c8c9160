# The policies of the module network.
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

run "the_network_has_room_and_no_way_in" {
  module {
    source = "./modules/network"
  }

  variables {
    address_space = "10.40.0.0/20"
  }

  assert {
    condition     = length(distinct(concat([for each in azurerm_subnet.workspace : each.address_prefixes[0]], azurerm_subnet.private_endpoints.address_prefixes))) == 3
    error_message = "Two subnets share addresses."
  }

  assert {
    condition     = alltrue([for each in azurerm_subnet.workspace : !each.default_outbound_access_enabled]) && length(azurerm_network_security_group.workspace.security_rule) == 0
    error_message = "A subnet has a way out or a rule that we did not write down."
  }
}
