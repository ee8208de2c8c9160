# The policies of the module catalog.
mock_provider "azurerm" {
  mock_resource "azurerm_databricks_access_connector" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Databricks/accessConnectors/c"
    }
  }
}

mock_provider "azuread" {}

mock_provider "databricks" {}

mock_provider "databricks" {
  alias = "account"
}

variables {
  resource_group = "rg-lakevault-x"
  location       = "westeurope"
  tags           = { environment = "x" }
}

run "only_groups_are_granted_anything" {
  module {
    source = "./modules/catalog"
  }

  variables {
    environment       = "prod"
    resource_group_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    subscription_id   = "00000000-0000-0000-0000-000000000000"
    workspace_id      = "123"
    storage           = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st", name = "st" }
    events_id         = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/e"
    layers            = ["bronze", "silver", "gold"]
    groups            = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi", pipelines = "the-pipelines" }
  }

  assert {
    condition     = length(setsubtract(flatten([for all in concat(values(databricks_grants.schema), values(databricks_grants.volume), [databricks_grants.catalog, databricks_grants.events]) : [for each in all.grant : each.principal]]), values(var.groups))) == 0
    error_message = "Something is granted to somebody who is not one of the four groups."
  }

  assert {
    condition     = !contains(flatten([for all in concat(values(databricks_grants.schema), values(databricks_grants.volume), [databricks_grants.catalog]) : [for each in all.grant : each.privileges]]), "ALL_PRIVILEGES")
    error_message = "Somebody may do everything."
  }

  assert {
    condition     = toset([for each in databricks_grants.schema["gold"].grant : each.principal if contains(each.privileges, "MODIFY")]) == toset(["the-pipelines"])
    error_message = "In prod somebody besides the pipelines may write."
  }

  assert {
    condition     = alltrue([for layer in ["bronze", "silver"] : length(setintersection([for each in databricks_grants.schema[layer].grant : each.principal], ["the-analysts", "the-bi"])) == 0])
    error_message = "Analysts or BI may read a layer before Gold, which has personal data."
  }

  assert {
    condition     = databricks_catalog.this.isolation_mode == "ISOLATED" && alltrue([for each in databricks_external_location.this : each.isolation_mode == "ISOLATION_MODE_ISOLATED"]) && databricks_storage_credential.lake.isolation_mode == "ISOLATION_MODE_ISOLATED"
    error_message = "Another environment's workspace can see this one's data."
  }

  assert {
    condition     = alltrue([for each in databricks_workspace_binding.this : each.workspace_id == 123]) && length(databricks_workspace_binding.this) == 7
    error_message = "Catalog, credentials and external locations are bound to the environment's workspace."
  }

  assert {
    condition     = alltrue([for each in azurerm_role_assignment.lake : !contains(["Owner", "Contributor", "User Access Administrator"], each.role_definition_name)])
    error_message = "The lake's identity may change more than the lake."
  }
}

run "engineers_write_by_hand_in_dev_alone" {
  module {
    source = "./modules/catalog"
  }

  variables {
    environment       = "dev"
    resource_group_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    subscription_id   = "00000000-0000-0000-0000-000000000000"
    workspace_id      = "123"
    storage           = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st", name = "st" }
    events_id         = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/e"
    layers            = ["bronze", "silver", "gold"]
    groups            = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi", pipelines = "the-pipelines" }
  }

  assert {
    condition     = toset([for each in databricks_grants.schema["silver"].grant : each.principal if contains(each.privileges, "MODIFY")]) == toset(["the-engineers", "the-pipelines"])
    error_message = "In dev engineers and pipelines write, and nobody else."
  }
}
