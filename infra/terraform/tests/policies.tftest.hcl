# The policies, module by module: what may reach what, and who may do what.
# Ids in the form that the real providers check.
mock_provider "azurerm" {
  mock_resource "azurerm_resource_group" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    }
  }

  mock_resource "azurerm_storage_account" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
    }
  }

  mock_resource "azurerm_databricks_workspace" {
    defaults = {
      id            = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Databricks/workspaces/w"
      workspace_id  = "1234567890"
      workspace_url = "adb-1234567890.1.azuredatabricks.net"
    }
  }

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

  mock_resource "databricks_group" {
    defaults = {
      id = "1"
    }
  }

  mock_resource "databricks_service_principal" {
    defaults = {
      id             = "2"
      application_id = "00000000-0000-0000-0000-000000000000"
    }
  }

  mock_data "databricks_group" {
    defaults = {
      id = "3"
    }
  }
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

run "compute_has_no_public_address" {
  module {
    source = "./modules/workspace"
  }

  variables {
    network         = { network_id = "n", host_subnet = "h", container_subnet = "c", host_association_id = "ha", container_association_id = "ca" }
    metastore_id    = "00000000-0000-0000-0000-000000000000"
    storage_id      = "s"
    private_targets = ["dfs", "blob"]
  }

  providers = {
    azurerm            = azurerm
    databricks         = databricks
    databricks.account = databricks.account
  }

  assert {
    condition     = azurerm_databricks_workspace.this.custom_parameters[0].no_public_ip && azurerm_databricks_workspace.this.sku == "premium"
    error_message = "Compute of the workspace has a public address, or the tier knows no access control."
  }

  assert {
    condition     = toset([for rule in databricks_mws_ncc_private_endpoint_rule.storage : rule.group_id]) == toset(["dfs", "blob"])
    error_message = "Serverless compute does not reach the lake."
  }
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

run "github_signs_in_for_its_environment_without_a_secret" {
  module {
    source = "./modules/delivery"
  }

  variables {
    environment           = "prod"
    github_repository     = "acme/lakevault"
    databricks_account_id = "00000000-0000-0000-0000-000000000000"
    groups                = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi" }
    workspace_id          = "123"
  }

  providers = {
    azuread            = azuread
    databricks         = databricks
    databricks.account = databricks.account
  }

  assert {
    condition     = azuread_application_federated_identity_credential.github.subject == "repo:acme/lakevault:environment:prod" && azuread_application_federated_identity_credential.github.issuer == "https://token.actions.githubusercontent.com"
    error_message = "A workflow of another repository or environment can deploy here."
  }

  assert {
    condition     = length(azuread_application.deployer.password) == 0
    error_message = "The deployer has a password."
  }

  assert {
    condition     = alltrue([for each in concat(values(databricks_mws_permission_assignment.people), values(databricks_mws_permission_assignment.services)) : each.permissions == toset(["USER"])])
    error_message = "Somebody is an administrator of the workspace."
  }
}

run "job_clusters_are_limited" {
  module {
    source = "./modules/compute"
  }

  variables {
    warehouse = { size = "Small", max_clusters = 2, auto_stop_minutes = 10 }
    groups    = { engineers = "the-engineers", analysts = "the-analysts", bi = "the-bi", pipelines = "the-pipelines" }
  }

  assert {
    condition     = jsondecode(databricks_cluster_policy.jobs.definition)["cluster_type"].value == "job" && jsondecode(databricks_cluster_policy.jobs.definition)["num_workers"].maxValue <= 8
    error_message = "A job may start any cluster."
  }

  assert {
    condition     = toset([for each in databricks_permissions.policy.access_control : each.group_name]) == toset(["the-engineers", "the-pipelines"])
    error_message = "Others than engineers and pipelines may start clusters."
  }

  assert {
    condition     = databricks_sql_endpoint.this.auto_stop_mins == 10 && alltrue([for each in databricks_permissions.warehouse.access_control : each.permission_level == "CAN_USE"])
    error_message = "The warehouse runs on when nobody asks, or somebody besides its owner may change it."
  }
}

run "cost_and_access_are_watched" {
  module {
    source = "./modules/observability"
  }

  variables {
    resource_group_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    alert_email       = "data@example.org"
    budget            = { amount = 300, from = "2027-01-01" }
    targets           = { storage = { id = "s", category = "audit", metric = "Transaction" }, workspace = { id = "w", category = "allLogs" } }
  }

  assert {
    condition     = toset([for each in azurerm_consumption_budget_resource_group.this.notification : each.threshold]) == toset([80, 100])
    error_message = "Nobody is told before the budget is spent."
  }

  assert {
    condition     = toset(keys(azurerm_monitor_diagnostic_setting.this)) == toset(["storage", "workspace"]) && length(azurerm_monitor_diagnostic_setting.this["workspace"].enabled_metric) == 0
    error_message = "Access to a resource is not logged."
  }
}
