# Unity Catalog: one catalog per environment, bound to its workspace; one schema and one container per layer; grants to groups alone.
locals {
  catalog    = "lakevault_${var.environment}"
  containers = setunion(var.layers, ["landing"])

  # In dev engineers build by hand; in test and prod only the pipelines write.
  writers = var.environment == "dev" ? ["engineers", "pipelines"] : ["pipelines"]
  write   = ["USE_SCHEMA", "SELECT", "MODIFY", "CREATE_TABLE", "CREATE_FUNCTION"]
  read    = ["USE_SCHEMA", "SELECT"]
  readers = { bronze = ["engineers"], silver = ["engineers"], gold = ["engineers", "analysts", "bi"] }

  # By layer: role and what it may do there.
  schema_grants = {
    for layer in var.layers : layer => merge(
      { for role in local.readers[layer] : role => local.read },
      { for role in local.writers : role => local.write },
    )
  }
}

# The identity with which Unity Catalog reads and writes the lake. It has no credential that anybody could take.
resource "azurerm_databricks_access_connector" "lake" {
  name                = "dbac-lakevault-${var.environment}-lake"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "lake" {
  for_each = {
    "Storage Blob Data Contributor" = var.storage.id
    # The next three let Unity Catalog set up events about new files, so that Auto Loader lists no folders.
    "Storage Account Contributor"             = var.storage.id
    "Storage Queue Data Contributor"          = var.storage.id
    "EventGrid EventSubscription Contributor" = var.resource_group_id
  }

  scope                = each.value
  role_definition_name = each.key
  principal_id         = azurerm_databricks_access_connector.lake.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

# Another identity reads Event Hubs: the one of the lake cannot, and this one cannot touch the lake.
resource "azurerm_databricks_access_connector" "events" {
  name                = "dbac-lakevault-${var.environment}-events"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "events" {
  scope                = var.events_id
  role_definition_name = "Azure Event Hubs Data Receiver"
  principal_id         = azurerm_databricks_access_connector.events.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "databricks_storage_credential" "lake" {
  name           = "${local.catalog}_lake"
  comment        = "Managed identity of the ${var.environment} lake"
  isolation_mode = "ISOLATION_MODE_ISOLATED"

  azure_managed_identity {
    access_connector_id = azurerm_databricks_access_connector.lake.id
  }

  depends_on = [azurerm_role_assignment.lake]
}

resource "databricks_credential" "events" {
  name           = "${local.catalog}_events"
  purpose        = "SERVICE"
  comment        = "Managed identity that reads the ${var.environment} Event Hubs"
  isolation_mode = "ISOLATION_MODE_ISOLATED"

  azure_managed_identity {
    access_connector_id = azurerm_databricks_access_connector.events.id
  }

  depends_on = [azurerm_role_assignment.events]
}

resource "databricks_grants" "events" {
  credential = databricks_credential.events.name

  grant {
    principal  = var.groups["pipelines"]
    privileges = ["ACCESS"]
  }
}

resource "databricks_external_location" "this" {
  for_each = local.containers

  name               = "${local.catalog}_${each.key}"
  url                = "abfss://${each.key}@${var.storage.name}.dfs.core.windows.net/"
  credential_name    = databricks_storage_credential.lake.name
  comment            = "Container ${each.key} of the ${var.environment} lake"
  isolation_mode     = "ISOLATION_MODE_ISOLATED"
  enable_file_events = each.key == "landing"

  dynamic "file_event_queue" {
    for_each = each.key == "landing" ? [1] : []
    content {
      managed_aqs {
        resource_group  = var.resource_group
        subscription_id = var.subscription_id
      }
    }
  }
}

# Optimises, clusters and vacuums the tables by itself: the maintenance of this platform.
resource "databricks_catalog" "this" {
  name                           = local.catalog
  comment                        = "lakevault, ${var.environment}"
  storage_root                   = databricks_external_location.this["silver"].url
  isolation_mode                 = "ISOLATED"
  enable_predictive_optimization = "ENABLE"
  properties                     = { environment = var.environment }
}

resource "databricks_workspace_binding" "this" {
  for_each = merge(
    { catalog = databricks_catalog.this.name, storage_credential = databricks_storage_credential.lake.name, credential = databricks_credential.events.name },
    { for name, location in databricks_external_location.this : "external_location ${name}" => location.name },
  )

  securable_type = split(" ", each.key)[0]
  securable_name = each.value
  workspace_id   = var.workspace_id
}

resource "databricks_schema" "this" {
  for_each = var.layers

  catalog_name = databricks_catalog.this.name
  name         = each.key
  comment      = "Layer ${each.key}"
  storage_root = databricks_external_location.this[each.key].url
}

resource "databricks_volume" "landing" {
  catalog_name     = databricks_catalog.this.name
  schema_name      = databricks_schema.this["bronze"].name
  name             = "landing"
  volume_type      = "EXTERNAL"
  storage_location = "${databricks_external_location.this["landing"].url}zone"
  comment          = "Landing zone: incoming, accepted and quarantined files"
}

resource "databricks_volume" "state" {
  catalog_name = databricks_catalog.this.name
  schema_name  = databricks_schema.this["bronze"].name
  name         = "state"
  volume_type  = "MANAGED"
  comment      = "History of runs and artifacts of dbt"
}

resource "databricks_grants" "catalog" {
  catalog = databricks_catalog.this.name

  dynamic "grant" {
    for_each = var.groups
    content {
      principal  = grant.value
      privileges = ["USE_CATALOG"]
    }
  }
}

resource "databricks_grants" "schema" {
  for_each = local.schema_grants

  schema = databricks_schema.this[each.key].id

  dynamic "grant" {
    for_each = each.value
    content {
      principal  = var.groups[grant.key]
      privileges = grant.value
    }
  }
}

resource "databricks_grants" "volume" {
  for_each = { landing = databricks_volume.landing.id, state = databricks_volume.state.id }

  volume = each.value

  grant {
    principal  = var.groups["pipelines"]
    privileges = ["READ_VOLUME", "WRITE_VOLUME"]
  }

  grant {
    principal  = var.groups["engineers"]
    privileges = ["READ_VOLUME"]
  }
}
